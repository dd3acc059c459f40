/* What a proxy says before its client speaks; see proxy_header.h. */
#include "wire/proxy_header.h"

#include "base/limits.h"
#include "base/number.h"

#include <assert.h>
#include <string.h>

/* Version 1. */
#define TEXT_START     STR("PROXY ")
#define TEXT_BYTES_MAX 107 /* with CR LF (2.1) */

/* Version 2: the signature, then version and command, family and transport, length. */
#define SIGNATURE       STR("\r\n\r\n\0\r\nQUIT\n")
#define BINARY_HEAD     16
#define COMMAND_LOCAL   0x20
#define COMMAND_PROXY   0x21
#define FAMILY_UNSPEC   0x00
#define FAMILY_TCP4     0x11
#define FAMILY_TCP6     0x21
#define FAMILY_UNIX     0x31
#define TLV_HEAD        3
#define TLV_SSL         0x20
#define TLV_SSL_BYTES   5 /* flags and verify; what follows are TLVs of its own */
#define SSL_FLAG_CLIENT 0x01
#define TCP4_BYTES      12
#define TCP6_BYTES      36
#define UNIX_BYTES      216

/* Whether bytes are the beginning of `whole`, or begin with it. */
static bool
may_begin_with(struct str bytes, struct str whole)
{
    return bytes.len < whole.len ? str_starts_with(whole, bytes) : str_starts_with(bytes, whole);
}

static uint8_t
byte_at(struct str bytes, size_t index)
{
    assert(index < bytes.len);
    return (uint8_t)bytes.ptr[index];
}

static uint16_t
u16_at(struct str bytes, size_t index)
{
    return (uint16_t)(byte_at(bytes, index) << 8 | byte_at(bytes, index + 1));
}

/* --- version 1 --- */

static bool
parse_text_address(struct str text, enum address_family family, struct address *address_out)
{
    struct address_block block;
    if (str_find_byte(text, '/') < text.len || !address_block_parse(text, &block))
        return false;
    /* A mapped IPv4 address may come as TCP6. */
    bool has_colon = str_find_byte(text, ':') < text.len;
    if (has_colon != (family == ADDRESS_IPV6))
        return false;
    *address_out = block.base;
    return true;
}

/* "TCP4 192.0.2.1 198.51.100.7 4711 6667"; words are separated by one space each. */
static bool
parse_text_line(struct str line, struct proxy_header *header)
{
    struct str rest = line;
    struct str protocol = str_cut(&rest, ' ');
    if (str_equal(protocol, STR("UNKNOWN"))) {
        header->is_local = true;
        return true;
    }
    bool is_tcp4 = str_equal(protocol, STR("TCP4"));
    if (!is_tcp4 && !str_equal(protocol, STR("TCP6")))
        return false;
    enum address_family family = is_tcp4 ? ADDRESS_IPV4 : ADDRESS_IPV6;
    struct str source = str_cut(&rest, ' ');
    struct str destination = str_cut(&rest, ' ');
    struct str source_port = str_cut(&rest, ' ');
    struct str destination_port = rest;
    struct address ignored;
    uint64_t port;
    uint64_t ignored_port;
    if (!parse_text_address(source, family, &header->source) ||
        !parse_text_address(destination, family, &ignored) ||
        !number_parse_u64(source_port, UINT16_MAX, &port) ||
        !number_parse_u64(destination_port, UINT16_MAX, &ignored_port))
        return false;
    header->source_port = (uint16_t)port;
    return true;
}

static enum proxy_result
parse_text(struct str bytes, struct proxy_header *header)
{
    struct str looked_at = str_take(bytes, TEXT_BYTES_MAX);
    size_t end = str_find_byte(looked_at, '\n');
    if (end == looked_at.len)
        return bytes.len >= TEXT_BYTES_MAX ? PROXY_ERR_TOO_LONG : PROXY_MORE;
    if (bytes.ptr[end - 1] != '\r')
        return PROXY_ERR_INVALID;
    header->len = end + 1;
    struct str line = str_skip(str_take(bytes, end - 1), TEXT_START.len);
    return parse_text_line(line, header) ? PROXY_OK : PROXY_ERR_INVALID;
}

/* --- version 2 --- */

/* What more the proxy tells; false when it is not well-formed. */
static bool
parse_extras(struct str extras, struct proxy_header *header)
{
    while (extras.len > 0) {
        if (extras.len < TLV_HEAD)
            return false;
        uint8_t type = byte_at(extras, 0);
        size_t len = u16_at(extras, 1);
        struct str value = str_take(str_skip(extras, TLV_HEAD), len);
        if (value.len < len)
            return false;
        if (type == TLV_SSL) {
            if (len < TLV_SSL_BYTES)
                return false;
            header->is_secure = (byte_at(value, 0) & SSL_FLAG_CLIENT) != 0;
        }
        extras = str_skip(extras, TLV_HEAD + len);
    }
    return true;
}

static size_t
address_bytes(uint8_t family)
{
    switch (family) {
    case FAMILY_TCP4:
        return TCP4_BYTES;
    case FAMILY_TCP6:
        return TCP6_BYTES;
    case FAMILY_UNIX:
        return UNIX_BYTES;
    default: /* any byte may come */
        return SIZE_MAX;
    }
}

static void
take_address(struct str body, uint8_t family, struct proxy_header *header)
{
    const uint8_t *bytes = (const uint8_t *)body.ptr;
    if (family == FAMILY_UNIX) {
        header->source = (struct address){.family = ADDRESS_UNIX};
        return;
    }
    bool is_tcp4 = family == FAMILY_TCP4;
    header->source = is_tcp4 ? address_from_ipv4(bytes) : address_from_ipv6(bytes);
    header->source_port = u16_at(body, is_tcp4 ? 8 : 32); /* behind both addresses */
}

static enum proxy_result
parse_body(struct str body, uint8_t command, uint8_t family, struct proxy_header *header)
{
    if (command == COMMAND_LOCAL || family == FAMILY_UNSPEC) {
        header->is_local = true; /* what is in it is to be ignored (2.2) */
        return PROXY_OK;
    }
    size_t len = address_bytes(family);
    if (len > body.len)
        return PROXY_ERR_INVALID;
    take_address(body, family, header);
    return parse_extras(str_skip(body, len), header) ? PROXY_OK : PROXY_ERR_INVALID;
}

static enum proxy_result
parse_binary(struct str bytes, struct proxy_header *header)
{
    if (bytes.len < BINARY_HEAD)
        return PROXY_MORE;
    uint8_t command = byte_at(bytes, 12);
    if (command != COMMAND_LOCAL && command != COMMAND_PROXY)
        return PROXY_ERR_INVALID;
    header->len = BINARY_HEAD + u16_at(bytes, 14);
    if (header->len > LIMIT_PROXY_HEADER_BYTES)
        return PROXY_ERR_TOO_LONG;
    if (bytes.len < header->len)
        return PROXY_MORE;
    struct str body = str_skip(str_take(bytes, header->len), BINARY_HEAD);
    return parse_body(body, command, byte_at(bytes, 13), header);
}

enum proxy_result
proxy_header_parse(struct str bytes, struct proxy_header *header_out)
{
    struct proxy_header header = {.len = 0};
    enum proxy_result result = PROXY_ERR_NOT_PROXY;
    if (bytes.len == 0) {
        result = PROXY_MORE;
    } else if (may_begin_with(bytes, TEXT_START)) {
        result = bytes.len < TEXT_START.len ? PROXY_MORE : parse_text(bytes, &header);
    } else if (may_begin_with(bytes, SIGNATURE)) {
        result = parse_binary(bytes, &header);
    }
    if (result == PROXY_OK) {
        assert(header.len > 0);
        assert(header.len <= bytes.len);
        *header_out = header;
    }
    return result;
}
