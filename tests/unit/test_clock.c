/* Tests of base/clock.h. */
#include "base/clock.h"

#include "unit/support/unit.h"

#include <stdlib.h>
#include <time.h>

TEST(monotonic_time_never_goes_back)
{
    int64_t last_ns = clock_monotonic_ns();
    for (int i = 0; i < 10000; i++) {
        int64_t now_ns = clock_monotonic_ns();
        CHECK(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

TEST(milliseconds_and_nanoseconds_are_the_same_clock)
{
    int64_t before_ns = clock_monotonic_ns();
    int64_t ms = clock_monotonic_ms();
    int64_t after_ns = clock_monotonic_ns();
    CHECK(ms >= before_ns / 1000000);
    CHECK(ms <= after_ns / 1000000);
}

TEST(wall_time_is_that_of_the_system)
{
    int64_t before_ms = (int64_t)time(NULL) * 1000; /* whole seconds */
    int64_t wall_ms = clock_wall_ms();
    CHECK(wall_ms >= before_ms - 1000);
    CHECK(wall_ms <= before_ms + 60000);
}

TEST(utc_offset_is_that_of_the_zone)
{
    static const struct {
        const char *zone;
        int64_t wall_ms;
        int32_t offset_s;
    } rows[] = {
        {.zone = "UTC0", .wall_ms = 0, .offset_s = 0},
        {.zone = "IST-5:30", .wall_ms = 0, .offset_s = 19800},
        {.zone = "PST8", .wall_ms = 0, .offset_s = -28800},
        /* January and July of 2026 in a zone with summer time. */
        {.zone = "CET-1CEST,M3.5.0,M10.5.0/3", .wall_ms = INT64_C(1768000000000), .offset_s = 3600},
        {.zone = "CET-1CEST,M3.5.0,M10.5.0/3", .wall_ms = INT64_C(1783000000000), .offset_s = 7200},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(setenv("TZ", rows[i].zone, 1) == 0);
        tzset();
        CHECK_I64(clock_utc_offset_s(rows[i].wall_ms), rows[i].offset_s);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(milliseconds_and_nanoseconds_are_the_same_clock),
        cmocka_unit_test(wall_time_is_that_of_the_system),
        cmocka_unit_test(utc_offset_is_that_of_the_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
