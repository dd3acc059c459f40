/* Tests of base/str.h. */
#include "base/str.h"

#include "unit/support/unit.h"

/* Slices of literals that hold any bytes, also NUL. */
#define S STR_INIT

static const struct {
    struct str a;
    struct str b;
    bool is_equal;
    bool is_equal_nocase;
    int order;
} pairs[] = {
    {.a = S(""), .b = S(""), .is_equal = true, .is_equal_nocase = true, .order = 0},
    {.a = {.ptr = NULL}, .b = S(""), .is_equal = true, .is_equal_nocase = true, .order = 0},
    {.a = {.ptr = NULL}, .b = S("a"), .order = -1},
    {.a = S("a"), .b = S("a"), .is_equal = true, .is_equal_nocase = true, .order = 0},
    {.a = S("a"), .b = S("A"), .is_equal_nocase = true, .order = 1},
    {.a = S("abc"), .b = S("ab"), .order = 1},
    {.a = S("ab"), .b = S("abc"), .order = -1},
    {.a = S("a\0b"), .b = S("a\0c"), .order = -1},
    {.a = S("a\0b"), .b = S("a"), .order = 1},
    {.a = S("\xff"), .b = S("a"), .order = 1},
    {.a = S("PRIVMSG"), .b = S("privMSG"), .is_equal_nocase = true, .order = -1},
    {.a = S("[a]"), .b = S("{a}"), .order = -1},
    {.a = S("a@"), .b = S("a`"), .order = -1},
    {.a = S("\xc3\x84"), .b = S("\xc3\xa4"), .order = -1},
};

TEST(equality_and_order_compare_all_bytes)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(pairs)); i++) {
        CHECK(str_equal(pairs[i].a, pairs[i].b) == pairs[i].is_equal);
        CHECK(str_equal(pairs[i].b, pairs[i].a) == pairs[i].is_equal);
        CHECK(str_equal_ascii_nocase(pairs[i].a, pairs[i].b) == pairs[i].is_equal_nocase);
        CHECK(str_equal_ascii_nocase(pairs[i].b, pairs[i].a) == pairs[i].is_equal_nocase);
        int order = str_compare(pairs[i].a, pairs[i].b);
        CHECK_I64((order > 0) - (order < 0), pairs[i].order);
        int reverse = str_compare(pairs[i].b, pairs[i].a);
        CHECK_I64((reverse > 0) - (reverse < 0), -pairs[i].order);
    }
}

TEST(beginnings_and_ends_are_found)
{
    static const struct {
        struct str whole;
        struct str part;
        bool starts;
        bool ends;
    } rows[] = {
        {.whole = S("abcab"), .part = S("ab"), .starts = true, .ends = true},
        {.whole = S("abc"), .part = S("abc"), .starts = true, .ends = true},
        {.whole = S("abc"), .part = S(""), .starts = true, .ends = true},
        {.whole = S(""), .part = S(""), .starts = true, .ends = true},
        {.whole = {.ptr = NULL}, .part = S(""), .starts = true, .ends = true},
        {.whole = S("abc"), .part = S("bc"), .ends = true},
        {.whole = S("abc"), .part = S("abcd")},
        {.whole = S("abc"), .part = S("b")},
        {.whole = {.ptr = NULL}, .part = S("b")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(str_starts_with(rows[i].whole, rows[i].part) == rows[i].starts);
        CHECK(str_ends_with(rows[i].whole, rows[i].part) == rows[i].ends);
    }
}

TEST(skip_and_take_stay_inside)
{
    static const struct {
        struct str text;
        size_t count;
        struct str skipped;
        struct str taken;
    } rows[] = {
        {.text = S("abc"), .count = 0, .skipped = S("abc"), .taken = S("")},
        {.text = S("abc"), .count = 1, .skipped = S("bc"), .taken = S("a")},
        {.text = S("abc"), .count = 3, .skipped = S(""), .taken = S("abc")},
        {.text = S("abc"), .count = 4, .skipped = S(""), .taken = S("abc")},
        {.text = S("abc"), .count = SIZE_MAX, .skipped = S(""), .taken = S("abc")},
        {.text = {.ptr = NULL}, .count = 5, .skipped = S(""), .taken = S("")},
        {.text = {.ptr = NULL}, .count = 0, .skipped = S(""), .taken = S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK_STR(str_skip(rows[i].text, rows[i].count), rows[i].skipped);
        CHECK_STR(str_take(rows[i].text, rows[i].count), rows[i].taken);
    }
}

TEST(skip_past_the_end_points_at_the_end)
{
    struct str text = STR("abc");
    CHECK(str_skip(text, 9).ptr == text.ptr + 3);
    CHECK(str_skip(STR_NONE, 9).ptr == NULL);
}

TEST(trim_takes_spaces_and_tabs_from_both_ends)
{
    static const struct {
        struct str text;
        struct str trimmed;
    } rows[] = {
        {.text = S(""), .trimmed = S("")},
        {.text = {.ptr = NULL}, .trimmed = S("")},
        {.text = S("  \t "), .trimmed = S("")},
        {.text = S("a b"), .trimmed = S("a b")},
        {.text = S(" \ta b\t "), .trimmed = S("a b")},
        {.text = S("\na\r"), .trimmed = S("\na\r")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_STR(str_trim(rows[i].text), rows[i].trimmed);
}

TEST(find_gives_the_first_place_or_the_length)
{
    static const struct {
        struct str text;
        struct str needle;
        size_t at;
    } rows[] = {
        {.text = S("abcabc"), .needle = S("c"), .at = 2},
        {.text = S("abcabc"), .needle = S("ca"), .at = 2},
        {.text = S("abcabc"), .needle = S("abcabc"), .at = 0},
        {.text = S("abcabc"), .needle = S("abcabcd"), .at = 6},
        {.text = S("abcabc"), .needle = S("x"), .at = 6},
        {.text = S("ab\0c"), .needle = S("\0c"), .at = 2},
        {.text = S(""), .needle = S("x"), .at = 0},
        {.text = {.ptr = NULL}, .needle = S("x"), .at = 0},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK_U64(str_find(rows[i].text, rows[i].needle), rows[i].at);
        if (rows[i].needle.len == 1)
            CHECK_U64(str_find_byte(rows[i].text, rows[i].needle.ptr[0]), rows[i].at);
    }
}

/* The pieces joined with '|'. */
static struct str
join_cuts(struct str text, char separator, char *out)
{
    size_t len = 0;
    struct str rest = text;
    while (rest.ptr != NULL) {
        struct str piece = str_cut(&rest, separator);
        for (size_t i = 0; i < piece.len; i++)
            out[len++] = piece.ptr[i];
        out[len++] = '|';
    }
    return (struct str){.ptr = out, .len = len};
}

TEST(cut_gives_every_piece_also_empty_ones)
{
    static const struct {
        struct str text;
        struct str pieces;
    } rows[] = {
        {.text = S("a,b,c"), .pieces = S("a|b|c|")}, {.text = S("abc"), .pieces = S("abc|")},
        {.text = S(""), .pieces = S("|")},           {.text = {.ptr = NULL}, .pieces = S("")},
        {.text = S(","), .pieces = S("||")},         {.text = S(",a,,b,"), .pieces = S("|a||b||")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        char joined[32];
        CHECK_STR(join_cuts(rows[i].text, ',', joined), rows[i].pieces);
    }
}

TEST(cut_word_skips_runs_of_blanks)
{
    static const struct {
        struct str text;
        struct str word;
        struct str rest;
    } rows[] = {
        {.text = S("one two"), .word = S("one"), .rest = S("two")},
        {.text = S("  one \t two  "), .word = S("one"), .rest = S("two  ")},
        {.text = S("one"), .word = S("one"), .rest = S("")},
        {.text = S("one   "), .word = S("one"), .rest = S("")},
        {.text = S("   "), .word = S(""), .rest = S("")},
        {.text = S(""), .word = S(""), .rest = S("")},
        {.text = {.ptr = NULL}, .word = S(""), .rest = S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct str rest = rows[i].text;
        CHECK_STR(str_cut_word(&rest), rows[i].word);
        CHECK_STR(rest, rows[i].rest);
    }
}

TEST(ascii_functions_leave_all_other_bytes_alone)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; unit_row(i, 256); i++) {
        char byte = (char)(unsigned char)i;
        size_t in_upper = str_find_byte((struct str){.ptr = upper, .len = 26}, byte);
        size_t in_lower = str_find_byte((struct str){.ptr = lower, .len = 26}, byte);
        CHECK_I64(ascii_lower(byte), in_upper < 26 ? lower[in_upper] : byte);
        CHECK_I64(ascii_upper(byte), in_lower < 26 ? upper[in_lower] : byte);
        CHECK(ascii_is_letter(byte) == (in_upper < 26 || in_lower < 26));
        CHECK(ascii_is_digit(byte) == (i >= 0x30 && i <= 0x39));
    }
}

TEST(searches_stop_at_the_end_of_memory)
{
    struct guard guard;
    struct str text = guard_copy(&guard, STR("aaaab"));
    CHECK_U64(str_find(text, STR("bb")), 5);
    CHECK_U64(str_find_byte(text, 'x'), 5);
    CHECK(!str_ends_with(text, STR("bb")));
    CHECK(!str_equal(text, STR("aaaabx")));
    struct str rest = text;
    CHECK_STR(str_cut_word(&rest), STR("aaaab"));
    CHECK_STR(str_trim(text), STR("aaaab"));
    guard_free(&guard);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_and_order_compare_all_bytes),
        cmocka_unit_test(beginnings_and_ends_are_found),
        cmocka_unit_test(skip_and_take_stay_inside),
        cmocka_unit_test(skip_past_the_end_points_at_the_end),
        cmocka_unit_test(trim_takes_spaces_and_tabs_from_both_ends),
        cmocka_unit_test(find_gives_the_first_place_or_the_length),
        cmocka_unit_test(cut_gives_every_piece_also_empty_ones),
        cmocka_unit_test(cut_word_skips_runs_of_blanks),
        cmocka_unit_test(ascii_functions_leave_all_other_bytes_alone),
        cmocka_unit_test(searches_stop_at_the_end_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
