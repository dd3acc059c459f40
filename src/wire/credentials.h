#ifndef CONFAB_CREDENTIALS_H
#define CONFAB_CREDENTIALS_H

#include "base/attr.h"
#include "base/password.h"
#include "base/str.h"
#include "wire/scram.h"

#include <stdbool.h>

/*
 * What is kept of an account's password: a hash for those who send the password (SASL PLAIN,
 * IDENTIFY), verifiers for those who only prove it (SCRAM). A value; any thread.
 */
struct credentials {
    char password_hash[PASSWORD_HASH_BYTES_MAX]; /* NUL-terminated; empty: there is no password */
    struct scram_verifier sha_256;
    struct scram_verifier sha_512;
};

/* Fresh and unpredictable; one for each verifier. */
struct credentials_salts {
    unsigned char sha_256[SCRAM_SALT_BYTES];
    unsigned char sha_512[SCRAM_SALT_BYTES];
};

/*
 * Slow on purpose, as password_hash: never on a worker. password: NUL-terminated. False when there
 * is no memory for the hash.
 */
CF_NODISCARD bool credentials_make(const char *password, const struct credentials_salts *salts,
                                   struct credentials *credentials_out);

/*
 * Slow, as credentials_make. check, password: NUL-terminated; the first is a hash of
 * password.h, or a verifier as text (verifier_text.h). False for what is neither.
 */
CF_NODISCARD bool credentials_match(const char *check, const char *password);

#endif
