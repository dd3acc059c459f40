/* Tests of server/dnsbl_cache.h. */
#include "server/dnsbl_cache.h"

#include "base/buf.h"
#include "base/limits.h"
#include "unit/support/unit.h"

TEST(what_is_put_is_found_until_it_expires)
{
    struct dnsbl_cache cache = {.entries = {NULL}};
    size_t zone = 7;
    CHECK(!dnsbl_cache_find(&cache, STR("192.0.2.1"), 0, &zone));
    CHECK_U64(zone, 7);
    dnsbl_cache_put(&cache, STR("192.0.2.1"), 3, 1000);
    dnsbl_cache_put(&cache, STR("192.0.2.2"), DNSBL_CACHE_CLEAN, 2000);
    CHECK(dnsbl_cache_find(&cache, STR("192.0.2.1"), 999, &zone));
    CHECK_U64(zone, 3);
    CHECK(!dnsbl_cache_find(&cache, STR("192.0.2.1"), 1000, &zone));
    CHECK(!dnsbl_cache_find(&cache, STR("192.0.2.1"), 0, &zone)); /* it is forgotten */
    CHECK(dnsbl_cache_find(&cache, STR("192.0.2.2"), 1000, &zone));
    CHECK(zone == DNSBL_CACHE_CLEAN);
    dnsbl_cache_put(&cache, STR("192.0.2.2"), 1, 3000); /* in its place */
    CHECK(dnsbl_cache_find(&cache, STR("192.0.2.2"), 2500, &zone));
    CHECK_U64(zone, 1);
    dnsbl_cache_clear(&cache);
    CHECK(!dnsbl_cache_find(&cache, STR("192.0.2.2"), 0, &zone));
}

TEST(the_oldest_makes_room)
{
    struct dnsbl_cache cache = {.entries = {NULL}};
    struct buf address;
    buf_init(&address, 40);
    for (size_t i = 0; i <= LIMIT_DNSBL_CACHE; i++) {
        buf_clear(&address);
        buf_printf(&address, "2001:db8::%zx", i);
        dnsbl_cache_put(&cache, buf_str(&address), 0, 1000);
    }
    size_t zone;
    CHECK_U64(map_count(&cache.entries), LIMIT_DNSBL_CACHE);
    CHECK(!dnsbl_cache_find(&cache, STR("2001:db8::0"), 0, &zone));
    CHECK(dnsbl_cache_find(&cache, STR("2001:db8::1"), 0, &zone));
    CHECK(dnsbl_cache_find(&cache, buf_str(&address), 0, &zone));
    buf_deinit(&address);
    dnsbl_cache_clear(&cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_until_it_expires),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests_name("dnsbl_cache", tests, NULL, NULL);
}
