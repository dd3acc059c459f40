#ifndef CONFAB_CLOAK_H
#define CONFAB_CLOAK_H

#include "base/buf.h"
#include "base/hash.h"
#include "wire/address.h"

/*
 * Cloaks: what others see in place of an address. Made of keyed hashes of the address and of the
 * networks that it is in, the smallest first, so that a ban can be of one address or of a network
 * without anybody learning which one that is:
 *
 *     k3v7m2qa.ceg4xu5b.zzq2n7hd.v4    this address, its /24 (*.ceg4xu5b.zzq2n7hd.v4), its /16
 *     fl2cf3gw.b6zy7qkd.x3jw2rt5.v6    its /64, its /48 and its /32
 *
 * Without the key the hashes can't be tried out, though there are so few addresses. Pure, any
 * thread.
 */

/* Appends at most 29 bytes. address: of IPv4 or IPv6. */
void cloak_put(struct buf *out, const struct address *address,
               const unsigned char key[HASH_SECRET_BYTES]);

#endif
