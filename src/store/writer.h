#ifndef CONFAB_WRITER_H
#define CONFAB_WRITER_H

#include "base/attr.h"
#include "hub/record.h"
#include "store/ledger.h"
#include "store/store.h"

#include <stdint.h>

/*
 * The one thread that writes to the store, and the queue before it. Commits are made for groups of
 * records: as soon as the queue is empty, or after LIMIT_COMMIT_ROWS or LIMIT_COMMIT_MS. So a lone
 * record waits for one commit, and under load the commits are as large as the disk is slow.
 *
 * When a transaction fails, what happened (events) is lost, and whoever waits for it is told so: it
 * was seen live, and a message that was told as lost must not turn up later. Rows and what is to be
 * forgotten are kept, and written before all else when the store works again. It is tried with each
 * group of records that comes, and once a second. When the disk is slower than the chat for so long
 * that the queue is full, events are lost as well.
 *
 * While nothing comes, what was forgotten or is too old is cleared away bit by bit, and new
 * messages are put into the index of words. When there is never nothing to do, each gets a tenth of
 * the time: clearing away at once, the index once it is LIMIT_INDEX_BEHIND_MS behind.
 */
struct writer;

struct writer_options {
    struct store *store; /* borrowed; used by the writer's thread only, but for readers */
    int64_t keep_ms;     /* what is older is cleared away, bit by bit; 0: nothing is */
    uint64_t keep_count; /* of each target no more than these; 0: all */
    void *context;
    void (*settled)(void *context); /* on the writer's thread: ask writer_outcome again */
    /* After that, on the writer's thread: it fails from now on, and what is lost begins with that
     * ticket, or it works again. NULL: nobody is told. */
    void (*changed)(void *context, bool is_failing, uint64_t lost_from);
};

struct writer_stats {
    uint64_t records; /* written */
    uint64_t commits;
    uint64_t lost;
    uint64_t tidied;        /* times that it was cleared away */
    uint64_t waiting;       /* records in the queue now */
    int64_t commit_ns;      /* that a transaction took, of the last ones on the average */
    int64_t commit_ns_max;  /* the longest one */
    int64_t index_since_ms; /* monotonic: since when words are missing in the index; 0: none */
    bool is_failing;        /* the last commit was none */
};

/* Starts the thread; NULL when there can be none. */
CF_NODISCARD struct writer *writer_new(const struct writer_options *options);

/* Writes what is in the queue, ends the thread, sets *writer to NULL. Returns what it has done. */
struct writer_stats writer_free(struct writer **writer);

/*
 * Moves all in, in the order of their tickets; last_ticket: the last one that was given out. Called
 * under the lock that gives the order; never blocks. Any thread.
 */
void writer_put(struct writer *writer, struct records *records);

/* What has become of the record with that ticket. Any thread. */
enum outcome writer_outcome(struct writer *writer, uint64_t ticket);

/* Any thread. */
struct writer_stats writer_stats(struct writer *writer);

#endif
