/* Tests of rows whose keys are their numbers (hub/row.h): bans from the server and invite links. */
#include "hub/row.h"

#include "base/buf.h"
#include "base/pack.h"
#include "hub/hub.h"
#include "hub/server_ban.h"
#include "hub/state.h"
#include "unit/support/unit.h"

#include <inttypes.h>

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .has_store = true,
};

static struct hub *
make_hub(void)
{
    return hub_new(&config, &(struct hub_moment){.wall_ms = INT64_C(1800000000000), .entropy = 1});
}

static bool
restore_ban(struct hub *hub, uint64_t number, struct str target)
{
    struct buf key;
    struct buf value;
    buf_init(&key, 32);
    buf_init(&value, 1024);
    buf_printf(&key, "%012" PRIu64, number);
    pack_number(&value, 1);
    pack_number(&value, number);
    pack_text(&value, target);
    pack_number(&value, 0);
    for (int i = 0; i < 3; i++)
        pack_text(&value, STR(""));
    pack_number(&value, 1);
    pack_number(&value, 0);
    bool is_restored = hub_restore(hub, ROW_SERVER_BAN, buf_str(&key), buf_str(&value));
    buf_deinit(&key);
    buf_deinit(&value);
    return is_restored;
}

static uint64_t
number_of_a_new_ban(struct hub *hub)
{
    struct server_ban_spec spec = {.reason = STR("")};
    struct buf target;
    buf_init(&target, 200);
    CHECK(server_ban_parse_target(STR("new!*@*"), &target, &spec));
    const struct server_ban *ban = server_ban_add(hub, &spec);
    CHECK(ban != NULL);
    buf_deinit(&target);
    return ban->number;
}

TEST(what_is_left_alone_keeps_its_number)
{
    struct hub *hub = make_hub();
    CHECK(restore_ban(hub, 40, STR("a!*@*")));
    CHECK(!hub_restore(hub, ROW_SERVER_BAN, STR("000000000041"), STR("of a newer confab")));
    CHECK(!hub_restore(hub, ROW_INVITE, STR("000000000007"), STR("of a newer confab")));
    CHECK_U64(number_of_a_new_ban(hub), 42);
    CHECK_U64(hub->last_invite_link, 7);
    hub_free(&hub);
}

TEST(numbers_leave_room_for_new_ones)
{
    struct hub *hub = make_hub();
    CHECK(!restore_ban(hub, UINT64_MAX, STR("a!*@*")));
    CHECK(!restore_ban(hub, ROW_NUMBER_MAX + 1, STR("a!*@*")));
    CHECK_U64(hub->last_server_ban, 0);
    CHECK(restore_ban(hub, ROW_NUMBER_MAX, STR("a!*@*")));
    CHECK_U64(number_of_a_new_ban(hub), ROW_NUMBER_MAX + 1);
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_alone_keeps_its_number),
        cmocka_unit_test(numbers_leave_room_for_new_ones),
    };
    return cmocka_run_group_tests_name("numbered_row", tests, NULL, NULL);
}
