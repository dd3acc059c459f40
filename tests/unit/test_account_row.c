/* Tests of hub/account_row.h. */
#include "hub/account_row.h"

#include "hub/account_cert.h"
#include "hub/hub.h"
#include "hub/row.h"
#include "unit/support/unit.h"

#include <string.h>

#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

static void
fill(unsigned char *bytes, size_t len, unsigned char first)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(first + i);
}

static struct credentials
some_credentials(void)
{
    struct credentials credentials = {
        .password_hash = "$argon2id$some",
        .sha_256 = {.hash = SCRAM_SHA_256, .iterations = 4096},
        .sha_512 = {.hash = SCRAM_SHA_512, .iterations = 5000},
    };
    fill(credentials.sha_256.salt, SCRAM_SALT_BYTES, 1);
    fill(credentials.sha_256.stored_key, 32, 2);
    fill(credentials.sha_256.server_key, 32, 3);
    fill(credentials.sha_512.salt, SCRAM_SALT_BYTES, 4);
    fill(credentials.sha_512.stored_key, 64, 5);
    fill(credentials.sha_512.server_key, 64, 6);
    return credentials;
}

/* What was put on record for an account; to be freed with str_free. */
static struct str
make_value(void)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = some_credentials();
    struct account *account = account_add(hub, STR("Alice"), STR("a@example.org"), &credentials);
    CHECK(account_add_cert(hub, account, STR(FINGERPRINT)) == CERT_OK);
    account_suspend(hub, account, STR("for a test"));
    const struct records *records = &hub_outbox(hub)->records;
    CHECK_U64(records->count, 1);
    const struct record *record = &records->items[0];
    CHECK(record->kind == RECORD_ROW);
    CHECK_U64(record->row, ROW_ACCOUNT);
    CHECK_STR(record->key, STR("alice"));
    struct str value = str_dup(record->value);
    hub_free(&hub);
    return value;
}

TEST(an_account_comes_back_as_it_was)
{
    struct str value = make_value();
    struct hub *hub = hub_new(&config, &moment);
    CHECK(hub_restore(hub, ROW_ACCOUNT, STR("alice"), value));
    const struct account *account = account_find(hub, STR("ALICE"));
    CHECK(account != NULL);
    CHECK_STR(account->name, STR("Alice"));
    CHECK_STR(account->email, STR("a@example.org"));
    CHECK_I64(account->created_ms, moment.wall_ms);
    CHECK(account->is_suspended);
    CHECK_STR(account->suspend_reason, STR("for a test"));
    CHECK(account_by_cert(hub, STR(FINGERPRINT)) == account);
    struct credentials expected = some_credentials();
    CHECK(memcmp(&account->credentials, &expected, sizeof expected) == 0);
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), value)); /* twice */
    str_free(&value);
    hub_free(&hub);
}

TEST(a_cut_or_longer_row_is_refused)
{
    struct str value = make_value();
    for (size_t len = 0; unit_row(len, value.len); len++) {
        struct hub *hub = hub_new(&config, &moment);
        struct guard guard;
        struct str cut = guard_copy(&guard, str_take(value, len));
        CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), cut));
        guard_free(&guard);
        hub_free(&hub);
    }
    struct buf longer;
    buf_init(&longer, 4096);
    buf_put(&longer, value);
    buf_put_byte(&longer, 'x');
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), buf_str(&longer)));
    hub_free(&hub);
    buf_deinit(&longer);
    str_free(&value);
}

TEST(rows_of_another_kind_are_refused)
{
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, 0, STR("alice"), STR("value")));
    CHECK(!hub_restore(hub, UINT32_MAX, STR("alice"), STR("value")));
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_comes_back_as_it_was),
        cmocka_unit_test(a_cut_or_longer_row_is_refused),
        cmocka_unit_test(rows_of_another_kind_are_refused),
    };
    return cmocka_run_group_tests_name("account_row", tests, NULL, NULL);
}
