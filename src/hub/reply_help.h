#ifndef CONFAB_REPLY_HELP_H
#define CONFAB_REPLY_HELP_H

#include "hub/numeric.h"

#include <stddef.h>

/*
 * When each numeric and each standard reply is sent: for HELP <reply> and docs/replies.md, which
 * tools/replies makes of this table and of the texts that stand where they are sent. What to do
 * about a refusal its own text says. Constant, any thread.
 */
struct reply_help {
    struct str name;  /* RPL_WELCOME, or the code of a standard reply */
    unsigned numeric; /* 0: a standard reply */
    struct str when;
};

size_t reply_help_count(void);
const struct reply_help *reply_help_at(size_t index);

/* By "404", its name, or the code of a standard reply, in any case; NULL when there is none. */
const struct reply_help *reply_help_find(struct str topic);

#endif
