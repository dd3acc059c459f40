/* How block lists in DNS are asked; see dnsbl_name.h. */
#include "wire/dnsbl_name.h"

#include <assert.h>

#define IPV4_BYTES 4
#define IPV6_BYTES 16

void
dnsbl_put_name(struct buf *out, const struct address *address, struct str zone)
{
    static const char digits[] = "0123456789abcdef";
    assert(address->family == ADDRESS_IPV4 || address->family == ADDRESS_IPV6);
    assert(zone.len > 0);
    if (address->family == ADDRESS_IPV4) {
        for (size_t i = IPV4_BYTES; i > 0; i--)
            buf_printf(out, "%u.", (unsigned)address->bytes[i - 1]);
    } else {
        for (size_t i = IPV6_BYTES; i > 0; i--) {
            unsigned byte = address->bytes[i - 1];
            buf_printf(out, "%c.%c.", digits[byte & 0xFU], digits[byte >> 4]);
        }
    }
    buf_put(out, zone);
}

bool
dnsbl_reply_is_refusal(const struct address *reply)
{
    static const struct address_block refusals = {
        .base = {.family = ADDRESS_IPV4, .bytes = {127, 255, 255, 0}},
        .bits = 24,
    };
    return address_block_holds(&refusals, reply);
}

bool
dnsbl_reply_counts(const struct address *reply, const struct address_block *blocks,
                   size_t block_count)
{
    if (dnsbl_reply_is_refusal(reply))
        return false;
    for (size_t i = 0; i < block_count; i++) {
        if (address_block_holds(&blocks[i], reply))
            return true;
    }
    return false;
}
