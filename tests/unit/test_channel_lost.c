/* Tests of hub/channel_lost.h. What clients see is in transcripts/channel_lost.txt. */
#include "hub/channel_lost.h"

#include "base/pack.h"
#include "hub/channel.h"
#include "hub/channel_row.h"
#include "hub/hub.h"
#include "hub/row.h"
#include "unit/support/unit.h"

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_store = true,
    .has_history = true,
};
static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

TEST(the_name_of_a_row_that_makes_no_sense_is_kept)
{
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), STR("?")));
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), STR("?"))); /* twice */
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("\xff"), STR("?")));
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR(""), STR("?")));
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("alice"), STR("?")));
    CHECK(!hub_restore(hub, ROW_ACCOUNT, STR("#other"), STR("?")));
    hub_restored(hub);
    CHECK(channel_is_lost(hub, STR("#TALK")));
    CHECK(channel_find(hub, STR("#talk")) == NULL);
    CHECK(hub_keeps_channel_name(hub, STR("#talk")));
    CHECK(!hub_keeps_channel_name(hub, STR("\xff")));
    CHECK(!hub_keeps_channel_name(hub, STR("")));
    CHECK(!hub_keeps_channel_name(hub, STR("alice")));
    CHECK(!channel_is_lost(hub, STR("#other")));
    CHECK_U64(hub_outbox(hub)->records.count, 0);
    hub_check(hub);
    hub_free(&hub);
}

/* The value of a channel; to be freed with str_free. */
static struct str
make_value(struct str name)
{
    struct hub *hub = hub_new(&config, &moment);
    struct channel *channel = channel_new(hub, name);
    str_replace(&channel->founder, STR("Alice"));
    channel_row_change(hub, channel);
    struct str value = str_dup(hub_outbox(hub)->records.items[0].value);
    hub_free(&hub);
    return value;
}

TEST(so_is_the_name_in_a_row_of_a_newer_form)
{
    struct str value = make_value(STR("#Other"));
    struct buf newer;
    buf_init(&newer, 1024);
    pack_number(&newer, 99);
    buf_put(&newer, str_skip(value, 1));
    CHECK_STR(channel_row_name(buf_str(&newer)), STR("#Other"));
    CHECK_U64(channel_row_name(str_take(value, 3)).len, 0);
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), buf_str(&newer)));
    hub_restored(hub);
    CHECK(channel_is_lost(hub, STR("#talk")));
    CHECK(channel_is_lost(hub, STR("#other")));
    hub_free(&hub);
    /* But not when there is a row of that. */
    hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), buf_str(&newer)));
    CHECK(hub_restore(hub, ROW_CHANNEL, STR("#other"), value));
    hub_restored(hub);
    CHECK(channel_is_lost(hub, STR("#talk")));
    CHECK(!channel_is_lost(hub, STR("#other")));
    hub_free(&hub);
    buf_deinit(&newer);
    str_free(&value);
}

/* Whatever it was before. */
TEST(the_lobby_is_there_and_writes_over_no_row)
{
    struct hub_config with_lobby = config;
    with_lobby.lobby = STR("#talk");
    struct hub *hub = hub_new(&with_lobby, &moment);
    CHECK(!hub_restore(hub, ROW_CHANNEL, STR("#talk"), STR("?")));
    hub_restored(hub);
    struct channel *lobby = channel_find(hub, STR("#talk"));
    CHECK(lobby != NULL);
    CHECK(channel_is_lost(hub, STR("#talk")));
    struct hub_config other = config;
    other.lobby = STR("#other");
    hub_configure(hub, &other, &moment);
    CHECK(channel_find(hub, STR("#talk")) == lobby);
    channel_row_change(hub, lobby);
    CHECK_U64(hub_outbox(hub)->records.count, 0);
    hub_check(hub);
    hub_free(&hub);
}

TEST(no_invite_link_gets_the_number_of_one_that_is_lost)
{
    struct hub *hub = hub_new(&config, &moment);
    CHECK(!hub_restore(hub, ROW_INVITE, STR("000000000007"), STR("?")));
    CHECK(!hub_restore(hub, ROW_INVITE, STR("000000000003"), STR("?")));
    CHECK(!hub_restore(hub, ROW_INVITE, STR("99999999999999"), STR("?")));
    CHECK(!hub_restore(hub, ROW_INVITE, STR("seven"), STR("?")));
    CHECK_U64(hub->last_invite_link, 7);
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_of_a_row_that_makes_no_sense_is_kept),
        cmocka_unit_test(so_is_the_name_in_a_row_of_a_newer_form),
        cmocka_unit_test(the_lobby_is_there_and_writes_over_no_row),
        cmocka_unit_test(no_invite_link_gets_the_number_of_one_that_is_lost),
    };
    return cmocka_run_group_tests_name("channel_lost", tests, NULL, NULL);
}
