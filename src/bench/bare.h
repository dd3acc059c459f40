#ifndef CONFAB_BENCH_BARE_H
#define CONFAB_BENCH_BARE_H

#include "base/attr.h"
#include "base/err.h"

#include <stdint.h>

/*
 * A bare loop that writes messages with SQLite: the tables, the rows and the settings of the store
 * (store/schema.h), and nothing around it. What the disk and SQLite can do on this machine.
 */
struct bare_options {
    const char *folder;    /* where it makes its database, and removes it */
    uint32_t commit_rows;  /* messages in a transaction */
    uint32_t text_bytes;   /* of a message */
    uint32_t target_count; /* channels, in turn */
    double seconds;
};

/* messages_out: how many were committed. 0 or -errno with err set. */
CF_NODISCARD int bare_run(const struct bare_options *options, uint64_t *messages_out,
                          double *seconds_out, struct cf_err *err);

/* Bytes on disk of a database of the store that is closed. */
struct bare_size {
    uint64_t messages;
    uint64_t message_bytes; /* messages, and where they are */
    uint64_t index_bytes;   /* of words */
    uint64_t file_bytes;
};

/* Looks into it. 0 or -errno with err set. */
CF_NODISCARD int bare_measure(const char *path, struct bare_size *size_out, struct cf_err *err);

/* On standard output, for each message; text_bytes: of each. */
void bare_print_size(const struct bare_size *size, uint64_t text_bytes);

#endif
