#ifndef CONFAB_ERR_H
#define CONFAB_ERR_H

#include "base/attr.h"

/*
 * What went wrong, for the human at the terminal: configuration and start-up. Values; any thread.
 */
struct cf_err {
    int code; /* 0, or -errno where there is one, else -EINVAL */
    char text[384];
};

/* Sets text (cut when too long) and code; returns code, so that a caller can return it. */
int cf_err_set(struct cf_err *err, int code, const char *format, ...) CF_PRINTF(3, 4);

/* "No such file or directory" for an errno code; code: positive. Static text, any thread. */
const char *errno_text(int code);

#endif
