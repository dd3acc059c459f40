/* Addresses; see address.h. */
#include "wire/address.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct address
address_from_ipv4(const uint8_t *bytes)
{
    struct address address = {.family = ADDRESS_IPV4};
    memcpy(address.bytes, bytes, 4);
    return address;
}

struct address
address_from_ipv6(const uint8_t *bytes)
{
    struct address address = {.family = ADDRESS_IPV6};
    if (memcmp(bytes, mapped_prefix, sizeof mapped_prefix) == 0) {
        address.family = ADDRESS_IPV4;
        memcpy(address.bytes, bytes + sizeof mapped_prefix, 4);
    } else {
        memcpy(address.bytes, bytes, 16);
    }
    return address;
}

struct address
address_from_sockaddr(const struct sockaddr_storage *sockaddr)
{
    struct address address = {.family = ADDRESS_NONE};
    if (sockaddr->ss_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)sockaddr;
        address = address_from_ipv4((const uint8_t *)&ipv4->sin_addr);
    } else if (sockaddr->ss_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)sockaddr;
        address = address_from_ipv6(ipv6->sin6_addr.s6_addr);
    } else if (sockaddr->ss_family == AF_UNIX) {
        address.family = ADDRESS_UNIX;
    }
    return address;
}

void
address_put(struct buf *out, const struct address *address)
{
    char text[INET6_ADDRSTRLEN];
    if (address->family == ADDRESS_UNIX || address->family == ADDRESS_NONE) {
        buf_put(out, STR("unix"));
        return;
    }
    int family = address->family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
    const char *result = inet_ntop(family, address->bytes, text, sizeof text);
    assert(result != NULL);
    /* "::1" at the start of a parameter would end an IRC line's middle. */
    if (text[0] == ':')
        buf_put_byte(out, '0');
    buf_put(out, str_from_nul(text));
}

bool
address_block_parse(struct str text, struct address_block *block_out)
{
    struct str bits_text = text;
    struct str address_text = str_cut(&bits_text, '/');
    char nul_terminated[INET6_ADDRSTRLEN + 1];
    if (address_text.len == 0 || address_text.len >= sizeof nul_terminated ||
        str_find_byte(address_text, '\0') < address_text.len)
        return false;
    memcpy(nul_terminated, address_text.ptr, address_text.len);
    nul_terminated[address_text.len] = '\0';

    struct address_block block = {.bits = 0};
    uint64_t bits = 32;
    uint64_t bits_before = 0; /* of the prefix that says "mapped" */
    uint8_t bytes[16];
    if (inet_pton(AF_INET, nul_terminated, bytes) == 1) {
        block.base.family = ADDRESS_IPV4;
        memcpy(block.base.bytes, bytes, 4);
    } else if (inet_pton(AF_INET6, nul_terminated, bytes) == 1) {
        block.base = address_from_ipv6(bytes);
        bits = 128;
        bits_before = block.base.family == ADDRESS_IPV4 ? 96 : 0;
    } else {
        return false;
    }
    if (bits_text.ptr != NULL && !number_parse_u64(bits_text, bits, &bits))
        return false;
    if (bits < bits_before) /* holds more than IPv4 addresses */
        return false;
    block.bits = (uint8_t)(bits - bits_before);
    *block_out = block;
    return true;
}

void
address_block_trim(struct address_block *block)
{
    for (size_t i = 0; i < sizeof block->base.bytes; i++) {
        size_t bits_before = i * 8;
        if (bits_before >= block->bits)
            block->base.bytes[i] = 0;
        else if (block->bits - bits_before < 8)
            block->base.bytes[i] &= (uint8_t)(0xFF << (8 - (block->bits - bits_before)));
    }
}

void
address_block_put(struct buf *out, const struct address_block *block)
{
    address_put(out, &block->base);
    if (block->bits < (block->base.family == ADDRESS_IPV4 ? 32 : 128))
        buf_printf(out, "/%u", block->bits);
}

bool
address_block_holds(const struct address_block *block, const struct address *address)
{
    if (block->base.family != address->family)
        return false;
    size_t whole = block->bits / 8;
    if (memcmp(block->base.bytes, address->bytes, whole) != 0)
        return false;
    unsigned rest = block->bits % 8;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xFF << (8 - rest));
    return (block->base.bytes[whole] & mask) == (address->bytes[whole] & mask);
}

struct address
address_key(const struct address *address)
{
    struct address key = *address;
    if (key.family == ADDRESS_IPV6)
        memset(key.bytes + 8, 0, 8);
    return key;
}

bool
address_is_loopback(const struct address *address)
{
    static const uint8_t ipv6_loopback[16] = {[15] = 1};
    switch (address->family) {
    case ADDRESS_NONE:
        return false;
    case ADDRESS_UNIX:
        return true;
    case ADDRESS_IPV4:
        return address->bytes[0] == 127;
    case ADDRESS_IPV6:
        return memcmp(address->bytes, ipv6_loopback, sizeof ipv6_loopback) == 0;
    }
    return false;
}
