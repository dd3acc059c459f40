/* `confab bench`; see bench.h. Which runs are made; one run is in run.c. */
#include "bench/bench.h"

#include "base/alloc.h"
#include "bench/erased.h"
#include "bench/models.h"
#include "bench/options.h"
#include "bench/paged.h"
#include "bench/plot.h"
#include "bench/report.h"
#include "bench/run.h"
#include "bench/stored.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATH_BYTES 2048

/* All runs of one server. */
struct history {
    struct run_result **results; /* owned */
    size_t count;
};

static void
pin_self(const struct bench_options *options)
{
    if (!options->is_pinned)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(1, &set);
    if (sched_setaffinity(0, sizeof set, &set) == -1)
        perror("confab bench: cannot pin");
}

/* As many open files as the system gives, for this process and the servers it starts. */
static void
raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return; /* then connecting says what is missing */
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* the same */
}

/* False when the run failed or its deliveries were not right. */
static bool
run_one(const struct bench_options *options, const char *server, const char *program,
        struct history *history)
{
    struct run_result *result = cf_calloc_array(1, sizeof *result);
    struct cf_err err;
    if (run_scenario(options, server, program, result, &err) != 0) {
        (void)fprintf(stderr, "confab bench: %s: %s\n", server, err.text);
        cf_free(result);
        return false;
    }
    report_run(options, result);
    history->results[history->count++] = result;
    return run_is_right(result);
}

static bool
plot_histories(const struct bench_options *options, const struct history *histories)
{
    struct run_result *last[BENCH_SERVERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < options->server_count; i++) {
        if (histories[i].count > 0)
            last[count++] = histories[i].results[histories[i].count - 1];
    }
    struct cf_err err;
    if (plot_runs(options, last, count, &err) == 0)
        return true;
    (void)fprintf(stderr, "confab bench: %s\n", err.text);
    return false;
}

static void
compare(const struct bench_options *options, const struct history *histories)
{
    struct report_summary summaries[BENCH_SERVERS_MAX];
    for (size_t i = 0; i < options->server_count; i++)
        summaries[i] = report_summarise(options, options->servers[i], histories[i].results,
                                        histories[i].count);
    report_comparison(options, summaries, options->server_count);
}

/* The servers in turn, again and again: what disturbs one run disturbs its neighbours as well. */
static int
run_all(const struct bench_options *options, const char *program)
{
    struct history histories[BENCH_SERVERS_MAX];
    for (size_t i = 0; i < options->server_count; i++) {
        histories[i] = (struct history){.count = 0};
        histories[i].results = cf_calloc_array(options->repeats, sizeof(struct run_result *));
    }
    report_head(options);
    bool is_good = true;
    for (uint32_t repeat = 0; repeat < options->repeats; repeat++) {
        for (size_t i = 0; i < options->server_count; i++)
            is_good = run_one(options, options->servers[i], program, &histories[i]) && is_good;
    }
    if (options->command == BENCH_COMPARE)
        compare(options, histories);
    if (options->plot_path != NULL)
        is_good = plot_histories(options, histories) && is_good;
    for (size_t i = 0; i < options->server_count; i++) {
        for (size_t r = 0; r < histories[i].count; r++)
            cf_free(histories[i].results[r]);
        cf_free(histories[i].results);
    }
    return is_good ? 0 : 1;
}

/* False when /proc is not there. */
static bool
find_program(char program[PATH_BYTES])
{
    ssize_t len = readlink("/proc/self/exe", program, PATH_BYTES - 1);
    if (len == -1) {
        perror("confab bench: /proc/self/exe");
        return false;
    }
    program[len] = '\0';
    return true;
}

int
bench_main(int argc, char **argv)
{
    char program[PATH_BYTES];
    if (!find_program(program))
        return 1;
    if (argc > 1 && strcmp(argv[1], "store") == 0)
        return stored_main(argc - 1, argv + 1, program);
    if (argc > 1 && strcmp(argv[1], "history") == 0)
        return paged_main(argc - 1, argv + 1, program);
    if (argc > 1 && strcmp(argv[1], "erase") == 0)
        return erased_main(argc - 1, argv + 1, program);
    struct bench_options options;
    struct cf_err err;
    switch (bench_options_parse(argc, argv, &options, &err)) {
    case BENCH_OPTIONS_OK:
        break;
    case BENCH_OPTIONS_HELP:
        (void)fputs(bench_options_usage(), stdout);
        return 0;
    case BENCH_OPTIONS_ERROR:
        (void)fprintf(stderr, "confab bench: %s (confab bench --help)\n", err.text);
        return 2;
    }
    if (options.plot_path != NULL && plot_check(&err) != 0) {
        (void)fprintf(stderr, "confab bench: %s\n", err.text);
        return 1;
    }
    raise_file_limit();
    pin_self(&options);
    return options.command == BENCH_MODELS ? models_run(&options, program)
                                           : run_all(&options, program);
}
