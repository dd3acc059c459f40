/* The log of a database; see database_log.h. */
#include "store/database_log.h"

#include "store/sql.h"

#include <assert.h>

#define PAGES_MAX  4000 /* 16 MiB, as of the settings; a commit copies it into the database */
#define PAGES_IDLE 500  /* the same while nothing comes: some milliseconds */

/* Without waiting for anybody: what somebody reads stays in the log, until there is more. */
static void
copy(struct database_log *log)
{
    int pages = 0;
    int copied = 0;
    /* When it fails, the log stays as it is, and it is tried again later. */
    (void)sqlite3_wal_checkpoint_v2(log->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    log->due = (copied < pages ? pages : 0) + PAGES_IDLE;
    log->pages = 0;
}

/* SQLite calls it after each commit, instead of what copies the log by itself. */
static int
committed(void *context, sqlite3 *db, const char *name, int pages)
{
    struct database_log *log = context;
    assert(log->db == db);
    (void)db;
    (void)name;
    log->pages = pages;
    if (pages >= PAGES_MAX)
        copy(log);
    return SQLITE_OK;
}

void
database_log_watch(struct database_log *log, sqlite3 *db)
{
    *log = (struct database_log){.db = db, .due = PAGES_IDLE};
    (void)sqlite3_wal_hook(db, committed, log); /* returns the context of one before */
}

bool
database_log_copy(struct database_log *log)
{
    bool is_long = log->pages >= log->due;
    if (is_long)
        copy(log);
    return is_long;
}

bool
database_log_empty(struct database_log *log)
{
    (void)sqlite3_busy_timeout(log->db, 0); /* fails for no valid handle only */
    int code = sqlite3_wal_checkpoint_v2(log->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_busy_timeout(log->db, SQL_BUSY_TIMEOUT_MS);
    return code == SQLITE_OK;
}
