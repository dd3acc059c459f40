/* Tests of hub/txn.h: names, digests and rows. What clients see is in transcripts/txn.txt. */
#include "hub/txn.h"

#include "base/msgid.h"
#include "base/pack.h"
#include "hub/account.h"
#include "hub/hub.h"
#include "hub/row.h"
#include "unit/support/unit.h"

#include <stdio.h>
#include <string.h>

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

static struct account *
add_account(struct hub *hub, struct str name)
{
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    return account_add(hub, name, STR(""), &credentials);
}

/* A row of a message that was sent so long ago; false when it is refused. */
static bool
restore(struct hub *hub, const char *key, int64_t age_ms)
{
    struct buf value;
    buf_init(&value, 64);
    pack_number(&value, 1);
    pack_number(&value, msgid_first_at(moment.wall_ms - age_ms) + 1);
    pack_number(&value, 5);
    pack_number(&value, 77);
    bool is_taken = hub_restore(hub, ROW_TXN, str_from_nul(key), buf_str(&value));
    buf_deinit(&value);
    return is_taken;
}

TEST(names_are_short_and_plain)
{
    CHECK(txn_name_is_valid(STR("a")));
    CHECK(txn_name_is_valid(STR("018f-4e.A_9:z")));
    CHECK(txn_name_is_valid(STR("12345678901234567890123456789012")));
    CHECK(!txn_name_is_valid(STR("123456789012345678901234567890123")));
    CHECK(!txn_name_is_valid(STR("")));
    CHECK(!txn_name_is_valid(STR("a b")));
    CHECK(!txn_name_is_valid(STR("a\\s")));
    CHECK(!txn_name_is_valid(STR("\xc3\xa4")));
}

TEST(a_digest_is_of_all_that_is_said)
{
    const struct str one = STR("ab");
    const struct str two[] = {STR("a"), STR("b")};
    const struct message messages[] = {
        {.lines = &one, .line_count = 1},
        {.kind = MESSAGE_NOTICE, .lines = &one, .line_count = 1},
        {.lines = two, .line_count = 2, .joints = STR("00")},
        {.lines = two, .line_count = 2, .joints = STR("01")},
        {.lines = &one, .line_count = 1, .client_tags = STR("+a")},
        {.kind = MESSAGE_TAGMSG, .client_tags = STR("+a")},
    };
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        CHECK_U64(txn_digest(&messages[i]), txn_digest(&messages[i]));
        for (size_t k = 0; k < i; k++)
            CHECK(txn_digest(&messages[i]) != txn_digest(&messages[k]));
    }
    /* It is on disk: no other process may have another one. */
    CHECK_U64(txn_digest(&messages[0]), UINT64_C(0xdd21c5a883e37dce));
}

TEST(rows_come_back_in_their_order_and_not_when_they_are_too_old)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_account(hub, STR("Alice"));
    CHECK(restore(hub, "alice #a second", 1000));
    CHECK(restore(hub, "alice #a third", 10));
    CHECK(restore(hub, "alice #a too-old", LIMIT_TXN_MS + 1));
    CHECK(restore(hub, "alice #a first", LIMIT_TXN_MS));
    CHECK(!restore(hub, "alice #a first", 10)); /* twice */
    CHECK(!restore(hub, "bob #a first", 10));   /* nobody's */
    hub_restored(hub);
    CHECK_U64(alice->txn_count, 3);
    CHECK(txn_find(hub, STR("alice #a too-old")) == NULL);
    const struct txn *first = CONTAINER_OF(alice->txns.next, struct txn, in_account);
    CHECK_STR(first->key, STR("alice #a first"));
    CHECK(CONTAINER_OF(hub->txn_order.next, struct txn, in_all) == first);
    CHECK(txn_find(hub, STR("alice #a first")) == first);
    CHECK_U64(first->seq, 5);
    CHECK_U64(first->digest, 77);
    const struct records *records = &hub_outbox(hub)->records;
    CHECK(records->items[records->count - 1].kind == RECORD_ROW_GONE);
    CHECK_STR(records->items[records->count - 1].key, STR("alice #a too-old"));
    hub_free(&hub);
}

TEST(the_last_of_too_many_rows_come_back)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_account(hub, STR("Alice"));
    for (int i = 1; i <= LIMIT_ACCOUNT_TXNS + 7; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "alice #a %d", i); /* fits */
        CHECK(restore(hub, key, i));
    }
    hub_restored(hub);
    CHECK_U64(alice->txn_count, LIMIT_ACCOUNT_TXNS);
    CHECK(txn_find(hub, STR("alice #a 1")) != NULL);
    CHECK(txn_find(hub, STR("alice #a 100")) != NULL);
    CHECK(txn_find(hub, STR("alice #a 101")) == NULL);
    hub_free(&hub);
}

TEST(damaged_rows_are_refused)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_account(hub, STR("Alice"));
    static const char bytes[] = {1, 9, 5, 77, 0};
    for (size_t len = 0; len <= sizeof bytes; len++) {
        if (len != 4) /* that is whole */
            CHECK(!hub_restore(hub, ROW_TXN, STR("alice #a x"),
                               (struct str){.ptr = bytes, .len = len}));
    }
    CHECK_U64(alice->txn_count, 0);
    hub_free(&hub);
}

TEST(an_account_that_ends_takes_its_rows_along)
{
    struct hub *hub = hub_new(&config, &moment);
    struct account *alice = add_account(hub, STR("Alice"));
    (void)add_account(hub, STR("Bob"));
    CHECK(restore(hub, "alice #a x", 10));
    CHECK(restore(hub, "bob #a x", 10));
    hub_restored(hub);
    txn_drop_of_account(hub, alice);
    CHECK(txn_find(hub, STR("alice #a x")) == NULL);
    CHECK(txn_find(hub, STR("bob #a x")) != NULL);
    const struct records *records = &hub_outbox(hub)->records;
    CHECK_U64(records->count, 1);
    CHECK(records->items[0].kind == RECORD_ROW_GONE);
    CHECK_STR(records->items[0].key, STR("alice #a x"));
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_short_and_plain),
        cmocka_unit_test(a_digest_is_of_all_that_is_said),
        cmocka_unit_test(rows_come_back_in_their_order_and_not_when_they_are_too_old),
        cmocka_unit_test(the_last_of_too_many_rows_come_back),
        cmocka_unit_test(damaged_rows_are_refused),
        cmocka_unit_test(an_account_that_ends_takes_its_rows_along),
    };
    return cmocka_run_group_tests_name("txn", tests, NULL, NULL);
}
