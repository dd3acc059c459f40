#ifndef CONFAB_STORE_H
#define CONFAB_STORE_H

#include "base/attr.h"
#include "hub/page.h"
#include "hub/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A store: where records are kept. There are two, with the same behaviour: on disk
 * (store_sqlite.h), and in memory for tests and simulation (store_memory.h).
 *
 * Records go in through one thread, in transactions: what was applied since store_begin is there
 * after store_commit, all or nothing, and survives a crash. What readers see is what was committed
 * when they began. Readers may be used while the store is written to, each by one thread at a time.
 */
struct store;
struct store_reader;

/* A row; strings are borrowed. */
struct store_row {
    uint32_t row;
    struct str key;
    struct str value;
};

/* How much is kept of each target; what is more, or older, is cleared away. */
struct store_limits {
    uint64_t count;  /* messages, and as many joins and the like; 0: all */
    uint64_t oldest; /* what has an id below this is too old; 0: nothing is */
    int64_t now_ms;  /* wall time, for limits that a target has of its own */
    size_t rows;     /* about how many a step takes away; 0: STORE_TIDY_ROWS_MAX, and no more */
};

#define STORE_TIDY_ROWS_MAX 250

/* What is kept of a target that has limits of its own (RECORD_KEEP; 0: none): the stricter ones.
 * Pure; for implementations. */
struct store_limits store_limits_narrow(const struct store_limits *general, uint64_t keep_count,
                                        int64_t keep_ms);

/* What an implementation provides; the functions below call it. */
struct store_ops {
    int (*begin)(struct store *store);
    int (*apply)(struct store *store, const struct record *record);
    int (*commit)(struct store *store);
    void (*rollback)(struct store *store);
    int (*tidy)(struct store *store, const struct store_limits *limits);
    int (*index)(struct store *store);
    bool (*copy_log)(struct store *store);
    bool (*has_remains)(const struct store *store);
    const char *(*error_text)(const struct store *store);
    uint64_t (*last_msgid)(const struct store *store);
    struct store_reader *(*reader_new)(struct store *store);
    void (*free)(struct store *store);
    int (*read_page)(struct store_reader *reader, const struct page_query *query,
                     struct page *page_out);
    int (*read_row)(struct store_reader *reader, struct store_row *row);
    void (*reader_free)(struct store_reader *reader);
};

struct store {
    const struct store_ops *ops;
};

struct store_reader {
    const struct store_ops *ops;
};

/*
 * A transaction: 0, or -errno (ENOSPC: no room, EIO: the disk, EUCLEAN: the file is damaged), and
 * then store_rollback has to follow. Nothing else may be under way.
 */
CF_NODISCARD int store_begin(struct store *store);
CF_NODISCARD int store_apply(struct store *store, const struct record *record);
CF_NODISCARD int store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * Within a transaction: clears away a little of what was forgotten or erased, and of what is beyond
 * the limits, or those of its target (RECORD_KEEP). 1 when there may be more of it, 0 when there is
 * not; or -errno.
 */
CF_NODISCARD int store_tidy(struct store *store, const struct store_limits *limits);

/*
 * A transaction of its own, outside of others: puts a few of the messages that have come since into
 * the index of words, by which searches find them faster, or puts that in order. 1 when there may
 * be more to do, 0 when there is not; or -errno, and it has been rolled back.
 */
CF_NODISCARD int store_index(struct store *store);

/*
 * Outside of a transaction, while nothing else is to do: what has been written to a log is brought
 * to where it belongs, if that is worth it; else a later commit takes the time for it. Returns
 * whether anything was to be done.
 */
bool store_copy_log(struct store *store);

/*
 * Whether something that was cleared away can still be read in a log, since somebody was reading
 * when that was to be emptied: the next store_tidy that has nothing else to do tries again.
 */
CF_NODISCARD bool store_has_remains(const struct store *store);

/* What the last error was about, for the log. */
const char *store_error_text(const struct store *store);

/* The highest message id that was ever kept, 0 for none: new ones have to be above it. */
uint64_t store_last_msgid(const struct store *store);

/* Frees it and sets *store to NULL; all readers must have been freed. */
void store_free(struct store **store);

/* NULL when there is no memory or file descriptor for it. */
CF_NODISCARD struct store_reader *store_reader_new(struct store *store);
void store_reader_free(struct store_reader **reader);

/* A page of what happened; 0 or -errno: of a search, -ETIME when it took too long. Free with
 * page_deinit. */
CF_NODISCARD int store_read_page(struct store_reader *reader, const struct page_query *query,
                                 struct page *page_out);

/*
 * Walks all rows, in the order of their kinds and keys: start with a zeroed row. 1 and the next
 * row, whose strings are valid until the next call; 0 at the end, or -errno.
 */
CF_NODISCARD int store_read_row(struct store_reader *reader, struct store_row *row);

#endif
