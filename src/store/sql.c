/* Statements of SQLite; see sql.h. */
#include "store/sql.h"

#include <assert.h>
#include <errno.h>

int
sql_errno(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CANTOPEN:
        return -ENOENT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_INTERRUPT:
        return -ETIME;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
        return -EUCLEAN;
    default:
        return -EIO;
    }
}

int
sql_open(const char *path, int flags, const char *vfs, sqlite3 **db_out)
{
    int code = sqlite3_open_v2(path, db_out, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(*db_out, SQL_BUSY_TIMEOUT_MS);
    return sql_errno(code);
}

void
sql_bind_text(sqlite3_stmt *statement, int index, struct str text)
{
    /* SQLITE_STATIC: the bytes stay until the statement is reset. Empty is not NULL. */
    int result = text.len == 0
                     ? sqlite3_bind_zeroblob(statement, index, 0)
                     : sqlite3_bind_blob64(statement, index, text.ptr, text.len, SQLITE_STATIC);
    assert(result == SQLITE_OK || result == SQLITE_NOMEM);
}

void
sql_bind_number(sqlite3_stmt *statement, int index, int64_t number)
{
    int result = sqlite3_bind_int64(statement, index, number);
    assert(result == SQLITE_OK || result == SQLITE_NOMEM);
}

struct str
sql_column_text(sqlite3_stmt *statement, int index)
{
    const void *bytes = sqlite3_column_blob(statement, index);
    int len = sqlite3_column_bytes(statement, index);
    return len == 0 ? STR("") : (struct str){.ptr = bytes, .len = (size_t)len};
}

int
sql_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    (void)sqlite3_reset(statement); /* repeats what the step has returned */
    return sql_errno(code);
}

int
sql_run_number(sqlite3_stmt *statement, int64_t none, int64_t *number_out)
{
    int code = sqlite3_step(statement);
    int result = sql_errno(code);
    if (result == 0)
        *number_out = code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL
                          ? sqlite3_column_int64(statement, 0)
                          : none;
    (void)sqlite3_reset(statement); /* repeats what the step has returned */
    return result;
}

int
sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_out)
{
    return sql_errno(
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement_out, NULL));
}

int
sql_prepare_all(sqlite3 *db, const char *const *texts, size_t count, sqlite3_stmt **statements_out)
{
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = sql_prepare(db, texts[i], &statements_out[i]);
    return result;
}

void
sql_finalize_all(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)sqlite3_finalize(statements[i]); /* repeats what its last step has returned */
}

int
sql_execute(sqlite3 *db, const char *sql)
{
    return sql_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int
sql_query_number(sqlite3 *db, const char *sql, int64_t none, int64_t *number_out)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(db, sql, &statement);
    if (result != 0)
        return result;
    result = sql_run_number(statement, none, number_out);
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    return result;
}
