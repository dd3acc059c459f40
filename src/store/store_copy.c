/* Copies of a database; see store_copy.h. */
#include "store/store_copy.h"

#include "store/schema.h"
#include "store/sql.h"
#include "store/wipe_vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

/* One statement, which sees one state of the database, and writes it without gaps. */
static int
copy_into(sqlite3 *db, const char *to)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(db, "VACUUM INTO ?1", &statement);
    if (result != 0)
        return result;
    int code = sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
    assert(code == SQLITE_OK || code == SQLITE_NOMEM);
    result = sql_run(statement);
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    return result;
}

/* An empty file for nobody else to read, that was not there before. */
static int
make_file(const char *path, int *fd_out, struct cf_err *err)
{
    *fd_out = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*fd_out == -1)
        return cf_err_set(err, -errno, "cannot make %s: %s", path, errno_text(errno));
    return 0;
}

int
store_copy(const char *from, const char *to, struct cf_err *err)
{
    sqlite3 *db = NULL;
    int fd = -1;
    err->code = 0;
    int result = sql_open(from, SQLITE_OPEN_READONLY, NULL, &db);
    if (result == 0)
        result = schema_check_is_ours(db, from, err);
    if (result == 0)
        result = make_file(to, &fd, err);
    if (result == 0)
        result = copy_into(db, to);
    if (result == 0 && fsync(fd) == -1)
        result = -errno;
    if (result != 0 && err->code == 0)
        (void)cf_err_set(err, result, "cannot copy %s to %s: %s", from, to,
                         sqlite3_errmsg(db)); /* the code is in err, too */
    if (fd != -1) {
        (void)close(fd); /* it has been synced, or is of no use */
        if (result != 0)
            (void)unlink(to);
    }
    (void)sqlite3_close(db); /* nothing is open in it any more */
    return result;
}

int
store_copy_check(const char *from, struct cf_err *err)
{
    sqlite3 *db = NULL;
    err->code = 0;
    int result = sql_open(from, SQLITE_OPEN_READONLY, NULL, &db);
    if (result == 0)
        result = schema_check_is_ours(db, from, err);
    if (result != 0 && err->code == 0)
        (void)cf_err_set(err, result, "cannot read %s: %s", from,
                         sqlite3_errmsg(db)); /* the code is in err, too */
    (void)sqlite3_close(db);                  /* nothing is open in it any more */
    return result;
}

void
store_copy_settle(const char *path)
{
    sqlite3 *db = NULL;
    int64_t is_busy;
    int result = sql_open(path, SQLITE_OPEN_READWRITE, wipe_vfs(), &db);
    if (result == 0)
        result = sql_query_number(db, "PRAGMA wal_checkpoint(TRUNCATE)", 0, &is_busy);
    (void)result;            /* the log stays, then */
    (void)sqlite3_close(db); /* the last one to close it deletes an empty log */
}
