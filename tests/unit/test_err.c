/* Tests of base/err.h. */
#include "base/err.h"

#include "base/str.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <string.h>

TEST(set_keeps_code_and_text_and_returns_the_code)
{
    struct cf_err err = {.code = 0};
    CHECK_I64(cf_err_set(&err, -ENOENT, "no file %s at line %d", "a.yaml", 7), -ENOENT);
    CHECK_I64(err.code, -ENOENT);
    CHECK_STR(str_from_nul(err.text), STR("no file a.yaml at line 7"));
}

TEST(long_text_is_cut)
{
    struct cf_err err = {.code = 0};
    CHECK_I64(cf_err_set(&err, -EINVAL, "%01000d", 1), -EINVAL);
    CHECK_U64(strlen(err.text), sizeof err.text - 1);
}

TEST(errno_has_a_text_also_when_it_is_unknown)
{
    static const struct {
        int code;
        struct str text;
    } rows[] = {
        {.code = ENOENT, .text = STR_INIT("No such file or directory")},
        {.code = EACCES, .text = STR_INIT("Permission denied")},
        {.code = 99999, .text = STR_INIT("unknown error")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_STR(str_from_nul(errno_text(rows[i].code)), rows[i].text);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_keeps_code_and_text_and_returns_the_code),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(errno_has_a_text_also_when_it_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
