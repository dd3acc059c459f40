/* Checked numbers; see number.h. */
#include "base/number.h"

#include <assert.h>

struct unit {
    struct str name;
    uint64_t factor;
};

static const struct unit duration_units[] = {
    {STR_INIT("ms"), 1},
    {STR_INIT("s"), 1000},
    {STR_INIT(""), 1000},
    {STR_INIT("m"), 60 * 1000},
    {STR_INIT("h"), 60 * 60 * 1000},
    {STR_INIT("d"), UINT64_C(24) * 60 * 60 * 1000},
    {STR_INIT("w"), UINT64_C(7) * 24 * 60 * 60 * 1000},
};

static const struct unit size_units[] = {
    {STR_INIT(""), 1},
    {STR_INIT("B"), 1},
    {STR_INIT("k"), UINT64_C(1) << 10},
    {STR_INIT("KiB"), UINT64_C(1) << 10},
    {STR_INIT("M"), UINT64_C(1) << 20},
    {STR_INIT("MiB"), UINT64_C(1) << 20},
    {STR_INIT("G"), UINT64_C(1) << 30},
    {STR_INIT("GiB"), UINT64_C(1) << 30},
};

bool
number_parse_u64(struct str text, uint64_t max, uint64_t *out)
{
    if (text.len == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

static bool
parse_with_unit(struct str text, const struct unit *units, size_t unit_count, uint64_t max,
                uint64_t *out)
{
    size_t digits = 0;
    while (digits < text.len && ascii_is_digit(text.ptr[digits]))
        digits++;
    uint64_t value;
    if (!number_parse_u64(str_take(text, digits), UINT64_MAX, &value))
        return false;
    struct str unit = str_skip(text, digits);
    for (size_t i = 0; i < unit_count; i++) {
        if (!str_equal(unit, units[i].name))
            continue;
        if (__builtin_mul_overflow(value, units[i].factor, &value) || value > max)
            return false;
        *out = value;
        return true;
    }
    return false;
}

bool
number_parse_duration_ms(struct str text, int64_t max_ms, int64_t *out)
{
    assert(max_ms >= 0);
    uint64_t value;
    if (!parse_with_unit(text, duration_units, ARRAY_LEN(duration_units), (uint64_t)max_ms, &value))
        return false;
    *out = (int64_t)value;
    return true;
}

bool
number_parse_size(struct str text, uint64_t max, uint64_t *out)
{
    return parse_with_unit(text, size_units, ARRAY_LEN(size_units), max, out);
}

uint32_t
u32_from_size(size_t value)
{
    assert(value <= UINT32_MAX);
    return (uint32_t)value;
}

uint16_t
u16_from_size(size_t value)
{
    assert(value <= UINT16_MAX);
    return (uint16_t)value;
}
