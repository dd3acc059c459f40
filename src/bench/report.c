/* Tables and JSON; see report.h. */
#include "bench/report.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static double
per_second(double count, double seconds)
{
    return seconds > 0 ? count / seconds : 0;
}

static double
registration_us(const struct run_result *result)
{
    return result->clients == 0 ? 0
                                : (double)result->connect_cpu_ns / 1e3 / (double)result->clients;
}

static double
user_percent(const struct run_result *result)
{
    double user = (double)result->used.user_ns;
    double all = user + (double)result->used.system_ns;
    return all > 0 ? 100 * user / all : 0;
}

static double
messages_per_read(const struct run_result *result)
{
    return result->totals.reads == 0
               ? 0
               : (double)result->totals.delivered / (double)result->totals.reads;
}

/* --- one run --- */

void
report_head(const struct bench_options *options)
{
    if (options->is_json)
        return;
    if (options->scenario == SCENARIO_IDLE) {
        (void)printf("%-18s %8s %12s %11s %9s %9s %10s %9s\n", "server", "clients", "bytes/client",
                     "resident MB", "regs/s", "us CPU/r", "CPU ms/s", "switch/s");
    } else {
        (void)printf("%-18s %10s %8s %6s %8s %8s %8s %8s %7s %8s %6s %7s %6s\n", "server",
                     "deliv/s", "us CPU/d", "user%", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "MB",
                     "switch/s", "d/read", "load us", "faults");
    }
}

static void
print_idle(const struct run_result *r)
{
    (void)printf("%-18s %8u %12llu %11.1f %9.0f %9.1f %10.3f %9.1f\n", r->server, r->clients,
                 (unsigned long long)r->idle_private_bytes,
                 (double)r->used.resident_bytes / 1048576,
                 per_second(r->clients, r->connect_seconds), registration_us(r),
                 per_second((double)r->used.cpu_ns / 1e6, r->seconds),
                 per_second((double)r->used.switches, r->seconds));
}

static void
print_deliveries(const struct run_result *r)
{
    (void)printf("%-18s %10.0f %8.3f %6.1f %8.3f %8.3f %8.3f %8.3f %7.1f %8.0f %6.1f %7.3f %6llu",
                 r->server, run_rate(r), run_cpu_us(r), user_percent(r), run_latency_ms(r, 0.5),
                 run_latency_ms(r, 0.9), run_latency_ms(r, 0.99), run_latency_ms(r, 0.999),
                 (double)r->used.resident_bytes / 1048576,
                 per_second((double)r->used.switches, r->seconds), messages_per_read(r),
                 run_load_us(r), (unsigned long long)r->totals.faults);
    if (r->totals.closed > 0)
        (void)printf("  %llu thrown out", (unsigned long long)r->totals.closed);
    (void)printf("%s%s\n", r->remark[0] == '\0' ? "" : "  ", r->remark);
}

/* Quotes, backslashes and control characters do not occur in names of servers, but in remarks. */
static void
print_json_text(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            (void)printf("\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7F)
            (void)printf("\\u%04x", byte); /* as Latin-1: a server may say what it likes */
        else
            (void)putchar(byte);
    }
    (void)putchar('"');
}

static void
print_json(const struct bench_options *options, const struct run_result *r)
{
    (void)printf("{\"scenario\": \"%s\", \"server\": ", scenario_name(options->scenario));
    print_json_text(r->server);
    (void)printf(", \"clients\": %u, \"seconds\": %.3f, \"registrations_per_second\": %.0f, "
                 "\"registration_cpu_us\": %.2f, \"private_bytes_per_client\": %llu, ",
                 r->clients, r->seconds, per_second(r->clients, r->connect_seconds),
                 registration_us(r), (unsigned long long)r->idle_private_bytes);
    (void)printf("\"sent\": %llu, \"delivered\": %llu, \"reads\": %llu, \"faults\": %llu, "
                 "\"closed\": %llu, \"cut_off\": %llu, \"visits\": %llu, ",
                 (unsigned long long)r->totals.sent, (unsigned long long)r->totals.delivered,
                 (unsigned long long)r->totals.reads, (unsigned long long)r->totals.faults,
                 (unsigned long long)r->totals.closed, (unsigned long long)r->totals.cut_off,
                 (unsigned long long)r->totals.visits);
    (void)printf("\"deliveries_per_second\": %.0f, \"server_cpu_us_per_delivery\": %.4f, "
                 "\"load_cpu_us_per_delivery\": %.4f, \"server_cpu_ns\": %lld, "
                 "\"server_user_ns\": %lld, \"server_system_ns\": %lld, \"switches\": %llu, "
                 "\"resident_bytes\": %llu, \"threads\": %u, ",
                 run_rate(r), run_cpu_us(r), run_load_us(r), (long long)r->used.cpu_ns,
                 (long long)r->used.user_ns, (long long)r->used.system_ns,
                 (unsigned long long)r->used.switches, (unsigned long long)r->used.resident_bytes,
                 r->used.threads);
    if (r->lock_share >= 0)
        (void)printf("\"lock_share\": %.5f, \"lock_contended\": %.5f, ", r->lock_share,
                     r->lock_contended);
    (void)printf("\"p50_ms\": %.4f, \"p90_ms\": %.4f, \"p99_ms\": %.4f, \"p999_ms\": %.4f, "
                 "\"max_ms\": %.4f, \"remark\": ",
                 run_latency_ms(r, 0.5), run_latency_ms(r, 0.9), run_latency_ms(r, 0.99),
                 run_latency_ms(r, 0.999), (double)r->totals.latency.max_ns / 1e6);
    print_json_text(r->remark);
    (void)printf("}\n");
}

void
report_run(const struct bench_options *options, const struct run_result *result)
{
    if (options->is_json)
        print_json(options, result);
    else if (options->scenario == SCENARIO_IDLE)
        print_idle(result);
    else
        print_deliveries(result);
    (void)fflush(stdout); /* seen as it comes */
}

/* --- comparison --- */

static double
cost_of(const struct bench_options *options, const struct run_result *result)
{
    if (options->scenario == SCENARIO_IDLE)
        return registration_us(result);
    if (options->scenario == SCENARIO_CHURN && result->totals.visits > 0)
        return (double)result->used.cpu_ns / 1e3 / (double)result->totals.visits;
    return run_cpu_us(result);
}

static double
rate_of(const struct bench_options *options, const struct run_result *result)
{
    if (options->scenario == SCENARIO_IDLE)
        return per_second(result->clients, result->connect_seconds);
    if (options->scenario == SCENARIO_CHURN)
        return per_second((double)result->totals.visits, result->seconds);
    return run_rate(result);
}

static int
compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double
median(double *values, size_t count)
{
    assert(count > 0);
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

struct report_summary
report_summarise(const struct bench_options *options, const char *server,
                 struct run_result *const *results, size_t count)
{
    struct report_summary summary = {.server = server, .runs = (uint32_t)count};
    if (count == 0)
        return summary;

    enum { CPU, RATE, P50, P99, P999, BYTES, FIGURES };

    double *values = cf_calloc_array(FIGURES * count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        const struct run_result *result = results[i];
        bool is_idle = options->scenario == SCENARIO_IDLE;
        values[CPU * count + i] = cost_of(options, result);
        values[RATE * count + i] = rate_of(options, result);
        values[P50 * count + i] = run_latency_ms(result, 0.5);
        values[P99 * count + i] = run_latency_ms(result, 0.99);
        values[P999 * count + i] = run_latency_ms(result, 0.999);
        values[BYTES * count + i] =
            (double)(is_idle ? result->idle_private_bytes : result->used.resident_bytes);
        summary.wrong += run_is_right(result) ? 0 : 1;
    }
    summary.cpu_us = median(values + CPU * count, count);
    summary.rate = median(values + RATE * count, count);
    summary.p50_ms = median(values + P50 * count, count);
    summary.p99_ms = median(values + P99 * count, count);
    summary.p999_ms = median(values + P999 * count, count);
    summary.bytes = median(values + BYTES * count, count);
    cf_free(values);
    return summary;
}

/* "1.25x", or "-" where nothing can be divided by. */
static void
print_ratio(double value, double base)
{
    if (base > 0 && value > 0)
        (void)printf(" %8.2fx", value / base);
    else
        (void)printf(" %9s", "-");
}

void
report_comparison(const struct bench_options *options, const struct report_summary *summaries,
                  size_t count)
{
    if (options->is_json)
        return; /* the runs are there; medians are the reader's */
    bool is_idle = options->scenario == SCENARIO_IDLE;
    const char *unit = is_idle ? "reg" : options->scenario == SCENARIO_CHURN ? "visit" : "deliv";
    (void)printf("\nmedians, and as multiples of %s:\n", summaries[0].server);
    (void)printf("%-18s %4s %4s/s    %8s us/%-5s %8s %8s %8s %8s %10s %9s\n", "server", "runs",
                 unit, "", unit, "", "p50 ms", "p99 ms", "", is_idle ? "bytes/cl" : "MB", "");
    for (size_t i = 0; i < count; i++) {
        const struct report_summary *s = &summaries[i];
        const struct report_summary *first = &summaries[0];
        if (s->runs == 0) {
            (void)printf("%-18s    -\n", s->server);
            continue;
        }
        (void)printf("%-18s %4u %9.0f", s->server, s->runs, s->rate);
        print_ratio(s->rate, first->rate);
        (void)printf(" %8.3f", s->cpu_us);
        print_ratio(s->cpu_us, first->cpu_us);
        (void)printf(" %8.3f %8.3f", s->p50_ms, s->p99_ms);
        print_ratio(s->p99_ms, first->p99_ms);
        (void)printf(" %10.1f", is_idle ? s->bytes : s->bytes / 1048576);
        print_ratio(s->bytes, first->bytes);
        (void)printf("%s\n", s->wrong == 0 ? "" : "  (with faults)");
    }
}
