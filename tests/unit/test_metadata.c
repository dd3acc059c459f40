/* Tests of hub/metadata.h: keys, values, rows. What clients see is in transcripts/metadata*.txt. */
#include "hub/metadata.h"

#include "base/buf.h"
#include "hub/account.h"
#include "hub/hub.h"
#include "hub/row.h"
#include "unit/support/unit.h"

#include <string.h>

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

static struct account *
add_alice(struct hub *hub)
{
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    return account_add(hub, STR("Alice"), STR(""), &credentials);
}

static const struct record *
last_record(struct hub *hub)
{
    const struct records *records = &hub_outbox(hub)->records;
    CHECK(records->count > 0);
    return &records->items[records->count - 1];
}

TEST(keys_have_lower_case_digits_and_four_signs)
{
    static const struct {
        struct str key;
        bool is_valid;
    } rows[] = {
        {STR_INIT("display-name"), true}, {STR_INIT("soju.im/pinned"), true},
        {STR_INIT("a_9"), true},          {STR_INIT(""), false},
        {STR_INIT("Avatar"), false},      {STR_INIT("$url$"), false},
        {STR_INIT("a b"), false},         {STR_INIT("\xc3\xa4"), false},
        {STR_INIT("a:b"), false},         {STR_INIT("a*"), false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_I64(metadata_key_is_valid(rows[i].key) ? (int64_t)i : -1,
                  rows[i].is_valid ? (int64_t)i : -1);
    char longest[LIMIT_METADATA_KEY_BYTES + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(metadata_key_is_valid((struct str){.ptr = longest, .len = sizeof longest - 1}));
    CHECK(!metadata_key_is_valid((struct str){.ptr = longest, .len = sizeof longest}));
}

TEST(a_value_is_set_changed_and_taken_away)
{
    struct metadata metadata = {.count = 0};
    CHECK(metadata_set(&metadata, STR("a"), STR("")) == METADATA_SAME);
    CHECK(metadata_set(&metadata, STR("a"), STR("1")) == METADATA_CHANGED);
    CHECK(metadata_set(&metadata, STR("b"), STR("2")) == METADATA_CHANGED);
    CHECK(metadata_set(&metadata, STR("a"), STR("1")) == METADATA_SAME);
    CHECK(metadata_set(&metadata, STR("a"), STR("3")) == METADATA_CHANGED);
    CHECK_STR(metadata_get(&metadata, STR("a")), STR("3"));
    CHECK_STR(metadata_get(&metadata, STR("b")), STR("2"));
    CHECK_U64(metadata_get(&metadata, STR("c")).len, 0);
    CHECK(metadata_set(&metadata, STR("a"), STR("")) == METADATA_CHANGED);
    CHECK_U64(metadata.count, 1);
    CHECK_STR(metadata.items[0].key, STR("b"));
    metadata_deinit(&metadata);
    CHECK_U64(metadata.count, 0);
}

TEST(there_are_so_many_keys_and_no_more)
{
    struct metadata metadata = {.count = 0};
    struct buf key;
    buf_init(&key, 16);
    for (int i = 0; i < LIMIT_METADATA_KEYS; i++) {
        buf_clear(&key);
        buf_printf(&key, "k%d", i);
        CHECK(metadata_set(&metadata, buf_str(&key), STR("v")) == METADATA_CHANGED);
    }
    CHECK(metadata_set(&metadata, STR("more"), STR("v")) == METADATA_FULL);
    CHECK(metadata_set(&metadata, STR("more"), STR("")) == METADATA_SAME);
    CHECK(metadata_set(&metadata, STR("k0"), STR("w")) == METADATA_CHANGED);
    CHECK(metadata_set(&metadata, STR("k1"), STR("")) == METADATA_CHANGED);
    CHECK(metadata_set(&metadata, STR("more"), STR("v")) == METADATA_CHANGED);
    buf_deinit(&key);
    metadata_deinit(&metadata);
}

/* The row of Alice with two keys; to be freed with str_free. */
static struct str
make_value(void)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_alice(hub);
    CHECK(metadata_set(&alice->metadata, STR("avatar"), STR("https://a.example/x")) ==
          METADATA_CHANGED);
    CHECK(metadata_set(&alice->metadata, STR("status"), STR("\xe5\xbf\x99")) == METADATA_CHANGED);
    metadata_keep_of_account(hub, alice);
    const struct record *record = last_record(hub);
    CHECK(record->kind == RECORD_ROW);
    CHECK_U64(record->row, ROW_METADATA);
    CHECK_STR(record->key, STR("alice"));
    struct str value = str_dup(record->value);
    hub_free(&hub);
    return value;
}

TEST(a_row_comes_back_as_it_was)
{
    struct str value = make_value();
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_alice(hub);
    CHECK(hub_restore(hub, ROW_METADATA, STR("alice"), value));
    CHECK_U64(alice->metadata.count, 2);
    CHECK_STR(alice->metadata.items[0].key, STR("avatar"));
    CHECK_STR(metadata_get(&alice->metadata, STR("status")), STR("\xe5\xbf\x99"));
    CHECK(!hub_restore(hub, ROW_METADATA, STR("alice"), value)); /* twice */
    hub_free(&hub);
    str_free(&value);
}

TEST(a_row_without_its_account_or_damaged_is_refused)
{
    struct str value = make_value();
    struct hub *without = hub_new(&config, &moment);
    CHECK(!hub_restore(without, ROW_METADATA, STR("alice"), value));
    hub_free(&without);
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_alice(hub);
    for (size_t len = 0; len < value.len; len++) {
        CHECK(!hub_restore(hub, ROW_METADATA, STR("alice"), str_take(value, len)));
        CHECK_U64(alice->metadata.count, 0);
    }
    hub_free(&hub);
    str_free(&value);
}

TEST(an_account_without_keys_or_that_ends_has_no_row)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_alice(hub);
    size_t before = hub_outbox(hub)->records.count;
    metadata_drop_of_account(hub, alice); /* there is none */
    CHECK_U64(hub_outbox(hub)->records.count, before);
    CHECK(metadata_set(&alice->metadata, STR("a"), STR("1")) == METADATA_CHANGED);
    metadata_drop_of_account(hub, alice);
    CHECK(last_record(hub)->kind == RECORD_ROW_GONE);
    CHECK(metadata_set(&alice->metadata, STR("a"), STR("")) == METADATA_CHANGED);
    metadata_keep_of_account(hub, alice);
    CHECK(last_record(hub)->kind == RECORD_ROW_GONE);
    CHECK_U64(last_record(hub)->row, ROW_METADATA);
    CHECK_STR(last_record(hub)->key, STR("alice"));
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_lower_case_digits_and_four_signs),
        cmocka_unit_test(a_value_is_set_changed_and_taken_away),
        cmocka_unit_test(there_are_so_many_keys_and_no_more),
        cmocka_unit_test(a_row_comes_back_as_it_was),
        cmocka_unit_test(a_row_without_its_account_or_damaged_is_refused),
        cmocka_unit_test(an_account_without_keys_or_that_ends_has_no_row),
    };
    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
