/* All models of workers side by side; see models.h. */
#include "bench/models.h"

#include "base/alloc.h"
#include "bench/plot.h"
#include "bench/run.h"

#include <stdio.h>
#include <sys/sysinfo.h>

#define MODELS_MAX     7
#define MODEL_NAME_MAX 32
#define ROOM_MEMBERS   50 /* in a channel; a smaller number of clients is one channel */
#define ROOM_SENDERS   5
#define INFLIGHT       2
#define SMALL_ROOM     10

struct model {
    char name[MODEL_NAME_MAX];                   /* as bench_server_start knows it */
    struct run_result *results[BENCH_SIZES_MAX]; /* owned; NULL: failed */
};

static void
add_model(struct model *models, size_t *count, const char *workers)
{
    struct model *model = &models[*count];
    *model = (struct model){.results = {NULL}};
    (void)snprintf(model->name, sizeof model->name, "confab:%s", workers); /* fits */
    (*count)++;
}

/* One worker, two, as many as there are cores (if that is more), each with io_uring and with epoll
 * alone; a thread for each client, which writes one by one in any case. */
static size_t
list_models(struct model *models)
{
    size_t count = 0;
    add_model(models, &count, "1");
    add_model(models, &count, "1:epoll");
    add_model(models, &count, "2");
    add_model(models, &count, "2:epoll");
    if (get_nprocs() > 2) {
        char workers[16];
        (void)snprintf(workers, sizeof workers, "%d", get_nprocs()); /* fits */
        add_model(models, &count, workers);
        (void)snprintf(workers, sizeof workers, "%d:epoll", get_nprocs()); /* fits */
        add_model(models, &count, workers);
    }
    add_model(models, &count, "per-client");
    return count;
}

/* Channels of fifty, of whom five talk. */
static struct bench_options
options_for(const struct bench_options *options, uint32_t clients)
{
    struct bench_options sized = *options;
    sized.scenario = SCENARIO_FANOUT;
    sized.members = clients < ROOM_MEMBERS ? clients : ROOM_MEMBERS;
    sized.channels = clients / sized.members;
    sized.senders = sized.members <= SMALL_ROOM ? 2 : ROOM_SENDERS;
    sized.inflight = INFLIGHT;
    return sized;
}

static void
print_head(void)
{
    (void)printf("%8s %-18s %10s %8s %8s %8s %8s %9s %9s %7s %7s %7s\n", "clients", "model",
                 "deliv/s", "us CPU/d", "p50 ms", "p99 ms", "MB", "KB/client", "switch/kd",
                 "threads", "lock %", "waits %");
}

static void
print_row(const struct run_result *r)
{
    double thousands = (double)r->totals.delivered / 1000;
    (void)printf("%8u %-18s %10.0f %8.3f %8.3f %8.3f %8.1f %9.2f %9.2f %7u %7.2f %7.2f%s\n",
                 r->clients, r->server, run_rate(r), run_cpu_us(r), run_latency_ms(r, 0.5),
                 run_latency_ms(r, 0.99), (double)r->used.resident_bytes / 1048576,
                 (double)r->idle_private_bytes / 1024,
                 thousands > 0 ? (double)r->used.switches / thousands : 0, r->used.threads,
                 r->lock_share < 0 ? 0 : 100 * r->lock_share, 100 * r->lock_contended,
                 run_is_right(r) ? "" : "  FAULTS");
    (void)fflush(stdout); /* seen as it comes */
}

static bool
run_model(const struct bench_options *options, const char *program, struct model *model,
          size_t size_index)
{
    struct bench_options sized = options_for(options, options->sizes[size_index]);
    struct run_result *result = cf_calloc_array(1, sizeof *result);
    struct cf_err err;
    if (run_scenario(&sized, model->name, program, result, &err) != 0) {
        (void)fprintf(stderr, "confab bench: %s with %u clients: %s\n", model->name,
                      options->sizes[size_index], err.text);
        cf_free(result);
        return false;
    }
    print_row(result);
    model->results[size_index] = result;
    return run_is_right(result);
}

static bool
plot(const struct bench_options *options, const struct model *models, size_t count)
{
    struct plot_series series[MODELS_MAX];
    for (size_t i = 0; i < count; i++)
        series[i] = (struct plot_series){.name = models[i].name, .results = models[i].results};
    struct cf_err err;
    if (plot_models(options, series, count, &err) == 0)
        return true;
    (void)fprintf(stderr, "confab bench: %s\n", err.text);
    return false;
}

int
models_run(const struct bench_options *options, const char *program)
{
    struct model models[MODELS_MAX];
    size_t count = list_models(models);
    bool is_right = true;
    print_head();
    for (size_t size = 0; size < options->size_count; size++) {
        for (size_t i = 0; i < count; i++)
            is_right = run_model(options, program, &models[i], size) && is_right;
    }
    (void)printf("\nlock %%: of the server's CPU time in which its one lock was held; waits %%: of "
                 "the times it was\ntaken, those that found it taken. Several processes would be "
                 "a cluster on one machine, which\nthis server does not have yet.\n");
    if (options->plot_path != NULL)
        is_right = plot(options, models, count) && is_right;
    for (size_t i = 0; i < count; i++) {
        for (size_t size = 0; size < options->size_count; size++)
            cf_free(models[i].results[size]);
    }
    return is_right ? 0 : 1;
}
