/* Randomness for secrets; see random.h. */
#include "hub/random.h"

#include <sodium/crypto_hash_sha512.h>
#include <sodium/utils.h>
#include <string.h>

void
hub_random_stir(struct hub *hub, uint64_t entropy)
{
    hub->entropy[hub->entropy_next] ^= entropy;
    hub->entropy_next = (hub->entropy_next + 1) % HUB_ENTROPY_COUNT;
}

void
hub_random(struct hub *hub, unsigned char out[HUB_RANDOM_BYTES])
{
    unsigned char both[crypto_hash_sha512_BYTES];
    crypto_hash_sha512(both, (const unsigned char *)hub->entropy, sizeof hub->entropy);
    memcpy(out, both, HUB_RANDOM_BYTES);
    memcpy(hub->entropy, both + HUB_RANDOM_BYTES, sizeof hub->entropy); /* forgets the seed */
    sodium_memzero(both, sizeof both);
}
