/* Tests of base/civil.h. */
#include "base/civil.h"

#include "unit/support/unit.h"

#include <time.h>

#define MS_PER_DAY INT64_C(86400000)

static const struct {
    int64_t wall_ms;
    struct str iso;
    struct str human;
} dates[] = {
    {.wall_ms = 0,
     .iso = STR_INIT("1970-01-01T00:00:00.000Z"),
     .human = STR_INIT("Thu Jan 01 1970 00:00:00 UTC")},
    {.wall_ms = 999,
     .iso = STR_INIT("1970-01-01T00:00:00.999Z"),
     .human = STR_INIT("Thu Jan 01 1970 00:00:00 UTC")},
    {.wall_ms = INT64_C(68169599999), /* the last moment of a leap day */
     .iso = STR_INIT("1972-02-28T23:59:59.999Z"),
     .human = STR_INIT("Mon Feb 28 1972 23:59:59 UTC")},
    {.wall_ms = INT64_C(68169600000),
     .iso = STR_INIT("1972-02-29T00:00:00.000Z"),
     .human = STR_INIT("Tue Feb 29 1972 00:00:00 UTC")},
    {.wall_ms = INT64_C(951782400000), /* 2000 is a leap year: divisible by 400 */
     .iso = STR_INIT("2000-02-29T00:00:00.000Z"),
     .human = STR_INIT("Tue Feb 29 2000 00:00:00 UTC")},
    {.wall_ms = INT64_C(951868800000),
     .iso = STR_INIT("2000-03-01T00:00:00.000Z"),
     .human = STR_INIT("Wed Mar 01 2000 00:00:00 UTC")},
    {.wall_ms = INT64_C(1234567890123),
     .iso = STR_INIT("2009-02-13T23:31:30.123Z"),
     .human = STR_INIT("Fri Feb 13 2009 23:31:30 UTC")},
    {.wall_ms = INT64_C(1795461845123),
     .iso = STR_INIT("2026-11-23T19:24:05.123Z"),
     .human = STR_INIT("Mon Nov 23 2026 19:24:05 UTC")},
    {.wall_ms = INT64_C(2147483648000), /* past 32 bits of seconds */
     .iso = STR_INIT("2038-01-19T03:14:08.000Z"),
     .human = STR_INIT("Tue Jan 19 2038 03:14:08 UTC")},
    {.wall_ms = INT64_C(4107542400000), /* 2100 is none: divisible by 100 only */
     .iso = STR_INIT("2100-03-01T00:00:00.000Z"),
     .human = STR_INIT("Mon Mar 01 2100 00:00:00 UTC")},
    {.wall_ms = INT64_C(253402300799999),
     .iso = STR_INIT("9999-12-31T23:59:59.999Z"),
     .human = STR_INIT("Fri Dec 31 9999 23:59:59 UTC")},
    /* A local time may lie before 1970 while the clock is not set yet. */
    {.wall_ms = -1,
     .iso = STR_INIT("1969-12-31T23:59:59.999Z"),
     .human = STR_INIT("Wed Dec 31 1969 23:59:59 UTC")},
    {.wall_ms = INT64_C(-8) * 3600000,
     .iso = STR_INIT("1969-12-31T16:00:00.000Z"),
     .human = STR_INIT("Wed Dec 31 1969 16:00:00 UTC")},
    {.wall_ms = INT64_C(-62167219200000),
     .iso = STR_INIT("0000-01-01T00:00:00.000Z"),
     .human = STR_INIT("Sat Jan 01 0 00:00:00 UTC")},
};

TEST(known_dates_are_rendered)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(dates)); i++) {
        struct buf text;
        buf_init(&text, 100);
        civil_put_iso(&text, dates[i].wall_ms);
        CHECK_STR(buf_str(&text), dates[i].iso);
        buf_clear(&text);
        civil_put_human(&text, dates[i].wall_ms);
        CHECK_STR(buf_str(&text), dates[i].human);
        buf_deinit(&text);
    }
}

static void
check_against_libc(int64_t wall_ms)
{
    int64_t rest_ms = (wall_ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((wall_ms - rest_ms) / 1000);
    struct tm expected;
    CHECK(gmtime_r(&seconds, &expected) != NULL);
    struct civil civil = civil_from_ms(wall_ms);
    CHECK_I64(civil.year, (int64_t)expected.tm_year + 1900);
    CHECK_I64(civil.month, expected.tm_mon + 1);
    CHECK_I64(civil.day, expected.tm_mday);
    CHECK_I64(civil.hour, expected.tm_hour);
    CHECK_I64(civil.minute, expected.tm_min);
    CHECK_I64(civil.second, expected.tm_sec);
    CHECK_I64(civil.weekday, expected.tm_wday);
    CHECK_I64(civil.millisecond, rest_ms);
}

TEST(every_day_of_600_years_agrees_with_libc)
{
    for (int64_t day = 0; day < 219146; day++) {
        check_against_libc(day * MS_PER_DAY);
        check_against_libc(day * MS_PER_DAY + MS_PER_DAY - 1);
    }
}

TEST(random_moments_of_a_million_years_agree_with_libc)
{
    uint64_t random = 2;
    for (size_t i = 0; unit_row(i, 100000); i++) {
        uint64_t ms = unit_random(&random) % (UINT64_C(1000000) * 366 * (uint64_t)MS_PER_DAY);
        check_against_libc((int64_t)ms);
        check_against_libc(-(int64_t)ms);
    }
}

TEST(any_moment_has_a_date)
{
    CHECK_I64(civil_from_ms(INT64_MAX).year, 292278994);
    CHECK_I64(civil_from_ms(INT64_MAX).millisecond, 807);
    CHECK_I64(civil_from_ms(INT64_MIN).year, -292275055);
    CHECK_I64(civil_from_ms(INT64_MIN).millisecond, 192);
}

TEST(iso_text_stops_at_the_years_that_it_can_show)
{
    static const struct {
        int64_t wall_ms;
        struct str iso;
    } rows[] = {
        {.wall_ms = INT64_C(253402300800000), .iso = STR_INIT("9999-12-31T23:59:59.999Z")},
        {.wall_ms = INT64_MAX, .iso = STR_INIT("9999-12-31T23:59:59.999Z")},
        {.wall_ms = INT64_C(-62167219200001), .iso = STR_INIT("0000-01-01T00:00:00.000Z")},
        {.wall_ms = INT64_MIN, .iso = STR_INIT("0000-01-01T00:00:00.000Z")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf text;
        buf_init(&text, 100);
        civil_put_iso(&text, rows[i].wall_ms);
        CHECK_STR(buf_str(&text), rows[i].iso);
        buf_deinit(&text);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates_are_rendered),
        cmocka_unit_test(every_day_of_600_years_agrees_with_libc),
        cmocka_unit_test(random_moments_of_a_million_years_agree_with_libc),
        cmocka_unit_test(any_moment_has_a_date),
        cmocka_unit_test(iso_text_stops_at_the_years_that_it_can_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
