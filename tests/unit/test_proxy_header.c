/* Tests of wire/proxy_header.h: whole, at every split point, against a guard page. */
#include "wire/proxy_header.h"

#include "base/buf.h"
#include "base/limits.h"
#include "unit/support/unit.h"

#define S         STR_INIT
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define TCP4      "\xC0\0\x02\x01\xC6\x33\x64\x07\x12\x67\x1A\x0B" /* 192.0.2.1:4711 to 198.51.100.7 */
#define V6_SOURCE "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define V6_MAPPED "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\0\x02\x01"

static struct str
address_text(const struct address *address, struct buf *out)
{
    buf_clear(out);
    address_put(out, address);
    return buf_str(out);
}

TEST(good_headers_say_who_it_is)
{
    static const struct {
        struct str bytes;
        struct str source; /* empty: is_local */
        uint16_t port;
        bool is_secure;
    } rows[] = {
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 4711 6667\r\n"), S("192.0.2.1"), 4711, false},
        {S("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"), S("2001:db8::1"), 1, false},
        {S("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), S("192.0.2.1"), 1, false},
        {S("PROXY UNKNOWN\r\n"), S(""), 0, false},
        {S("PROXY UNKNOWN what ever stands here\r\n"), S(""), 0, false},
        {S(SIGNATURE "\x21\x11\0\x0C" TCP4), S("192.0.2.1"), 4711, false},
        {S(SIGNATURE "\x21\x21\0\x24" V6_SOURCE V6_SOURCE "\0\x50\0\x51"), S("2001:db8::1"), 80,
         false},
        {S(SIGNATURE "\x21\x21\0\x24" V6_MAPPED V6_SOURCE "\0\x50\0\x51"), S("192.0.2.1"), 80,
         false},
        {S(SIGNATURE "\x20\0\0\0"), S(""), 0, false},
        {S(SIGNATURE "\x20\x11\0\x0C" TCP4), S(""), 0, false},
        {S(SIGNATURE "\x21\0\0\x03xyz"), S(""), 0, false},
        /* TLVs: the length of nothing; ALPN; SSL with and without its flag. */
        {S(SIGNATURE "\x21\x11\0\x0F" TCP4 "\x04\0\0"), S("192.0.2.1"), 4711, false},
        {S(SIGNATURE "\x21\x11\0\x12" TCP4 "\x01\0\x03irc"), S("192.0.2.1"), 4711, false},
        {S(SIGNATURE "\x21\x11\0\x14" TCP4 "\x20\0\x05\x01\0\0\0\0"), S("192.0.2.1"), 4711, true},
        {S(SIGNATURE "\x21\x11\0\x14" TCP4 "\x20\0\x05\x06\0\0\0\0"), S("192.0.2.1"), 4711, false},
        {S(SIGNATURE "\x21\x11\0\x1A" TCP4 "\x04\0\x03"
                     "abc"
                     "\x20\0\x05\x07\0\0\0\0"),
         S("192.0.2.1"), 4711, true},
    };
    struct buf text;
    buf_init(&text, 64);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        for (size_t len = 0; len < rows[i].bytes.len; len++) {
            struct guard guard;
            struct proxy_header header;
            struct str part = guard_copy(&guard, str_take(rows[i].bytes, len));
            CHECK(proxy_header_parse(part, &header) == PROXY_MORE);
            guard_free(&guard);
        }
        /* What follows is the client's. */
        struct buf whole;
        buf_init(&whole, 1024);
        buf_put(&whole, rows[i].bytes);
        for (int more = 0; more < 2; more++) {
            struct guard guard;
            struct proxy_header header;
            CHECK(proxy_header_parse(guard_copy(&guard, buf_str(&whole)), &header) == PROXY_OK);
            CHECK_U64(header.len, rows[i].bytes.len);
            CHECK(header.is_local == (rows[i].source.len == 0));
            CHECK(header.is_secure == rows[i].is_secure);
            CHECK_U64(header.source_port, rows[i].port);
            if (!header.is_local)
                CHECK_STR(address_text(&header.source, &text), rows[i].source);
            guard_free(&guard);
            buf_put(&whole, STR("NICK a\r\n"));
        }
        buf_deinit(&whole);
    }
    buf_deinit(&text);
}

TEST(unix_sockets_are_known)
{
    struct buf whole;
    buf_init(&whole, 1024);
    buf_put(&whole, STR(SIGNATURE "\x21\x31\0\xD8"));
    for (int i = 0; i < 216; i++)
        buf_put_byte(&whole, 'p');
    struct proxy_header header;
    CHECK(proxy_header_parse(str_take(buf_str(&whole), whole.len - 1), &header) == PROXY_MORE);
    CHECK(proxy_header_parse(buf_str(&whole), &header) == PROXY_OK);
    CHECK(header.source.family == ADDRESS_UNIX);
    CHECK(!header.is_local);
    buf_deinit(&whole);
}

TEST(bad_headers_are_refused)
{
    static const struct {
        struct str bytes;
        enum proxy_result result;
    } rows[] = {
        {S("NICK a\r\n"), PROXY_ERR_NOT_PROXY},
        {S("\x16\x03\x01"), PROXY_ERR_NOT_PROXY},
        {S("PROXZ"), PROXY_ERR_NOT_PROXY},
        {S("proxy TCP4 192.0.2.1 198.51.100.7 1 2\r\n"), PROXY_ERR_NOT_PROXY},
        {S("\r\n\r\n\0\r\nQUIT\r"), PROXY_ERR_NOT_PROXY},
        {S("PROXY \r\n"), PROXY_ERR_INVALID},
        {S("PROXY \n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 1\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 1 2 3\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 1 65536\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.1 198.51.100.7 -1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4  192.0.2.1 198.51.100.7 1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 192.0.2.0/24 198.51.100.7 1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n"), PROXY_ERR_INVALID},
        {S("PROXY UNKNOWN 67890123456789012345678901234567890123456789012345678901234567890123456789"
           "012345678901234567890123456789"),
         PROXY_ERR_TOO_LONG},
        {S(SIGNATURE "\x11\x11\0\x0C" TCP4), PROXY_ERR_INVALID}, /* version 1 in the binary form */
        {S(SIGNATURE "\x22\x11\0\x0C" TCP4), PROXY_ERR_INVALID}, /* no such command */
        {S(SIGNATURE "\x21\x12\0\x0C" TCP4), PROXY_ERR_INVALID}, /* datagrams */
        {S(SIGNATURE "\x21\x41\0\x0C" TCP4), PROXY_ERR_INVALID}, /* no such family */
        {S(SIGNATURE "\x21\x11\0\x0B" TCP4), PROXY_ERR_INVALID},
        {S(SIGNATURE "\x21\x21\0\x0C" TCP4), PROXY_ERR_INVALID},
        {S(SIGNATURE "\x21\x11\0\x0D" TCP4 "\x04"), PROXY_ERR_INVALID},
        {S(SIGNATURE "\x21\x11\0\x0F" TCP4 "\x04\0\x01"), PROXY_ERR_INVALID},
        {S(SIGNATURE "\x21\x11\0\x10" TCP4 "\x20\0\x01\x01"), PROXY_ERR_INVALID},
        {S(SIGNATURE "\x21\x11\xFF\xFF"), PROXY_ERR_TOO_LONG},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct guard guard;
        struct proxy_header header;
        CHECK(proxy_header_parse(guard_copy(&guard, rows[i].bytes), &header) == rows[i].result);
        guard_free(&guard);
    }
}

TEST(long_headers_have_a_limit)
{
    struct buf whole;
    buf_init(&whole, 2 * LIMIT_PROXY_HEADER_BYTES);
    for (size_t len = LIMIT_PROXY_HEADER_BYTES - 17; len <= LIMIT_PROXY_HEADER_BYTES - 15; len++) {
        buf_clear(&whole);
        buf_put(&whole, STR(SIGNATURE "\x20\0"));
        buf_put_byte(&whole, (char)(len >> 8));
        buf_put_byte(&whole, (char)(len & 255));
        for (size_t i = 0; i < len; i++)
            buf_put_byte(&whole, 'x');
        struct proxy_header header;
        CHECK(proxy_header_parse(buf_str(&whole), &header) ==
              (len + 16 <= LIMIT_PROXY_HEADER_BYTES ? PROXY_OK : PROXY_ERR_TOO_LONG));
    }
    buf_deinit(&whole);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_headers_say_who_it_is),
        cmocka_unit_test(unix_sockets_are_known),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(long_headers_have_a_limit),
    };
    return cmocka_run_group_tests_name("proxy_header", tests, NULL, NULL);
}
