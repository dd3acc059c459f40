#ifndef CONFAB_SCRAM_H
#define CONFAB_SCRAM_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SCRAM, the server's side: a client proves that it knows a password without sending it, and the
 * server that it knows the verifier. Messages in, messages out; no I/O, clock or randomness.
 *
 * A verifier is what is kept of a password. Deriving one is slow on purpose and belongs on a
 * helper; all else here is a few hashes.
 *
 * Spec: RFC 5802, RFC 7677 (SHA-256). SCRAM-SHA-512 is the same with the longer hash. No channel
 * binding: "p=" is refused, "n" and "y" are taken.
 */
enum scram_hash {
    SCRAM_SHA_256,
    SCRAM_SHA_512,
};

#define SCRAM_SALT_BYTES     16
#define SCRAM_KEY_BYTES_MAX  64
#define SCRAM_NONCE_BYTES    18   /* of the server, before base64: 24 characters */
#define SCRAM_ITERATIONS     4096 /* RFC 7677 4 asks for that many at least */
#define SCRAM_ITERATIONS_MAX 1000000
#define SCRAM_MESSAGE_MAX    1024

struct scram_verifier {
    enum scram_hash hash;
    uint32_t iterations; /* 0: there is no verifier */
    unsigned char salt[SCRAM_SALT_BYTES];
    unsigned char stored_key[SCRAM_KEY_BYTES_MAX];
    unsigned char server_key[SCRAM_KEY_BYTES_MAX];
};

/* How many bytes of the keys are used: 32 or 64. */
size_t scram_key_bytes(enum scram_hash hash);

/*
 * Slow. password: UTF-8, brought into the form that SASLprep asks for as far as NFKC does that;
 * what is no UTF-8 is taken as it is. iterations: 1..SCRAM_ITERATIONS_MAX.
 */
void scram_derive(struct str password, const unsigned char salt[SCRAM_SALT_BYTES],
                  struct scram_verifier *verifier);

/* One authentication under way. Zeroed is none. */
struct scram_exchange {
    struct buf client_first_bare;
    struct buf server_first;
    struct buf gs2_header; /* of the client, as it came */
};

enum scram_result {
    SCRAM_OK,
    SCRAM_WRONG,     /* not the password */
    SCRAM_MALFORMED, /* not a message of SCRAM, or an extension that is not known */
};

/*
 * Takes the client's first message. username_out and authzid_out (may be empty): unescaped, into
 * buffers that the caller has initialised.
 */
CF_NODISCARD enum scram_result scram_take_first(struct scram_exchange *exchange, struct str message,
                                                struct buf *username_out, struct buf *authzid_out);

/* The answer to it, after SCRAM_OK. nonce: fresh and unpredictable. */
void scram_put_first(struct scram_exchange *exchange, const struct scram_verifier *verifier,
                     const unsigned char nonce[SCRAM_NONCE_BYTES], struct buf *out);

/* Takes the client's final message; with SCRAM_OK puts the server's last one, "v=...". */
CF_NODISCARD enum scram_result scram_take_final(struct scram_exchange *exchange,
                                                const struct scram_verifier *verifier,
                                                struct str message, struct buf *out);

/* Safe on a zeroed exchange. */
void scram_exchange_deinit(struct scram_exchange *exchange);

#endif
