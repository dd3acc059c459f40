/* Keyed hashes in place of addresses; see cloak.h. */
#include "wire/cloak.h"

#include <assert.h>
#include <string.h>

#define LEVELS       3
#define LABEL_CHARS  8 /* of 5 bits: a million addresses share a label with one in a million */
#define LABEL_BITS   5
#define FAMILY_BYTES 2 /* before the address in what is hashed: family, bits of the network */

/* The label of the network that the address's first `bits` make. */
static void
put_label(struct buf *out, const struct address *address, uint8_t bits,
          const unsigned char key[HASH_SECRET_BYTES])
{
    assert(bits % 8 == 0);
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char input[FAMILY_BYTES + sizeof address->bytes] = {
        address->family == ADDRESS_IPV4 ? '4' : '6',
        (char)bits,
    };
    memcpy(input + FAMILY_BYTES, address->bytes, bits / 8);
    unsigned char digest[HASH_KEYED_BYTES];
    hash_keyed((struct str){.ptr = input, .len = FAMILY_BYTES + bits / 8}, key, digest);
    uint64_t number;
    memcpy(&number, digest, sizeof number);
    for (int i = 0; i < LABEL_CHARS; i++) {
        buf_put_byte(out, alphabet[number % (1U << LABEL_BITS)]);
        number >>= LABEL_BITS;
    }
}

void
cloak_put(struct buf *out, const struct address *address,
          const unsigned char key[HASH_SECRET_BYTES])
{
    static const uint8_t ipv4_bits[LEVELS] = {32, 24, 16};
    static const uint8_t ipv6_bits[LEVELS] = {64, 48, 32};
    assert(address->family == ADDRESS_IPV4 || address->family == ADDRESS_IPV6);
    bool is_ipv4 = address->family == ADDRESS_IPV4;
    for (size_t i = 0; i < LEVELS; i++) {
        put_label(out, address, is_ipv4 ? ipv4_bits[i] : ipv6_bits[i], key);
        buf_put_byte(out, '.');
    }
    buf_put(out, is_ipv4 ? STR("v4") : STR("v6"));
}
