#ifndef CONFAB_HASH_H
#define CONFAB_HASH_H

#include "base/str.h"

#include <stdint.h>

/*
 * Keyed hash (SipHash-2-4 of libsodium), so that a client which chooses names can't choose
 * collisions. The key is the process's; it does not influence any order that is seen outside,
 * because maps iterate in the order of insertion.
 */

#define HASH_KEY_BYTES 16

/* Sets the process's key. Call once, before the first thread and the first map. */
void hash_set_process_key(const unsigned char key[HASH_KEY_BYTES]);

/* Any thread. */
uint64_t hash_bytes(struct str bytes);

#define HASH_SECRET_BYTES 32
#define HASH_KEYED_BYTES  32

/*
 * BLAKE2b with a key of the caller's, for what is shown to others and must stay what it is: who
 * does not have the key learns nothing of the bytes. Any thread.
 */
void hash_keyed(struct str bytes, const unsigned char key[HASH_SECRET_BYTES],
                unsigned char digest_out[HASH_KEYED_BYTES]);

#endif
