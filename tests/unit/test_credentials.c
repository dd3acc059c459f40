/* Tests of wire/credentials.h and wire/verifier_text.h. */
#include "wire/credentials.h"

#include "unit/support/unit.h"
#include "wire/verifier_text.h"

static const struct credentials_salts salts = {.sha_256 = "sixteen of them",
                                               .sha_512 = "and others here"};

TEST(a_password_is_compared_with_the_hash_or_with_the_verifier)
{
    struct credentials credentials;
    struct buf text;
    buf_init(&text, VERIFIER_TEXT_BYTES_MAX);
    CHECK(credentials_make("correct horse", &salts, &credentials));
    verifier_text_put(&text, &credentials.sha_256);
    CHECK(!text.is_truncated);
    const char *const checks[] = {credentials.password_hash, buf_nul_terminated(&text)};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(checks)); i++) {
        CHECK(credentials_match(checks[i], "correct horse"));
        CHECK(!credentials_match(checks[i], "correct horses"));
        CHECK(!credentials_match(checks[i], ""));
    }
    buf_deinit(&text);
}

TEST(what_is_no_check_matches_nothing)
{
    static const char *const rows[] = {
        "",
        "SCRAM-SHA-256$",
        "SCRAM-SHA-256$0:AAAA$AAAA:AAAA",
        "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
        "SCRAM-SHA-256$99999999999:c2l4dGVlbiBvZiB0aGVtAA==$AAAA:AAAA",
        "SCRAM-SHA-256$4096:c2l4dGVlbiBvZiB0aGVtAA==",
        "password",
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(!credentials_match(rows[i], "password"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_compared_with_the_hash_or_with_the_verifier),
        cmocka_unit_test(what_is_no_check_matches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
