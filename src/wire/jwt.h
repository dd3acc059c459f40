#ifndef CONFAB_JWT_H
#define CONFAB_JWT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Tokens that somebody else has signed, and that say who their bearer is: JSON Web Tokens (RFC
 * 7519) in their compact form (RFC 7515 7.1), verified with OpenSSL, libsodium and jansson. The
 * only place that knows what a token looks like.
 *
 * What a token says of itself is never a reason to believe it: the algorithm and the keys are the
 * verifier's, and a token that names another algorithm, or "none", is refused (RFC 8725 3.1).
 * Nothing of what it claims is looked at before its signature is right.
 *
 * Pure: no I/O, no clock. A verifier is immutable; any number of threads may use it at a time.
 * Verifying takes 20 (RSA) to 110 microseconds (Ed25519) for each key that is tried: for helpers.
 */
enum jwt_algorithm {
    JWT_OFF,   /* none are taken */
    JWT_HS256, /* HMAC with SHA-256: who can verify can also make some (RFC 7518 3.2) */
    JWT_RS256, /* RSA, PKCS #1 1.5, SHA-256 (RFC 7518 3.3) */
    JWT_ES256, /* ECDSA with P-256 and SHA-256 (RFC 7518 3.4) */
    JWT_EDDSA, /* Ed25519 (RFC 8037 3.1) */
    JWT_ALGORITHM_COUNT,
};

/* As the header of a token has them: "HS256"; "off" for JWT_OFF. */
extern const struct str jwt_algorithm_names[JWT_ALGORITHM_COUNT];

enum jwt_result {
    JWT_NOT_CHECKED, /* of callers: nobody had the time */
    JWT_OK,
    JWT_MALFORMED,
    JWT_TOO_LONG,        /* LIMIT_TOKEN_BYTES */
    JWT_WRONG_ALGORITHM, /* another one than the verifier's, or with extensions that it must know */
    JWT_BAD_SIGNATURE,
    JWT_EXPIRED,
    JWT_TOO_EARLY,
    JWT_WRONG_ISSUER,
    JWT_WRONG_AUDIENCE,
    JWT_NO_ACCOUNT, /* the claim that names it is not there, or is no text of a name's length */
    JWT_RESULT_COUNT,
};

struct jwt_settings {
    enum jwt_algorithm algorithm; /* not JWT_OFF */
    /* HS256: the secret, with a line end behind it or none. Else public keys in PEM. */
    struct str key_material;
    /* None of these is empty, or has a NUL. */
    struct str issuer;   /* what "iss" must be */
    struct str audience; /* what "aud" must be or have */
    struct str claim;    /* whose value is the account's name */
};

struct jwt_verifier;

/*
 * Copies what it needs. NULL when the keys can't be used: appended to why is what is wrong with
 * them and what to do, to stand behind the name of the file; it holds nothing of the keys. Keys are
 * refused that are shorter than RFC 7518 wants (3.2: 256 bits of secret, 3.3: 2048 bits of RSA),
 * and more of them than LIMIT_TOKEN_KEYS. Free with jwt_verifier_free.
 */
CF_NODISCARD struct jwt_verifier *jwt_verifier_new(const struct jwt_settings *settings,
                                                   struct buf *why);

/* Wipes the secret, frees, and sets *verifier to NULL; does nothing if it is NULL already. */
void jwt_verifier_free(struct jwt_verifier **verifier);

/*
 * Whether the token is right at that time: signed with one of the keys, "exp" ahead and "nbf",
 * where it is there, behind (RFC 7519 4.1.4, 4.1.5; LIMIT_TOKEN_LEEWAY_MS either way), "iss" and
 * "aud" the verifier's. With JWT_OK appends to account_out what the claim says: 1..LIMIT_NICK_BYTES
 * bytes of UTF-8; whether that is an account's name is the caller's to find out. Else appends
 * nothing. account_out: has room for them.
 */
CF_NODISCARD enum jwt_result jwt_verify(const struct jwt_verifier *verifier, struct str token,
                                        int64_t now_ms, struct buf *account_out);

#endif
