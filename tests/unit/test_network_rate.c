/* Tests of hub/network_rate.h: whose buckets are remembered when there is no room for all. What
 * users are told is in transcripts/letters.txt. */
#include "hub/network_rate.h"

#include "base/buf.h"
#include "hub/hub.h"
#include "hub/state.h"
#include "unit/support/unit.h"

static const struct hub_config config = {
    .server_name = STR_INIT("confab.test"),
    .channels_max = 10,
    .users_max = 10,
    .network_rates =
        {
            [NETWORK_RATE_ACCOUNTS] = {.count = 2, .period_ms = 600000},
            [NETWORK_RATE_LETTERS] = {.count = 2, .period_ms = 600000},
        },
};

static const struct hub_moment moment = {.wall_ms = INT64_C(1800000000000), .entropy = 1};

/* As from an address, 10.0.0.0 and on. */
static int64_t
take(struct hub *hub, unsigned number, enum network_rate_kind kind)
{
    struct buf address;
    buf_init(&address, 32);
    buf_printf(&address, "10.0.%u.%u", number / 256, number % 256);
    struct session session = {.address = buf_str(&address)};
    struct call call = {.hub = hub, .session = &session};
    int64_t wait_ms = network_rate_wait_ms(&call, kind);
    buf_deinit(&address);
    return wait_ms;
}

static void
use_up(struct hub *hub, unsigned number, enum network_rate_kind kind)
{
    int64_t wait_ms = 0;
    for (size_t i = 0; i < 3 && wait_ms == 0; i++)
        wait_ms = take(hub, number, kind);
    CHECK_I64(wait_ms, 300000);
}

TEST(what_one_kind_takes_pushes_out_no_other_of_the_same_network)
{
    struct hub *hub = hub_new(&config, &moment);
    for (unsigned i = 0; i < LIMIT_NETWORK_RATES - 1; i++)
        use_up(hub, i, NETWORK_RATE_ACCOUNTS);
    int64_t wait_ms = 0;
    for (unsigned i = 0; i < 2; i++) {
        wait_ms = take(hub, LIMIT_NETWORK_RATES, NETWORK_RATE_ACCOUNTS);
        CHECK_I64(wait_ms, 0);
        wait_ms = take(hub, LIMIT_NETWORK_RATES, NETWORK_RATE_LETTERS);
        CHECK_I64(wait_ms, 0);
    }
    CHECK_I64(take(hub, LIMIT_NETWORK_RATES, NETWORK_RATE_ACCOUNTS), 300000);
    CHECK_I64(take(hub, LIMIT_NETWORK_RATES, NETWORK_RATE_LETTERS), 300000);
    hub_free(&hub);
}

TEST(the_network_goes_first_that_has_used_the_least)
{
    struct hub *hub = hub_new(&config, &moment);
    for (unsigned i = 0; i < LIMIT_NETWORK_RATES; i++)
        use_up(hub, i, i % 2 == 0 ? NETWORK_RATE_ACCOUNTS : NETWORK_RATE_LETTERS);
    CHECK_I64(take(hub, 2000, NETWORK_RATE_LETTERS), 0); /* pushes out one of them, */
    for (unsigned i = 2001; i < 3000; i++)               /* and these each other */
        CHECK_I64(take(hub, i, NETWORK_RATE_ACCOUNTS), 0);
    unsigned forgotten = 0;
    for (unsigned i = 0; i < LIMIT_NETWORK_RATES; i++)
        forgotten +=
            take(hub, i, i % 2 == 0 ? NETWORK_RATE_ACCOUNTS : NETWORK_RATE_LETTERS) == 0 ? 1 : 0;
    CHECK_U64(forgotten, 1);
    hub_free(&hub);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_kind_takes_pushes_out_no_other_of_the_same_network),
        cmocka_unit_test(the_network_goes_first_that_has_used_the_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
