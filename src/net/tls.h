#ifndef CONFAB_TLS_H
#define CONFAB_TLS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * TLS (OpenSSL 3.0), and the only place that knows it. No I/O: ciphertext comes in as slices and
 * goes out into a buffer; conn.c moves both. TLS 1.2 and 1.3, no renegotiation, no compression, no
 * early data, no tickets: chat connections live for days, and without tickets no key outlives them.
 *
 * Three objects:
 *   tls_server   certificates in use, for all workers. Loaded anew at each reload; connections
 *                keep what they began with. Any thread.
 *   tls_bench    a worker's memory for the bytes of the one connection it works at. One thread.
 *   tls          a connection. Holds no buffer while it is idle. Its worker's thread.
 */
struct tls_server;
struct tls_bench;
struct tls;

/* Bytes of a fingerprint in text: SHA-256 in lower-case hexadecimal digits. */
#define TLS_FINGERPRINT_BYTES 64

/* Bytes of plaintext in a record (RFC 8446 5.1), and of all that is around it. */
#define TLS_RECORD_BYTES 16384
#define TLS_SEALED_BYTES (TLS_RECORD_BYTES + 256)

/* A certificate with its chain, and its key; both PEM. Paths with a NUL behind them. */
struct tls_files {
    struct str certificate;
    struct str key; /* empty: in the same file */
};

/* --- certificates --- */

/* Without certificates at first. Free with tls_server_free. */
struct tls_server *tls_server_new(void);

/* Sets *server to NULL. Connections may live on. */
void tls_server_free(struct tls_server **server);

/*
 * Loads certificates; the first one is for clients that ask for no name, or for one that none is
 * for. 0, or an error with its reason: then what was loaded before stays in use. count: 1 and more.
 */
CF_NODISCARD int tls_server_load(struct tls_server *server, const struct tls_files *files,
                                 size_t count, struct cf_err *err);

/* What is in use, for people: the rest is of the first certificate. */
struct tls_summary {
    char fingerprint[TLS_FINGERPRINT_BYTES + 1];
    char not_after[32]; /* "Nov 26 00:00:00 2027 GMT" */
    bool has_expired;
    size_t count; /* 0: none is loaded */
};

/* Any thread. */
struct tls_summary tls_server_summary(struct tls_server *server);

/* --- a worker's memory --- */

struct tls_bench *tls_bench_new(void);

/* No connection that works at it may be left. Sets *bench to NULL. */
void tls_bench_free(struct tls_bench **bench);

/* --- connections --- */

enum tls_result {
    TLS_DONE,  /* the handshake is complete; or bytes have come or gone */
    TLS_MORE,  /* ciphertext of the peer is needed to go on */
    TLS_ENDED, /* the peer has said that it will send no more */
    TLS_FAILED /* nothing more can be read or written but what is to be sent: an alert */
};

/* NULL when the server has no certificate. bench: lives longer than the connection. */
struct tls *tls_new(struct tls_server *server, struct tls_bench *bench);

/* Wipes keys. Sets *tls to NULL. */
void tls_free(struct tls **tls);

/* On its bench: where ciphertext may be received to, and where plaintext may be put together. */
char *tls_receive_room(struct tls *tls, size_t *size_out);
char *tls_record_room(struct tls *tls); /* TLS_RECORD_BYTES of it */

/* Ciphertext has come: borrowed until tls_keep_input. */
void tls_feed(struct tls *tls, struct str ciphertext);

/* Copies what has been fed and not been used; after that it may go. */
void tls_keep_input(struct tls *tls);

/* Whether there is something to read without more being fed. */
bool tls_has_input(const struct tls *tls);

/* Goes on with the handshake. */
CF_NODISCARD enum tls_result tls_shake(struct tls *tls);

/* Plaintext of the peer, after the handshake. read_out is set with TLS_DONE: 1 and more. */
CF_NODISCARD enum tls_result tls_read(struct tls *tls, char *into, size_t room, size_t *read_out);

/*
 * Seals bytes for the peer, at most TLS_RECORD_BYTES. They wait in tls_output. TLS_DONE or
 * TLS_FAILED.
 */
CF_NODISCARD enum tls_result tls_write(struct tls *tls, struct str bytes);

/* Says that no more will be written (close_notify). */
void tls_say_end(struct tls *tls);

/* Ciphertext to be sent; valid until the next call. */
struct str tls_output(const struct tls *tls);

/* So much of it has been sent. */
void tls_output_sent(struct tls *tls, size_t len);

/* Moves what is left of it out of the bench, so that other connections can work there. */
void tls_keep_output(struct tls *tls);

/* Why it has failed, for the log; static or valid until the next call. */
const char *tls_failure(const struct tls *tls);

/* The fingerprint of the client's certificate: hex with a NUL; false when it has shown none. */
CF_NODISCARD bool tls_fingerprint(const struct tls *tls, char hex_out[TLS_FINGERPRINT_BYTES + 1]);

/* "TLSv1.3", and "TLS_AES_256_GCM_SHA384". Static. */
const char *tls_version(const struct tls *tls);
const char *tls_cipher(const struct tls *tls);

/* Whether the first bytes of a connection may be those of TLS; one is enough to deny it. */
bool tls_may_be_hello(struct str bytes);

/* The record that tells a client of TLS, in the clear, that it is not let in (access_denied). */
struct str tls_refusal(void);

#endif
