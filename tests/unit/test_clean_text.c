/* What is left of others' text; see wire/clean_text.h. */
#include "wire/clean_text.h"

#include "unit/support/unit.h"

static void
check(struct str text, struct str expected)
{
    struct buf out;
    buf_init(&out, 1024);
    struct guard guard;
    clean_text_put(&out, guard_copy(&guard, text));
    guard_free(&guard);
    CHECK_STR(buf_str(&out), expected);
    buf_deinit(&out);
}

TEST(keeps_text_of_all_scripts)
{
    check(STR(""), STR(""));
    check(STR("plain, with\ttab"), STR("plain, with\ttab"));
    check(STR("你好 Grüße שלום 👩‍💻"), STR("你好 Grüße שלום 👩‍💻"));
}

TEST(drops_control_characters)
{
    check(STR("a\x1B[31mred\x07\x7F\r\nb"), STR("a[31mredb"));
    check((struct str){.ptr = "a\0b", .len = 3}, STR("ab"));
    check(STR("\xC2\x9B"
              "31mx\xC2\x85y\xC2\xA0z"),
          STR("31mxy\xC2\xA0z"));
}

TEST(drops_irc_formatting_with_its_numbers)
{
    check(STR("\x02"
              "bold\x0F \x1Ditalic\x1D \x16reverse"),
          STR("bold italic reverse"));
    check(STR("\x03"
              "4,12red\x03 \x03"
              "123 \x03"
              "4,x \x03,5"),
          STR("red 3 ,x ,5"));
    check(STR("\x04"
              "FF00ffred \x04"
              "FF00ff,00FF00x \x04"
              "zz"),
          STR("red x zz"));
    check(STR("\x03"), STR(""));
}

TEST(drops_controls_of_direction)
{
    check(STR("a\xE2\x80\xAE"
              "b\xE2\x81\xA6"
              "c\xE2\x80\xA8"
              "d"),
          STR("abcd"));
}

TEST(replaces_what_is_no_utf8)
{
    check(STR("a\xFF"
              "b"),
          STR("a\xEF\xBF\xBD"
              "b"));
    check(STR("\xE4\xBD"), STR("\xEF\xBF\xBD\xEF\xBF\xBD"));
    check(STR("\x9B"
              "31m"),
          STR("\xEF\xBF\xBD"
              "31m"));
}

static void
check_unformatted(struct str text, struct str expected)
{
    struct buf out;
    buf_init(&out, 1024);
    struct guard guard;
    clean_text_put_unformatted(&out, guard_copy(&guard, text));
    CHECK(clean_text_has_formatting(text) == !str_equal(text, expected));
    guard_free(&guard);
    CHECK_STR(buf_str(&out), expected);
    buf_deinit(&out);
}

TEST(takes_out_formatting_and_nothing_else)
{
    check_unformatted(STR(""), STR(""));
    check_unformatted(STR("\001ACTION waves\001 \t\x1B\xE2\x80\xAE\xFF"),
                      STR("\001ACTION waves\001 \t\x1B\xE2\x80\xAE\xFF"));
    check_unformatted(STR("\x02"
                          "b\x0Fo\x11l\x16"
                          "d\x1D.\x1E.\x1F."),
                      STR("bold..."));
    check_unformatted(STR("\x03"
                          "4,12red\x03 \x04"
                          "FF00ff,00FF00x\x03"),
                      STR("red x"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_text_of_all_scripts),
        cmocka_unit_test(drops_control_characters),
        cmocka_unit_test(drops_irc_formatting_with_its_numbers),
        cmocka_unit_test(drops_controls_of_direction),
        cmocka_unit_test(replaces_what_is_no_utf8),
        cmocka_unit_test(takes_out_formatting_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
