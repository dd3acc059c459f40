/* The one place that uses uthash's macros; see map.h. */
#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <assert.h>

/* uthash takes its hash and its memory from these. */
#undef HASH_FUNCTION
#define HASH_FUNCTION(keyptr, keylen, hashv)                                            \
    do {                                                                                \
        (hashv) = (unsigned)hash_bytes((struct str){.ptr = (keyptr), .len = (keylen)}); \
    } while (0)
#undef uthash_malloc
#define uthash_malloc(size) cf_alloc(size)
#undef uthash_free
#define uthash_free(ptr, size) cf_free(ptr)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" /* inside uthash's macros */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"

/* The empty key may have no address; memcmp, which uthash calls, wants one. */
static struct str
without_null(struct str key)
{
    return key.ptr == NULL ? STR("") : key;
}

void
map_insert(struct map *map, struct map_node *node, struct str key)
{
    assert(map != NULL);
    assert(node != NULL);
    assert(map_find(map, key) == NULL);
    key = without_null(key);
    HASH_ADD_KEYPTR(hh, map->head, key.ptr, key.len, node);
}

struct map_node *
map_find(const struct map *map, struct str key)
{
    assert(map != NULL);
    struct map_node *found = NULL;
    key = without_null(key);
    HASH_FIND(hh, map->head, key.ptr, key.len, found);
    return found;
}

void
map_remove(struct map *map, struct map_node *node)
{
    assert(map != NULL);
    assert(map->head != NULL);
    HASH_DELETE(hh, map->head, node);
}

size_t
map_count(const struct map *map)
{
    return HASH_COUNT(map->head);
}

struct map_node *
map_first(const struct map *map)
{
    return map->head;
}

struct map_node *
map_next(const struct map_node *node)
{
    return node->hh.next;
}

#pragma GCC diagnostic pop
