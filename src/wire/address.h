#ifndef CONFAB_ADDRESS_H
#define CONFAB_ADDRESS_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Addresses of peers and blocks of them. IPv4 addresses that come through an IPv6 socket count as
 * IPv4. Values; pure but for sockets' own types; any thread.
 */
enum address_family {
    ADDRESS_NONE,
    ADDRESS_IPV4,
    ADDRESS_IPV6,
    ADDRESS_UNIX,
};

struct address {
    enum address_family family;
    uint8_t bytes[16]; /* 4 of them for IPv4, none for UNIX */
};

/* A block of addresses: the first `bits` of base. */
struct address_block {
    struct address base;
    uint8_t bits;
};

/* ADDRESS_NONE for a family that is none of ours. */
struct address address_from_sockaddr(const struct sockaddr_storage *sockaddr);

/* From 4 and from 16 bytes in network order. */
struct address address_from_ipv4(const uint8_t *bytes);
struct address address_from_ipv6(const uint8_t *bytes);

/* "192.0.2.1", "2001:db8::1", "unix". */
void address_put(struct buf *out, const struct address *address);

/*
 * An address, or one with "/bits". False when it is neither. A block of mapped IPv4 addresses
 * (::ffff:192.0.2.0/120) is one of IPv4 addresses (192.0.2.0/24).
 */
CF_NODISCARD bool address_block_parse(struct str text, struct address_block *block_out);

/* The block without what is behind its bits, so that equal blocks are the same bytes. */
void address_block_trim(struct address_block *block);

/* "192.0.2.0/24"; without the bits when it is a single address. */
void address_block_put(struct buf *out, const struct address_block *block);

/* False for addresses of another family. */
bool address_block_holds(const struct address_block *block, const struct address *address);

/* A key for counting: all of an IPv4 address, the /64 of an IPv6 one. */
struct address address_key(const struct address *address);

bool address_is_loopback(const struct address *address);

#endif
