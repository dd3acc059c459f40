/* What block lists have said; see dnsbl_cache.h. */
#include "server/dnsbl_cache.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <string.h>

struct dnsbl_cache_entry {
    struct map_node node; /* key: address */
    size_t zone;
    int64_t expires_ms;
    char address[];
};

static struct dnsbl_cache_entry *
entry_of(struct map_node *node)
{
    return CONTAINER_OF(node, struct dnsbl_cache_entry, node);
}

static void
remove_entry(struct dnsbl_cache *cache, struct map_node *node)
{
    map_remove(&cache->entries, node);
    cf_free(entry_of(node));
}

bool
dnsbl_cache_find(struct dnsbl_cache *cache, struct str address, int64_t now_ms, size_t *zone_out)
{
    struct map_node *node = map_find(&cache->entries, address);
    if (node == NULL)
        return false;
    if (entry_of(node)->expires_ms <= now_ms) {
        remove_entry(cache, node);
        return false;
    }
    *zone_out = entry_of(node)->zone;
    return true;
}

void
dnsbl_cache_put(struct dnsbl_cache *cache, struct str address, size_t zone, int64_t expires_ms)
{
    assert(address.len > 0);
    struct map_node *old = map_find(&cache->entries, address);
    if (old != NULL)
        remove_entry(cache, old);
    if (map_count(&cache->entries) == LIMIT_DNSBL_CACHE)
        remove_entry(cache, map_first(&cache->entries));
    struct dnsbl_cache_entry *entry = cf_alloc(sizeof *entry + address.len);
    *entry = (struct dnsbl_cache_entry){
        .zone = zone,
        .expires_ms = expires_ms,
    };
    memcpy(entry->address, address.ptr, address.len);
    map_insert(&cache->entries, &entry->node,
               (struct str){.ptr = entry->address, .len = address.len});
    assert(map_count(&cache->entries) <= LIMIT_DNSBL_CACHE);
}

void
dnsbl_cache_clear(struct dnsbl_cache *cache)
{
    struct map_node *node;
    while ((node = map_first(&cache->entries)) != NULL)
        remove_entry(cache, node);
}
