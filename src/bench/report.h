#ifndef CONFAB_BENCH_REPORT_H
#define CONFAB_BENCH_REPORT_H

#include "bench/run.h"

#include <stddef.h>

/*
 * Results on standard output: a table for people, JSON for programs (one object a line).
 */

/* The table's head; nothing with --json. */
void report_head(const struct bench_options *options);

/* One run, as soon as it has ended. */
void report_run(const struct bench_options *options, const struct run_result *result);

/* The figures by which servers are compared: medians of the runs of one server. */
struct report_summary {
    const char *server;
    uint32_t runs;  /* that were complete; 0: no figures */
    uint32_t wrong; /* with faults */
    double cpu_us;  /* of a delivery; idle: of a registration; churn: of a visit */
    double rate;    /* deliveries, registrations, visits a second */
    double p50_ms;
    double p99_ms;
    double p999_ms;
    double bytes; /* resident, idle: private for each client */
};

/* The medians of `count` runs, whose order is changed. */
struct report_summary report_summarise(const struct bench_options *options, const char *server,
                                       struct run_result *const *results, size_t count);

/* The medians of all, and their ratios to the first server. */
void report_comparison(const struct bench_options *options, const struct report_summary *summaries,
                       size_t count);

#endif
