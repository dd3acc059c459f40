/* Tests of net/admission.h. */
#include "net/admission.h"

#include "unit/support/unit.h"

static struct address
address_of(const char *text)
{
    struct address_block block;
    if (!address_block_parse(str_from_nul(text), &block))
        return (struct address){.family = ADDRESS_UNIX};
    return block.base;
}

static struct net_settings
limits(uint32_t in_all, uint32_t per_address)
{
    return (struct net_settings){
        .connections_max = in_all,
        .connections_per_address = per_address,
        .connections_per_network = 1000,
        .connects_per_address = 1000,
        .connects_window_ms = 60000,
    };
}

static int64_t now_ms;

static enum admission_result
ask(struct admission *admission, const struct net_settings *settings, const char *text)
{
    struct address address = address_of(text);
    return admission_ask(admission, settings, &address, false, now_ms);
}

static void
release(struct admission *admission, const char *text)
{
    struct address address = address_of(text);
    admission_release(admission, &address);
}

TEST(connections_are_counted_by_address)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(100, 2);

    static const struct {
        const char *address;
        enum admission_result result;
    } rows[] = {
        {.address = "192.0.2.1", .result = ADMISSION_OK},
        {.address = "192.0.2.1", .result = ADMISSION_OK},
        {.address = "192.0.2.1", .result = ADMISSION_ADDRESS_FULL},
        {.address = "::ffff:192.0.2.1", .result = ADMISSION_ADDRESS_FULL},
        {.address = "192.0.2.2", .result = ADMISSION_OK},
        {.address = "2001:db8:0:1::1", .result = ADMISSION_OK},
        {.address = "2001:db8:0:1::2", .result = ADMISSION_OK},
        {.address = "2001:db8:0:1::3", .result = ADMISSION_ADDRESS_FULL}, /* the same /64 */
        {.address = "2001:db8:0:2::1", .result = ADMISSION_OK},
        {.address = "unix", .result = ADMISSION_OK},
        {.address = "unix", .result = ADMISSION_OK},
        {.address = "unix", .result = ADMISSION_OK}, /* never too many from here */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_I64(ask(&admission, &settings, rows[i].address), rows[i].result);
    CHECK_U64(admission_total(&admission), 9);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].result == ADMISSION_OK)
            release(&admission, rows[i].address);
    }
    CHECK_U64(admission_total(&admission), 0);
    admission_deinit(&admission);
}

TEST(place_that_is_given_back_can_be_taken_again)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(1, 1);
    for (size_t i = 0; unit_row(i, 3); i++) {
        CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
        CHECK_I64(ask(&admission, &settings, "192.0.2.9"), ADMISSION_SERVER_FULL);
        release(&admission, "192.0.2.1");
    }
    admission_deinit(&admission);
}

TEST(exempt_blocks_are_not_limited_by_address_but_in_all)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(3, 1);
    CHECK(address_block_parse(STR("192.0.2.0/24"), &settings.exempt[0]));
    settings.exempt_count = 1;
    for (int i = 0; i < 3; i++)
        CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_SERVER_FULL);
    for (int i = 0; i < 3; i++)
        release(&admission, "192.0.2.1");
    admission_deinit(&admission);
}

/* Settings may change while connections are there. */
TEST(lower_limit_refuses_newcomers_only)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(10, 10);
    for (int i = 0; i < 5; i++)
        CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
    settings = limits(10, 2);
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_ADDRESS_FULL);
    for (int i = 0; i < 4; i++)
        release(&admission, "192.0.2.1");
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
    release(&admission, "192.0.2.1");
    release(&admission, "192.0.2.1");
    admission_deinit(&admission);
}

static void
release_unknown(void *argument)
{
    release(argument, "192.0.2.1");
}

TEST(what_was_never_admitted_can_not_be_given_back)
{
    struct admission admission;
    admission_init(&admission);
    CHECK(unit_dies(release_unknown, &admission));
    admission_deinit(&admission);
}

TEST(connections_are_counted_by_network)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(100, 10);
    settings.connections_per_network = 2;
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "192.0.2.2"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "192.0.2.3"), ADMISSION_NETWORK_FULL);
    CHECK_I64(ask(&admission, &settings, "192.0.3.3"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "2001:db8:1:1::1"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "2001:db8:1:2::1"), ADMISSION_OK);
    CHECK_I64(ask(&admission, &settings, "2001:db8:1:3::1"), ADMISSION_NETWORK_FULL);
    release(&admission, "192.0.2.1");
    CHECK_I64(ask(&admission, &settings, "192.0.2.3"), ADMISSION_OK);
    static const char *const left[] = {"192.0.2.2", "192.0.2.3", "192.0.3.3", "2001:db8:1:1::1",
                                       "2001:db8:1:2::1"};
    for (size_t i = 0; i < ARRAY_LEN(left); i++)
        release(&admission, left[i]);
    admission_deinit(&admission);
}

TEST(connecting_too_often_is_refused_for_a_while)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(100, 100);
    settings.connects_per_address = 3;
    settings.connects_window_ms = 1000;
    struct address_block exempt;
    CHECK(address_block_parse(STR("10.0.0.0/8"), &exempt));
    settings.exempt[settings.exempt_count++] = exempt;
    now_ms = 5000;
    for (int i = 0; i < 3; i++) {
        CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
        release(&admission, "192.0.2.1"); /* that it has ended does not help */
    }
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_TOO_FAST);
    CHECK_I64(ask(&admission, &settings, "192.0.2.2"), ADMISSION_OK);
    for (int i = 0; i < 10; i++) {
        CHECK_I64(ask(&admission, &settings, "10.1.2.3"), ADMISSION_OK);
        release(&admission, "10.1.2.3");
    }
    now_ms = 5999;
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_TOO_FAST);
    now_ms = 6000;
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_OK);
    release(&admission, "192.0.2.1");
    release(&admission, "192.0.2.2");
    admission_deinit(&admission);
    now_ms = 0;
}

TEST(who_is_behind_a_proxy_counts_for_itself)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(100, 1);
    struct address proxy = address_of("198.51.100.1");
    struct address client = address_of("192.0.2.1");
    for (int i = 0; i < 3; i++)
        CHECK_I64(admission_ask(&admission, &settings, &proxy, true, 0), ADMISSION_OK);
    CHECK_I64(admission_move(&admission, &settings, &proxy, &client, 0), ADMISSION_OK);
    CHECK_I64(admission_move(&admission, &settings, &proxy, &client, 0), ADMISSION_ADDRESS_FULL);
    CHECK_I64(ask(&admission, &settings, "192.0.2.1"), ADMISSION_ADDRESS_FULL);
    CHECK_U64(admission_total(&admission), 3);
    admission_release(&admission, &client);
    admission_release(&admission, &proxy);
    admission_release(&admission, &proxy);
    CHECK_U64(admission_total(&admission), 0);
    admission_deinit(&admission);
}

TEST(what_is_remembered_has_a_limit)
{
    struct admission admission;
    admission_init(&admission);
    struct net_settings settings = limits(1000000, 10);
    settings.connections_per_network = 1000000;
    for (uint32_t i = 0; i < LIMIT_ADMISSION_COUNTS + 1000; i++) {
        struct address address = {.family = ADDRESS_IPV4,
                                  .bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        CHECK_I64(admission_ask(&admission, &settings, &address, false, 0), ADMISSION_OK);
        admission_release(&admission, &address);
        CHECK(map_count(&admission.counts) <= LIMIT_ADMISSION_COUNTS + 1);
    }
    admission_deinit(&admission);
}

TEST(each_refusal_has_a_reason)
{
    static const enum admission_result results[] = {
        ADMISSION_SERVER_FULL,
        ADMISSION_ADDRESS_FULL,
        ADMISSION_NETWORK_FULL,
        ADMISSION_TOO_FAST,
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(results)); i++)
        CHECK(str_from_nul(admission_reason(results[i])).len > 10);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_counted_by_address),
        cmocka_unit_test(place_that_is_given_back_can_be_taken_again),
        cmocka_unit_test(exempt_blocks_are_not_limited_by_address_but_in_all),
        cmocka_unit_test(lower_limit_refuses_newcomers_only),
        cmocka_unit_test(what_was_never_admitted_can_not_be_given_back),
        cmocka_unit_test(connections_are_counted_by_network),
        cmocka_unit_test(connecting_too_often_is_refused_for_a_while),
        cmocka_unit_test(who_is_behind_a_proxy_counts_for_itself),
        cmocka_unit_test(what_is_remembered_has_a_limit),
        cmocka_unit_test(each_refusal_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
