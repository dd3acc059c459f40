#ifndef CONFAB_PASSWD_H
#define CONFAB_PASSWD_H

#include <stdio.h>

/*
 * `confab passwd`: makes the hash of a password, for the configuration. At a terminal it asks
 * twice and shows nothing of what is typed; from a pipe it takes one line.
 */

/*
 * argv[0]: "passwd". Reads the password from input, a file descriptor; the hash goes to out. Takes
 * the signals that would end it while it asks, so that the terminal is left as it was. Returns the
 * exit status: 0, 1 when there is no hash, 2 for a wrong command line.
 */
int passwd_main(int argc, char **argv, int input, FILE *out, FILE *err);

#endif
