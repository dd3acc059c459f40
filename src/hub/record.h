#ifndef CONFAB_RECORD_H
#define CONFAB_RECORD_H

#include "base/str.h"
#include "hub/event.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A record: what the hub wants to be kept. Records leave the hub in its outbox, in its order, and
 * each has a ticket, a number that rises by one from record to record: by it the hub's other output
 * says what it waits for. The store does with them what they say, in that order.
 *
 * What happened is kept under the names of its targets: the folded name of a channel, or the folded
 * names of two accounts, in byte order, with a space between them. All else that is to outlive a
 * restart is rows: a kind, a key and a value, whose bytes are up to whoever puts them on record.
 *
 * Immutable once it is in the outbox; owned by whoever holds it.
 */
enum record_kind {
    RECORD_EVENT,    /* `event` happened in all of `targets`; with a `key` also RECORD_ROW */
    RECORD_FORGET,   /* all that was kept under `targets` is to be gone */
    RECORD_REDACT,   /* of what was kept under `targets`, what has the id `msgid` is to be gone */
    RECORD_RENAME,   /* what was kept under `targets` is under `key` now, shown as `value` */
    RECORD_ERASE,    /* what the account `key`, folded, has said and done so far is to be gone, from
                      * the id `msgid` on */
    RECORD_KEEP,     /* of `targets`, no more than `keep_count` messages are kept, none of which is
                      * older than `keep_ms`; 0: as of others */
    RECORD_ROW,      /* the row `key` of kind `row` is `value` from now on */
    RECORD_ROW_GONE, /* there is no such row any more */
};

struct record {
    enum record_kind kind;
    uint32_t row; /* which kind of row; such a number is on disk, and never used for another */
    uint64_t ticket;
    uint64_t msgid;      /* RECORD_REDACT, RECORD_ERASE */
    uint64_t keep_count; /* RECORD_KEEP */
    int64_t keep_ms;     /* RECORD_KEEP */
    struct event *event; /* RECORD_EVENT: one reference */
    struct str targets;  /* names with commas between them; owned, in one allocation with those: */
    struct str key;
    struct str value;
};

/* A growing array of records; zeroed it is empty. */
struct records {
    struct record *items;
    size_t count;
    size_t capacity;
};

/* A record of an event; takes a reference of its own, copies the names. */
struct record record_of_event(struct event *event, struct str targets);

/* The same with a row that is put with it: both are kept, or none. */
struct record record_of_event_and_row(struct event *event, struct str targets, uint32_t row,
                                      struct str key, struct str value);

/* A record of any other kind; the strings are copied. */
struct record record_of_forgetting(struct str targets);
struct record record_of_redaction(struct str target, uint64_t msgid);
struct record record_of_renaming(struct str from, struct str to, struct str shown);
struct record record_of_erasure(struct str account, uint64_t first_msgid);
struct record record_of_keeping(struct str target, uint64_t keep_count, int64_t keep_ms);
struct record record_of_row(uint32_t row, struct str key, struct str value);
struct record record_of_row_gone(uint32_t row, struct str key);

/* A record like this one that owns its own. */
struct record record_copy(const struct record *record);

void record_deinit(struct record *record);

/* Takes over what the record owns. */
void records_put(struct records *records, const struct record *record);

/* Moves all of `from` behind `to`; `from` is empty afterwards. */
void records_move(struct records *to, struct records *from);

void records_deinit(struct records *records);

#endif
