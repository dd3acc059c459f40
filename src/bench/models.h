#ifndef CONFAB_BENCH_MODELS_H
#define CONFAB_BENCH_MODELS_H

#include "bench/options.h"

/*
 * `confab bench models`: the same load on this server with one worker, two, as many as there are
 * cores, and a thread for each client, at several numbers of clients: one table and one picture.
 * Several processes are several servers behind one log, which do not exist yet: the table says so.
 */

/* program: of this program. Returns an exit status. */
int models_run(const struct bench_options *options, const char *program);

#endif
