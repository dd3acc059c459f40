#ifndef CONFAB_DNSBL_NAME_H
#define CONFAB_DNSBL_NAME_H

#include "base/buf.h"
#include "base/str.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * How block lists in DNS (DNSBL) are asked, and what their answers mean. Pure; any thread.
 * Spec: RFC 5782.
 */

/* The longest name that DNS has, in its text form. */
#define DNSBL_NAME_BYTES_MAX 253

/* The longest name of a list: in front of it stand the 64 bytes of an IPv6 address. */
#define DNSBL_ZONE_BYTES_MAX (DNSBL_NAME_BYTES_MAX - 64)

/*
 * Appends the name that the list is asked for: "99.2.0.192.bl.example" for 192.0.2.99, each four
 * bits of an IPv6 address as a label of their own. address: IPv4 or IPv6.
 */
void dnsbl_put_name(struct buf *out, const struct address *address, struct str zone);

/*
 * Whether a list answers with it that it does not want to be asked, and not that the address is
 * listed: 127.255.255.0/24, as many lists in use do for resolvers that they do not serve.
 */
bool dnsbl_reply_is_refusal(const struct address *reply);

/* Whether an answer is one of those that count: it is in one of the blocks, and no refusal. */
bool dnsbl_reply_counts(const struct address *reply, const struct address_block *blocks,
                        size_t block_count);

#endif
