/* Generation-checked ids; see slots.h. */
#include "base/slots.h"

#include "base/alloc.h"

#include <assert.h>

#define NO_SLOT UINT32_MAX

struct slot {
    void *thing; /* NULL when free */
    uint32_t generation;
    uint32_t next_free;
};

void
slots_init(struct slots *slots)
{
    *slots = (struct slots){.free_head = NO_SLOT};
}

void
slots_deinit(struct slots *slots)
{
    cf_free(slots->items);
    *slots = (struct slots){.free_head = NO_SLOT};
}

struct slot_id
slots_add(struct slots *slots, void *thing)
{
    assert(thing != NULL);
    uint32_t at = slots->free_head;
    if (at != NO_SLOT) {
        slots->free_head = slots->items[at].next_free;
    } else {
        assert(slots->used < NO_SLOT - 1);
        at = slots->used;
        slots->used++;
        slots->items =
            cf_array_reserve(slots->items, &slots->capacity, slots->used, sizeof *slots->items);
        slots->items[at] = (struct slot){.generation = 0};
    }
    struct slot *slot = &slots->items[at];
    assert(slot->thing == NULL);
    slot->thing = thing;
    slot->generation++;
    if (slot->generation == 0) /* wrapped: 0 means "none" */
        slot->generation = 1;
    slots->count++;
    return (struct slot_id){.slot = at, .generation = slot->generation};
}

void *
slots_find(const struct slots *slots, struct slot_id id)
{
    if (id.slot >= slots->used)
        return NULL;
    const struct slot *slot = &slots->items[id.slot];
    return slot->generation == id.generation ? slot->thing : NULL;
}

void
slots_remove(struct slots *slots, struct slot_id id)
{
    assert(slots_find(slots, id) != NULL);
    struct slot *slot = &slots->items[id.slot];
    slot->thing = NULL;
    slot->next_free = slots->free_head;
    slots->free_head = id.slot;
    assert(slots->count > 0);
    slots->count--;
}

void *
slots_next(const struct slots *slots, uint32_t *cursor)
{
    while (*cursor < slots->used) {
        void *thing = slots->items[*cursor].thing;
        (*cursor)++;
        if (thing != NULL)
            return thing;
    }
    return NULL;
}
