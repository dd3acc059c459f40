/* Tests of base/number.h. */
#include "base/number.h"

#include "unit/support/unit.h"

#define UNTOUCHED 77

TEST(plain_numbers_are_digits_up_to_the_maximum)
{
    static const struct {
        struct str text;
        uint64_t max;
        bool is_number;
        uint64_t value;
    } rows[] = {
        {.text = STR_INIT("0"), .max = 0, .is_number = true, .value = 0},
        {.text = STR_INIT("007"), .max = 7, .is_number = true, .value = 7},
        {.text = STR_INIT("99"), .max = 100, .is_number = true, .value = 99},
        {.text = STR_INIT("100"), .max = 100, .is_number = true, .value = 100},
        {.text = STR_INIT("101"), .max = 100},
        {.text = STR_INIT("1"), .max = 0},
        {.text = STR_INIT("18446744073709551614"),
         .max = UINT64_MAX,
         .is_number = true,
         .value = UINT64_MAX - 1},
        {.text = STR_INIT("18446744073709551615"),
         .max = UINT64_MAX,
         .is_number = true,
         .value = UINT64_MAX},
        {.text = STR_INIT("18446744073709551616"), .max = UINT64_MAX},
        {.text = STR_INIT("18446744073709551620"), .max = UINT64_MAX},
        {.text = STR_INIT("99999999999999999999999999"), .max = UINT64_MAX},
        {.text = STR_INIT(""), .max = 9},
        {.text = STR_INIT("+1"), .max = 9},
        {.text = STR_INIT("-1"), .max = UINT64_MAX},
        {.text = STR_INIT(" 1"), .max = 9},
        {.text = STR_INIT("1 "), .max = 9},
        {.text = STR_INIT("0x1"), .max = 9},
        {.text = STR_INIT("1e1"), .max = 99},
        {.text = STR_INIT("1\0"), .max = 99},
        {.text = STR_INIT("\xd9\xa3"), .max = 9}, /* an Arabic three */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint64_t value = UNTOUCHED;
        CHECK(number_parse_u64(rows[i].text, rows[i].max, &value) == rows[i].is_number);
        CHECK_U64(value, rows[i].is_number ? rows[i].value : UNTOUCHED);
    }
}

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const struct {
    struct str text;
    int64_t max_ms;
    bool is_duration;
    int64_t value;
} durations[] = {
    {.text = STR_INIT("0"), .max_ms = 0, .is_duration = true, .value = 0},
    {.text = STR_INIT("0ms"), .max_ms = 0, .is_duration = true, .value = 0},
    {.text = STR_INIT("250ms"), .max_ms = DAY_MS, .is_duration = true, .value = 250},
    {.text = STR_INIT("90"), .max_ms = DAY_MS, .is_duration = true, .value = 90000},
    {.text = STR_INIT("90s"), .max_ms = DAY_MS, .is_duration = true, .value = 90000},
    {.text = STR_INIT("5m"), .max_ms = DAY_MS, .is_duration = true, .value = 300000},
    {.text = STR_INIT("2h"), .max_ms = DAY_MS, .is_duration = true, .value = 7200000},
    {.text = STR_INIT("24h"), .max_ms = DAY_MS, .is_duration = true, .value = DAY_MS},
    {.text = STR_INIT("7d"), .max_ms = 7 * DAY_MS, .is_duration = true, .value = 7 * DAY_MS},
    {.text = STR_INIT("2w"), .max_ms = 99 * DAY_MS, .is_duration = true, .value = 14 * DAY_MS},
    {.text = STR_INIT("1ms"), .max_ms = 0},
    {.text = STR_INIT("86400001ms"), .max_ms = DAY_MS},
    {.text = STR_INIT("86401s"), .max_ms = DAY_MS},
    {.text = STR_INIT("9223372036854775807ms"),
     .max_ms = INT64_MAX,
     .is_duration = true,
     .value = INT64_MAX},
    {.text = STR_INIT("9223372036854775808ms"), .max_ms = INT64_MAX},
    {.text = STR_INIT("18446744073709551615ms"), .max_ms = INT64_MAX},
    {.text = STR_INIT("18446744073709551615w"), .max_ms = INT64_MAX}, /* the product overflows */
    {.text = STR_INIT("30500568905w"), .max_ms = INT64_MAX},
    {.text = STR_INIT(""), .max_ms = DAY_MS},
    {.text = STR_INIT("s"), .max_ms = DAY_MS},
    {.text = STR_INIT("-1s"), .max_ms = DAY_MS},
    {.text = STR_INIT("1S"), .max_ms = DAY_MS},
    {.text = STR_INIT("1 s"), .max_ms = DAY_MS},
    {.text = STR_INIT("1.5s"), .max_ms = DAY_MS},
    {.text = STR_INIT("1s2"), .max_ms = DAY_MS},
    {.text = STR_INIT("1y"), .max_ms = INT64_MAX},
};

TEST(durations_have_units_and_count_milliseconds)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(durations)); i++) {
        int64_t value = UNTOUCHED;
        bool is_duration = number_parse_duration_ms(durations[i].text, durations[i].max_ms, &value);
        CHECK(is_duration == durations[i].is_duration);
        CHECK_I64(value, is_duration ? durations[i].value : UNTOUCHED);
    }
}

static const struct {
    struct str text;
    uint64_t max;
    bool is_size;
    uint64_t value;
} sizes[] = {
    {.text = STR_INIT("512"), .max = 512, .is_size = true, .value = 512},
    {.text = STR_INIT("512B"), .max = 512, .is_size = true, .value = 512},
    {.text = STR_INIT("512"), .max = 511},
    {.text = STR_INIT("1k"), .max = 1024, .is_size = true, .value = 1024},
    {.text = STR_INIT("1KiB"), .max = 1024, .is_size = true, .value = 1024},
    {.text = STR_INIT("1KiB"), .max = 1023},
    {.text = STR_INIT("3M"), .max = UINT64_MAX, .is_size = true, .value = 3145728},
    {.text = STR_INIT("3MiB"), .max = UINT64_MAX, .is_size = true, .value = 3145728},
    {.text = STR_INIT("2G"), .max = UINT64_MAX, .is_size = true, .value = 2147483648},
    {.text = STR_INIT("2GiB"), .max = UINT64_MAX, .is_size = true, .value = 2147483648},
    {.text = STR_INIT("17179869183GiB"),
     .max = UINT64_MAX,
     .is_size = true,
     .value = UINT64_C(17179869183) << 30},
    {.text = STR_INIT("17179869184GiB"), .max = UINT64_MAX}, /* 2 to the 64th */
    {.text = STR_INIT("1kb"), .max = UINT64_MAX},
    {.text = STR_INIT("1KB"), .max = UINT64_MAX},
    {.text = STR_INIT("1K"), .max = UINT64_MAX},
    {.text = STR_INIT("1T"), .max = UINT64_MAX},
    {.text = STR_INIT("KiB"), .max = UINT64_MAX},
    {.text = STR_INIT(""), .max = UINT64_MAX},
    {.text = STR_INIT("-1"), .max = UINT64_MAX},
};

TEST(sizes_have_units_and_count_bytes)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(sizes)); i++) {
        uint64_t value = UNTOUCHED;
        CHECK(number_parse_size(sizes[i].text, sizes[i].max, &value) == sizes[i].is_size);
        CHECK_U64(value, sizes[i].is_size ? sizes[i].value : UNTOUCHED);
    }
}

TEST(parsers_stop_at_the_end_of_memory)
{
    struct guard guard;
    struct str text = guard_copy(&guard, STR("12345"));
    uint64_t value = 0;
    CHECK(number_parse_u64(text, UINT64_MAX, &value));
    CHECK(number_parse_size(text, UINT64_MAX, &value));
    int64_t duration = 0;
    CHECK(number_parse_duration_ms(text, INT64_MAX, &duration));
    CHECK_I64(duration, 12345000);
    guard_free(&guard);
}

static void
narrow_to_32(void *argument)
{
    (void)u32_from_size(*(size_t *)argument);
}

static void
narrow_to_16(void *argument)
{
    (void)u16_from_size(*(size_t *)argument);
}

TEST(narrowing_keeps_what_fits_and_aborts_on_the_rest)
{
    CHECK_U64(u32_from_size(UINT32_MAX), UINT32_MAX);
    CHECK_U64(u16_from_size(UINT16_MAX), UINT16_MAX);
    size_t too_large = (size_t)UINT32_MAX + 1;
    CHECK(unit_dies(narrow_to_32, &too_large));
    too_large = (size_t)UINT16_MAX + 1;
    CHECK(unit_dies(narrow_to_16, &too_large));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_numbers_are_digits_up_to_the_maximum),
        cmocka_unit_test(durations_have_units_and_count_milliseconds),
        cmocka_unit_test(sizes_have_units_and_count_bytes),
        cmocka_unit_test(parsers_stop_at_the_end_of_memory),
        cmocka_unit_test(narrowing_keeps_what_fits_and_aborts_on_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
