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

/* 0 for a result that is no error. */
int sql_errno(int code);

/* text: stays until the statement is reset. Empty is not NULL. */
void sql_bind_text(sqlite3_stmt *statement, int index, struct str text);
void sql_bind_number(sqlite3_stmt *statement, int index, int64_t number);

/* Valid until the statement goes on. */
struct str sql_column_text(sqlite3_stmt *statement, int index);

/* Runs a statement that gives no rows, and resets it. */
int sql_run(sqlite3_stmt *statement);

/* For good: to be freed with sqlite3_finalize. */
CF_NODISCARD int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_out);

/* All statements of a text, none of which gives rows. */
CF_NODISCARD int sql_execute(sqlite3 *db, const char *sql);

/* One number that a query gives; `none` when it gives no row or NULL. */
CF_NODISCARD int sql_query_number(sqlite3 *db, const char *sql, int64_t none, int64_t *number_out);

#endif
