/* Tests of bench/options.h: the command line of `confab bench`. */
#include "bench/options.h"

#include "unit/support/unit.h"

#include <string.h>

#define WORDS_MAX 12
#define TEXT_MAX  256

/* Parses a command line as a shell would cut it. */
static enum bench_options_result
parse(const char *line, struct bench_options *options, struct cf_err *err)
{
    static char text[TEXT_MAX]; /* options borrow from it */
    char *words[WORDS_MAX + 1] = {NULL};
    int count = 0;
    size_t len = strlen(line);
    assert_true(len < sizeof text);
    memcpy(text, line, len + 1);
    char *rest = text;
    while (rest != NULL && count < WORDS_MAX)
        words[count++] = strsep(&rest, " ");
    *err = (struct cf_err){.code = 0};
    return bench_options_parse(count, words, options, err);
}

TEST(defaults_are_those_of_the_scenario)
{
    struct bench_options options;
    struct cf_err err;
    CHECK(parse("bench fanout", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.command == BENCH_RUN);
    CHECK(options.scenario == SCENARIO_FANOUT);
    CHECK_U64(options.members, 1000);
    CHECK_U64(options.senders, 10);
    CHECK_U64(options.server_count, 2);
    CHECK(parse("bench flood", &options, &err) == BENCH_OPTIONS_OK);
    CHECK_U64(options.members, 50);
    CHECK(options.rate > 0);
    CHECK(parse("bench floor", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.scenario == SCENARIO_FANOUT);
    CHECK_U64(options.server_count, 1);
    CHECK_STR(str_from_nul(options.servers[0]), STR("floor"));
    CHECK(parse("bench floor direct", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.scenario == SCENARIO_DIRECT);
    CHECK(parse("bench compare churn", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.command == BENCH_COMPARE);
    CHECK(options.scenario == SCENARIO_CHURN);
    CHECK_U64(options.server_count, 4);
    CHECK(parse("bench models", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.command == BENCH_MODELS);
    CHECK_U64(options.size_count, 4);
}

TEST(options_are_taken)
{
    struct bench_options options;
    struct cf_err err;
    CHECK(parse("bench fanout --servers a,b,c --members 7 --senders=3 --rate 2.5 --json", &options,
                &err) == BENCH_OPTIONS_OK);
    CHECK_U64(options.server_count, 3);
    CHECK_STR(str_from_nul(options.servers[2]), STR("c"));
    CHECK_U64(options.members, 7);
    CHECK_U64(options.senders, 3);
    CHECK(options.rate > 2.4);
    CHECK(options.rate < 2.6);
    CHECK(options.is_json);
    CHECK(parse("bench models --sizes 10,20", &options, &err) == BENCH_OPTIONS_OK);
    CHECK_U64(options.size_count, 2);
    CHECK_U64(options.sizes[1], 20);
    CHECK(parse("bench idle --help", &options, &err) == BENCH_OPTIONS_HELP);
    CHECK(parse("bench --help", &options, &err) == BENCH_OPTIONS_HELP);
}

TEST(a_target_is_on_this_machine_unless_told_otherwise)
{
    struct bench_options options;
    struct cf_err err;
    CHECK(parse("bench fanout --target 127.0.0.1:6667 --pid 12", &options, &err) ==
          BENCH_OPTIONS_OK);
    CHECK(options.target.ss_family == AF_INET);
    CHECK_U64(options.target_pid, 12);
    CHECK_U64(options.server_count, 1);
    CHECK(parse("bench fanout --target 127.3.2.1:1", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(parse("bench fanout --target [::1]:6667", &options, &err) == BENCH_OPTIONS_OK);
    CHECK(options.target.ss_family == AF_INET6);
    CHECK(parse("bench fanout --target 192.0.2.1:6667", &options, &err) == BENCH_OPTIONS_ERROR);
    CHECK(str_find(str_from_nul(err.text), STR("--allow-remote")) < strlen(err.text));
    CHECK(parse("bench fanout --target [2001:db8::1]:6667", &options, &err) == BENCH_OPTIONS_ERROR);
    CHECK(parse("bench fanout --allow-remote --target 192.0.2.1:6667", &options, &err) ==
          BENCH_OPTIONS_OK);
    CHECK(parse("bench fanout --target 192.0.2.1:6667 --allow-remote", &options, &err) ==
          BENCH_OPTIONS_OK);
}

TEST(what_makes_no_sense_is_refused_with_the_reason)
{
    static const struct {
        const char *line;
        const char *why;
    } rows[] = {
        {"bench", "no scenario"},
        {"bench walk", "no such scenario: walk"},
        {"bench fanout --speed 9", "no such option"},
        {"bench fanout --members", "no such option, or its value is missing"},
        {"bench fanout --members 1", "does not take that value"},
        {"bench fanout --members x", "does not take that value"},
        {"bench fanout --bytes 29", "does not take that value"},
        {"bench fanout --bytes 401", "does not take that value"},
        {"bench fanout --inflight 65", "does not take that value"},
        {"bench fanout --rate 0", "does not take that value"},
        {"bench fanout --rate -1", "does not take that value"},
        {"bench fanout --rate 1x", "does not take that value"},
        {"bench fanout --share 1.5", "does not take that value"},
        {"bench fanout --servers a,,b", "does not take that value"},
        {"bench fanout --servers 1,2,3,4,5,6,7,8,9", "does not take that value"},
        {"bench models --sizes 10,", "does not take that value"},
        {"bench fanout --members 5 --senders 6", "more senders"},
        {"bench slow --members 5 --senders 3 --slow 3", "more senders"},
        {"bench flood --crowd 5 --crowd-senders 6", "more senders"},
        {"bench fanout --all-caps", "wants --caps"},
        {"bench fanout --target 127.0.0.1", "wants HOST:PORT"},
        {"bench fanout --target :6667", "wants HOST:PORT"},
        {"bench models --target 127.0.0.1:6667", "no --target"},
        {"bench fanout more", "no option: more"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct bench_options options;
        struct cf_err err;
        CHECK(parse(rows[i].line, &options, &err) == BENCH_OPTIONS_ERROR);
        struct str said = str_from_nul(err.text);
        CHECK(str_find(said, str_from_nul(rows[i].why)) < said.len);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_scenario),
        cmocka_unit_test(options_are_taken),
        cmocka_unit_test(a_target_is_on_this_machine_unless_told_otherwise),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests_name("bench_options", tests, NULL, NULL);
}
