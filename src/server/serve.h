#ifndef CONFAB_SERVE_H
#define CONFAB_SERVE_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * `confab serve`: the composition root. Puts the floors together, takes signals, reloads, stops.
 */

/* Strings are borrowed for the call. */
struct serve_options {
    const char *config_path; /* NULL: the usual places (config_find) */
    const char *data_dir;    /* these stand in place of the configuration's; NULL: as there */
    const char *workers;
    const char *listen[LIMIT_LISTENERS];
    size_t listen_count; /* 0: as configured */
    bool has_console;    /* the operator's terminal is a session */
    bool is_half_duplex; /* the lobby takes turns */
};

/* Returned instead of an exit status: the operator wants the program started again. */
#define SERVE_RESTART (-1)

/* Runs the server until a signal or an operator ends it. Returns the exit status. */
int serve(const struct serve_options *options);

#endif
