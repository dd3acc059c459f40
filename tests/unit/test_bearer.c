/* Tests of wire/bearer.h and wire/gs2.h. */
#include "wire/bearer.h"

#include "base/limits.h"
#include "unit/support/unit.h"
#include "wire/gs2.h"

#include <string.h>

#define S STR_INIT

TEST(oauth_messages)
{
    static const struct {
        struct str message;
        struct str authzid;
        struct str token; /* empty: refused */
    } rows[] = {
        {S("n,,\1auth=Bearer abc.def-_~+/=\1\1"), S(""), S("abc.def-_~+/=")},
        {S("n,a=alice,\1host=chat.example.org\1port=6697\1auth=Bearer abc\1\1"), S("alice"),
         S("abc")},
        {S("n,a=alice,\1auth=Bearer abc\1port=6697\1\1"), S("alice"), S("abc")},
        {S("y,a=a=2Cb=3D,\1auth=bearer   abc \1\1"), S("a,b="), S("abc")},
        {S("n,a=alice@phone,\1auth=BEARER a\1\1"), S("alice@phone"), S("a")},
        {S("n,a=\xC3\xA4,\1x=\t\r\n!~\1auth=Bearer a\1\1"), S("\xC3\xA4"), S("a")},
        {S("n,,\1x=\1auth=Bearer a\1\1"), S(""), S("a")},
        {S(""), S(""), S("")},
        {S("\1"), S(""), S("")},
        {S("n"), S(""), S("")},
        {S("n,"), S(""), S("")},
        {S("n,,"), S(""), S("")},
        {S("n,,\1"), S(""), S("")},
        {S("n,,\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a"), S(""), S("")},
        {S("n,,\1auth=Bearer a\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a\1\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a\1\1x"), S(""), S("")},
        {S("n,,auth=Bearer a\1\1"), S(""), S("")},
        {S("p=tls-unique,,\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,alice,\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,a=a=2D,\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,a=\xFF,\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1auth=Basic a\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer \1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer ==\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a=b\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a b\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a\0b\1\1"), S(""), S("")},
        {S("n,,\1auth=\1\1"), S(""), S("")},
        {S("n,,\1Auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1auth=Bearer a\1auth=Bearer b\1\1"), S(""), S("")},
        {S("n,,\1x1=y\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1=y\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1y\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1x=\x7F\1auth=Bearer a\1\1"), S(""), S("")},
        {S("n,,\1x=\xC3\xA4\1auth=Bearer a\1\1"), S(""), S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct str message = guard_copy(&guard, rows[i].message);
        struct buf authzid;
        struct bearer bearer = {.token = STR("")};
        buf_init(&authzid, LIMIT_NICK_BYTES);
        CHECK(bearer_take_oauth(message, &authzid, &bearer) == (rows[i].token.len > 0));
        CHECK_STR(bearer.token, rows[i].token);
        if (rows[i].token.len > 0)
            CHECK_STR(bearer.authzid, rows[i].authzid);
        buf_deinit(&authzid);
        guard_free(&guard);
    }
}

/* A message that was cut off anywhere is none. */
TEST(oauth_messages_are_whole)
{
    struct str whole = STR("n,a=al=2Cice,\1host=h\1auth=Bearer abc.def\1\1");
    for (size_t len = 0; len < whole.len; len++) {
        struct guard guard;
        struct str message = guard_copy(&guard, str_take(whole, len));
        struct buf authzid;
        struct bearer bearer;
        buf_init(&authzid, LIMIT_NICK_BYTES);
        CHECK(!bearer_take_oauth(message, &authzid, &bearer));
        buf_deinit(&authzid);
        guard_free(&guard);
    }
}

TEST(an_authzid_that_does_not_fit_is_refused)
{
    struct buf authzid;
    struct bearer bearer;
    buf_init(&authzid, 4);
    CHECK(!bearer_take_oauth(STR("n,a=alice,\1auth=Bearer a\1\1"), &authzid, &bearer));
    buf_deinit(&authzid);
    buf_init(&authzid, 5);
    CHECK(bearer_take_oauth(STR("n,a=alice,\1auth=Bearer a\1\1"), &authzid, &bearer));
    CHECK_STR(bearer.authzid, STR("alice"));
    buf_deinit(&authzid);
}

TEST(ircv3_messages)
{
    static const struct {
        struct str message;
        struct str authzid;
        struct str token; /* empty: refused */
    } rows[] = {
        {S("\0jwt\0abc"), S(""), S("abc")},
        {S("alice\0jwt\0abc"), S("alice"), S("abc")},
        {S(""), S(""), S("")},
        {S("alice"), S(""), S("")},
        {S("alice\0jwt"), S(""), S("")},
        {S("alice\0jwt\0"), S(""), S("")},
        {S("alice\0JWT\0abc"), S(""), S("")},
        {S("alice\0oauth2\0abc"), S(""), S("")},
        {S("alice\0jwt\0abc\0"), S(""), S("")},
        {S("alice\0jwt\0a b"), S(""), S("")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct str message = guard_copy(&guard, rows[i].message);
        struct bearer bearer = {.token = STR("")};
        CHECK(bearer_take_ircv3(message, &bearer) == (rows[i].token.len > 0));
        CHECK_STR(bearer.token, rows[i].token);
        if (rows[i].token.len > 0)
            CHECK_STR(bearer.authzid, rows[i].authzid);
        guard_free(&guard);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(oauth_messages),
        cmocka_unit_test(oauth_messages_are_whole),
        cmocka_unit_test(an_authzid_that_does_not_fit_is_refused),
        cmocka_unit_test(ircv3_messages),
    };
    return cmocka_run_group_tests_name("bearer", tests, NULL, NULL);
}
