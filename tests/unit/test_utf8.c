/* Tests of base/utf8.h. */
#include "base/utf8.h"

#include "unit/support/unit.h"

static const struct {
    struct str text;
    uint32_t code_point;
} valid[] = {
    {.text = STR_INIT("\0"), .code_point = 0},
    {.text = STR_INIT("\x7f"), .code_point = 0x7F},
    {.text = STR_INIT("\xc2\x80"), .code_point = 0x80},
    {.text = STR_INIT("\xdf\xbf"), .code_point = 0x7FF},
    {.text = STR_INIT("\xe0\xa0\x80"), .code_point = 0x800},
    {.text = STR_INIT("\xed\x9f\xbf"), .code_point = 0xD7FF},
    {.text = STR_INIT("\xee\x80\x80"), .code_point = 0xE000},
    {.text = STR_INIT("\xef\xbf\xbd"), .code_point = 0xFFFD},
    {.text = STR_INIT("\xef\xbf\xbf"), .code_point = 0xFFFF},
    {.text = STR_INIT("\xf0\x90\x80\x80"), .code_point = 0x10000},
    {.text = STR_INIT("\xf4\x8f\xbf\xbf"), .code_point = 0x10FFFF},
};

TEST(first_and_last_of_each_length_are_decoded_and_encoded)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(valid)); i++) {
        struct guard guard;
        struct str text = guard_copy(&guard, valid[i].text);
        uint32_t code_point = 0;
        CHECK_U64(utf8_decode(text, &code_point), text.len);
        CHECK_U64(code_point, valid[i].code_point);
        CHECK(utf8_is_valid(text));
        char out[4];
        size_t len = utf8_encode(code_point, out);
        CHECK_STR(((struct str){.ptr = out, .len = len}), text);
        guard_free(&guard);
    }
}

static const struct str invalid[] = {
    STR_INIT("\x80"), /* a continuation without a beginning */
    STR_INIT("\xbf"),
    STR_INIT("\xc0\x80"), /* overlong: NUL in two bytes */
    STR_INIT("\xc1\xbf"),
    STR_INIT("\xe0\x80\xaf"), /* overlong: '/' in three */
    STR_INIT("\xe0\x9f\xbf"),
    STR_INIT("\xf0\x80\x80\xaf"),
    STR_INIT("\xf0\x8f\xbf\xbf"),
    STR_INIT("\xed\xa0\x80"), /* surrogates */
    STR_INIT("\xed\xaf\xbf"),
    STR_INIT("\xed\xb0\x80"),
    STR_INIT("\xed\xbf\xbf"),
    STR_INIT("\xf4\x90\x80\x80"), /* above U+10FFFF */
    STR_INIT("\xf5\x80\x80\x80"),
    STR_INIT("\xf7\xbf\xbf\xbf"),
    STR_INIT("\xf8\x88\x80\x80\x80"), /* five and six bytes */
    STR_INIT("\xfc\x84\x80\x80\x80\x80"),
    STR_INIT("\xfe"),
    STR_INIT("\xff"),
    STR_INIT("\xc2"), /* truncated */
    STR_INIT("\xe2\x82"),
    STR_INIT("\xe2"),
    STR_INIT("\xf0\x9f\x98"),
    STR_INIT("\xf0\x9f"),
    STR_INIT("\xf0"),
    STR_INIT("\xc2g"), /* cut short by something else */
    STR_INIT("\xe2\x82g"),
    STR_INIT("\xe2g\x82"),
    STR_INIT("\xf0\x9f\x98g"),
    STR_INIT("\xc2\xc2\x80"),
};

TEST(what_rfc_3629_forbids_is_invalid)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(invalid)); i++) {
        struct guard guard;
        struct str text = guard_copy(&guard, invalid[i]);
        uint32_t code_point = 77;
        CHECK_U64(utf8_decode(text, &code_point), 0);
        CHECK_U64(code_point, 77);
        CHECK(!utf8_is_valid(text));
        guard_free(&guard);
    }
}

/* Eight bytes are looked at together where all are ASCII: errors hide nowhere. */
TEST(invalid_bytes_are_found_at_every_place)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(invalid)); i++) {
        for (size_t before = 0; before < 20; before++) {
            for (size_t behind = 0; behind < 12; behind++) {
                char bytes[40];
                size_t len = 0;
                for (size_t j = 0; j < before; j++)
                    bytes[len++] = 'a';
                for (size_t j = 0; j < invalid[i].len; j++)
                    bytes[len++] = invalid[i].ptr[j];
                for (size_t j = 0; j < behind; j++)
                    bytes[len++] = 'b';
                CHECK(!utf8_is_valid((struct str){.ptr = bytes, .len = len}));
            }
        }
    }
}

TEST(all_code_points_come_back_and_nothing_else_is_valid)
{
    for (uint32_t i = 0; i <= 0x10FFFF; i++) {
        if (i >= 0xD800 && i <= 0xDFFF)
            continue;
        char bytes[4];
        struct str text = {.ptr = bytes, .len = utf8_encode(i, bytes)};
        uint32_t code_point = 0;
        CHECK_U64(utf8_decode(text, &code_point), text.len);
        CHECK_U64(code_point, i);
    }
    /* Of all sequences of two bytes, those that RFC 3629's grammar has. */
    for (size_t i = 0; i < 0x10000; i++) {
        char bytes[2] = {(char)(unsigned char)(i >> 8), (char)(unsigned char)i};
        bool is_two = i >> 8 >= 0xC2 && i >> 8 <= 0xDF && (i & 0xC0) == 0x80;
        bool is_ascii = i >> 8 < 0x80 && (i & 0xFF) < 0x80;
        CHECK(utf8_is_valid((struct str){.ptr = bytes, .len = 2}) == (is_two || is_ascii));
    }
}

TEST(empty_text_is_valid)
{
    CHECK(utf8_is_valid(STR("")));
    CHECK(utf8_is_valid(STR_NONE));
}

TEST(take_cuts_between_code_points)
{
    static const struct {
        struct str text;
        size_t max_bytes;
        size_t len;
    } rows[] = {
        {.text = STR_INIT("abc"), .max_bytes = 3, .len = 3},
        {.text = STR_INIT("abc"), .max_bytes = 99, .len = 3},
        {.text = STR_INIT("abc"), .max_bytes = 2, .len = 2},
        {.text = STR_INIT("abc"), .max_bytes = 0, .len = 0},
        {.text = STR_INIT("\xc3\xa4\xc3\xb6"), .max_bytes = 3, .len = 2},
        {.text = STR_INIT("\xc3\xa4\xc3\xb6"), .max_bytes = 1, .len = 0},
        {.text = STR_INIT("a\xe2\x82\xac"), .max_bytes = 3, .len = 1},
        {.text = STR_INIT("a\xe2\x82\xac"), .max_bytes = 4, .len = 4},
        {.text = STR_INIT("a\xf0\x9f\x98\x80"), .max_bytes = 4, .len = 1},
        {.text = STR_INIT("a\xf0\x9f\x98\x80"), .max_bytes = 2, .len = 1},
        /* Bytes that are no UTF-8 are not lost without bound. */
        {.text = STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80"), .max_bytes = 7, .len = 4},
        {.text = {.ptr = NULL}, .max_bytes = 7, .len = 0},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_STR(utf8_take(rows[i].text, rows[i].max_bytes), str_take(rows[i].text, rows[i].len));
}

TEST(columns_are_those_of_a_terminal)
{
    static const struct {
        struct str text;
        size_t columns;
    } rows[] = {
        {.text = STR_INIT(""), .columns = 0},
        {.text = STR_INIT("abc"), .columns = 3},
        {.text = STR_INIT("\xc3\xa4"), .columns = 1},
        {.text = STR_INIT("a\xcc\x88"), .columns = 1}, /* a and a combining diaeresis */
        {.text = STR_INIT("\xe4\xb8\xad\xe6\x96\x87"), .columns = 4},
        {.text = STR_INIT("\xef\xbc\xa1"), .columns = 2},     /* full-width A */
        {.text = STR_INIT("\xea\xb0\x80"), .columns = 2},     /* Hangul */
        {.text = STR_INIT("\xf0\x9f\x98\x80"), .columns = 2}, /* emoji */
        {.text = STR_INIT("\xe2\x80\x8b"), .columns = 0},     /* zero-width space */
        {.text = STR_INIT("\x07"), .columns = 0},             /* a control character */
        {.text = STR_INIT("a\xff\xfe"), .columns = 3},        /* shown as replacements */
        {.text = STR_INIT("\xe2\x82"), .columns = 2},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_U64(utf8_columns(rows[i].text), rows[i].columns);
}

TEST(no_code_point_takes_more_than_two_columns)
{
    for (uint32_t i = 0; i <= 0x10FFFF; i++)
        CHECK(utf8_code_point_columns(i) <= 2);
}

static void
encode_code_point(void *argument)
{
    char out[4];
    (void)utf8_encode(*(uint32_t *)argument, out);
}

TEST(only_scalar_values_can_be_encoded)
{
    static const uint32_t rows[] = {0xD800, 0xDFFF, 0x110000, UINT32_MAX};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint32_t code_point = rows[i];
        CHECK(unit_dies(encode_code_point, &code_point));
    }
}

TEST(ascii_is_told_from_the_rest)
{
    static const struct {
        struct str text;
        bool is_ascii;
    } rows[] = {
        {STR_INIT(""), true},       {STR_INIT("a\n\x7f"), true}, {STR_INIT("\xc3\xa4"), false},
        {STR_INIT("a\x80"), false}, {{.ptr = NULL}, true},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(utf8_is_ascii(rows[i].text) == rows[i].is_ascii);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_and_last_of_each_length_are_decoded_and_encoded),
        cmocka_unit_test(what_rfc_3629_forbids_is_invalid),
        cmocka_unit_test(invalid_bytes_are_found_at_every_place),
        cmocka_unit_test(all_code_points_come_back_and_nothing_else_is_valid),
        cmocka_unit_test(empty_text_is_valid),
        cmocka_unit_test(take_cuts_between_code_points),
        cmocka_unit_test(columns_are_those_of_a_terminal),
        cmocka_unit_test(no_code_point_takes_more_than_two_columns),
        cmocka_unit_test(only_scalar_values_can_be_encoded),
        cmocka_unit_test(ascii_is_told_from_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
