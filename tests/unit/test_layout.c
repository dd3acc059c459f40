/* Tests of terminal/layout.h. */
#include "terminal/layout.h"

#include "unit/support/unit.h"

#define S  STR_INIT
#define ZI "\xE5\xAD\x97" /* two columns, three bytes */
#define AC "a\xCC\x81"    /* a and a combining accent: one column */

TEST(text_wraps_at_the_edge)
{
    static const struct {
        struct str text;
        size_t cursor;
        size_t rows;
        size_t row;
        size_t column;
    } rows[] = {
        /* ten columns */
        {S(""), 0, 1, 0, 0},
        {S("abc"), 0, 1, 0, 0},
        {S("abc"), 3, 1, 0, 3},
        {S("abcdefghi"), 9, 1, 0, 9},
        {S("abcdefghij"), 9, 2, 0, 9},
        {S("abcdefghij"), 10, 2, 1, 0},
        {S("abcdefghijk"), 10, 2, 1, 0},
        {S("abcdefghijk"), 11, 2, 1, 1},
        {S(ZI ZI), 3, 1, 0, 2},
        {S(ZI ZI), 6, 1, 0, 4},
        {S(ZI ZI ZI ZI ZI), 15, 2, 1, 0},
        {S("a" ZI ZI ZI ZI), 13, 1, 0, 9},
        {S("a" ZI ZI ZI ZI ZI), 13, 2, 1, 0}, /* does not fit into the last column */
        {S("a" ZI ZI ZI ZI ZI), 16, 2, 1, 2},
        {S("a" ZI ZI ZI ZI "b"), 14, 2, 1, 0},
        {S(AC AC), 3, 1, 0, 1},
        {S(AC AC), 6, 1, 0, 2},
        {S("abcdefghi" AC), 10, 2, 0, 9}, /* between a letter and its accent, at the edge */
        {S("abcdefghi" AC), 12, 2, 1, 0},
        {S("\xFF\xFF"), 2, 1, 0, 2},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct layout layout = layout_measure(guard_copy(&guard, rows[i].text), rows[i].cursor, 10);
        guard_free(&guard);
        CHECK_U64(layout.rows, rows[i].rows);
        CHECK_U64(layout.cursor_row, rows[i].row);
        CHECK_U64(layout.cursor_column, rows[i].column);
    }
}

TEST(rows_can_be_cut_out)
{
    static const struct {
        size_t first;
        size_t count;
        struct str part;
        size_t start;
    } rows[] = {
        {0, 1, S("abc" ZI), 0}, {0, 2, S("abc" ZI ZI ZI "d"), 0}, {1, 1, S(ZI ZI "d"), 6},
        {2, 1, S("efg"), 13},   {1, 9, S(ZI ZI "defg"), 6},       {3, 1, S(""), 16},
    };

    /* five columns: "abc字" "字字d" "efg" */
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        size_t start;
        struct str part =
            layout_rows(STR("abc" ZI ZI ZI "defg"), 5, rows[i].first, rows[i].count, &start);
        CHECK_STR(part, rows[i].part);
        CHECK_U64(start, rows[i].start);
    }
}

/* Whatever the text: rows cover it, and the cursor is where measuring its beginning says. */
TEST(measuring_and_cutting_agree)
{
    static const char *const pieces[] = {"a", ZI, AC, " ", "\xF0\x9F\x98\x80"};
    uint64_t seed = 3;
    for (int i = 0; i < 500; i++) {
        char text[400];
        size_t len = 0;
        size_t count = unit_random_below(&seed, 60);
        for (size_t j = 0; j < count; j++) {
            struct str piece = str_from_nul(pieces[unit_random_below(&seed, ARRAY_LEN(pieces))]);
            for (size_t k = 0; k < piece.len; k++)
                text[len++] = piece.ptr[k];
        }
        struct str all = {.ptr = text, .len = len};
        size_t columns = 2 + unit_random_below(&seed, 20);
        struct layout layout = layout_measure(all, len, columns);
        size_t covered = 0;
        for (size_t row = 0; row < layout.rows; row++) {
            size_t start;
            struct str part = layout_rows(all, columns, row, 1, &start);
            CHECK_U64(start, covered);
            covered += part.len;
        }
        CHECK_U64(covered, len);
        CHECK(layout.cursor_column < columns);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_wraps_at_the_edge),
        cmocka_unit_test(rows_can_be_cut_out),
        cmocka_unit_test(measuring_and_cutting_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
