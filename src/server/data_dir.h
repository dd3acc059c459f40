#ifndef CONFAB_DATA_DIR_H
#define CONFAB_DATA_DIR_H

#include "base/attr.h"
#include "base/err.h"
#include "server/config.h"

#include <stdbool.h>
#include <stdio.h>

/* The data folder of a configuration. Main thread, at the start; blocks on the file system. */

/* Makes it for nobody else to read, when it is missing; the one above it must be there. *is_new_out
 * (NULL: it does not matter): whether it was missing. 0, or the code in err: it can't be made, or
 * not be written to. */
CF_NODISCARD int data_dir_make(const struct config *config, bool *is_new_out, struct cf_err *err);

/* Deletes it again when it is empty. */
void data_dir_unmake(const struct config *config);

/*
 * Tells of files that belong to what is kept, but are none of the database: secrets and keys of the
 * data folder (those that are there) that another machine needs, too. One line; none when there are
 * no such files.
 */
void data_dir_tell_files(const struct config *config, FILE *out);

#endif
