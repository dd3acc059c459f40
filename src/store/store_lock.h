#ifndef CONFAB_STORE_LOCK_H
#define CONFAB_STORE_LOCK_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>

/*
 * One server for one database: SQLite itself would let two in. The lock is a file beside the
 * database, which stays as long as that does; it holds as long as its descriptor is open. Any
 * thread; does not block.
 */

struct store_lock {
    int fd;      /* close() ends it */
    bool is_new; /* its file was not there before */
};

/* 0, or the code in err: another confab has it, or the file can't be made. */
CF_NODISCARD int store_lock(const char *database, struct store_lock *lock_out, struct cf_err *err);

/* Deletes the file of a lock that is held, for a database that is not to be. Whoever has it open
 * already takes another one. */
void store_lock_remove(const char *database);

#endif
