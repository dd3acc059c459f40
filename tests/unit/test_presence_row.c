/* Tests of the rows of hub/presence_row.h, hub/account_setting.h and hub/device.h. What clients see
 * is in transcripts/always_on.txt and replay.txt. */
#include "hub/presence_row.h"

#include "hub/account.h"
#include "hub/channel.h"
#include "hub/device.h"
#include "hub/hub.h"
#include "hub/presence.h"
#include "hub/row.h"
#include "hub/shield.h"
#include "hub/user.h"
#include "unit/support/unit.h"

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_history = true,
    .always_on = HUB_POLICY_OPT_OUT,
    .always_on_max = 10,
    .always_on_expiry_ms = 1000,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

/* A hub with the account Alice. */
static struct hub *
make_hub(void)
{
    struct hub *hub = hub_new(&config, &moment);
    struct credentials credentials = {.password_hash = "$argon2id$some"};
    (void)account_add(hub, STR("Alice"), STR(""), &credentials); /* found by its name */
    return hub;
}

/* The value of the last row of that kind that is to be kept; to be freed with str_free. */
static struct str
last_row(struct hub *hub, uint32_t row)
{
    const struct records *records = &hub_outbox(hub)->records;
    for (size_t i = records->count; i-- > 0;) {
        if (records->items[i].kind == RECORD_ROW && records->items[i].row == row)
            return str_dup(records->items[i].value);
    }
    CHECK(false);
    return STR_NONE;
}

/* The row of Alice, who is absent, is called al and is in two channels. */
static struct str
make_value(void)
{
    struct hub *hub = make_hub();
    struct user *user = user_new(hub,
                                 &(struct user_identity){
                                     .nick = STR("al"),
                                     .username = STR("~al"),
                                     .host = STR("al.host"),
                                 },
                                 STR("Al of A"));
    str_replace(&user->account, STR("Alice"));
    str_replace(&user->away, STR("out"));
    user_set_modes(hub, user, USER_MODE_INVISIBLE);
    (void)channel_add_member(hub, channel_new(hub, STR("#a")), user, RANK_OP | RANK_VOICE);
    (void)channel_add_member(hub, channel_new(hub, STR("#B")), user, 0);
    shield_restore(hub, user, STR("spam!*@*"));
    presence_begin(hub, account_find(hub, STR("alice")), user, moment.wall_ms - 500);
    struct str value = last_row(hub, ROW_MEMBERSHIP);
    hub_free(&hub);
    return value;
}

TEST(a_user_comes_back_as_it_was)
{
    struct str value = make_value();
    struct hub *hub = make_hub();
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    CHECK(!hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value)); /* twice */
    hub_restored(hub);
    const struct user *user = user_find(hub, STR("AL"));
    CHECK(user != NULL);
    CHECK(user_is_absent(user));
    CHECK_STR(user->prefix, STR("al!~al@al.host"));
    CHECK_STR(user->realname, STR("Al of A"));
    CHECK_STR(user->account, STR("Alice"));
    CHECK_STR(user->away, STR("out"));
    CHECK_U64(user->modes, USER_MODE_INVISIBLE);
    CHECK_U64(shield_silenced(user)->count, 1);
    CHECK_STR(shield_silenced(user)->items[0].mask, STR("spam!*@*"));
    CHECK_U64(user->membership_count, 2);
    CHECK_U64(user_membership(user, channel_find(hub, STR("#A")))->ranks, RANK_OP | RANK_VOICE);
    CHECK_U64(user_membership(user, channel_find(hub, STR("#b")))->ranks, 0);
    CHECK_I64(user->residence->absent_ms, moment.wall_ms - 500);
    CHECK_I64(hub_next_tick_ms(hub), moment.wall_ms + 500);
    hub_check(hub);
    hub_tick(hub, &(struct hub_moment){.wall_ms = moment.wall_ms + 500});
    CHECK(user_find(hub, STR("al")) == NULL);
    hub_check(hub);
    hub_free(&hub);
    str_free(&value);
}

static void
check_older_form(uint8_t form, size_t missing_bytes, bool has_silenced)
{
    struct str value = make_value();
    struct buf old;
    buf_init(&old, 1024);
    buf_put_byte(&old, (char)form);
    buf_put(&old, str_skip(str_take(value, value.len - missing_bytes), 1));
    struct hub *hub = make_hub();
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), buf_str(&old)));
    const struct user *user = user_find(hub, STR("al"));
    CHECK(user != NULL);
    CHECK_U64(user->membership_count, 2);
    CHECK((shield_silenced(user) != NULL) == has_silenced);
    hub_free(&hub);
    buf_deinit(&old);
    str_free(&value);
}

TEST(rows_of_older_forms_are_still_read)
{
    enum { JOINED = 1 + 2 * 6, COUNTS = 2, SILENCED = 2 + sizeof("spam!*@*") - 1 };

    check_older_form(3, JOINED, true);
    check_older_form(2, JOINED + COUNTS, true);
    check_older_form(1, JOINED + COUNTS + SILENCED, false);
}

/* It is in them when they are there again. */
TEST(places_in_channels_that_could_not_be_restored_stay)
{
    struct str value = make_value();
    struct hub *hub = make_hub();
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    user_invite(hub, user_find(hub, STR("al")), channel_new(hub, STR("#C"))->id);
    user_membership(user_find(hub, STR("al")), channel_find(hub, STR("#a")))->joined_ms = 17;
    presence_changed(hub, user_find(hub, STR("al")));
    str_free(&value);
    value = last_row(hub, ROW_MEMBERSHIP);
    hub_free(&hub);

    hub = make_hub();
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#a"), STR("?")));
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#c"), STR("?")));
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    hub_restored(hub);
    const struct user *user = user_find(hub, STR("al"));
    CHECK_U64(user->membership_count, 1);
    CHECK(channel_find(hub, STR("#a")) == NULL);
    presence_changed(hub, user);
    str_free(&value);
    value = last_row(hub, ROW_MEMBERSHIP);
    hub_check(hub);
    hub_free(&hub);

    hub = make_hub();
    (void)channel_new(hub, STR("#C")); /* mended, as is #a */
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    user = user_find(hub, STR("al"));
    CHECK_U64(user->membership_count, 2);
    const struct member *member = user_membership(user, channel_find(hub, STR("#a")));
    CHECK_U64(member->ranks, RANK_OP | RANK_VOICE);
    CHECK_I64(member->joined_ms, 17);
    CHECK_I64(user_membership(user, channel_find(hub, STR("#b")))->joined_ms, moment.wall_ms);
    CHECK(user_is_invited(user, channel_find(hub, STR("#c"))->id));
    hub_free(&hub);
    str_free(&value);
}

TEST(a_user_who_may_not_stay_leaves)
{
    struct str value = make_value();
    struct hub_config none = config;
    none.always_on = HUB_POLICY_DISABLED;
    struct hub *hub = make_hub();
    hub_configure(hub, &none, &moment);
    CHECK(hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    hub_restored(hub);
    CHECK(user_find(hub, STR("al")) == NULL);
    CHECK(channel_find(hub, STR("#a")) == NULL);
    hub_check(hub);
    hub_free(&hub);
    str_free(&value);
}

TEST(a_damaged_row_changes_nothing)
{
    struct str value = make_value();
    struct hub *hub = make_hub();
    for (size_t len = 0; len < value.len; len++) {
        struct guard guard;
        struct str cut = guard_copy(&guard, str_take(value, len));
        CHECK(!hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), cut));
        CHECK(user_find(hub, STR("al")) == NULL);
        guard_free(&guard);
    }
    hub_free(&hub);
    str_free(&value);
}

TEST(a_user_of_no_account_is_left_alone)
{
    struct str value = make_value();
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_MEMBERSHIP, STR("alice"), value));
    hub_free(&hub);
    str_free(&value);
}

TEST(settings_come_back_as_they_were)
{
    struct hub *hub = make_hub();
    struct account *account = account_find(hub, STR("alice"));
    account_setting_set(hub, account, ACCOUNT_SETTING_ALWAYS_ON, SETTING_OFF);
    account_setting_set(hub, account, ACCOUNT_SETTING_ENFORCE, ENFORCE_NONE);
    struct str value = last_row(hub, ROW_SETTING);
    hub_free(&hub);
    hub = make_hub();
    for (size_t len = 0; len < value.len; len++)
        CHECK(!hub_restore(hub, ROW_SETTING, STR("alice"), str_take(value, len)));
    account = account_find(hub, STR("alice"));
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++)
        CHECK_U64(account->settings[i], SETTING_DEFAULT);
    CHECK(hub_restore(hub, ROW_SETTING, STR("alice"), value));
    CHECK_U64(account->settings[ACCOUNT_SETTING_ALWAYS_ON], SETTING_OFF);
    CHECK_U64(account->settings[ACCOUNT_SETTING_AUTO_AWAY], SETTING_DEFAULT);
    CHECK_U64(account->settings[ACCOUNT_SETTING_ENFORCE], ENFORCE_NONE);
    hub_free(&hub);
    str_free(&value);
}

TEST(settings_are_read_as_they_are_written)
{
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++) {
        enum account_setting setting = (enum account_setting)i;
        uint32_t read = 0;
        CHECK(!account_setting_parse(setting, STR(""), &read));
        CHECK(!account_setting_parse(setting, STR("no such value"), &read));
        for (uint32_t value = 0; value <= 2; value++) {
            struct buf text;
            buf_init(&text, 64);
            account_setting_put(&text, setting, value);
            CHECK(account_setting_parse(setting, buf_str(&text), &read));
            CHECK_U64(read, value);
            buf_deinit(&text);
        }
    }
}

TEST(a_device_comes_back_as_it_was)
{
    struct hub *hub = make_hub();
    device_see(hub, account_find(hub, STR("alice")), STR("phone"));
    struct str value = last_row(hub, ROW_DEVICE);
    hub_free(&hub);
    hub = make_hub();
    for (size_t len = 0; len < value.len; len++)
        CHECK(!hub_restore(hub, ROW_DEVICE, STR("alice phone"), str_take(value, len)));
    CHECK(hub_restore(hub, ROW_DEVICE, STR("alice phone"), value));
    CHECK(!hub_restore(hub, ROW_DEVICE, STR("alice phone"), value)); /* twice */
    const struct account *account = account_find(hub, STR("alice"));
    CHECK_I64(device_seen_ms(account, STR("phone")), moment.wall_ms);
    CHECK_I64(device_seen_ms(account, STR("")), 0);
    hub_free(&hub);
    str_free(&value);
}

TEST(one_device_more_than_the_limit_drops_the_one_seen_longest_ago)
{
    struct hub *hub = make_hub();
    struct account *account = account_find(hub, STR("alice"));
    for (int i = 0; i <= LIMIT_ACCOUNT_DEVICES; i++) {
        struct buf name;
        buf_init(&name, LIMIT_DEVICE_BYTES);
        buf_printf(&name, "d%d", i);
        device_see(hub, account, buf_str(&name));
        device_see(hub, account, STR("d1")); /* is never the oldest */
        buf_deinit(&name);
    }
    CHECK_U64(account->device_count, LIMIT_ACCOUNT_DEVICES);
    CHECK_I64(device_seen_ms(account, STR("d0")), 0);
    CHECK_I64(device_seen_ms(account, STR("d1")), moment.wall_ms);
    CHECK_I64(device_seen_ms(account, STR("d2")), moment.wall_ms);
    size_t gone = 0;
    const struct records *records = &hub_outbox(hub)->records;
    for (size_t i = 0; i < records->count; i++) {
        if (records->items[i].kind == RECORD_ROW_GONE) {
            CHECK_STR(records->items[i].key, STR("alice d0"));
            gone++;
        }
    }
    CHECK_U64(gone, 1);
    hub_free(&hub);
}

TEST(the_name_of_a_device_is_taken_off_when_it_is_one)
{
    struct session session = {.caps = 0};
    CHECK_STR(device_take(&session, STR("alice")), STR("alice"));
    CHECK_STR(device_take(&session, STR("alice@")), STR("alice@"));
    CHECK_STR(device_take(&session, STR("alice@a b")), STR("alice@a b"));
    CHECK_STR(device_take(&session, STR("a@b@c")), STR("a@b@c"));
    CHECK_U64(session.device.len, 0);
    CHECK_STR(device_take(&session, STR("alice@My-Phone_2.0")), STR("alice"));
    CHECK_STR(session.device, STR("My-Phone_2.0"));
    CHECK_STR(device_take(&session, STR("alice@0123456789012345678901234567890123")),
              STR("alice@0123456789012345678901234567890123"));
    CHECK_STR(session.device, STR("My-Phone_2.0"));
    str_free(&session.device);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_comes_back_as_it_was),
        cmocka_unit_test(rows_of_older_forms_are_still_read),
        cmocka_unit_test(places_in_channels_that_could_not_be_restored_stay),
        cmocka_unit_test(a_user_who_may_not_stay_leaves),
        cmocka_unit_test(a_damaged_row_changes_nothing),
        cmocka_unit_test(a_user_of_no_account_is_left_alone),
        cmocka_unit_test(settings_come_back_as_they_were),
        cmocka_unit_test(settings_are_read_as_they_are_written),
        cmocka_unit_test(a_device_comes_back_as_it_was),
        cmocka_unit_test(one_device_more_than_the_limit_drops_the_one_seen_longest_ago),
        cmocka_unit_test(the_name_of_a_device_is_taken_off_when_it_is_one),
    };
    return cmocka_run_group_tests_name("presence_row", tests, NULL, NULL);
}
