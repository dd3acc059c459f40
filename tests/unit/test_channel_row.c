/* Tests of hub/channel_row.h. */
#include "hub/channel_row.h"

#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_heir.h"
#include "hub/floor.h"
#include "hub/hub.h"
#include "hub/mode.h"
#include "hub/rename.h"
#include "hub/row.h"
#include "unit/support/unit.h"

#include <stdio.h>

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_store = true,
    .has_history = true,
};

#define START_MS INT64_C(1800000000000)

static struct hub *
make_hub(int64_t now_ms)
{
    return hub_new(&config, &(struct hub_moment){.wall_ms = now_ms, .entropy = 1});
}

/* The value of the one row that was put on record; to be freed with str_free. */
static struct str
take_value(struct hub *hub)
{
    const struct records *records = &hub_outbox(hub)->records;
    CHECK_U64(records->count, 1);
    const struct record *record = &records->items[0];
    CHECK(record->kind == RECORD_ROW);
    CHECK_U64(record->row, ROW_CHANNEL);
    CHECK_STR(record->key, STR("#talk"));
    return str_dup(record->value);
}

static struct str
make_value(struct str founder)
{
    struct hub *hub = make_hub(START_MS);
    struct channel *channel = channel_new(hub, STR("#Talk"));
    channel->modes = CHANNEL_MODE_SECRET | CHANNEL_MODE_MODERATED;
    channel->limit = 7;
    channel->slow_s = 5;
    channel->throttle.joins_max = 3;
    channel->throttle.seconds = 60;
    channel->topic_ms = START_MS;
    str_replace(&channel->founder, founder);
    channel_set_heir(hub, channel, STR("Bob"));
    str_replace(&channel->key, STR("key"));
    str_replace(&channel->forward, STR("#other"));
    str_replace(&channel->topic, STR("of what we speak"));
    str_replace(&channel->topic_by, STR("alice"));
    floor_enable(hub, channel, 30);
    mask_list_add(hub, &channel->lists[MASK_LIST_BAN], STR("*!*@bad.example"), STR("alice"));
    mask_list_add(hub, &channel->lists[MASK_LIST_INVITE], STR("bob!*@*"), STR("alice"));
    CHECK(access_set(channel, STR("Alice"), RANK_FOUNDER | RANK_OP));
    CHECK(access_set(channel, STR("Bob"), RANK_VOICE));
    rename_restore(hub, channel, STR("#Gone"), START_MS);
    rename_restore(hub, channel, STR("#Past"), START_MS + 5000);
    rename_restore(hub, channel, STR("#Before"), START_MS + 60000);
    channel_row_change(hub, channel);
    struct str value = take_value(hub);
    channel_free(hub, channel);
    hub_free(&hub);
    return value;
}

static void
check_channel(const struct channel *channel)
{
    CHECK(channel != NULL);
    CHECK_STR(channel->name, STR("#Talk"));
    CHECK_STR(channel->founder, STR("Alice"));
    CHECK_STR(channel->heir, STR("Bob"));
    CHECK_I64(channel->created_ms, START_MS);
    CHECK_U64(channel->modes, CHANNEL_MODE_SECRET | CHANNEL_MODE_MODERATED);
    CHECK_STR(channel->key, STR("key"));
    CHECK_U64(channel->limit, 7);
    CHECK_U64(channel->slow_s, 5);
    CHECK_STR(channel->forward, STR("#other"));
    CHECK_U64(channel->throttle.joins_max, 3);
    CHECK_U64(channel->throttle.seconds, 60);
    CHECK(channel->floor.is_on);
    CHECK_U64(channel->floor.silence_s, 30);
    CHECK_STR(channel->topic, STR("of what we speak"));
    CHECK_STR(channel->topic_by, STR("alice"));
    CHECK_I64(channel->topic_ms, START_MS);
    CHECK_U64(channel->lists[MASK_LIST_BAN].count, 1);
    CHECK_STR(channel->lists[MASK_LIST_BAN].items[0].mask, STR("*!*@bad.example"));
    CHECK_I64(channel->lists[MASK_LIST_BAN].items[0].set_ms, START_MS);
    CHECK_U64(channel->lists[MASK_LIST_EXCEPTION].count, 0);
    CHECK_U64(channel->lists[MASK_LIST_INVITE].count, 1);
    CHECK_U64(access_ranks(channel, STR("Alice")), RANK_FOUNDER | RANK_OP);
    CHECK_U64(access_ranks(channel, STR("Bob")), RANK_VOICE);
}

/* The one name behind the list, whose text is "#before". */
#define FORMER_BYTES (1 + 7 + 6)

TEST(a_row_of_the_form_without_former_names_is_still_read)
{
    struct str value = make_value(STR("Alice"));
    struct buf old;
    buf_init(&old, 4096);
    buf_put_byte(&old, 4);
    size_t missing = 1 + 2 * FORMER_BYTES - 2; /* "#past" is two bytes shorter */
    buf_put(&old, str_skip(str_take(value, value.len - missing), 1));
    struct hub *hub = make_hub(START_MS);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), buf_str(&old)));
    check_channel(channel_find(hub, STR("#talk")));
    CHECK(rename_find(hub, STR("#before")) == NULL);
    hub_free(&hub);
    buf_deinit(&old);
    str_free(&value);
}

TEST(former_names_lead_to_a_channel_for_the_rest_of_their_time)
{
    struct str value = make_value(STR("Alice"));
    struct hub *hub = make_hub(START_MS + 4000);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    const struct channel *channel = channel_find(hub, STR("#talk"));
    CHECK(rename_find(hub, STR("#gone")) == NULL);
    CHECK(rename_find(hub, STR("#PAST")) == channel);
    CHECK(rename_find(hub, STR("#before")) == channel);
    hub_tick(hub, &(struct hub_moment){.wall_ms = START_MS + 5000});
    CHECK(rename_find(hub, STR("#past")) == NULL);
    CHECK(rename_find(hub, STR("#before")) == channel);
    hub_tick(hub, &(struct hub_moment){.wall_ms = START_MS + 60000});
    CHECK(rename_find(hub, STR("#before")) == NULL);
    hub_free(&hub);
    str_free(&value);
}

/* Whatever an import or a wrong clock says. */
TEST(a_former_name_leads_to_one_channel_and_for_a_day_at_most)
{
    struct hub *hub = make_hub(START_MS);
    struct channel *one = channel_new(hub, STR("#one"));
    struct channel *other = channel_new(hub, STR("#other"));
    rename_restore(hub, one, STR("#was"), INT64_MAX);
    rename_restore(hub, other, STR("#WAS"), INT64_MAX);
    CHECK(rename_find(hub, STR("#was")) == one);
    rename_restore(hub, other, STR("#past"), START_MS + 2000);
    rename_restore(hub, one, STR("#past"), START_MS + 1000);
    CHECK(rename_find(hub, STR("#past")) == other);
    rename_restore(hub, one, STR("#past"), START_MS + 3000);
    CHECK(rename_find(hub, STR("#past")) == one);
    rename_restore(hub, one, STR("#ONE"), START_MS + 3000); /* its own */
    CHECK(rename_find(hub, STR("#one")) == NULL);
    hub_tick(hub, &(struct hub_moment){.wall_ms = START_MS + LIMIT_REDIRECT_MS - 1});
    CHECK(rename_find(hub, STR("#was")) == one);
    hub_tick(hub, &(struct hub_moment){.wall_ms = START_MS + LIMIT_REDIRECT_MS});
    CHECK(rename_find(hub, STR("#was")) == NULL);
    channel_free(hub, one);
    channel_free(hub, other);
    hub_free(&hub);
}

TEST(a_channel_comes_back_as_it_was)
{
    struct str value = make_value(STR("Alice"));
    struct hub *hub = make_hub(START_MS + 1000);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    const struct channel *channel = channel_find(hub, STR("#TALK"));
    check_channel(channel);
    CHECK_I64(channel->slept_ms, START_MS + 1000);
    hub_check(hub);
    str_free(&value);
    value = take_value(hub);
    hub_free(&hub);
    /* And once more, from what that server has written. */
    hub = make_hub(START_MS + 9000);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    check_channel(channel_find(hub, STR("#talk")));
    CHECK_I64(channel_find(hub, STR("#talk"))->slept_ms, START_MS + 1000);
    hub_free(&hub);
    str_free(&value);
}

TEST(a_cut_or_longer_row_is_refused)
{
    struct str value = make_value(STR("Alice"));
    for (size_t len = 0; unit_row(len, value.len); len++) {
        struct hub *hub = make_hub(START_MS);
        struct guard guard;
        CHECK(
            !hub_restore(hub, ROW_CHANNEL, STR("#talk"), guard_copy(&guard, str_take(value, len))));
        CHECK(channel_find(hub, STR("#talk")) == NULL);
        guard_free(&guard);
        hub_free(&hub);
    }
    struct buf longer;
    buf_init(&longer, 4096);
    buf_put(&longer, value);
    buf_put_byte(&longer, 'x');
    struct hub *hub = make_hub(START_MS);
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), buf_str(&longer)));
    hub_free(&hub);
    buf_deinit(&longer);
    str_free(&value);
}

/* Restored at START_MS, and again after `slept_ms` more: whether the channel is still there. */
static bool
is_there_after(struct str founder, int64_t slept_ms, size_t *records_out)
{
    struct str value = make_value(founder);
    struct hub *hub = make_hub(START_MS);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    str_free(&value);
    value = take_value(hub);
    hub_free(&hub);
    hub = make_hub(START_MS + slept_ms);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    bool is_there = channel_find(hub, STR("#talk")) != NULL;
    *records_out = hub_outbox(hub)->records.count;
    hub_free(&hub);
    str_free(&value);
    return is_there;
}

TEST(a_channel_of_nobody_is_given_up_after_a_week)
{
    size_t records;
    CHECK(is_there_after(STR(""), LIMIT_CHANNEL_SLEEP_MS, &records));
    CHECK(!is_there_after(STR(""), LIMIT_CHANNEL_SLEEP_MS + 1, &records));
    CHECK_U64(records, 2); /* forget the history, and the row */
    CHECK(is_there_after(STR("Alice"), LIMIT_CHANNEL_SLEEP_MS + 1, &records));
}

TEST(a_channel_of_nobody_has_no_heir)
{
    struct str value = make_value(STR(""));
    struct hub *hub = make_hub(START_MS);
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#talk"), value));
    CHECK_U64(channel_find(hub, STR("#talk"))->heir.len, 0);
    hub_free(&hub);
    str_free(&value);
}

TEST(access_has_a_limit)
{
    struct hub *hub = make_hub(START_MS);
    struct channel *channel = channel_new(hub, STR("#talk"));
    for (int i = 0; i < LIMIT_CHANNEL_ACCESS; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "user%d", i);
        CHECK(len > 0 && (size_t)len < sizeof name);
        CHECK(access_set(channel, (struct str){.ptr = name, .len = (size_t)len}, RANK_VOICE));
    }
    CHECK(!access_set(channel, STR("one more"), RANK_VOICE));
    CHECK(access_set(channel, STR("user7"), RANK_OP));
    CHECK_U64(access_ranks(channel, STR("user7")), RANK_OP);
    CHECK(access_set(channel, STR("user7"), 0));
    CHECK_U64(access_ranks(channel, STR("user7")), 0);
    CHECK(access_set(channel, STR("one more"), RANK_VOICE));
    CHECK_U64(access_ranks(channel, STR("")), 0);
    channel_free(hub, channel);
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_comes_back_as_it_was),
        cmocka_unit_test(a_row_of_the_form_without_former_names_is_still_read),
        cmocka_unit_test(former_names_lead_to_a_channel_for_the_rest_of_their_time),
        cmocka_unit_test(a_former_name_leads_to_one_channel_and_for_a_day_at_most),
        cmocka_unit_test(a_cut_or_longer_row_is_refused),
        cmocka_unit_test(a_channel_of_nobody_is_given_up_after_a_week),
        cmocka_unit_test(a_channel_of_nobody_has_no_heir),
        cmocka_unit_test(access_has_a_limit),
    };
    return cmocka_run_group_tests_name("channel_row", tests, NULL, NULL);
}
