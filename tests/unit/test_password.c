/* Tests of base/password.h. Hashing is slow on purpose: one hash serves all tests. */
#include "base/password.h"

#include "base/attr.h"
#include "base/entropy.h"
#include "base/str.h"
#include "unit/support/unit.h"

#include <string.h>

static char hash[PASSWORD_HASH_BYTES_MAX];

static int
hash_once(void **state CF_UNUSED)
{
    if (entropy_init() != 0)
        return -1;
    return password_hash("correct horse", 13, hash) ? 0 : -1;
}

TEST(hash_is_text_of_the_expected_kind)
{
    CHECK(memchr(hash, '\0', sizeof hash) != NULL);
    CHECK(str_starts_with(str_from_nul(hash), STR("$argon2id$")));
    CHECK(password_is_hash(hash));
}

TEST(only_the_same_bytes_match)
{
    static const struct {
        struct str password;
        bool is_match;
    } rows[] = {
        {.password = STR_INIT("correct horse"), .is_match = true},
        {.password = STR_INIT("correct horsf")},
        {.password = STR_INIT("")},
        {.password = STR_INIT("correct horse\0")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        bool is_match = password_matches(hash, rows[i].password.ptr, rows[i].password.len);
        CHECK(is_match == rows[i].is_match);
    }
}

TEST(what_is_no_hash_matches_nothing)
{
    static const char *const rows[] = {
        "",
        "password",
        "$argon2id",
        "$argon2i$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$argon2id$",
        "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA",
        "$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghi",
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(!password_matches(rows[i], "password", 8));
}

TEST(text_that_is_too_long_is_no_hash)
{
    char text[300];
    memset(text, 'A', sizeof text);
    memcpy(text, "$argon2id$", 10);
    text[sizeof text - 1] = '\0';
    CHECK(!password_is_hash(text));
    text[120] = '\0';
    CHECK(password_is_hash(text));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_text_of_the_expected_kind),
        cmocka_unit_test(only_the_same_bytes_match),
        cmocka_unit_test(what_is_no_hash_matches_nothing),
        cmocka_unit_test(text_that_is_too_long_is_no_hash),
    };
    return cmocka_run_group_tests(tests, hash_once, NULL);
}
