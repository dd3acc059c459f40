#ifndef CONFAB_BENCH_RUN_H
#define CONFAB_BENCH_RUN_H

#include "base/attr.h"
#include "base/err.h"
#include "bench/load.h"
#include "bench/options.h"
#include "bench/process.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One scenario against one server, which is started for it and stopped afterwards. A result is
 * large: it holds a histogram.
 */
struct run_result {
    const char *server;
    bool has_process; /* the server's process was seen: what comes from it is known */
    double connect_seconds;
    int64_t connect_cpu_ns; /* of the server, for all registrations */
    uint32_t clients;
    struct load_totals totals;
    double seconds;
    struct process_usage used;   /* differences, but for memory and threads */
    uint64_t idle_private_bytes; /* per client, after registration */
    double load_cpu_seconds;
    int64_t alone_p99_ns;  /* SCENARIO_FLOOD: before the flood began */
    char remark[160];      /* what else there is to say; "" for nothing */
    double lock_share;     /* of the server's CPU time that its hub's lock was held; <0: unknown */
    double lock_contended; /* share of the entries that had to wait */
};

/*
 * server: a kind that bench_server_start knows, or the text of the target. program: of this
 * program. 0, or -errno with err set. The deliveries may be at fault all the same:
 * run_is_right.
 */
CF_NODISCARD int run_scenario(const struct bench_options *options, const char *server,
                              const char *program, struct run_result *result_out,
                              struct cf_err *err);

/* All that was sent has come, once and in order, and nobody was thrown out. */
bool run_is_right(const struct run_result *result);

/* Microseconds of the server's CPU, or of the load's, for a delivery; 0 without any. */
double run_cpu_us(const struct run_result *result);
double run_load_us(const struct run_result *result);

/* Deliveries a second. */
double run_rate(const struct run_result *result);

/* Latency that a share of the deliveries did not exceed. */
double run_latency_ms(const struct run_result *result, double share);

#endif
