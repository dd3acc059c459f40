#ifndef CONFAB_STORE_CHECK_H
#define CONFAB_STORE_CHECK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/*
 * Looks whether a database (schema.h) is whole: SQLite's own check of its pages and indices, then
 * what SQLite knows nothing of: that each message, place and conversation has what it refers to,
 * and that each message and each row can be read. It only reads, and sees one state of the
 * database, whoever writes it meanwhile; the log of a database that is written grows for as long as
 * it takes. Any thread; blocks for the time that reading all of the file takes.
 */
struct store_check {
    int64_t version; /* of its schema */
    int64_t messages;
    int64_t targets; /* channels and conversations with history */
    int64_t rows;    /* accounts, registered channels, settings and the like */
    uint64_t problem_count;
    struct buf problems; /* a line for each, as far as they fit */
};

void store_check_init(struct store_check *check);
void store_check_deinit(struct store_check *check);

/*
 * check: initialised, and filled with what was found; problem_count is 0 when all is well. Of a
 * damaged file, and of a database of an older or newer version, only what SQLite knows is looked
 * at, and nothing counted.
 * Returns 0 or the code in err: it can't be looked at, or is no database of confab.
 */
CF_NODISCARD int store_check_run(const char *path, struct store_check *check, struct cf_err *err);

#endif
