/* Tests of wire/dnsbl_name.h. */
#include "wire/dnsbl_name.h"

#include "unit/support/unit.h"

static struct address
address_of(const char *text)
{
    struct address_block block;
    CHECK(address_block_parse(str_from_nul(text), &block));
    return block.base;
}

TEST(names_are_the_address_backwards)
{
    static const struct {
        const char *address;
        const char *name;
    } rows[] = {
        {"192.0.2.99", "99.2.0.192.bl.example"},
        {"10.200.3.0", "0.3.200.10.bl.example"},
        {"::ffff:192.0.2.99", "99.2.0.192.bl.example"},
        {"2001:db8:1:2:3:4:567:89ab",
         "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
         ".bl.example"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address address = address_of(rows[i].address);
        struct buf name;
        buf_init(&name, DNSBL_NAME_BYTES_MAX + 1);
        dnsbl_put_name(&name, &address, STR("bl.example"));
        CHECK_STR(buf_str(&name), str_from_nul(rows[i].name));
        buf_deinit(&name);
    }
}

TEST(the_longest_zone_fits)
{
    char zone[DNSBL_ZONE_BYTES_MAX];
    for (size_t i = 0; i < sizeof zone; i++)
        zone[i] = 'z';
    struct address address = address_of("2001:db8::1");
    struct buf name;
    buf_init(&name, DNSBL_NAME_BYTES_MAX + 1);
    dnsbl_put_name(&name, &address, (struct str){.ptr = zone, .len = sizeof zone});
    CHECK_U64(name.len, DNSBL_NAME_BYTES_MAX);
    CHECK(!name.is_truncated);
    buf_deinit(&name);
}

TEST(replies_count_when_they_are_in_a_block)
{
    static const struct {
        const char *reply;
        const char *blocks[2];
        bool counts;
        bool is_refusal;
    } rows[] = {
        {"127.0.0.2", {"127.0.0.0/8", NULL}, true, false},
        {"127.0.0.2", {"127.0.0.2", NULL}, true, false},
        {"127.0.0.3", {"127.0.0.2", NULL}, false, false},
        {"127.0.0.3", {"127.0.0.2", "127.0.0.3"}, true, false},
        {"127.0.0.2", {NULL, NULL}, false, false},
        {"192.0.2.1", {"127.0.0.0/8", NULL}, false, false}, /* a resolver that lies */
        {"127.255.255.254", {"127.0.0.0/8", NULL}, false, true},
        {"127.255.254.1", {"127.0.0.0/8", NULL}, true, false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address reply = address_of(rows[i].reply);
        struct address_block blocks[2];
        size_t count = 0;
        while (count < 2 && rows[i].blocks[count] != NULL) {
            CHECK(address_block_parse(str_from_nul(rows[i].blocks[count]), &blocks[count]));
            count++;
        }
        CHECK(dnsbl_reply_counts(&reply, blocks, count) == rows[i].counts);
        CHECK(dnsbl_reply_is_refusal(&reply) == rows[i].is_refusal);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_address_backwards),
        cmocka_unit_test(the_longest_zone_fits),
        cmocka_unit_test(replies_count_when_they_are_in_a_block),
    };
    return cmocka_run_group_tests_name("dnsbl_name", tests, NULL, NULL);
}
