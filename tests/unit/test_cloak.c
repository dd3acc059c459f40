/* Tests of wire/cloak.h. */
#include "wire/cloak.h"

#include "unit/support/unit.h"

#include <string.h>

static const unsigned char key[HASH_SECRET_BYTES] = {1, 2, 3};
static const unsigned char other_key[HASH_SECRET_BYTES] = {1, 2, 4};

struct cloak {
    char text[64];
};

static struct cloak
cloak_of(const char *address, const unsigned char *with)
{
    struct address_block block;
    CHECK(address_block_parse(str_from_nul(address), &block));
    struct buf out;
    buf_init(&out, 64);
    cloak_put(&out, &block.base, with);
    struct cloak cloak = {.text = ""};
    memcpy(cloak.text, out.ptr, out.len);
    CHECK_U64(out.len, 29);
    buf_deinit(&out);
    return cloak;
}

/* How many of the labels at the end are the same. */
static size_t
shared_labels(const char *a, const char *b)
{
    struct cloak one = cloak_of(a, key);
    struct cloak two = cloak_of(b, key);
    size_t shared = 0;
    for (size_t start = 0; start < 27; start += 9)
        shared += strcmp(one.text + start, two.text + start) == 0 ? 1 : 0;
    return shared;
}

TEST(networks_share_the_end_of_their_cloaks)
{
    static const struct {
        const char *a;
        const char *b;
        size_t shared;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", 3},
        {"192.0.2.1", "192.0.2.2", 2},
        {"192.0.2.1", "192.0.3.1", 1},
        {"192.0.2.1", "192.1.2.1", 0},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 3},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", 2},
        {"2001:db8:1:2::1", "2001:db8:2:2::1", 1},
        {"2001:db8:1:2::1", "2001:db9:1:2::1", 0},
        {"::ffff:192.0.2.1", "192.0.2.1", 3},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK_U64(shared_labels(rows[i].a, rows[i].b), rows[i].shared);
}

TEST(cloaks_depend_on_the_key_and_say_nothing_of_the_address)
{
    struct cloak one = cloak_of("192.0.2.1", key);
    struct cloak two = cloak_of("192.0.2.1", other_key);
    for (size_t start = 0; start < 27; start += 9)
        CHECK(strncmp(one.text + start, two.text + start, 8) != 0);
    CHECK(strcmp(one.text + 27, "v4") == 0);
    CHECK(strstr(one.text, "192") == NULL);
    struct cloak six = cloak_of("2001:db8::1", key);
    CHECK(strcmp(six.text + 27, "v6") == 0);
}

/* The same on every machine, and after every restart with that key: bans must go on to match. */
TEST(cloaks_stay_what_they_are)
{
    CHECK_STR(str_from_nul(cloak_of("192.0.2.1", key).text), STR("nfrspaao.pikypsky.hi7hvlz6.v4"));
    CHECK_STR(str_from_nul(cloak_of("2001:db8::1", key).text),
              STR("pdnxnil2.ia3zcfwj.m54dluvd.v6"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_share_the_end_of_their_cloaks),
        cmocka_unit_test(cloaks_depend_on_the_key_and_say_nothing_of_the_address),
        cmocka_unit_test(cloaks_stay_what_they_are),
    };
    return cmocka_run_group_tests_name("cloak", tests, NULL, NULL);
}
