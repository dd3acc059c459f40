#ifndef CONFAB_SWEEP_H
#define CONFAB_SWEEP_H

#include "base/attr.h"
#include "store/source_sweep.h"
#include "store/sql.h"
#include "store/store.h"
#include "store/word_index.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is taken away from a database: single places, and bit by bit, in steps of as many rows as
 * its caller has time for, what belongs to targets that were forgotten, what an account has had
 * erased, and what is too old or too much. One thread, the one that writes; all within a
 * transaction.
 */
enum sweep_statement {
    SWEEP_FIND_FORGOTTEN,
    SWEEP_DROP_TARGET,
    SWEEP_DROP_PEERS,
    SWEEP_FIND_PLACES,
    SWEEP_NEXT_RUN,
    SWEEP_FIND_LIMITS,
    SWEEP_FIND_NTH,
    SWEEP_FIND_OLD,
    SWEEP_DROP_PLACE,
    SWEEP_DROP_PLACES,
    SWEEP_UNREF_MESSAGE,
    SWEEP_DROP_SHARED,
    SWEEP_DROP_MESSAGE,
    SWEEP_KEEP_LAST_MSGID,
    SWEEP_FIND_SOURCES,
    SWEEP_ADD_ERASURE,
    SWEEP_STRETCH_END,
    SWEEP_FIND_ERASED,
    SWEEP_NOTE_OLDER,
    SWEEP_DROP_ERASURES,
    SWEEP_HIDE_SOURCE,
    SWEEP_DROP_SOURCES,
    SWEEP_FORGET_EMPTY,
    SWEEP_STATEMENT_COUNT,
};

struct sweep {
    sqlite3 *db;
    struct word_index *words;   /* borrowed */
    const uint64_t *last_msgid; /* borrowed: the highest that was ever kept */
    sqlite3_stmt *statements[SWEEP_STATEMENT_COUNT];
    struct source_sweep sources;
    size_t rows;         /* that this step may take away */
    int64_t next_run;    /* of places, to be looked at for what is too old */
    int64_t next_erased; /* messages above this id are still to be looked at */
    bool has_erasures;   /* there may be some */
    bool is_again;       /* others have come since the first message was looked at */
    bool is_scanned;     /* all messages were looked at: words are to be taken out of the index */
    bool is_merging;     /* that has begun */
    int64_t next_empty;  /* of targets above this id it is still to be looked whether all is gone */
    bool has_empty;      /* there may be such */
    bool has_new_names;  /* numbers of targets that were remembered are not right any more */
    bool has_erased;     /* since the log was emptied, in which it may stand yet */
    bool is_log_due;     /* all is done: it is to be emptied */
};

/* No transaction is open. 0 or -errno. */
CF_NODISCARD int sweep_open(struct sweep *sweep, sqlite3 *db, struct word_index *words,
                            const uint64_t *last_msgid);

/* Zeroed, or once opened, even in vain. */
void sweep_close(struct sweep *sweep);

/* The message is in that place no more; in none, it is gone. */
CF_NODISCARD int sweep_drop_place(struct sweep *sweep, int64_t place, int64_t id);

/*
 * Readers see nothing any more of what the account, by its folded name, has said and done, from the
 * id `first` on, and the numbers of its sources are those of nobody: whoever remembers them has to
 * forget them.
 */
CF_NODISCARD int sweep_erase(struct sweep *sweep, struct str account, uint64_t first);

/* A little of what there is to take away: 1 when there may be more, 0, or -errno. */
CF_NODISCARD int sweep_step(struct sweep *sweep, const struct store_limits *limits);

#endif
