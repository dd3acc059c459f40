#ifndef CONFAB_CHECK_H
#define CONFAB_CHECK_H

#include <stdio.h>

/*
 * `confab check`: tells what is wrong with a configuration, all of it in one go.
 *     confab check [--config FILE] [--print | --man]
 * --print writes the effective settings as YAML, --man the options as the section of a manual.
 */

/*
 * argv[0]: "check". Problems go to err, all else to out. Returns the exit status: 0 for a good
 * configuration, 1 for one with errors, 2 for a wrong command line.
 */
int check_main(int argc, char **argv, FILE *out, FILE *err);

#endif
