/* Tests of wire/address.h. */
#include "wire/address.h"

#include "unit/support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define S STR_INIT

/* The address in text, or ADDRESS_NONE. */
static struct address
address_of(struct str text)
{
    struct address_block block;
    if (!address_block_parse(text, &block))
        return (struct address){.family = ADDRESS_NONE};
    return block.base;
}

static void
check_shown(const struct address *address, struct str expected)
{
    struct buf text;
    buf_init(&text, 100);
    address_put(&text, address);
    CHECK_STR(buf_str(&text), expected);
    buf_deinit(&text);
}

static const struct {
    struct str text;
    bool is_block;
    struct str shown;
    uint8_t bits;
} blocks[] = {
    {.text = S("192.0.2.1"), .is_block = true, .shown = S("192.0.2.1"), .bits = 32},
    {.text = S("192.0.2.0/24"), .is_block = true, .shown = S("192.0.2.0"), .bits = 24},
    {.text = S("0.0.0.0/0"), .is_block = true, .shown = S("0.0.0.0"), .bits = 0},
    {.text = S("192.0.2.1/32"), .is_block = true, .shown = S("192.0.2.1"), .bits = 32},
    {.text = S("192.0.2.1/33")},
    {.text = S("2001:db8::1"), .is_block = true, .shown = S("2001:db8::1"), .bits = 128},
    {.text = S("2001:DB8:0:0::/32"), .is_block = true, .shown = S("2001:db8::"), .bits = 32},
    {.text = S("::/0"), .is_block = true, .shown = S("0::"), .bits = 0},
    {.text = S("::1/128"), .is_block = true, .shown = S("0::1"), .bits = 128},
    {.text = S("::1/129")},
    {.text = S("1111:2222:3333:4444:5555:6666:7777:8888"),
     .is_block = true,
     .shown = S("1111:2222:3333:4444:5555:6666:7777:8888"),
     .bits = 128},
    {.text = S("1111:2222:3333:4444:5555:6666:123.123.123.123"),
     .is_block = true,
     .shown = S("1111:2222:3333:4444:5555:6666:7b7b:7b7b"),
     .bits = 128},
    /* Mapped IPv4 addresses are IPv4; the bits of their blocks count from the IPv6 prefix. */
    {.text = S("::ffff:192.0.2.1"), .is_block = true, .shown = S("192.0.2.1"), .bits = 32},
    {.text = S("::ffff:192.0.2.0/120"), .is_block = true, .shown = S("192.0.2.0"), .bits = 24},
    {.text = S("::ffff:0.0.0.0/96"), .is_block = true, .shown = S("0.0.0.0"), .bits = 0},
    {.text = S("::ffff:192.0.2.1/128"), .is_block = true, .shown = S("192.0.2.1"), .bits = 32},
    {.text = S("::ffff:192.0.2.0/24")}, /* would be more than IPv4 */
    {.text = S("::ffff:192.0.2.0/95")},
    {.text = S("::ffff:192.0.2.1/129")},
    {.text = S("")},
    {.text = {.ptr = NULL}},
    {.text = S("/")},
    {.text = S("/8")},
    {.text = S("192.0.2.1/")},
    {.text = S("192.0.2.1/x")},
    {.text = S("192.0.2.1/-1")},
    {.text = S("192.0.2.1/8/8")},
    {.text = S("192.0.2")},
    {.text = S("192.0.2.256")},
    {.text = S("192.0.2.01")},
    {.text = S("192.0.2.1 ")},
    {.text = S(" 192.0.2.1")},
    {.text = S("0x7f000001")},
    {.text = S("2130706433")},
    {.text = S("example.org")},
    {.text = S("[::1]")},
    {.text = S("fe80::1%eth0")},
    {.text = S("1::2::3")},
    {.text = S("192.0.2.1\0")},
    {.text = S("192.0.2.1\0/24")},
    {.text = S("\0")},
    {.text = S("11111:2222:3333:4444:5555:6666:123.123.123.123")}, /* 46 bytes and more */
    {.text = S("1111:2222:3333:4444:5555:6666:7777:123.123.123.1234")},
};

TEST(addresses_and_blocks_are_parsed_and_shown)
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(blocks)); i++) {
        struct guard guard;
        struct address_block block;
        memset(&block, 0x77, sizeof block);
        struct address_block untouched = block;
        CHECK(address_block_parse(guard_copy(&guard, blocks[i].text), &block) ==
              blocks[i].is_block);
        if (blocks[i].is_block) {
            check_shown(&block.base, blocks[i].shown);
            CHECK_U64(block.bits, blocks[i].bits);
        } else {
            CHECK(memcmp(&block, &untouched, sizeof block) == 0);
        }
        guard_free(&guard);
    }
}

TEST(blocks_hold_the_addresses_that_begin_like_them)
{
    static const struct {
        struct str block;
        struct str address;
        bool is_held;
    } rows[] = {
        {.block = S("192.0.2.1"), .address = S("192.0.2.1"), .is_held = true},
        {.block = S("192.0.2.1"), .address = S("192.0.2.2")},
        {.block = S("192.0.2.0/24"), .address = S("192.0.2.255"), .is_held = true},
        {.block = S("192.0.2.0/24"), .address = S("192.0.3.0")},
        {.block = S("192.0.2.77/24"), .address = S("192.0.2.1"), .is_held = true},
        {.block = S("10.0.0.0/9"), .address = S("10.127.1.1"), .is_held = true},
        {.block = S("10.0.0.0/9"), .address = S("10.128.1.1")},
        {.block = S("192.0.2.2/31"), .address = S("192.0.2.3"), .is_held = true},
        {.block = S("192.0.2.2/31"), .address = S("192.0.2.4")},
        {.block = S("0.0.0.0/0"), .address = S("255.255.255.255"), .is_held = true},
        {.block = S("0.0.0.0/0"), .address = S("2001:db8::1")},
        {.block = S("::/0"), .address = S("2001:db8::1"), .is_held = true},
        {.block = S("::/0"), .address = S("192.0.2.1")},
        {.block = S("2001:db8::/33"), .address = S("2001:db8:7fff::1"), .is_held = true},
        {.block = S("2001:db8::/33"), .address = S("2001:db8:8000::1")},
        {.block = S("2001:db8::1/128"), .address = S("2001:db8::1"), .is_held = true},
        {.block = S("2001:db8::1/128"), .address = S("2001:db8::2")},
        {.block = S("192.0.2.0/24"), .address = S("::ffff:192.0.2.9"), .is_held = true},
        {.block = S("::ffff:192.0.2.0/120"), .address = S("192.0.2.9"), .is_held = true},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address_block block;
        CHECK(address_block_parse(rows[i].block, &block));
        struct address address = address_of(rows[i].address);
        CHECK(address.family != ADDRESS_NONE);
        CHECK(address_block_holds(&block, &address) == rows[i].is_held);
    }
}

TEST(keys_are_whole_ipv4_addresses_and_half_ipv6_ones)
{
    static const struct {
        struct str a;
        struct str b;
        bool is_same;
    } rows[] = {
        {.a = S("192.0.2.1"), .b = S("192.0.2.1"), .is_same = true},
        {.a = S("192.0.2.1"), .b = S("192.0.2.2")},
        {.a = S("192.0.2.1"), .b = S("::ffff:192.0.2.1"), .is_same = true},
        {.a = S("2001:db8:1:2::1"), .b = S("2001:db8:1:2:ffff:ffff:ffff:ffff"), .is_same = true},
        {.a = S("2001:db8:1:2::1"), .b = S("2001:db8:1:3::1")},
        {.a = S("c000:201::"), .b = S("192.0.2.1")}, /* same bytes, another family */
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address a = address_of(rows[i].a);
        struct address b = address_of(rows[i].b);
        struct address key_a = address_key(&a);
        struct address key_b = address_key(&b);
        CHECK((memcmp(&key_a, &key_b, sizeof key_a) == 0) == rows[i].is_same);
    }
}

TEST(loopback_is_this_machine_and_nothing_else)
{
    static const struct {
        struct str address;
        bool is_loopback;
    } rows[] = {
        {.address = S("127.0.0.1"), .is_loopback = true},
        {.address = S("127.255.255.254"), .is_loopback = true},
        {.address = S("::ffff:127.0.0.1"), .is_loopback = true},
        {.address = S("::1"), .is_loopback = true},
        {.address = S("128.0.0.1")},
        {.address = S("0.0.0.0")},
        {.address = S("::")},
        {.address = S("::2")},
        {.address = S("7f00::1")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address address = address_of(rows[i].address);
        CHECK(address_is_loopback(&address) == rows[i].is_loopback);
    }
    CHECK(address_is_loopback(&(struct address){.family = ADDRESS_UNIX}));
    CHECK(!address_is_loopback(&(struct address){.family = ADDRESS_NONE}));
}

TEST(socket_addresses_are_taken_over)
{
    struct sockaddr_storage storage = {.ss_family = AF_INET};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)(void *)&storage;
    ipv4->sin_addr.s_addr = htonl(0xC0000201);
    ipv4->sin_port = htons(6667);
    struct address address = address_from_sockaddr(&storage);
    check_shown(&address, STR("192.0.2.1"));

    storage = (struct sockaddr_storage){.ss_family = AF_INET6};
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)(void *)&storage;
    CHECK(inet_pton(AF_INET6, "2001:db8::7", &ipv6->sin6_addr) == 1);
    ipv6->sin6_port = htons(6667);
    address = address_from_sockaddr(&storage);
    CHECK_U64(address.family, ADDRESS_IPV6);
    check_shown(&address, STR("2001:db8::7"));

    CHECK(inet_pton(AF_INET6, "::ffff:192.0.2.1", &ipv6->sin6_addr) == 1);
    address = address_from_sockaddr(&storage);
    CHECK_U64(address.family, ADDRESS_IPV4);
    check_shown(&address, STR("192.0.2.1"));

    storage = (struct sockaddr_storage){.ss_family = AF_UNIX};
    address = address_from_sockaddr(&storage);
    CHECK_U64(address.family, ADDRESS_UNIX);
    check_shown(&address, STR("unix"));

    storage = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    address = address_from_sockaddr(&storage);
    CHECK_U64(address.family, ADDRESS_NONE);
}

/* Two addresses that are the same have the same bytes: maps and keys compare them whole. */
TEST(unused_bytes_are_zero)
{
    struct sockaddr_storage storage;
    memset(&storage, 0xFF, sizeof storage);
    storage.ss_family = AF_INET;
    struct address address = address_from_sockaddr(&storage);
    struct address parsed = address_of(STR("255.255.255.255"));
    CHECK(memcmp(&address, &parsed, sizeof address) == 0);
}

TEST(blocks_have_one_form)
{
    static const struct {
        struct str given;
        struct str shown;
    } rows[] = {
        {STR_INIT("192.0.2.77"), STR_INIT("192.0.2.77")},
        {STR_INIT("192.0.2.77/32"), STR_INIT("192.0.2.77")},
        {STR_INIT("192.0.2.77/24"), STR_INIT("192.0.2.0/24")},
        {STR_INIT("192.0.2.255/25"), STR_INIT("192.0.2.128/25")},
        {STR_INIT("192.0.2.77/0"), STR_INIT("0.0.0.0/0")},
        {STR_INIT("2001:db8:1::1/32"), STR_INIT("2001:db8::/32")},
        {STR_INIT("::1"), STR_INIT("0::1")},
        {STR_INIT("ffff::/127"), STR_INIT("ffff::/127")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct address_block block;
        CHECK(address_block_parse(rows[i].given, &block));
        address_block_trim(&block);
        struct buf text;
        buf_init(&text, 64);
        address_block_put(&text, &block);
        CHECK_STR(buf_str(&text), rows[i].shown);
        buf_deinit(&text);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_blocks_are_parsed_and_shown),
        cmocka_unit_test(blocks_hold_the_addresses_that_begin_like_them),
        cmocka_unit_test(keys_are_whole_ipv4_addresses_and_half_ipv6_ones),
        cmocka_unit_test(loopback_is_this_machine_and_nothing_else),
        cmocka_unit_test(socket_addresses_are_taken_over),
        cmocka_unit_test(unused_bytes_are_zero),
        cmocka_unit_test(blocks_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
