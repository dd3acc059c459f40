#ifndef CONFAB_PASSWORD_H
#define CONFAB_PASSWORD_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Password hashes: Argon2id through libsodium. Slow on purpose (tens of milliseconds, 64 MiB):
 * never on a worker. Any thread.
 */
#define PASSWORD_HASH_BYTES_MAX 128

/* Writes a NUL-terminated hash. False when there is no memory for it. */
CF_NODISCARD bool password_hash(const char *password, size_t len,
                                char hash_out[PASSWORD_HASH_BYTES_MAX]);

/* hash: NUL-terminated, as password_hash makes it. False for a hash of another kind, too. */
CF_NODISCARD bool password_matches(const char *hash, const char *password, size_t len);

/* Whether text looks like a hash that password_matches can check. */
bool password_is_hash(const char *text);

#endif
