/* Tests of hub/rate.h: the bucket. What users are told is in transcripts/rates.txt. */
#include "hub/rate.h"

#include "unit/support/unit.h"

TEST(a_full_bucket_gives_its_count_and_refills_evenly)
{
    static const struct hub_rate rate = {.count = 3, .period_ms = 9000};

    static const struct {
        int64_t now_ms;
        int64_t wait_ms;
    } rows[] = {
        {1000, 0},     {1000, 0},   {1000, 0},    {1000, 3000}, {2000, 2000},
        {3999, 1},     {4000, 0},   {4000, 3000}, {10000, 0},   {10000, 0},
        {10000, 3000}, {100000, 0}, {100000, 0},  {100000, 0},  {100000, 3000},
    };

    int64_t full_us = 0;
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_I64(rate_take(rows[i].now_ms, &full_us, &rate, 1), rows[i].wait_ms);
}

TEST(more_may_be_taken_than_is_left_and_is_waited_for)
{
    static const struct hub_rate rate = {.count = 10, .period_ms = 10000};
    int64_t full_us = 0;
    CHECK_I64(rate_take(0, &full_us, &rate, 9), 0);
    CHECK_I64(rate_take(0, &full_us, &rate, 9), 0);
    CHECK_I64(rate_take(0, &full_us, &rate, 1), 9000);
    CHECK_I64(rate_take(9000, &full_us, &rate, UINT32_MAX), 0); /* no more than all of it */
    CHECK_I64(rate_take(9000, &full_us, &rate, 1), 10000);
}

TEST(one_that_is_off_always_gives)
{
    static const struct hub_rate rate = {.count = 0};
    int64_t full_us = 0;
    for (size_t i = 0; unit_row(i, 1000); i++)
        CHECK_I64(rate_take(0, &full_us, &rate, UINT32_MAX), 0);
    CHECK_I64(full_us, 0);
}

TEST(a_rate_may_be_made_narrower_under_way)
{
    static const struct hub_rate wide = {.count = 100, .period_ms = 100000};
    static const struct hub_rate narrow = {.count = 1, .period_ms = 1000};
    int64_t full_us = 0;
    for (size_t i = 0; unit_row(i, 100); i++)
        CHECK_I64(rate_take(0, &full_us, &wide, 1), 0);
    CHECK_I64(rate_take(0, &full_us, &narrow, 1), 100000);
    CHECK_I64(rate_take(100000, &full_us, &narrow, 1), 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_its_count_and_refills_evenly),
        cmocka_unit_test(more_may_be_taken_than_is_left_and_is_waited_for),
        cmocka_unit_test(one_that_is_off_always_gives),
        cmocka_unit_test(a_rate_may_be_made_narrower_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
