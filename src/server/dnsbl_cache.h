#ifndef CONFAB_DNSBL_CACHE_H
#define CONFAB_DNSBL_CACHE_H

#include "base/attr.h"
#include "base/map.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Remembers for a while what block lists have said about addresses, of at most
 * LIMIT_DNSBL_CACHE; the oldest makes room for the next. A zeroed one is empty and ready. Owns its
 * memory; one owner thread. Times: monotonic.
 */
struct dnsbl_cache {
    struct map entries; /* of struct dnsbl_cache_entry, oldest first */
};

/* For an address that no list has. */
#define DNSBL_CACHE_CLEAN SIZE_MAX

/* False when nothing is known. zone_out: what was put. */
CF_NODISCARD bool dnsbl_cache_find(struct dnsbl_cache *cache, struct str address, int64_t now_ms,
                                   size_t *zone_out);

/* Replaces what was known. zone: a number of the caller's, or DNSBL_CACHE_CLEAN. */
void dnsbl_cache_put(struct dnsbl_cache *cache, struct str address, size_t zone,
                     int64_t expires_ms);

/* Forgets everything; nothing is left to be freed. */
void dnsbl_cache_clear(struct dnsbl_cache *cache);

#endif
