/* TLS through OpenSSL; see tls.h. */
#include "net/tls.h"

#include "base/alloc.h"
#include "base/mutex.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

/* Ciphertext that waits because the socket takes no more, or a record needs room for plaintext. */
#define QUEUE_BYTES_MAX (1024 * 1024)

/* Of a client's chain of certificates, during the handshake; OpenSSL's default is 100 KiB. */
#define CLIENT_CHAIN_BYTES_MAX (16 * 1024)

/* TLS 1.2: forward secret and authenticated. The suites of TLS 1.3 all are. */
#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20"

#define ALPN_IRC "\x03irc" /* IANA: the protocol's length and name */

struct tls_server {
    struct cf_mutex mutex;
    SSL_CTX *context CF_GUARDED_BY(mutex); /* NULL: no certificate; counted by OpenSSL */
    size_t count CF_GUARDED_BY(mutex);
};

struct tls_bench {
    char input[TLS_SEALED_BYTES];
    char record[TLS_RECORD_BYTES];
    struct buf output; /* of the connection that is worked at */
};

struct tls {
    SSL *ssl;
    struct tls_bench *bench;
    struct str fed;    /* borrowed */
    struct buf input;  /* fed and not used */
    struct buf output; /* sealed and not sent, when it is not on the bench */
    bool has_ended;    /* nothing more is read */
    bool has_failed;
    const char *failure;
};

/* --- ciphertext in and out: a BIO without buffers of its own --- */

static struct tls *
tls_of(BIO *bio)
{
    return BIO_get_data(bio);
}

static size_t
take(char *into, size_t room, struct str from)
{
    size_t len = from.len < room ? from.len : room;
    if (len > 0)
        memcpy(into, from.ptr, len);
    return len;
}

static int
bio_read(BIO *bio, char *into, size_t room, size_t *read_out)
{
    struct tls *tls = tls_of(bio);
    BIO_clear_retry_flags(bio);
    size_t len = take(into, room, buf_str(&tls->input));
    if (len > 0) {
        buf_consume(&tls->input, len);
        if (tls->input.len == 0)
            buf_deinit(&tls->input);
    } else {
        len = take(into, room, tls->fed);
        tls->fed = str_skip(tls->fed, len);
    }
    *read_out = len;
    if (len > 0)
        return 1;
    BIO_set_retry_read(bio);
    return 0;
}

static int
bio_write(BIO *bio, const char *bytes, size_t len, size_t *written_out)
{
    struct tls *tls = tls_of(bio);
    struct buf *output = tls->output.len > 0 ? &tls->output : &tls->bench->output;
    BIO_clear_retry_flags(bio);
    if (buf_room(output) < len)
        return 0; /* a peer that makes us say more than it takes */
    buf_put(output, (struct str){.ptr = bytes, .len = len});
    *written_out = len;
    return 1;
}

static long
bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method;
static int server_index = -1; /* of what hangs at an SSL_CTX: struct name_list */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void name_list_freed(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index,
                            long number, void *argument);

static void
init_once(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "confab");
    assert(bio_method != NULL);
    int result = BIO_meth_set_read_ex(bio_method, bio_read);
    assert(result == 1);
    result = BIO_meth_set_write_ex(bio_method, bio_write);
    assert(result == 1);
    result = BIO_meth_set_ctrl(bio_method, bio_control);
    assert(result == 1);
    server_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, name_list_freed);
    assert(server_index >= 0);
}

static void
init(void)
{
    int result = pthread_once(&once, init_once);
    assert(result == 0);
}

/* --- certificates --- */

/* Those after the first, which the client may ask for by name (SNI, RFC 6066 3). */
struct name_list {
    size_t count;
    SSL_CTX *contexts[];
};

static void
name_list_freed(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number,
                void *argument)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)number;
    (void)argument;
    struct name_list *list = pointer;
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->count; i++)
        SSL_CTX_free(list->contexts[i]);
    cf_free(list);
}

static bool
is_for(SSL_CTX *context, const char *name)
{
    X509 *certificate = SSL_CTX_get0_certificate(context);
    return X509_check_host(certificate, name, strlen(name), 0, NULL) == 1;
}

static int
choose_certificate(SSL *ssl, int *alert, void *argument)
{
    (void)alert;
    (void)argument;
    SSL_CTX *first = SSL_get_SSL_CTX(ssl);
    const struct name_list *list = SSL_CTX_get_ex_data(first, server_index);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (list == NULL || name == NULL || is_for(first, name))
        return SSL_TLSEXT_ERR_OK;
    for (size_t i = 0; i < list->count; i++) {
        if (is_for(list->contexts[i], name)) {
            (void)SSL_set_SSL_CTX(ssl, list->contexts[i]); /* fails for want of memory only */
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

/*
 * A client that names protocols must name ours: a page in a browser can't make it talk to us over
 * TLS (RFC 7301 3.2, the ALPACA attack).
 */
static int
choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                const unsigned char *offered, unsigned offered_len, void *argument)
{
    (void)ssl;
    (void)argument;
    static const unsigned char ours[] = ALPN_IRC;
    unsigned char *found;
    if (SSL_select_next_proto(&found, chosen_len, ours, sizeof ours - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

/* Any certificate of a client will do: it is known by its fingerprint, not by who signed it. */
static int
accept_any(X509_STORE_CTX *store, void *argument)
{
    (void)store;
    (void)argument;
    return 1;
}

/* The passphrase of a key: nobody is there to be asked. */
static int
no_passphrase(char *into, int size, int is_writing, void *argument)
{
    (void)into;
    (void)size;
    (void)is_writing;
    (void)argument;
    return -1;
}

/* What OpenSSL says was wrong; static. */
static const char *
openssl_reason(void)
{
    unsigned long error = ERR_peek_error(); /* the first: the others follow from it */
    if (ERR_SYSTEM_ERROR(error))
        return errno_text((int)ERR_GET_REASON(error));
    const char *reason = ERR_reason_error_string(error);
    return reason == NULL ? "unknown error" : reason;
}

static int
fail_loading(struct cf_err *err, const char *what, const char *path)
{
    int result = cf_err_set(err, -EINVAL, "tls.certificates: %s %s can't be used: %s", what, path,
                            openssl_reason());
    ERR_clear_error();
    return result;
}

static int
load_files(SSL_CTX *context, const struct tls_files *files, struct cf_err *err)
{
    const char *certificate = files->certificate.ptr;
    const char *key = files->key.len == 0 ? certificate : files->key.ptr;
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return fail_loading(err, "the certificate", certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return fail_loading(err, "the key", key);
    if (SSL_CTX_check_private_key(context) != 1)
        return fail_loading(err, "the key", key);
    return 0;
}

static void
set_up(SSL_CTX *context)
{
    int result = (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); /* 0 or 1 */
    assert(result == 1);
    result = SSL_CTX_set_cipher_list(context, CIPHERS_TLS12);
    assert(result == 1);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    result = SSL_CTX_set_num_tickets(context, 0);
    assert(result == 1);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, CLIENT_CHAIN_BYTES_MAX);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    (void)SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
}

/* NULL with the reason in err. */
static SSL_CTX *
load_one(const struct tls_files *files, struct cf_err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert(context != NULL);
    set_up(context);
    if (load_files(context, files, err) == 0)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

static SSL_CTX *
load_all(const struct tls_files *files, size_t count, struct cf_err *err)
{
    SSL_CTX *first = load_one(&files[0], err);
    if (first == NULL || count == 1)
        return first;
    struct name_list *list = cf_alloc(sizeof *list + (count - 1) * sizeof(SSL_CTX *));
    list->count = 0;
    int result = SSL_CTX_set_ex_data(first, server_index, list);
    assert(result == 1);
    for (size_t i = 1; i < count; i++) {
        SSL_CTX *next = load_one(&files[i], err);
        if (next == NULL) {
            SSL_CTX_free(first);
            return NULL;
        }
        list->contexts[list->count++] = next;
    }
    return first;
}

struct tls_server *
tls_server_new(void)
{
    init();
    struct tls_server *server = cf_calloc_array(1, sizeof *server);
    cf_mutex_init(&server->mutex);
    return server;
}

void
tls_server_free(struct tls_server **server_ptr)
{
    struct tls_server *server = *server_ptr;
    *server_ptr = NULL;
    if (server == NULL)
        return;
    cf_mutex_lock(&server->mutex);
    SSL_CTX_free(server->context);
    cf_mutex_unlock(&server->mutex);
    cf_mutex_deinit(&server->mutex);
    cf_free(server);
}

int
tls_server_load(struct tls_server *server, const struct tls_files *files, size_t count,
                struct cf_err *err)
{
    assert(count > 0);
    ERR_clear_error();
    SSL_CTX *context = load_all(files, count, err);
    if (context == NULL)
        return err->code;
    cf_mutex_lock(&server->mutex);
    SSL_CTX *old = server->context;
    server->context = context;
    server->count = count;
    cf_mutex_unlock(&server->mutex);
    SSL_CTX_free(old);
    return 0;
}

static void
put_hex(const unsigned char *bytes, size_t len, char *hex_out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        hex_out[2 * i] = digits[bytes[i] >> 4];
        hex_out[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex_out[2 * len] = '\0';
}

static void
put_fingerprint(const X509 *certificate, char hex_out[TLS_FINGERPRINT_BYTES + 1])
{
    unsigned char digest[TLS_FINGERPRINT_BYTES / 2];
    int result = X509_digest(certificate, EVP_sha256(), digest, NULL);
    assert(result == 1);
    put_hex(digest, sizeof digest, hex_out);
}

static void
summarise(const X509 *certificate, struct tls_summary *summary)
{
    put_fingerprint(certificate, summary->fingerprint);
    const ASN1_TIME *end = X509_get0_notAfter(certificate);
    BIO *text = BIO_new(BIO_s_mem());
    assert(text != NULL);
    if (ASN1_TIME_print(text, end) == 1) {
        char *bytes;
        long len = BIO_get_mem_data(text, &bytes);
        assert(len >= 0);
        size_t kept = take(summary->not_after, sizeof summary->not_after - 1,
                           (struct str){.ptr = bytes, .len = (size_t)len});
        summary->not_after[kept] = '\0';
    }
    BIO_free(text);
    summary->has_expired = X509_cmp_current_time(end) < 0;
}

struct tls_summary
tls_server_summary(struct tls_server *server)
{
    struct tls_summary summary = {.count = 0};
    cf_mutex_lock(&server->mutex);
    summary.count = server->count;
    if (server->context != NULL)
        summarise(SSL_CTX_get0_certificate(server->context), &summary);
    cf_mutex_unlock(&server->mutex);
    return summary;
}

/* --- a worker's memory --- */

struct tls_bench *
tls_bench_new(void)
{
    struct tls_bench *bench = cf_alloc(sizeof *bench);
    buf_init(&bench->output, QUEUE_BYTES_MAX);
    return bench;
}

void
tls_bench_free(struct tls_bench **bench_ptr)
{
    struct tls_bench *bench = *bench_ptr;
    *bench_ptr = NULL;
    if (bench == NULL)
        return;
    buf_deinit(&bench->output);
    cf_free(bench);
}

/* --- connections --- */

struct tls *
tls_new(struct tls_server *server, struct tls_bench *bench)
{
    cf_mutex_lock(&server->mutex);
    SSL *ssl = server->context == NULL ? NULL : SSL_new(server->context);
    cf_mutex_unlock(&server->mutex);
    if (ssl == NULL)
        return NULL;
    struct tls *tls = cf_calloc_array(1, sizeof *tls);
    tls->ssl = ssl;
    tls->bench = bench;
    buf_init(&tls->input, QUEUE_BYTES_MAX);
    buf_init(&tls->output, QUEUE_BYTES_MAX);
    BIO *bio = BIO_new(bio_method);
    assert(bio != NULL);
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return tls;
}

void
tls_free(struct tls **tls_ptr)
{
    struct tls *tls = *tls_ptr;
    *tls_ptr = NULL;
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    buf_deinit(&tls->input);
    buf_deinit(&tls->output);
    cf_free(tls);
}

char *
tls_receive_room(struct tls *tls, size_t *size_out)
{
    *size_out = sizeof tls->bench->input;
    return tls->bench->input;
}

char *
tls_record_room(struct tls *tls)
{
    return tls->bench->record;
}

void
tls_feed(struct tls *tls, struct str ciphertext)
{
    assert(tls->fed.len == 0);
    tls->fed = ciphertext;
}

void
tls_keep_input(struct tls *tls)
{
    if (!tls->has_ended && !tls->has_failed)
        buf_put(&tls->input, tls->fed);
    assert(!tls->input.is_truncated); /* nobody feeds while there is input left */
    tls->fed = STR_NONE;
}

bool
tls_has_input(const struct tls *tls)
{
    if (tls->has_failed || tls->has_ended)
        return false;
    return tls->input.len > 0 || tls->fed.len > 0 || SSL_pending(tls->ssl) > 0;
}

/* What a call that has returned `result` means. */
static enum tls_result
result_of(struct tls *tls, int result)
{
    if (result > 0)
        return TLS_DONE;
    int error = SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_WANT_READ)
        return TLS_MORE;
    if (error == SSL_ERROR_ZERO_RETURN) {
        tls->has_ended = true;
        return TLS_ENDED;
    }
    tls->has_failed = true;
    tls->failure = openssl_reason();
    ERR_clear_error();
    return TLS_FAILED;
}

enum tls_result
tls_shake(struct tls *tls)
{
    if (tls->has_failed)
        return TLS_FAILED;
    ERR_clear_error();
    return result_of(tls, SSL_do_handshake(tls->ssl));
}

enum tls_result
tls_read(struct tls *tls, char *into, size_t room, size_t *read_out)
{
    assert(room > 0);
    if (tls->has_failed)
        return TLS_FAILED;
    ERR_clear_error();
    return result_of(tls, SSL_read_ex(tls->ssl, into, room, read_out));
}

enum tls_result
tls_write(struct tls *tls, struct str bytes)
{
    assert(bytes.len > 0);
    assert(bytes.len <= TLS_RECORD_BYTES);
    if (tls->has_failed)
        return TLS_FAILED;
    ERR_clear_error();
    size_t written;
    enum tls_result result = result_of(tls, SSL_write_ex(tls->ssl, bytes.ptr, bytes.len, &written));
    assert(result != TLS_DONE || written == bytes.len); /* the BIO takes all */
    return result == TLS_DONE ? TLS_DONE : TLS_FAILED;
}

void
tls_say_end(struct tls *tls)
{
    if (tls->has_failed || SSL_in_init(tls->ssl))
        return;
    ERR_clear_error();
    int result = SSL_shutdown(tls->ssl);
    if (result < 0) /* then the alert is not sent: the end of the connection has to do */
        ERR_clear_error();
}

struct str
tls_output(const struct tls *tls)
{
    return buf_str(tls->output.len > 0 ? &tls->output : &tls->bench->output);
}

void
tls_output_sent(struct tls *tls, size_t len)
{
    if (tls->output.len == 0) {
        buf_consume(&tls->bench->output, len);
        return;
    }
    buf_consume(&tls->output, len);
    if (tls->output.len == 0)
        buf_deinit(&tls->output);
}

void
tls_keep_output(struct tls *tls)
{
    struct buf *bench = &tls->bench->output;
    if (bench->len == 0)
        return;
    assert(tls->output.len == 0);
    buf_put(&tls->output, buf_str(bench));
    buf_clear(bench);
}

const char *
tls_failure(const struct tls *tls)
{
    return tls->failure == NULL ? "none" : tls->failure;
}

bool
tls_fingerprint(const struct tls *tls, char hex_out[TLS_FINGERPRINT_BYTES + 1])
{
    const X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    if (certificate == NULL)
        return false;
    put_fingerprint(certificate, hex_out);
    return true;
}

const char *
tls_version(const struct tls *tls)
{
    return SSL_get_version(tls->ssl);
}

const char *
tls_cipher(const struct tls *tls)
{
    return SSL_get_cipher_name(tls->ssl);
}

bool
tls_may_be_hello(struct str bytes)
{
    /* RFC 8446 5.1: a record of a handshake, of any version that begins with 3. */
    return (bytes.len < 1 || bytes.ptr[0] == 0x16) && (bytes.len < 2 || bytes.ptr[1] == 0x03);
}

struct str
tls_refusal(void)
{
    return STR("\x15\x03\x01\x00\x02\x02\x31"); /* alert, TLS 1.0, 2 bytes: fatal, access_denied */
}
