#ifndef CONFAB_HOLD_H
#define CONFAB_HOLD_H

#include "base/buf.h"
#include "hub/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is held back from a session because something in it says that a record is kept, and that is
 * not known yet: events that wait for their tickets, and between them what else was to be written,
 * as bytes. A queue. Belongs to one worker and its thread.
 */
struct held {
    uint64_t ticket;     /* of an event; 0 for bytes */
    struct event *event; /* one reference; NULL for bytes */
    uint64_t caps;       /* of the session when the event was for it */
    uint32_t flags;      /* of the event's delivery */
    size_t bytes;        /* how many, at the beginning of those not taken yet */
};

struct hold {
    struct held *items;
    size_t first; /* of items: those before have been taken */
    size_t count; /* of items, from the beginning */
    size_t capacity;
    struct buf bytes;
    size_t bytes_taken; /* of them, at the beginning */
};

/* bytes_max: that may be held, at most. */
struct hold *hold_new(size_t bytes_max);

/* Drops what is in it. */
void hold_free(struct hold **hold);

/* False when there is no room for another item: then nothing can be put but more bytes. */
bool hold_has_room(const struct hold *hold);

/* The event of a delivery that waits; takes a reference of its own. There must be room. */
void hold_put_event(struct hold *hold, const struct delivery *delivery, uint64_t caps);

/* False when there is no room for them. */
CF_NODISCARD bool hold_put_bytes(struct hold *hold, struct str bytes);

/* What comes next, NULL when there is nothing; valid until something is put or taken. */
const struct held *hold_next(const struct hold *hold);

/* The bytes of the next item, if it is bytes; valid as long. */
struct str hold_next_bytes(const struct hold *hold);

/* Takes the next item out. */
void hold_take(struct hold *hold);

#endif
