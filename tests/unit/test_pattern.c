/* Tests of wire/pattern.h. */
#include "wire/pattern.h"

#include "base/limits.h"
#include "unit/support/unit.h"

#include <string.h>

#define S STR_INIT

static enum pattern_result
search(struct str source, struct str text)
{
    struct pattern_error error;
    struct pattern *pattern = pattern_new(source, &error);
    CHECK(pattern != NULL);
    struct pattern_scratch *scratch = pattern_scratch_new();
    struct guard guard;
    enum pattern_result result = pattern_search(pattern, scratch, guard_copy(&guard, text));
    CHECK(pattern_search(pattern, scratch, text) == result); /* a second time, too */
    guard_free(&guard);
    pattern_scratch_free(&scratch);
    pattern_free(&pattern);
    CHECK(pattern == NULL);
    return result;
}

TEST(patterns_are_found)
{
    static const struct {
        struct str source;
        struct str text;
        enum pattern_result result;
    } rows[] = {
        {S("free money"), S("get FREE Money now"), PATTERN_YES},
        {S("free money"), S("freemoney"), PATTERN_NO},
        {S("free\\s+money"), S("free   money"), PATTERN_YES},
        {S("^hi$"), S("hi"), PATTERN_YES},
        {S("^hi$"), S("one\nhi\ntwo"), PATTERN_YES},
        {S("a.b"), S("a\nb"), PATTERN_NO},
        {S("STRASSE|ÜBER"), S("über"), PATTERN_YES},
        {S("^.$"), S("名"), PATTERN_YES},
        {S("^\\w+$"), S("название"), PATTERN_YES},
        {S("(a)\\1"), S("aa"), PATTERN_YES},
        {S("(a)(b)(c)"), S("abc"), PATTERN_YES}, /* more groups than anybody asks for */
        {S(""), S(""), PATTERN_YES},
        {S("x"), {.ptr = NULL}, PATTERN_NO},
        {S("a"), S("\xff"), PATTERN_GAVE_UP}, /* no UTF-8 */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_U64(search(rows[i].source, rows[i].text), rows[i].result);
}

TEST(what_is_no_pattern_is_refused_with_its_place)
{
    static const struct {
        struct str source;
        size_t offset;
        struct str text;
    } rows[] = {
        {S("ab(c"), 4, S("missing closing parenthesis")},
        {S("ab)"), 2, S("unmatched closing parenthesis")},
        {S("[a"), 2, S("missing terminating ] for character class")},
        {S("*a"), 0, S("quantifier does not follow a repeatable item")},
        {S("a\\C"), 3, S("using \\C is disabled by the application")},
        {S("((((((((((((((((((((((a))))))))))))))))))))))"), 21,
         S("parentheses are too deeply nested")},
        {S("(?:(?:a{900}){900}){900}"), 24, S("regular expression is too large")},
        {S("\xff"), 0, S("UTF-8 error: illegal byte (0xfe or 0xff)")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct pattern_error error = {.offset = 0};
        struct pattern *pattern = pattern_new(rows[i].source, &error);
        CHECK(pattern == NULL);
        CHECK_STR(str_from_nul(error.text), rows[i].text);
        CHECK_U64(error.offset, rows[i].offset);
    }
}

/* Exponential and polynomial ones give up instead; nothing takes longer than this test. */
TEST(patterns_that_explode_give_up)
{
    static const struct str sources[] = {
        S("^(a+)+$"),
        S("(a|aa)+$"),
        S("(a|a)*b"),
        S("^(([a-z])+.)+[A-Z]([a-z])+$"),
        S("(x+x+)+y"),
        S("a*a*a*a*a*b"),
        S("(.*)(.*)(.*)(.*)(.*)[xyz]"),
        S("(?=(a+))a*b\\1"),
        S("(?:a?){200}a{200}b"),
    };

    char text[LIMIT_LINE_BYTES];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '!';
    for (size_t i = 0; unit_row(i, ARRAY_LEN(sources)); i++)
        CHECK(search(sources[i], (struct str){.ptr = text, .len = sizeof text}) != PATTERN_YES);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_found),
        cmocka_unit_test(what_is_no_pattern_is_refused_with_its_place),
        cmocka_unit_test(patterns_that_explode_give_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
