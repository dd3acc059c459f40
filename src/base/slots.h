#ifndef CONFAB_SLOTS_H
#define CONFAB_SLOTS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Table of things that are named from elsewhere by {slot, generation}: an id stays valid as a
 * value after its thing is gone, and then finds nothing. Ids are given out deterministically
 * (last freed slot first). The table does not own the things. One owner (thread or lock).
 */
struct slot_id {
    uint32_t slot;
    uint32_t generation; /* 0 is never given out: a zeroed id names nothing */
};

#define SLOT_ID_NONE ((struct slot_id){.slot = 0, .generation = 0})

static inline bool
slot_id_equal(struct slot_id a, struct slot_id b)
{
    return a.slot == b.slot && a.generation == b.generation;
}

static inline bool
slot_id_is_none(struct slot_id id)
{
    return id.generation == 0;
}

/* One number for logs and hash keys. */
static inline uint64_t
slot_id_number(struct slot_id id)
{
    return (uint64_t)id.generation << 32 | id.slot;
}

struct slot;

struct slots {
    struct slot *items;
    size_t capacity;
    uint32_t used;  /* slots ever given out */
    uint32_t count; /* things in the table now */
    uint32_t free_head;
};

void slots_init(struct slots *slots);

/* The table must be empty, or its things be freed by the caller. */
void slots_deinit(struct slots *slots);

/* thing: not NULL, borrowed until slots_remove. */
struct slot_id slots_add(struct slots *slots, void *thing);

/* NULL for a stale or zeroed id. */
void *slots_find(const struct slots *slots, struct slot_id id);

/* id must name a thing in the table. */
void slots_remove(struct slots *slots, struct slot_id id);

/*
 * Walks the things in order of their slot: start with *cursor = 0, ends with NULL. Things may be
 * added and removed on the way.
 */
void *slots_next(const struct slots *slots, uint32_t *cursor);

#endif
