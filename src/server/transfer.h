#ifndef CONFAB_TRANSFER_H
#define CONFAB_TRANSFER_H

#include <stdio.h>

/*
 * `confab export` writes what a server keeps as lines of text (store/line.h), also while it runs;
 * `confab import` takes such lines, or a database of Ergo, while it does not.
 */

/* argv[0]: the command's name. Lines go to `out` and come from `in` when no file is named. Return
 * the exit status. */
int export_main(int argc, char **argv, FILE *out, FILE *err);
int import_main(int argc, char **argv, FILE *in, FILE *out, FILE *err);

#endif
