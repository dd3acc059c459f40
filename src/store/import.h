#ifndef CONFAB_IMPORT_H
#define CONFAB_IMPORT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "hub/hub_config.h"

#include <stdint.h>

/*
 * Takes lines (line.h) into a database that no server has open: all of them in one transaction, or
 * none, and then a database that was made for them is deleted. What is there already stays as it
 * is, so that the same lines can be taken twice.
 *
 * An event whose id is taken by another one gets the next id that is free. Its number in its
 * channel is kept when it is above those that are there. Rows must make sense to a hub of the
 * configuration, on top of those that are there: what belongs to an account comes behind it.
 *
 * One thread.
 */
struct import;

struct import_counts {
    uint64_t accounts;
    uint64_t channels;
    uint64_t other_rows;
    uint64_t events;
    uint64_t were_there; /* rows and events */
    uint64_t moved;      /* events that have got another id */
    uint64_t operators;  /* accounts that are operators of the server */
};

/*
 * path: of the database, which is made when it is missing. config: borrowed until the end. now_ms:
 * wall time. NULL, and err says why: it is in use, or can't be read.
 */
CF_NODISCARD struct import *import_begin(const char *path, const struct hub_config *config,
                                         int64_t now_ms, struct cf_err *err);

/* 0 or the code in err, whose text says what is wrong with the line; then only import_abandon may
 * follow. */
CF_NODISCARD int import_line(struct import *import, struct str text, struct cf_err *err);

/* Makes it so: 0 or the code in err. Frees the import and sets *import to NULL, in any case. */
CF_NODISCARD int import_finish(struct import **import, struct import_counts *counts,
                               struct cf_err *err);

/* As if nothing had been. Frees the import and sets *import to NULL. */
void import_abandon(struct import **import);

#endif
