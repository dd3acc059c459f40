/* Tests of hub/account_row.h. */
#include "hub/account_row.h"

#include "base/buf.h"
#include "hub/account_cert.h"
#include "hub/account_lost.h"
#include "hub/account_name.h"
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

static struct str
value_on_record(struct hub *hub)
{
    const struct records *records = &hub_outbox(hub)->records;
    CHECK_U64(records->count, 1);
    const struct record *record = &records->items[0];
    CHECK(record->kind == RECORD_ROW);
    CHECK_U64(record->row, ROW_ACCOUNT);
    CHECK_STR(record->key, STR("alice"));
    return str_dup(record->value);
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
    struct str value = value_on_record(hub);
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

static struct str
make_renamed_value(void)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = some_credentials();
    struct account *account = account_add(hub, STR("Alice"), STR(""), &credentials);
    CHECK(account_take_name(hub, account, STR("Alicia"), 17));
    CHECK(account_take_name(hub, account, STR("Lizzy"), 18));
    CHECK(account_take_name(hub, account, STR("ALICIA"), 19));
    (void)account_row_keep(hub, account); /* its ticket does not matter here */
    struct str value = value_on_record(hub);
    hub_free(&hub);
    return value;
}

TEST(an_account_keeps_its_names)
{
    struct str value = make_renamed_value();
    struct hub *hub = hub_new(&config, &moment);
    CHECK(hub_restore(hub, ROW_ACCOUNT, STR("alice"), value));
    const struct account *account = account_find(hub, STR("alicia"));
    CHECK(account != NULL);
    CHECK_STR(account->name, STR("ALICIA"));
    CHECK_STR(account->key, STR("alice"));
    CHECK(account_find(hub, STR("Alice")) == account);
    CHECK(account_find(hub, STR("lizzy")) == account);
    struct account_row_name names[LIMIT_ACCOUNT_NAMES + 1];
    CHECK_U64(account_row_list_names(value, names), 3);
    CHECK_STR(folded_str(&names[0].name), STR("alice"));
    CHECK_STR(folded_str(&names[1].name), STR("alicia"));
    CHECK_STR(folded_str(&names[2].name), STR("lizzy"));
    struct str plain = make_value();
    CHECK_U64(account_row_list_names(plain, names), 1);
    for (size_t len = 0; unit_row(len, 200); len++)
        CHECK_U64(account_row_list_names(str_take(value, len), names), 0);
    str_free(&plain);
    str_free(&value);
    hub_free(&hub);
}

TEST(a_name_of_another_account_is_refused)
{
    struct str value = make_renamed_value();
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = some_credentials();
    (void)account_add(hub, STR("Lizzy"), STR(""), &credentials);
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), value));
    CHECK(account_find(hub, STR("alice")) == NULL);
    CHECK(account_is_lost(hub, STR("Alice"))); /* nobody gets what is its own all the same */
    CHECK(account_is_lost(hub, STR("Alicia")));
    CHECK(!account_is_lost(hub, STR("Lizzy")));
    CHECK(hub_keeps_name(hub, STR("Lizzy")));
    str_free(&value);
    hub_free(&hub);
}

TEST(the_name_of_a_row_that_makes_no_sense_is_kept)
{
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), STR("?")));
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("alice"), STR("?"))); /* twice */
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("\xff"), STR("?")));
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR(""), STR("?")));
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), STR("?")));
    CHECK(account_is_lost(hub, STR("ALICE")));
    CHECK(hub_keeps_name(hub, STR("alice")));
    CHECK(!hub_keeps_name(hub, STR("\xff")));
    CHECK(!hub_keeps_name(hub, STR("")));
    CHECK(!account_is_lost(hub, STR("#talk")));
    hub_free(&hub);
}

TEST(an_account_has_so_many_names)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = some_credentials();
    struct account *account = account_add(hub, STR("n0"), STR(""), &credentials);
    struct buf name;
    buf_init(&name, 8);
    for (unsigned i = 1; i <= LIMIT_ACCOUNT_NAMES; i++) {
        buf_clear(&name);
        buf_printf(&name, "n%u", i);
        CHECK(account_take_name(hub, account, buf_str(&name), 1));
    }
    CHECK(!account_take_name(hub, account, STR("other"), 1));
    CHECK_STR(account->name, STR("n8"));
    CHECK(account_take_name(hub, account, STR("n3"), 1));
    buf_deinit(&name);
    hub_free(&hub);
}

/* Folded it is longer than a nick may be. */
TEST(a_name_that_folds_to_more_comes_back)
{
    struct str long_name = STR("\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89"
                               "\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89\xc5\x89");
    struct str values[2];
    struct credentials credentials = some_credentials();
    for (size_t i = 0; i < 2; i++) { /* as the later name, and as the first */
        struct hub *hub = hub_new(&config, &moment);
        struct account *account =
            account_add(hub, i == 0 ? STR("Alice") : long_name, STR(""), &credentials);
        CHECK(account_take_name(hub, account, i == 0 ? long_name : STR("Alice"), 17));
        (void)account_row_keep(hub, account); /* its ticket does not matter here */
        values[i] = str_dup(hub_outbox(hub)->records.items[0].value);
        struct str key = str_dup(hub_outbox(hub)->records.items[0].key);
        hub_free(&hub);
        hub = hub_new(&config, &moment);
        CHECK(hub_restore(hub, ROW_ACCOUNT, key, values[i]));
        str_free(&key);
        CHECK(account_find(hub, STR("alice")) != NULL);
        CHECK(account_find(hub, long_name) == account_find(hub, STR("alice")));
        hub_free(&hub);
        str_free(&values[i]);
    }
}

static void
set_code(struct mail_code *code, unsigned char byte, int64_t sent_ms)
{
    fill(code->hash, sizeof code->hash, byte);
    code->sent_ms = sent_ms;
}

static bool
is_code(const struct mail_code *code, unsigned char byte, int64_t sent_ms)
{
    struct mail_code expected;
    set_code(&expected, byte, sent_ms);
    return code->sent_ms == sent_ms &&
           (sent_ms == 0 || memcmp(code->hash, expected.hash, sizeof expected.hash) == 0);
}

/* What was put on record for an account with these codes. */
static struct str
make_value_with_codes(const struct account *like)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = some_credentials();
    struct account *account = account_add(hub, STR("Alice"), STR("a@example.org"), &credentials);
    account->is_unverified = like->is_unverified;
    account->address_code = like->address_code;
    account->password_code = like->password_code;
    str_replace(&account->new_email, like->new_email);
    (void)account_row_keep(hub, account); /* its ticket does not matter here */
    account->is_unverified = false;       /* no timer was set for it */
    struct str value = value_on_record(hub);
    hub_free(&hub);
    return value;
}

TEST(an_account_keeps_a_code_for_each_purpose)
{
    struct account like = {.new_email = STR("new@example.org")};
    set_code(&like.address_code, 7, 1700000000000);
    set_code(&like.password_code, 8, 1700000000001);
    struct str value = make_value_with_codes(&like);
    struct hub *hub = hub_new(&config, &moment);
    CHECK(hub_restore(hub, ROW_ACCOUNT, STR("alice"), value));
    const struct account *account = account_find(hub, STR("alice"));
    CHECK_STR(account->new_email, STR("new@example.org"));
    CHECK(is_code(&account->address_code, 7, 1700000000000));
    CHECK(is_code(&account->password_code, 8, 1700000000001));
    hub_free(&hub);
    str_free(&value);
}

/* It could be taken for what that other account has. */
TEST(a_row_with_the_key_of_another_account_is_refused)
{
    struct str value = make_value();
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("bob"), value));
    CHECK(account_find(hub, STR("alice")) == NULL);
    CHECK(account_is_lost(hub, STR("bob")));
    CHECK(account_is_lost(hub, STR("alice")));
    CHECK(hub_restore(hub, ROW_ACCOUNT, STR("ALICE"), value)); /* folded by older rules */
    CHECK(!account_is_lost(hub, STR("alice")));
    hub_free(&hub);
    str_free(&value);
}

/* Form 3 had one code, for whatever the last letter was about. */
TEST(the_one_code_of_an_older_row_is_what_it_was_for)
{
    enum { REST_BYTES = 1 + 1 + 1, CODE_BYTES = 2 }; /* names and certificates: none */

    static const struct {
        bool is_unverified;
        struct str new_email;
        bool is_for_address;
    } rows[] = {
        {.is_unverified = true, .new_email = STR_INIT(""), .is_for_address = true},
        {.new_email = STR_INIT("new@example.org"), .is_for_address = true},
        {.new_email = STR_INIT(""), .is_for_address = false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct account like = {
            .is_unverified = rows[i].is_unverified,
            .new_email = rows[i].new_email,
        };
        set_code(&like.address_code, 7, 1700000000000);
        struct str value = make_value_with_codes(&like);
        struct buf older;
        buf_init(&older, 4096);
        buf_put_byte(&older, 3);
        buf_put(&older, str_skip(str_take(value, value.len - REST_BYTES - CODE_BYTES), 1));
        buf_put(&older, str_skip(value, value.len - REST_BYTES));
        struct hub *hub = hub_new(&config, &moment);
        CHECK(hub_restore(hub, ROW_ACCOUNT, STR("alice"), buf_str(&older)));
        const struct account *account = account_find(hub, STR("alice"));
        CHECK(is_code(&account->address_code, 7, rows[i].is_for_address ? 1700000000000 : 0));
        CHECK(is_code(&account->password_code, 7, rows[i].is_for_address ? 0 : 1700000000000));
        hub_free(&hub);
        buf_deinit(&older);
        str_free(&value);
    }
}

/* What form 2 was: without the names, and the code for another password. */
TEST(a_row_of_an_older_form_is_read)
{
    enum { CERTS_BYTES = 1 + 1 + 64, NAMES_BYTES = 5 };

    struct str value = make_value();
    struct buf older;
    buf_init(&older, 4096);
    buf_put_byte(&older, 2);
    buf_put(&older, str_skip(str_take(value, value.len - CERTS_BYTES - NAMES_BYTES), 1));
    buf_put(&older, str_skip(value, value.len - CERTS_BYTES));
    struct hub *hub = hub_new(&config, &moment);
    CHECK(hub_restore(hub, ROW_ACCOUNT, STR("alice"), buf_str(&older)));
    CHECK_STR(account_find(hub, STR("alice"))->name, STR("Alice")); /* as it was written */
    CHECK(account_by_cert(hub, STR(FINGERPRINT)) != NULL);
    hub_free(&hub);
    buf_deinit(&older);
    str_free(&value);
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
        cmocka_unit_test(an_account_keeps_its_names),
        cmocka_unit_test(a_name_of_another_account_is_refused),
        cmocka_unit_test(the_name_of_a_row_that_makes_no_sense_is_kept),
        cmocka_unit_test(an_account_has_so_many_names),
        cmocka_unit_test(a_name_that_folds_to_more_comes_back),
        cmocka_unit_test(an_account_keeps_a_code_for_each_purpose),
        cmocka_unit_test(the_one_code_of_an_older_row_is_what_it_was_for),
        cmocka_unit_test(a_row_with_the_key_of_another_account_is_refused),
        cmocka_unit_test(a_row_of_an_older_form_is_read),
        cmocka_unit_test(a_cut_or_longer_row_is_refused),
        cmocka_unit_test(rows_of_another_kind_are_refused),
    };
    return cmocka_run_group_tests_name("account_row", tests, NULL, NULL);
}
