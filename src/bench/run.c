/* One run; see run.h. */
#include "bench/run.h"

#include "base/clock.h"
#include "bench/server.h"
#include "bench/side.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define SATURATION_SECONDS 2.0 /* of the closed loop before an open one at a share of it */
#define CROWD_FIRST_NUMBER 500000

/* Where the load goes, and whose process is watched. */
struct subject {
    const struct bench_options *options;
    const char *kind;
    pid_t pid;
    struct sockaddr_storage address;
    socklen_t address_len;
};

static struct process_usage
difference(const struct process_usage *before, const struct process_usage *after)
{
    struct process_usage used = *after;
    used.cpu_ns -= before->cpu_ns;
    used.user_ns -= before->user_ns;
    used.system_ns -= before->system_ns;
    used.switches -= before->switches;
    return used;
}

static double
own_cpu_seconds(void)
{
    struct rusage usage;
    int result = getrusage(RUSAGE_SELF, &usage);
    assert(result == 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct load_options
load_options_for(const struct subject *subject)
{
    const struct bench_options *options = subject->options;
    struct load_options load = {
        .target = subject->address,
        .target_len = subject->address_len,
        .channels = options->channels,
        .members = options->members,
        .senders = options->senders,
        .text_bytes = options->text_bytes,
        .caps = options->caps,
        .is_caps_for_all = options->is_caps_for_all,
        .has_progress = options->has_progress,
        .connects_at_once = strcmp(subject->kind, "ngircd") == 0 ? 8 : 128, /* its backlog is 10 */
    };
    switch (options->scenario) {
    case SCENARIO_IDLE:
        load.channels = 0;
        load.members = 0;
        load.senders = 0;
        load.idle = options->clients;
        break;
    case SCENARIO_DIRECT:
        load.shape = LOAD_PAIRS;
        load.channels = options->pairs;
        load.members = 2;
        load.senders = 2;
        break;
    case SCENARIO_CHURN:
        load.senders = 0;
        load.visitors = (options->visitors + options->channels - 1) / options->channels;
        load.visit_messages = options->visit_messages;
        break;
    case SCENARIO_SLOW:
        load.slow = options->slow;
        break;
    case SCENARIO_ECHO:
        load.has_echo = true;
        break;
    case SCENARIO_FANOUT:
    case SCENARIO_FLOOD:
        break;
    }
    return load;
}

/* --- scenarios --- */

static void
run_rated(const struct bench_options *options, struct load *load, struct run_result *result)
{
    double rate = options->rate;
    if (options->share > 0) {
        load_run_closed(load, options->inflight, SATURATION_SECONDS, &result->totals);
        rate = options->share * (double)result->totals.sent / SATURATION_SECONDS;
    }
    if (rate > 0) {
        load_run_open(load, rate, options->seconds, &result->totals);
        (void)snprintf(result->remark, sizeof result->remark, "%.0f messages/s", rate);
    } else {
        load_run_closed(load, options->inflight, options->seconds, &result->totals);
    }
}

/* The good clients alone, then with what goes on at the side. 0 or -errno with err set. */
static int
run_flooded(const struct subject *subject, struct load *load, struct run_result *result,
            struct cf_err *err)
{
    const struct bench_options *options = subject->options;
    struct side_options side_options = {
        .kind = options->crowd > 0 ? SIDE_CROWD : SIDE_HOSTILE,
        .target = subject->address,
        .target_len = subject->address_len,
        .connections = options->hostile,
        .seed = 1,
        .crowd = load_options_for(subject),
        .inflight = options->inflight,
    };
    side_options.crowd.channels = 1;
    side_options.crowd.members = options->crowd;
    side_options.crowd.senders = options->crowd_senders;
    side_options.crowd.first_number = CROWD_FIRST_NUMBER;
    side_options.crowd.has_progress = false;
    struct side side;
    int status = side_start(&side_options, &side, err);
    if (status != 0)
        return status;
    load_run_open(load, options->rate, options->seconds / 2, &result->totals);
    result->alone_p99_ns = histogram_percentile_ns(&result->totals.latency, 0.99);
    uint64_t faults = result->totals.faults;
    side_go(&side);
    load_run_open(load, options->rate, options->seconds, &result->totals);
    result->totals.faults += faults;
    struct side_totals totals;
    if (!side_finish(&side, &totals))
        return cf_err_set(err, -ECONNABORTED, "what was to flood the server has failed");
    double seconds = options->seconds;
    if (options->crowd > 0) {
        result->totals.faults += totals.faults;
        result->totals.closed += totals.closed;
        (void)snprintf(result->remark, sizeof result->remark,
                       "p99 alone %.3f ms; crowd of %u: %.0f deliveries/s, %llu faults",
                       (double)result->alone_p99_ns / 1e6, options->crowd,
                       (double)totals.delivered / seconds, (unsigned long long)totals.faults);
    } else {
        (void)snprintf(result->remark, sizeof result->remark,
                       "p99 alone %.3f ms; hostile: %.1f KB/s, %.0f connections/s",
                       (double)result->alone_p99_ns / 1e6, (double)totals.bytes / 1e3 / seconds,
                       (double)totals.connections / seconds);
    }
    return 0;
}

static void
run_slow(const struct bench_options *options, struct load *load, struct run_result *result)
{
    load_stop_slow(load);
    load_run_closed(load, options->inflight, options->seconds, &result->totals);
    (void)snprintf(result->remark, sizeof result->remark, "%llu of %u slow readers cut off",
                   (unsigned long long)result->totals.cut_off, options->slow * options->channels);
}

static int
run_load(const struct subject *subject, struct load *load, struct run_result *result,
         struct cf_err *err)
{
    const struct bench_options *options = subject->options;
    switch (options->scenario) {
    case SCENARIO_IDLE:
        load_idle(load, options->seconds);
        return 0;
    case SCENARIO_FANOUT:
    case SCENARIO_DIRECT:
    case SCENARIO_ECHO:
        run_rated(options, load, result);
        return 0;
    case SCENARIO_CHURN:
        load_run_visits(load, options->seconds, &result->totals);
        return 0;
    case SCENARIO_SLOW:
        run_slow(options, load, result);
        return 0;
    case SCENARIO_FLOOD:
        return run_flooded(subject, load, result, err);
    }
    cf_unreachable("all scenarios are listed");
}

/* --- measuring --- */

/* After the run: how much a visit has cost takes the server's figures. */
static void
remark_on_visits(struct run_result *result)
{
    uint64_t visits = result->totals.visits;
    (void)snprintf(result->remark, sizeof result->remark, "%.0f visits/s, %.1f us of CPU each",
                   (double)visits / result->seconds,
                   visits == 0 ? 0 : (double)result->used.cpu_ns / 1e3 / (double)visits);
}

static int
measure_connected(const struct subject *subject, struct load *load,
                  const struct process_usage *empty, struct run_result *result, struct cf_err *err)
{
    struct process_usage before = *empty;
    struct process_usage after = *empty;
    if (result->has_process && !process_read(subject->pid, &before))
        return cf_err_set(err, -ESRCH, "%s has ended", subject->kind);
    result->connect_cpu_ns = before.cpu_ns - empty->cpu_ns;
    if (before.private_bytes > empty->private_bytes && result->clients > 0)
        result->idle_private_bytes =
            (before.private_bytes - empty->private_bytes) / result->clients;
    double own_before = own_cpu_seconds();
    int64_t started_ns = clock_monotonic_ns();
    int status = run_load(subject, load, result, err);
    if (status != 0)
        return status;
    result->seconds = (double)(clock_monotonic_ns() - started_ns) / 1e9;
    result->load_cpu_seconds = own_cpu_seconds() - own_before;
    if (result->has_process && !process_read(subject->pid, &after))
        return cf_err_set(err, -ESRCH, "%s has ended", subject->kind);
    result->used = difference(&before, &after);
    if (subject->options->scenario == SCENARIO_CHURN)
        remark_on_visits(result);
    const char *complaint = load_complaint(load);
    if (result->totals.closed > 0 && complaint[0] != '\0')
        (void)snprintf(result->remark, sizeof result->remark, "%.150s", complaint);
    return 0;
}

static int
measure(const struct subject *subject, struct run_result *result, struct cf_err *err)
{
    struct load_options load_options = load_options_for(subject);
    struct process_usage empty = {.cpu_ns = 0};
    if (result->has_process && !process_read(subject->pid, &empty))
        return cf_err_set(err, -ESRCH, "%s has ended", subject->kind);
    struct load *load = load_new(&load_options, err);
    if (load == NULL)
        return err->code;
    result->clients = load_options.idle + load_options.channels * load_options.members;
    int status = load_connect(load, &result->connect_seconds, err);
    if (status == 0)
        status = measure_connected(subject, load, &empty, result, err);
    load_free(&load);
    return status;
}

static int
measure_target(const struct bench_options *options, struct run_result *result, struct cf_err *err)
{
    const struct subject subject = {
        .options = options,
        .kind = options->target_text,
        .pid = options->target_pid,
        .address = options->target,
        .address_len = options->target_len,
    };
    result->has_process = options->target_pid != 0;
    return measure(&subject, result, err);
}

static int
measure_own(const struct bench_options *options, const char *program, struct run_result *result,
            struct cf_err *err)
{
    struct bench_server server;
    int status = bench_server_start(
        &(struct bench_server_options){
            .kind = result->server,
            .program = program,
            .cpu = options->is_pinned ? 0 : -1,
        },
        &server, err);
    if (status != 0)
        return status;
    struct subject subject = {
        .options = options,
        .kind = result->server,
        .pid = server.pid,
        .address_len = sizeof(struct sockaddr_in),
    };
    const struct sockaddr_in target = {
        .sin_family = AF_INET,
        .sin_port = htons(server.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    memcpy(&subject.address, &target, sizeof target);
    result->has_process = true;
    status = measure(&subject, result, err);
    struct process_usage whole = {.cpu_ns = 0};
    bool is_seen = process_read(server.pid, &whole);
    struct bench_server_account lock;
    if (bench_server_stop(&server, &lock) && is_seen && whole.cpu_ns > 0 && lock.entered > 0) {
        result->lock_share = (double)lock.held_us * 1e3 / (double)whole.cpu_ns;
        result->lock_contended = (double)lock.contended / (double)lock.entered;
    }
    return status;
}

int
run_scenario(const struct bench_options *options, const char *server, const char *program,
             struct run_result *result_out, struct cf_err *err)
{
    *result_out = (struct run_result){.server = server, .lock_share = -1};
    if (options->target_text != NULL)
        return measure_target(options, result_out, err);
    return measure_own(options, program, result_out, err);
}

/* --- figures --- */

bool
run_is_right(const struct run_result *result)
{
    return result->totals.faults == 0 && result->totals.closed == 0;
}

static double
per_delivery(const struct run_result *result, double value)
{
    return result->totals.delivered == 0 ? 0 : value / (double)result->totals.delivered;
}

double
run_cpu_us(const struct run_result *result)
{
    return per_delivery(result, (double)result->used.cpu_ns / 1e3);
}

double
run_load_us(const struct run_result *result)
{
    return per_delivery(result, result->load_cpu_seconds * 1e6);
}

double
run_rate(const struct run_result *result)
{
    return result->seconds > 0 ? (double)result->totals.delivered / result->seconds : 0;
}

double
run_latency_ms(const struct run_result *result, double share)
{
    return (double)histogram_percentile_ns(&result->totals.latency, share) / 1e6;
}
