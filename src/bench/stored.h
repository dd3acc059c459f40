#ifndef CONFAB_BENCH_STORED_H
#define CONFAB_BENCH_STORED_H

/*
 * `confab bench store`: how many messages a second are stored and echoed, as a share of what a bare
 * loop with SQLite writes on the same disk in commits of the same size; and what a message takes on
 * disk. argv[0] is "store"; program: of this program. Returns the exit status.
 */
int stored_main(int argc, char **argv, const char *program);

#endif
