/* Memory that never fails to the caller; see alloc.h. */
#include "base/alloc.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Smallest growing array: below this a doubling saves nothing. */
#define ARRAY_CAPACITY_MIN 4

static _Noreturn void
die(const char *text, size_t len)
{
    /* Nothing can be done about a failing write here. */
    ssize_t written = write(STDERR_FILENO, text, len);
    (void)written;
    abort();
}

#define DIE(literal) die(literal, sizeof(literal) - 1)

void *
cf_alloc(size_t size)
{
    void *ptr = malloc(size == 0 ? 1 : size);
    if (ptr == NULL)
        DIE("confab: out of memory\n");
    return ptr;
}

void *
cf_calloc_array(size_t count, size_t size)
{
    assert(size > 0);
    void *ptr = calloc(count == 0 ? 1 : count, size);
    if (ptr == NULL)
        DIE("confab: out of memory\n");
    return ptr;
}

void *
cf_realloc_array(void *old, size_t count, size_t size)
{
    assert(size > 0);
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        DIE("confab: array size overflows\n");
    void *ptr = realloc(old, bytes == 0 ? 1 : bytes);
    if (ptr == NULL)
        DIE("confab: out of memory\n");
    return ptr;
}

void
cf_free(void *ptr)
{
    free(ptr);
}

void *
cf_array_reserve(void *items, size_t *capacity, size_t needed, size_t item_size)
{
    assert(capacity != NULL);
    if (needed <= *capacity && items != NULL)
        return items;
    size_t grown = *capacity < ARRAY_CAPACITY_MIN ? ARRAY_CAPACITY_MIN : *capacity;
    while (grown < needed) {
        if (grown > SIZE_MAX / 2)
            DIE("confab: array size overflows\n");
        grown *= 2;
    }
    *capacity = grown;
    return cf_realloc_array(items, grown, item_size);
}

_Noreturn void
cf_unreachable_at(const char *file, int line, const char *why)
{
    __assert_fail(why, file, (unsigned)line, "cf_unreachable");
}

struct str
str_dup(struct str text)
{
    if (text.len == 0)
        return STR_NONE;
    char *copy = cf_alloc(text.len);
    memcpy(copy, text.ptr, text.len);
    return (struct str){.ptr = copy, .len = text.len};
}

void
str_free(struct str *owned)
{
    cf_free((void *)(uintptr_t)owned->ptr); /* made by str_dup, so not constant */
    *owned = STR_NONE;
}

void
str_replace(struct str *owned, struct str text)
{
    struct str copy = str_dup(text); /* first: text may be part of what is replaced */
    str_free(owned);
    *owned = copy;
}
