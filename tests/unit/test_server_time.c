/* Tests of base/server_time.h. */
#include "base/server_time.h"

#include "base/buf.h"
#include "base/civil.h"
#include "unit/support/unit.h"

#define S STR_INIT

TEST(times_are_read_back_as_they_are_written)
{
    uint64_t seed = 5;
    for (int i = 0; i < 2000; i++) {
        int64_t wall_ms = (int64_t)(unit_random(&seed) % UINT64_C(250000000000000));
        struct buf text;
        buf_init(&text, 40);
        civil_put_iso(&text, wall_ms);
        int64_t back = -1;
        CHECK(server_time_parse(buf_str(&text), &back));
        CHECK_I64(back, wall_ms);
        buf_deinit(&text);
    }
}

TEST(anything_else_is_no_time)
{
    static const struct str rows[] = {
        S(""),
        S("2026-11-23T19:24:05.123"),
        S("2026-11-23T19:24:05Z"),
        S("2026-11-23 19:24:05.123Z"),
        S("2026-13-23T19:24:05.123Z"),
        S("2026-00-23T19:24:05.123Z"),
        S("2026-11-32T19:24:05.123Z"),
        S("2026-11-23T24:24:05.123Z"),
        S("2026-11-23T19:60:05.123Z"),
        S("1969-11-23T19:24:05.123Z"),
        S("2026-11-23T19:24:05.123Zz"),
        S("20x6-11-23T19:24:05.123Z"),
        S("+026-11-23T19:24:05.123Z"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        int64_t wall_ms = -1;
        CHECK(!server_time_parse(guard_copy(&guard, rows[i]), &wall_ms));
        CHECK_I64(wall_ms, -1);
        guard_free(&guard);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_back_as_they_are_written),
        cmocka_unit_test(anything_else_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
