#ifndef CONFAB_BENCH_ERASED_H
#define CONFAB_BENCH_ERASED_H

/*
 * `confab bench erase`: how long an echo takes before, while and after a server clears away very
 * many messages of one account, the words in the index for searches included. argv[0] is "erase";
 * program: of this program. Returns the exit status.
 */
int erased_main(int argc, char **argv, const char *program);

#endif
