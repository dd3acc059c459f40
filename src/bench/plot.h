#ifndef CONFAB_BENCH_PLOT_H
#define CONFAB_BENCH_PLOT_H

#include "base/attr.h"
#include "base/err.h"
#include "bench/run.h"

#include <stddef.h>

/*
 * Pictures, drawn by gnuplot, which gets a script with the figures in it on its standard input.
 */

/* Whether gnuplot can be started; asked before anything is measured. 0 or -errno with err set. */
CF_NODISCARD int plot_check(struct cf_err *err);

/* Latency over percentiles, a curve for each run; idle: memory, registrations. */
CF_NODISCARD int plot_runs(const struct bench_options *options, struct run_result *const *results,
                           size_t count, struct cf_err *err);

/* One model of workers, at each of the sizes. */
struct plot_series {
    const char *name;
    struct run_result *const *results; /* NULL where there is none */
};

/* Deliveries a second, CPU, latency and memory over the number of clients. */
CF_NODISCARD int plot_models(const struct bench_options *options, const struct plot_series *series,
                             size_t series_count, struct cf_err *err);

#endif
