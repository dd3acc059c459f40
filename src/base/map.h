#ifndef CONFAB_MAP_H
#define CONFAB_MAP_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

/*
 * Hash map from bytes to structs that embed a map_node (uthash inside, keyed with hash.h).
 * The map owns neither nodes nor keys: key bytes must live and stay unchanged while their node is
 * in the map. Iteration is in the order of insertion, which replay and simulation need.
 * One owner (thread or lock). A zeroed map is empty and ready.
 */
struct map_node {
    UT_hash_handle hh;
};

struct map {
    struct map_node *head;
};

/* The key must not be in the map yet; node must be in no map. */
void map_insert(struct map *map, struct map_node *node, struct str key);

/* NULL when there is none. */
struct map_node *map_find(const struct map *map, struct str key);

/* Takes out node, which must be in this map. */
void map_remove(struct map *map, struct map_node *node);

size_t map_count(const struct map *map);

/* Oldest node, and the one inserted after `node`; NULL at the end. */
struct map_node *map_first(const struct map *map);
struct map_node *map_next(const struct map_node *node);

#endif
