#ifndef CONFAB_SQL_H
#define CONFAB_SQL_H

#include "base/attr.h"
#include "base/str.h"

#include <sqlite3.h>
#include <stdint.h>

/*
 * SQLite's statements in our terms: errors are -errno, texts are slices. For the files that are the
 * store on disk. One thread for a database, as SQLite wants it of one opened with NOMUTEX.
 */

/* How long is waited while others have the database for themselves. */
#define SQL_BUSY_TIMEOUT_MS 10000

/* 0 for a result that is no error. */
int sql_errno(int code);

/*
 * Opens a database, for one thread. flags: SQLITE_OPEN_READONLY and the like; vfs: SQLite's way to
 * the files, by name; NULL: the system's. 0 or -errno; *db_out is set in either case, for
 * sqlite3_errmsg, and to be closed with sqlite3_close.
 */
CF_NODISCARD int sql_open(const char *path, int flags, const char *vfs, sqlite3 **db_out);

/* text: stays until the statement is reset. Empty is not NULL. */
void sql_bind_text(sqlite3_stmt *statement, int index, struct str text);
void sql_bind_number(sqlite3_stmt *statement, int index, int64_t number);

/* Valid until the statement goes on. */
struct str sql_column_text(sqlite3_stmt *statement, int index);

/* Runs a statement that gives no rows, and resets it. */
int sql_run(sqlite3_stmt *statement);

/* Runs a statement for the number in its first row, and resets it; `none` when it gives no row or
 * NULL. */
CF_NODISCARD int sql_run_number(sqlite3_stmt *statement, int64_t none, int64_t *number_out);

/* For good: to be freed with sqlite3_finalize. */
CF_NODISCARD int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_out);

/* The same of a table of texts. statements_out: as many, zeroed; to be freed with sql_finalize_all,
 * even when not all could be prepared. */
CF_NODISCARD int sql_prepare_all(sqlite3 *db, const char *const *texts, size_t count,
                                 sqlite3_stmt **statements_out);
void sql_finalize_all(sqlite3_stmt **statements, size_t count);

/* All statements of a text, none of which gives rows. */
CF_NODISCARD int sql_execute(sqlite3 *db, const char *sql);

/* One number that a query gives; `none` when it gives no row or NULL. */
CF_NODISCARD int sql_query_number(sqlite3 *db, const char *sql, int64_t none, int64_t *number_out);

#endif
