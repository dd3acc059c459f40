#ifndef CONFAB_LISTING_H
#define CONFAB_LISTING_H

#include "hub/state.h"

/*
 * Long answers: LIST and WHO over many. They are given in slices of LIMIT_LIST_SLICE, the next
 * one when the reader has taken the last, so that neither the lock is held for long nor a reader
 * cut off for an answer that it asked for. What is listed is remembered by id at the start; what
 * is gone when its turn comes is left out.
 *
 * Part of the hub's state, guarded by its lock.
 */

/* Answers for one item; the item is a user or channel, whichever was listed. */
typedef void listing_item_fn(struct call *call, void *item, const struct listing *listing);

/* Ends the answer. */
typedef void listing_end_fn(struct call *call, const struct listing *listing);

struct listing {
    listing_item_fn *item;
    listing_end_fn *end;
    bool is_of_channels; /* else of users */
    struct slot_id *ids;
    size_t count;
    size_t capacity;
    size_t next;
    struct str argument; /* owned: a mask, a name */
    struct str fields;   /* owned: what WHOX asked for */
    uint32_t flags;      /* the command's own */
    uint64_t batch;      /* likewise */
    size_t slice;        /* items at a time: LIMIT_LIST_SLICE unless it is changed */
};

/* A new listing without items; argument and fields are copied. */
struct listing *listing_new(listing_item_fn *item, listing_end_fn *end, bool is_of_channels,
                            struct str argument, struct str fields);

/* Appends one more that is to be answered about: a channel or a session, or user, of that id. */
void listing_add(struct listing *listing, struct slot_id id);

/* Starts answering: takes over the listing; sets the call's verdict. */
void listing_start(struct call *call, struct listing *listing);

/* The next slice; sets the call's verdict. The session must have a listing. */
void listing_continue(struct call *call);

/* Frees and sets *listing to NULL; nothing when it is NULL already. */
void listing_free(struct listing **listing);

#endif
