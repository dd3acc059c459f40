/* Tests of bench/histogram.h. */
#include "bench/histogram.h"

#include "unit/support/unit.h"

TEST(an_empty_histogram_says_nothing)
{
    static struct histogram histogram;
    CHECK_I64(histogram_percentile_ns(&histogram, 0), 0);
    CHECK_I64(histogram_percentile_ns(&histogram, 0.99), 0);
    CHECK_I64(histogram_percentile_ns(&histogram, 1), 0);
}

TEST(a_single_value_is_every_percentile)
{
    static const int64_t values[] = {0, 1, 31, 32, 33, 1000, 123456789, 100000000000};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(values)); i++) {
        struct histogram histogram = {.total = 0};
        histogram_add(&histogram, values[i]);
        CHECK_I64(histogram_percentile_ns(&histogram, 0), values[i]);
        CHECK_I64(histogram_percentile_ns(&histogram, 0.5), values[i]);
        CHECK_I64(histogram_percentile_ns(&histogram, 1), values[i]);
    }
}

TEST(negative_durations_count_as_none)
{
    static struct histogram histogram;
    histogram_add(&histogram, -5);
    CHECK_U64(histogram.total, 1);
    CHECK_I64(histogram_percentile_ns(&histogram, 1), 0);
}

TEST(percentiles_are_right_within_a_thirty_second)
{
    static struct histogram histogram;
    for (int64_t value = 1; value <= 100000; value++)
        histogram_add(&histogram, value * 1000);
    static const double shares[] = {0.01, 0.1, 0.5, 0.9, 0.99, 0.999};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(shares)); i++) {
        double exact = shares[i] * 100000 * 1000;
        double found = (double)histogram_percentile_ns(&histogram, shares[i]);
        CHECK(found >= exact);
        CHECK(found <= exact * (1 + 1.0 / 32) + 1000);
    }
    CHECK_I64(histogram_percentile_ns(&histogram, 1), 100000000);
}

TEST(a_rare_slow_one_shows_only_at_the_end)
{
    static struct histogram histogram;
    for (int i = 0; i < 999; i++)
        histogram_add(&histogram, 10);
    histogram_add(&histogram, 5000000000);
    CHECK_I64(histogram_percentile_ns(&histogram, 0.99), 10);
    CHECK_I64(histogram_percentile_ns(&histogram, 1), 5000000000);
}

TEST(durations_beyond_the_last_bucket_are_kept_as_the_maximum)
{
    static struct histogram histogram;
    histogram_add(&histogram, INT64_MAX);
    CHECK_U64(histogram.total, 1);
    CHECK_I64(histogram.max_ns, INT64_MAX);
    CHECK(histogram_percentile_ns(&histogram, 1) > 100000000000);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram_says_nothing),
        cmocka_unit_test(a_single_value_is_every_percentile),
        cmocka_unit_test(negative_durations_count_as_none),
        cmocka_unit_test(percentiles_are_right_within_a_thirty_second),
        cmocka_unit_test(a_rare_slow_one_shows_only_at_the_end),
        cmocka_unit_test(durations_beyond_the_last_bucket_are_kept_as_the_maximum),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
