#ifndef CONFAB_BENCH_ARCHIVE_H
#define CONFAB_BENCH_ARCHIVE_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes a database with very many messages, as if a server had kept them: some a second, over its
 * channels and of its senders in turn, until now. The channels are #c0, #c1 and so on; the senders
 * have the accounts sender0, sender1 and so on.
 */
struct archive_options {
    uint64_t messages;
    uint32_t channels;
    uint32_t senders;
    uint32_t text_bytes;
    bool has_index; /* of words: takes far longer */
    bool has_progress;
};

struct archive {
    char folder[32]; /* in /tmp; empty: there is none */
    char path[48];   /* of the database in it */
    uint64_t first_msgid;
    uint64_t last_msgid;
    double fill_seconds;
    double index_seconds;
};

/* 0 or -errno with err set. In both cases what is there is removed by archive_remove. */
CF_NODISCARD int archive_make(const struct archive_options *options, struct archive *archive_out,
                              struct cf_err *err);

/* Removes the folder with what is in it; the database may have been moved away. */
void archive_remove(struct archive *archive);

/* The id of the message with that number: 0 is the first. */
uint64_t archive_msgid(const struct archive *archive, uint64_t number);

#endif
