#ifndef CONFAB_STORE_SQLITE_H
#define CONFAB_STORE_SQLITE_H

#include "base/err.h"
#include "store/store.h"

/*
 * The store on disk: SQLite in WAL mode, synchronous=FULL, so that a commit is on disk when it has
 * been made. SQLite's types are known to this floor's files alone (sql.h), and to the
 * bare loop that it is measured against (bench/bare.h).
 *
 * The schema is in schema.h; a database of an older version is brought up to date when it is
 * opened, one of a newer version is refused. A lock on PATH.lock keeps a second server away.
 * Opening looks at no more than a few rows, however many messages there are.
 */

/* How the database is called in a data folder. */
#define STORE_SQLITE_FILE "confab.db"

/* How the thread that writes has it open: with 32 MiB of it in memory, what is erased overwritten,
 * and 16 MiB of the log copied into the database at a time. */
#define STORE_SQLITE_SETTINGS                                      \
    "PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;"      \
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"        \
    "PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;" \
    "PRAGMA journal_size_limit = 67108864"

/*
 * path: of the database, made when it is missing. vfs: SQLite's way to the files, by name; NULL:
 * the one on which nothing stays of what is erased (wipe_vfs.h). Returns NULL, and err says what to
 * do about it; then no file is left that was not there before.
 */
CF_NODISCARD struct store *store_sqlite_open(const char *path, const char *vfs, struct cf_err *err);

/* As store_free, with no transaction open; what was made by opening it, the database or the file of
 * its lock, does not stay. */
void store_sqlite_discard(struct store **store);

/* What has become of an event that was merged. */
enum store_merge {
    STORE_MERGE_ADDED,
    STORE_MERGE_WAS_THERE, /* all of it */
    STORE_MERGE_CONFLICT,  /* something else has its id */
};

/*
 * Within a transaction, of an event from elsewhere (RECORD_EVENT without a row): keeps it, if it is
 * not there yet, in all of its places; of one that is there, adds the places that are missing. Its
 * number in its channel counts when it is above the last one. What comes before messages that are
 * in the index of words already has that made anew: see store_sqlite_index_anew.
 */
CF_NODISCARD int store_sqlite_merge(struct store *store, const struct record *record,
                                    enum store_merge *merge_out);

/* Within a transaction: forgets the index of words, when there is something in it that came before
 * `msgid`; the server makes it again bit by bit, in the background. */
CF_NODISCARD int store_sqlite_index_anew(struct store *store, uint64_t msgid);

#endif
