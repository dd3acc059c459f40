#ifndef CONFAB_BENCH_PAGED_H
#define CONFAB_BENCH_PAGED_H

/*
 * `confab bench history`: what a server costs that has very many messages: how long it takes to
 * start, the CPU of a page of history and of other questions while people talk, and with --search
 * of searches. argv[0] is "history"; program: of this program. Returns the exit status.
 */
int paged_main(int argc, char **argv, const char *program);

#endif
