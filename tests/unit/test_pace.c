/* Tests of store/pace.h. */
#include "store/pace.h"

#include "unit/support/unit.h"

TEST(what_takes_too_long_is_done_in_smaller_steps_and_what_is_soon_done_in_larger_ones)
{
    static const struct {
        int64_t took_ns;
        size_t size;
    } rows[] = {
        {1000, 101},                  /* as it may */
        {1000, 101},   {1111, 90},    /* a little too long */
        {1000, 90},    {1000000, 45}, /* one that is very slow */
        {500, 57},                    /* a quarter more at a time */
        {0, 72},       {-5, 91},      /* no clock goes back, but that would do no harm */
        {2000, 45},    {2000, 22},    {2000, 11}, {2000, 10}, /* the least */
        {1000000, 10},
    };
    struct pace pace = pace_of(10, 200);
    CHECK_U64(pace.size, 10);
    pace.size = 101;
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        pace_note(&pace, rows[i].took_ns, 1000);
        CHECK_U64(pace.size, rows[i].size);
    }
    for (int i = 0; i < 30; i++)
        pace_note(&pace, 1, 1000);
    CHECK_U64(pace.size, 200); /* the most */
}

/* A commit takes its time, however few rows are in it. */
TEST(steps_come_to_take_about_as_long_as_they_may)
{
    static const struct {
        int64_t row_ns;
        int64_t commit_ns;
        size_t least;
        size_t most;
    } rows[] = {
        {.row_ns = 10, .least = 95, .most = 100},
        {.row_ns = 10, .commit_ns = 500, .least = 45, .most = 55},
        {.row_ns = 1, .least = 250, .most = 250},
        {.row_ns = 1, .commit_ns = 900, .least = 95, .most = 105},
        {.row_ns = 100, .least = 10, .most = 10},
        {.row_ns = 1, .commit_ns = 2000, .least = 10, .most = 10},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct pace pace = pace_of(10, 250);
        for (int step = 0; step < 100; step++)
            pace_note(&pace, rows[i].commit_ns + (int64_t)pace.size * rows[i].row_ns, 1000);
        CHECK(pace.size >= rows[i].least);
        CHECK(pace.size <= rows[i].most);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            what_takes_too_long_is_done_in_smaller_steps_and_what_is_soon_done_in_larger_ones),
        cmocka_unit_test(steps_come_to_take_about_as_long_as_they_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
