/* Tests of hub/read_marker.h: the rows. What clients see is in transcripts/read_marker.txt. */
#include "hub/read_marker.h"

#include "hub/hub.h"
#include "hub/row.h"
#include "unit/support/unit.h"

#define WALL_MS INT64_C(1700000000123)

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

/* A hub with the account Alice, and somebody who is logged in to it but not on the network. */
static struct hub *
make_hub(struct user *alice_out)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    (void)account_add(hub, STR("Alice"), STR(""), &credentials); /* found by its name */
    *alice_out = (struct user){.account = STR("Alice")};
    return hub;
}

static const struct record *
last_record(struct hub *hub)
{
    const struct records *records = &hub_outbox(hub)->records;
    CHECK(records->count > 0);
    return &records->items[records->count - 1];
}

/* The row of Alice's marker of #a; to be freed with str_free. */
static struct str
make_value(void)
{
    struct user alice;
    struct hub *hub = make_hub(&alice);
    CHECK(read_marker_raise(hub, &alice, STR("#a"), WALL_MS));
    const struct record *record = last_record(hub);
    CHECK(record->kind == RECORD_ROW);
    CHECK_U64(record->row, ROW_READ_MARKER);
    CHECK_STR(record->key, STR("alice #a"));
    struct str value = str_dup(record->value);
    hub_free(&hub);
    return value;
}

TEST(a_marker_comes_back_as_it_was)
{
    struct str value = make_value();
    struct user alice;
    struct hub *hub = make_hub(&alice);
    CHECK(hub_restore(hub, ROW_READ_MARKER, STR("alice #a"), value));
    CHECK_I64(read_marker_get(hub, &alice, STR("#a")), WALL_MS);
    CHECK_I64(read_marker_get(hub, &alice, STR("#b")), 0);
    CHECK(!hub_restore(hub, ROW_READ_MARKER, STR("alice #a"), value)); /* twice */
    CHECK(!read_marker_raise(hub, &alice, STR("#a"), WALL_MS));
    CHECK(read_marker_raise(hub, &alice, STR("#a"), WALL_MS + 1));
    hub_free(&hub);
    str_free(&value);
}

TEST(a_row_without_its_account_or_damaged_is_refused)
{
    struct str value = make_value();
    struct hub *without = hub_new(&config, &moment);
    CHECK(!hub_restore(without, ROW_READ_MARKER, STR("alice #a"), value));
    hub_free(&without);
    struct user alice;
    struct hub *hub = make_hub(&alice);
    for (size_t len = 0; len < value.len; len++) {
        struct str cut = {.ptr = value.ptr, .len = len};
        CHECK(!hub_restore(hub, ROW_READ_MARKER, STR("alice #a"), cut));
    }
    CHECK_I64(read_marker_get(hub, &alice, STR("#a")), 0);
    hub_free(&hub);
    str_free(&value);
}

TEST(one_more_than_the_limit_drops_the_row_that_is_furthest_back)
{
    struct user alice;
    struct hub *hub = make_hub(&alice);
    for (int64_t i = 0; i < LIMIT_READ_MARKERS; i++) {
        struct buf target;
        buf_init(&target, 16);
        buf_printf(&target, "#%lld", (long long)i);
        CHECK(read_marker_raise(hub, &alice, buf_str(&target), WALL_MS + i % 100 + (i == 0)));
        buf_deinit(&target);
    }
    size_t before = hub_outbox(hub)->records.count;
    CHECK_U64(before, LIMIT_READ_MARKERS);
    CHECK(read_marker_raise(hub, &alice, STR("#more"), WALL_MS + 500));
    CHECK_U64(hub_outbox(hub)->records.count, before + 2);
    const struct record *dropped = &hub_outbox(hub)->records.items[before];
    CHECK(dropped->kind == RECORD_ROW_GONE);
    CHECK_STR(dropped->key, STR("alice #100"));
    CHECK_I64(read_marker_get(hub, &alice, STR("#100")), 0);
    CHECK_I64(read_marker_get(hub, &alice, STR("#0")), WALL_MS + 1);
    hub_free(&hub);
}

TEST(an_account_that_ends_takes_its_rows_along)
{
    struct user alice;
    struct hub *hub = make_hub(&alice);
    CHECK(read_marker_raise(hub, &alice, STR("#a"), WALL_MS));
    read_markers_drop(hub, account_find(hub, STR("alice")));
    CHECK(last_record(hub)->kind == RECORD_ROW_GONE);
    CHECK_U64(last_record(hub)->row, ROW_READ_MARKER);
    CHECK_STR(last_record(hub)->key, STR("alice #a"));
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_comes_back_as_it_was),
        cmocka_unit_test(a_row_without_its_account_or_damaged_is_refused),
        cmocka_unit_test(one_more_than_the_limit_drops_the_row_that_is_furthest_back),
        cmocka_unit_test(an_account_that_ends_takes_its_rows_along),
    };
    return cmocka_run_group_tests_name("read_marker", tests, NULL, NULL);
}
