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

#endif
