#ifndef CONFAB_DATABASE_LOG_H
#define CONFAB_DATABASE_LOG_H

#include "base/attr.h"

#include <sqlite3.h>
#include <stdbool.h>

/*
 * The log (WAL) of a database that is written to: when what stands in it is copied into the
 * database (a checkpoint), so that it is done while nothing comes and no commit takes long for it;
 * and emptying it, since what was erased stands in it until it is written over. The thread that
 * writes.
 */
struct database_log {
    sqlite3 *db; /* borrowed */
    int pages;   /* that it had after the last commit */
    int due;     /* how many are to be copied while nothing comes */
};

/* Does the copying from now on, instead of SQLite. db: outlives the log, which must not move. */
void database_log_watch(struct database_log *log, sqlite3 *db);

/* Outside of a transaction, while nothing comes: copies what there is, if that is worth it. Returns
 * whether it was. */
bool database_log_copy(struct database_log *log);

/* Copies all of it, and leaves it empty. False when it fails, or somebody reads: nobody is waited
 * for. */
CF_NODISCARD bool database_log_empty(struct database_log *log);

#endif
