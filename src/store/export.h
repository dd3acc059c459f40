#ifndef CONFAB_EXPORT_H
#define CONFAB_EXPORT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes what a database has as lines (line.h): the header, all rows in the order in which they can
 * be taken back, all events in the order of their ids. It only reads, and sees one state of the
 * database, whoever writes it meanwhile. What is meant for a day at most is left out: the names of
 * messages that are sent once (hub/txn.h).
 *
 * Of an account: its rows, its conversations, and what it said and did in channels. Of a channel:
 * its rows and its history. Names in any case; empty for all.
 */
struct export_request {
    const char *path; /* of the database */
    struct str account;
    struct str channel;
    bool has_secrets; /* hashes of passwords, too */
    bool must_find;   /* -ENOENT when there is nothing of that name, and nothing is put */
    int64_t wall_ms;  /* now */
};

/* Takes some text; 0, or -errno to stop. */
struct export_sink {
    int (*put)(void *context, struct str text);
    void *context;
};

struct export_counts {
    uint64_t rows;
    uint64_t events;
};

/*
 * Blocks for as long as it takes; any thread. 0 or the code in err: it can't be looked at, it is of
 * another version, or the sink's; then err has no text (its code alone is set).
 */
CF_NODISCARD int export_run(const struct export_request *request, const struct export_sink *sink,
                            struct export_counts *counts, struct cf_err *err);

#endif
