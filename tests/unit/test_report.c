/* Tests of bench/report.h: medians. What is printed is for the system tests to read. */
#include "bench/report.h"

#include "unit/support/unit.h"

#include <string.h>

#define RUNS 4

static struct run_result runs[RUNS];
static struct run_result *const all[RUNS] = {&runs[0], &runs[1], &runs[2], &runs[3]};

/* Runs of a second with so many deliveries, each at so many microseconds of CPU. */
static void
set_run(size_t index, uint64_t delivered, int64_t cpu_us)
{
    struct run_result *run = &runs[index];
    *run = (struct run_result){.server = "s", .seconds = 1};
    run->totals.delivered = delivered;
    run->used.cpu_ns = (int64_t)delivered * cpu_us * 1000;
    histogram_add(&run->totals.latency, cpu_us * 1000000);
}

TEST(medians_are_of_each_figure_alone)
{
    const struct bench_options options = {.scenario = SCENARIO_FANOUT};
    set_run(0, 100, 9);
    set_run(1, 300, 1);
    set_run(2, 200, 2);
    struct report_summary summary = report_summarise(&options, "s", all, 3);
    CHECK_U64(summary.runs, 3);
    CHECK_U64(summary.wrong, 0);
    CHECK_U64(summary.rate, 200);
    CHECK_U64(summary.cpu_us, 2);
    CHECK_U64(summary.p99_ms, 2);
    set_run(3, 400, 4);
    runs[3].totals.faults = 1;
    summary = report_summarise(&options, "s", all, 4); /* between the two in the middle */
    CHECK_U64(summary.rate, 250);
    CHECK_U64(summary.cpu_us, 3);
    CHECK_U64(summary.wrong, 1);
}

TEST(scenarios_are_compared_by_what_they_are_about)
{
    struct bench_options options = {.scenario = SCENARIO_IDLE};
    set_run(0, 0, 0);
    runs[0].clients = 1000;
    runs[0].connect_seconds = 0.5;
    runs[0].connect_cpu_ns = 20000000;
    runs[0].idle_private_bytes = 900;
    struct report_summary summary = report_summarise(&options, "s", all, 1);
    CHECK_U64(summary.rate, 2000);
    CHECK_U64(summary.cpu_us, 20);
    CHECK_U64(summary.bytes, 900);
    options.scenario = SCENARIO_CHURN;
    runs[0].totals.visits = 50;
    runs[0].used.cpu_ns = 5000000;
    summary = report_summarise(&options, "s", all, 1);
    CHECK_U64(summary.rate, 50);
    CHECK_U64(summary.cpu_us, 100);
}

TEST(without_runs_there_are_no_figures)
{
    const struct bench_options options = {.scenario = SCENARIO_FANOUT};
    struct report_summary summary = report_summarise(&options, "s", all, 0);
    CHECK_U64(summary.runs, 0);
    CHECK_STR(str_from_nul(summary.server), STR("s"));
}

TEST(figures_of_a_run_without_deliveries_are_zero)
{
    set_run(0, 0, 0);
    runs[0].used.cpu_ns = 12345;
    CHECK(!(run_cpu_us(&runs[0]) > 0));
    CHECK(!(run_load_us(&runs[0]) > 0));
    CHECK(!(run_rate(&runs[0]) > 0));
    CHECK(run_is_right(&runs[0]));
    runs[0].totals.closed = 1;
    CHECK(!run_is_right(&runs[0]));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_are_of_each_figure_alone),
        cmocka_unit_test(scenarios_are_compared_by_what_they_are_about),
        cmocka_unit_test(without_runs_there_are_no_figures),
        cmocka_unit_test(figures_of_a_run_without_deliveries_are_zero),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
