#ifndef CONFAB_STORE_LOCK_H
#define CONFAB_STORE_LOCK_H

#include "base/attr.h"
#include "base/err.h"

/*
 * One server for one database: SQLite itself would let two in. The lock is a file beside the
 * database, which stays; it holds as long as its descriptor is open. Any thread; does not block.
 */

/* 0, and close(*fd_out) ends it; or the code in err: another confab has it, or the file can't be
 * made. */
CF_NODISCARD int store_lock(const char *database, int *fd_out, struct cf_err *err);

#endif
