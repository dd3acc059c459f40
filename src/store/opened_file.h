#ifndef CONFAB_OPENED_FILE_H
#define CONFAB_OPENED_FILE_H

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * A file that is open, and whether it is still where it was opened: somebody may move or delete it,
 * and what is written to it then is found by nobody. One owner thread.
 */
struct opened_file {
    struct buf path;
    dev_t device;
    ino_t inode;
};

/* Once it is open; path and suffix: its name in two parts. 0 or -errno. Zeroed memory; to be given
 * up with opened_file_deinit in any case. */
CF_NODISCARD int opened_file_init(struct opened_file *file, const char *path, const char *suffix);

/* Zeroed, or once initialised. */
void opened_file_deinit(struct opened_file *file);

/* Asks the file system. */
bool opened_file_is_there(const struct opened_file *file);

#endif
