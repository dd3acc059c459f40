#ifndef CONFAB_BACKUP_H
#define CONFAB_BACKUP_H

#include <stdio.h>

/*
 * `confab backup FILE` writes a copy of all that the server keeps, also while it runs; `confab
 * restore FILE` puts such a copy in its place, while it does not; `confab store check` tells
 * whether it is whole, in both cases.
 */

/* argv[0]: the command's name. Return the exit status. */
int backup_main(int argc, char **argv, FILE *out, FILE *err);
int restore_main(int argc, char **argv, FILE *out, FILE *err);
int store_main(int argc, char **argv, FILE *out, FILE *err);

#endif
