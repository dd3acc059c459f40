/* Tests of server/mailer.h. */
#include "server/mailer.h"

#include "unit/support/unit.h"

#include <errno.h>

TEST(nothing_from_outside_ends_a_line_of_the_head)
{
    static const struct {
        struct str to;
        struct str letter;
        int result;
    } rows[] = {
        {STR_INIT("a@b.org"), STR_INIT("Subject\n\nText"), 0},
        {STR_INIT("a@b.org\r\nBcc: c@d.org"), STR_INIT("Subject\n\nText"), -EINVAL},
        {STR_INIT("-oQ/tmp@b.org"), STR_INIT("Subject\n\nText"), -EINVAL},
        {STR_INIT("a@b.org"), STR_INIT("Subject\rBcc: c@d.org\n\nText"), -EINVAL},
    };
    struct mailer *mailer = mailer_new();
    mailer_configure(mailer, &(struct mailer_settings){
                                 .from = STR("chat@confab.test"),
                                 .sendmail = STR("sh -c true"),
                                 .host = STR("confab.test"),
                             });
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct cf_err err;
        CHECK_I64(mailer_send(mailer, rows[i].to, rows[i].letter, &err), rows[i].result);
    }
    mailer_free(&mailer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_from_outside_ends_a_line_of_the_head),
    };
    return cmocka_run_group_tests_name("mailer", tests, NULL, NULL);
}
