#ifndef CONFAB_COMMAND_LINE_H
#define CONFAB_COMMAND_LINE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The command lines of subcommands: options as a table, by getopt_long. --help is one of them
 * always. Once at a time: getopt has one state for the process.
 */

/* An option sets just one of these: the caller's variable, which it leaves alone when not given. */
struct command_option {
    const char *name;
    char letter;       /* 0: it has none */
    bool *flag;        /* takes no value */
    const char **text; /* takes one; given again, the last counts */
    const char **list; /* takes one each time that it is given, of at most list_max */
    size_t list_max;
    size_t *list_count;
};

struct command_line {
    const char *usage;
    const struct command_option *options;
    size_t option_count; /* at most COMMAND_OPTIONS_MAX */
};

#define COMMAND_OPTIONS_MAX 16

/*
 * argv[0]: the command's name. False when the command line is wrong, and that has been said on
 * `err` or by getopt, or when it has been answered with the usage on `out`: then *status_out is the
 * exit status. Otherwise what is no option begins at argv[*rest_out].
 */
CF_NODISCARD bool command_line_read(const struct command_line *line, int argc, char **argv,
                                    FILE *out, FILE *err, int *rest_out, int *status_out);

#endif
