#ifndef CONFAB_STORE_COPY_H
#define CONFAB_STORE_COPY_H

#include "base/attr.h"
#include "base/err.h"

/*
 * Writes a copy of a database (schema.h), as it was last committed, into a new file that nobody
 * else may read, and sees that it is on disk; whoever has the database open is not held up, a
 * server either.
 * 0 or the code in err: from is no database of ours, `to` is there already, or there is no room.
 * Then there is no copy. Any thread; blocks for the time that reading and writing all of it takes.
 */
CF_NODISCARD int store_copy(const char *from, const char *to, struct cf_err *err);

/* 0 when there is a database of ours to copy from; else the code in err. */
CF_NODISCARD int store_copy_check(const char *from, struct cf_err *err);

/*
 * Brings what is still in the log of a database into the database itself, as far as that can be
 * read, so that it is one file. Only for who has its lock (store_lock.h).
 */
void store_copy_settle(const char *path);

#endif
