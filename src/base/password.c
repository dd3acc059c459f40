/* Argon2id; see password.h. */
#include "base/password.h"

#include <assert.h>
#include <sodium/crypto_pwhash.h>
#include <string.h>

static_assert(PASSWORD_HASH_BYTES_MAX >= crypto_pwhash_STRBYTES, "hash fits");

bool
password_hash(const char *password, size_t len, char hash_out[PASSWORD_HASH_BYTES_MAX])
{
    return crypto_pwhash_str(hash_out, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

bool
password_matches(const char *hash, const char *password, size_t len)
{
    return password_is_hash(hash) && crypto_pwhash_str_verify(hash, password, len) == 0;
}

bool
password_is_hash(const char *text)
{
    static const char prefix[] = "$argon2id$";
    return strncmp(text, prefix, sizeof prefix - 1) == 0 &&
           strnlen(text, crypto_pwhash_STRBYTES) < crypto_pwhash_STRBYTES;
}
