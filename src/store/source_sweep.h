#ifndef CONFAB_SOURCE_SWEEP_H
#define CONFAB_SOURCE_SWEEP_H

#include "base/attr.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Takes away sources, which are nicks, hosts and accounts, of which no message is left. Messages
 * do not know how many they are of a source, and finding those of one would need an index of all;
 * so a day after messages have gone all are looked at once, bit by bit, for the sources they have,
 * and what has none then goes. One thread, the one that writes; all within a transaction.
 */
enum source_sweep_statement {
    SOURCE_SWEEP_NOTE_DUE,
    SOURCE_SWEEP_DROP_DUE,
    SOURCE_SWEEP_NEXT_MESSAGES,
    SOURCE_SWEEP_NEXT_SOURCES,
    SOURCE_SWEEP_DROP,
    SOURCE_SWEEP_STATEMENT_COUNT,
};

struct source_sweep {
    sqlite3 *db;
    sqlite3_stmt *statements[SOURCE_SWEEP_STATEMENT_COUNT];
    bool has_gone;        /* messages have, since it was written down that it is due */
    bool has_dropped;     /* the last step has taken sources away: whoever knows numbers forgets */
    int64_t due_ms;       /* wall time; 0: no messages have gone */
    uint8_t *used;        /* owned: a bit for each of them; NULL: none is looked at */
    int64_t first;        /* the sources that are looked at */
    int64_t last;         /* the last one of them */
    int64_t next_message; /* messages above this id are still to be looked at */
    int64_t next_source;  /* sources below this one need not be looked at any more */
    bool is_scanned;      /* all messages were */
};

#define SOURCE_SWEEP_DELAY_MS 86400000

/* 0 or -errno. */
CF_NODISCARD int source_sweep_open(struct source_sweep *sweep, sqlite3 *db);

/* Zeroed, or once opened, even in vain. */
void source_sweep_close(struct source_sweep *sweep);

/* A message has, or gets, that source. */
void source_sweep_mark(struct source_sweep *sweep, int64_t source);

/* What was done in a transaction is not: it begins anew. */
void source_sweep_reset(struct source_sweep *sweep);

/* Looks at, or takes away, a little, if it is due: so many rows, or looks at many more. now_ms:
 * wall time. 1 when there may be more to do, 0, or -errno. */
CF_NODISCARD int source_sweep_step(struct source_sweep *sweep, int64_t now_ms, size_t rows);

#endif
