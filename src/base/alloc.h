#ifndef CONFAB_ALLOC_H
#define CONFAB_ALLOC_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>

/*
 * Memory. Exhaustion aborts: no client can reach it, because every size that a client influences
 * is limited before it gets here (limits.h). Sizes that overflow abort as well.
 * Any thread. Free with cf_free.
 */

/* `size` bytes, not initialised; size 0 gives a pointer that may be freed. */
CF_NODISCARD void *cf_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* `count` items of `size` bytes each, zeroed. */
CF_NODISCARD void *cf_calloc_array(size_t count, size_t size) __attribute__((returns_nonnull));

/* Like realloc for `count` items of `size` bytes; new bytes are not initialised. */
CF_NODISCARD void *cf_realloc_array(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull));

void cf_free(void *ptr);

/*
 * Makes room for at least `needed` items in a growing array: doubles *capacity until it fits.
 * Returns the array, moved if it had to be. items may be NULL with *capacity 0.
 */
CF_NODISCARD void *cf_array_reserve(void *items, size_t *capacity, size_t needed, size_t item_size)
    __attribute__((returns_nonnull));

/* A copy that is freed with str_free. Empty stays without allocation. */
struct str str_dup(struct str text);
void str_free(struct str *owned);
/* Replaces an owned string by a copy of `text`. */
void str_replace(struct str *owned, struct str text);

#endif
