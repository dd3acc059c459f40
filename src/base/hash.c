/* SipHash under one process-wide key; see hash.h. */
#include "base/hash.h"

#include <assert.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <string.h>

static_assert(HASH_KEY_BYTES == crypto_shorthash_siphash24_KEYBYTES, "SipHash key size");

/* Immutable once the threads run. */
static unsigned char process_key[HASH_KEY_BYTES];

void
hash_set_process_key(const unsigned char key[HASH_KEY_BYTES])
{
    memcpy(process_key, key, HASH_KEY_BYTES);
}

uint64_t
hash_bytes(struct str bytes)
{
    unsigned char out[crypto_shorthash_siphash24_BYTES];
    static_assert(sizeof out == sizeof(uint64_t), "hash width");
    /* Never fails: the library's return value is always 0. */
    (void)crypto_shorthash_siphash24(out, (const unsigned char *)bytes.ptr, bytes.len, process_key);
    uint64_t hash;
    memcpy(&hash, out, sizeof hash);
    return hash;
}

void
hash_keyed(struct str bytes, const unsigned char key[HASH_SECRET_BYTES],
           unsigned char digest_out[HASH_KEYED_BYTES])
{
    int result = crypto_generichash(digest_out, HASH_KEYED_BYTES, (const unsigned char *)bytes.ptr,
                                    bytes.len, key, HASH_SECRET_BYTES);
    assert(result == 0); /* fails for sizes out of its range only */
}
