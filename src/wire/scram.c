/* SCRAM; see scram.h. */
#include "wire/scram.h"

#include "base/utf8.h"
#include "wire/base64.h"
#include "wire/gs2.h"

#include <assert.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_auth_hmacsha512.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* --- the hash, in both lengths --- */

size_t
scram_key_bytes(enum scram_hash hash)
{
    return hash == SCRAM_SHA_256 ? crypto_hash_sha256_BYTES : crypto_hash_sha512_BYTES;
}

static void
hmac(enum scram_hash hash, struct str key, struct str text, unsigned char *out)
{
    const unsigned char *key_bytes = (const unsigned char *)key.ptr;
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    if (hash == SCRAM_SHA_256) {
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, key_bytes, key.len);
        crypto_auth_hmacsha256_update(&state, bytes, text.len);
        crypto_auth_hmacsha256_final(&state, out);
    } else {
        crypto_auth_hmacsha512_state state;
        crypto_auth_hmacsha512_init(&state, key_bytes, key.len);
        crypto_auth_hmacsha512_update(&state, bytes, text.len);
        crypto_auth_hmacsha512_final(&state, out);
    }
}

static void
digest(enum scram_hash hash, const unsigned char *bytes, size_t len, unsigned char *out)
{
    if (hash == SCRAM_SHA_256)
        crypto_hash_sha256(out, bytes, len);
    else
        crypto_hash_sha512(out, bytes, len);
}

static struct str
key_str(enum scram_hash hash, const unsigned char *key)
{
    return (struct str){.ptr = (const char *)key, .len = scram_key_bytes(hash)};
}

/* --- deriving --- */

/* RFC 5802 2.2, Hi(): PBKDF2 (RFC 8018 5.2) with one block. */
static void
derive_salted(const struct scram_verifier *verifier, struct str password, unsigned char *out)
{
    size_t len = scram_key_bytes(verifier->hash);
    unsigned char block[SCRAM_SALT_BYTES + 4] = {0};
    memcpy(block, verifier->salt, SCRAM_SALT_BYTES);
    block[sizeof block - 1] = 1;
    unsigned char round[SCRAM_KEY_BYTES_MAX];
    hmac(verifier->hash, password, (struct str){.ptr = (const char *)block, .len = sizeof block},
         round);
    memcpy(out, round, len);
    for (uint32_t i = 1; i < verifier->iterations; i++) {
        unsigned char next[SCRAM_KEY_BYTES_MAX];
        hmac(verifier->hash, password, key_str(verifier->hash, round), next);
        memcpy(round, next, len);
        for (size_t at = 0; at < len; at++)
            out[at] ^= round[at];
    }
    sodium_memzero(round, sizeof round);
}

/*
 * SPEC: RFC 5802 2.2 asks for SASLprep (RFC 4013). Its mapping and normalisation are those of
 * NFKC; what it prohibits is not refused, since a client which sends it has proved the password.
 */
static utf8proc_uint8_t *
normalise(struct str password)
{
    if (!utf8_is_valid(password))
        return NULL;
    utf8proc_uint8_t *normal = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)password.ptr, (utf8proc_ssize_t)password.len,
                     &normal, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
    return len < 0 ? NULL : normal;
}

void
scram_derive(struct str password, const unsigned char salt[SCRAM_SALT_BYTES],
             struct scram_verifier *verifier)
{
    assert(verifier->iterations > 0);
    assert(verifier->iterations <= SCRAM_ITERATIONS_MAX);
    memcpy(verifier->salt, salt, SCRAM_SALT_BYTES);
    utf8proc_uint8_t *normal = normalise(password);
    struct str text = normal == NULL ? password : str_from_nul((const char *)normal);
    unsigned char salted[SCRAM_KEY_BYTES_MAX];
    unsigned char client_key[SCRAM_KEY_BYTES_MAX];
    derive_salted(verifier, text, salted);
    struct str salted_key = key_str(verifier->hash, salted);
    hmac(verifier->hash, salted_key, STR("Client Key"), client_key);
    digest(verifier->hash, client_key, scram_key_bytes(verifier->hash), verifier->stored_key);
    hmac(verifier->hash, salted_key, STR("Server Key"), verifier->server_key);
    sodium_memzero(salted, sizeof salted);
    sodium_memzero(client_key, sizeof client_key);
    if (normal != NULL)
        sodium_memzero(normal, text.len);
    free(normal); /* NOLINT(tidy-raw-memory): made by utf8proc */
}

/* --- messages --- */

/* The value of the attribute that stands first in *rest: "r=..."; false for another one. */
static bool
take_attribute(struct str *rest, char name, struct str *value_out)
{
    struct str attribute = str_cut(rest, ',');
    if (attribute.len < 2 || attribute.ptr[0] != name || attribute.ptr[1] != '=')
        return false;
    *value_out = str_skip(attribute, 2);
    return true;
}

/* RFC 5802 7: printable and no comma. */
static bool
is_nonce(struct str nonce)
{
    for (size_t i = 0; i < nonce.len; i++) {
        if (nonce.ptr[i] < 0x21 || nonce.ptr[i] > 0x7E)
            return false;
    }
    return nonce.len > 0;
}

enum scram_result
scram_take_first(struct scram_exchange *exchange, struct str message, struct buf *username_out,
                 struct buf *authzid_out)
{
    if (message.len > SCRAM_MESSAGE_MAX)
        return SCRAM_MALFORMED;
    struct str rest = message;
    if (!gs2_take_header(&rest, authzid_out))
        return SCRAM_MALFORMED;
    struct str bare = rest;
    struct str name;
    struct str nonce;
    if (!take_attribute(&rest, 'n', &name) || rest.ptr == NULL ||
        !take_attribute(&rest, 'r', &nonce) || !is_nonce(nonce) || name.len == 0 ||
        !gs2_put_name(username_out, name))
        return SCRAM_MALFORMED;
    buf_init(&exchange->client_first_bare, SCRAM_MESSAGE_MAX);
    buf_put(&exchange->client_first_bare, bare);
    buf_init(&exchange->gs2_header, SCRAM_MESSAGE_MAX);
    buf_put(&exchange->gs2_header, str_take(message, message.len - bare.len));
    return SCRAM_OK;
}

/* Of the first message, which has been checked. */
static struct str
client_nonce(const struct scram_exchange *exchange)
{
    struct str rest = buf_str(&exchange->client_first_bare);
    struct str value = STR("");
    bool is_there = take_attribute(&rest, 'n', &value) && take_attribute(&rest, 'r', &value);
    assert(is_there);
    return value;
}

void
scram_put_first(struct scram_exchange *exchange, const struct scram_verifier *verifier,
                const unsigned char nonce[SCRAM_NONCE_BYTES], struct buf *out)
{
    assert(exchange->client_first_bare.len > 0);
    assert(verifier->iterations > 0);
    struct buf *first = &exchange->server_first;
    buf_init(first, SCRAM_MESSAGE_MAX + 256);
    buf_put(first, STR("r="));
    buf_put(first, client_nonce(exchange));
    base64_put(first, (struct str){.ptr = (const char *)nonce, .len = SCRAM_NONCE_BYTES});
    buf_put(first, STR(",s="));
    base64_put(first, (struct str){.ptr = (const char *)verifier->salt, .len = SCRAM_SALT_BYTES});
    buf_printf(first, ",i=%u", (unsigned)verifier->iterations);
    buf_put(out, buf_str(first));
}

/* "c=" must be the header again, "r=" the whole nonce. RFC 5802 5.1. */
static bool
check_final(const struct scram_exchange *exchange, struct str binding, struct str nonce)
{
    struct buf header;
    buf_init(&header, SCRAM_MESSAGE_MAX);
    bool is_same = base64_take(&header, binding) &&
                   str_equal(buf_str(&header), buf_str(&exchange->gs2_header));
    buf_deinit(&header);
    struct str rest = str_skip(buf_str(&exchange->server_first), 2);
    return is_same && str_equal(nonce, str_cut(&rest, ','));
}

/* RFC 5802 3: AuthMessage. */
static void
put_auth_message(struct buf *out, const struct scram_exchange *exchange, struct str without_proof)
{
    buf_put(out, buf_str(&exchange->client_first_bare));
    buf_put_byte(out, ',');
    buf_put(out, buf_str(&exchange->server_first));
    buf_put_byte(out, ',');
    buf_put(out, without_proof);
}

/* RFC 5802 3: the client's key, taken out of its proof, must hash to what is stored. */
static bool
is_proof(const struct scram_verifier *verifier, struct str auth_message, struct str proof)
{
    size_t len = scram_key_bytes(verifier->hash);
    if (proof.len != len)
        return false;
    unsigned char key[SCRAM_KEY_BYTES_MAX];
    hmac(verifier->hash, key_str(verifier->hash, verifier->stored_key), auth_message, key);
    for (size_t i = 0; i < len; i++)
        key[i] ^= (unsigned char)proof.ptr[i];
    unsigned char stored[SCRAM_KEY_BYTES_MAX];
    digest(verifier->hash, key, len, stored);
    sodium_memzero(key, sizeof key);
    return sodium_memcmp(stored, verifier->stored_key, len) == 0;
}

static enum scram_result
check_proof(const struct scram_verifier *verifier, struct str auth_message, struct str proof_text,
            struct buf *out)
{
    struct buf proof;
    buf_init(&proof, SCRAM_MESSAGE_MAX);
    enum scram_result result = SCRAM_OK;
    if (!base64_take(&proof, proof_text))
        result = SCRAM_MALFORMED;
    else if (!is_proof(verifier, auth_message, buf_str(&proof)))
        result = SCRAM_WRONG;
    buf_deinit(&proof);
    if (result != SCRAM_OK)
        return result;
    unsigned char signature[SCRAM_KEY_BYTES_MAX];
    hmac(verifier->hash, key_str(verifier->hash, verifier->server_key), auth_message, signature);
    buf_put(out, STR("v="));
    base64_put(out, key_str(verifier->hash, signature));
    return SCRAM_OK;
}

enum scram_result
scram_take_final(struct scram_exchange *exchange, const struct scram_verifier *verifier,
                 struct str message, struct buf *out)
{
    assert(exchange->server_first.len > 0);
    if (message.len > SCRAM_MESSAGE_MAX)
        return SCRAM_MALFORMED;
    struct str rest = message;
    struct str binding;
    struct str nonce;
    if (!take_attribute(&rest, 'c', &binding) || rest.ptr == NULL ||
        !take_attribute(&rest, 'r', &nonce))
        return SCRAM_MALFORMED;
    /* Extensions may stand between the nonce and the proof, which is the last. */
    struct str proof = STR("");
    struct str last = STR_NONE;
    while (rest.ptr != NULL)
        last = str_cut(&rest, ',');
    if (!take_attribute(&last, 'p', &proof) || !check_final(exchange, binding, nonce))
        return SCRAM_MALFORMED;
    struct buf auth_message;
    buf_init(&auth_message, 4 * SCRAM_MESSAGE_MAX);
    put_auth_message(&auth_message, exchange,
                     str_take(message, message.len - proof.len - sizeof(",p=") + 1));
    enum scram_result result = check_proof(verifier, buf_str(&auth_message), proof, out);
    buf_deinit(&auth_message);
    return result;
}

void
scram_exchange_deinit(struct scram_exchange *exchange)
{
    buf_deinit(&exchange->client_first_bare);
    buf_deinit(&exchange->server_first);
    buf_deinit(&exchange->gs2_header);
}
