/* JSON Web Tokens; see jwt.h. */
#include "wire/jwt.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "wire/base64.h"

#include <assert.h>
#include <jansson.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>
#include <string.h>

#define SECRET_BYTES_MIN 32 /* RFC 7518 3.2 */
#define RSA_BITS_MIN     2048
#define RSA_BITS_MAX     8192 /* longer ones only take time */
#define ES256_HALF_BYTES 32   /* RFC 7518 3.4: R and S */

const struct str jwt_algorithm_names[JWT_ALGORITHM_COUNT] = {
    [JWT_OFF] = STR_INIT("off"),     [JWT_HS256] = STR_INIT("HS256"),
    [JWT_RS256] = STR_INIT("RS256"), [JWT_ES256] = STR_INIT("ES256"),
    [JWT_EDDSA] = STR_INIT("EdDSA"),
};

struct jwt_verifier {
    enum jwt_algorithm algorithm;
    struct str issuer;   /* owned */
    struct str audience; /* owned */
    char *claim;         /* owned, NUL-terminated */
    struct str secret;   /* owned, wiped: of HS256 */
    EVP_PKEY *keys[LIMIT_TOKEN_KEYS];
    size_t key_count;
};

/* --- keys --- */

static bool
take_secret(struct jwt_verifier *verifier, struct str text, struct buf *why)
{
    struct str secret = text;
    if (str_ends_with(secret, STR("\n")))
        secret.len--;
    if (str_ends_with(secret, STR("\r")))
        secret.len--;
    if (str_starts_with(secret, STR("-----BEGIN "))) {
        buf_put(why, STR("holds a key in PEM; HS256 wants a secret, the other algorithms keys"));
        return false;
    }
    if (secret.len < SECRET_BYTES_MIN) {
        buf_printf(why,
                   "holds a secret of %zu bytes, which might be guessed; HS256 wants at least %d",
                   secret.len, SECRET_BYTES_MIN);
        return false;
    }
    verifier->secret = str_dup(secret);
    return true;
}

/* Whether the key is one for the algorithm, and good enough. */
static bool
check_key(enum jwt_algorithm algorithm, const EVP_PKEY *key, struct buf *why)
{
    char group[64] = "";
    size_t group_len = 0;
    int bits = EVP_PKEY_get_bits(key);
    bool is_right = false;
    switch (algorithm) {
    case JWT_RS256:
        is_right = EVP_PKEY_is_a(key, "RSA") == 1;
        if (is_right && (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)) {
            buf_printf(why, "holds an RSA key of %d bits; RS256 wants %d to %d", bits, RSA_BITS_MIN,
                       RSA_BITS_MAX);
            return false;
        }
        break;
    case JWT_ES256:
        is_right = EVP_PKEY_is_a(key, "EC") == 1 &&
                   EVP_PKEY_get_group_name(key, group, sizeof group, &group_len) == 1 &&
                   strcmp(group, "prime256v1") == 0;
        break;
    case JWT_EDDSA:
        is_right = EVP_PKEY_is_a(key, "ED25519") == 1;
        break;
    case JWT_OFF:
    case JWT_HS256:
    case JWT_ALGORITHM_COUNT:
        cf_unreachable("no algorithm with public keys");
    }
    if (!is_right)
        buf_printf(why, "holds a key that is none for %.*s",
                   STR_ARG(jwt_algorithm_names[algorithm]));
    return is_right;
}

/* A block of PEM: its name and its bytes. */
static bool
take_key(struct jwt_verifier *verifier, struct str name, const unsigned char *bytes, long len,
         struct buf *why)
{
    if (str_ends_with(name, STR("PRIVATE KEY"))) {
        buf_put(why, STR("holds a private key, which is the issuer's alone; \"openssl pkey "
                         "-pubout\" makes the public one"));
        return false;
    }
    if (!str_equal(name, STR("PUBLIC KEY"))) {
        buf_printf(why,
                   "holds a %.*s; write public keys (of a certificate, \"openssl x509 -pubkey "
                   "-noout\" tells its own)",
                   STR_ARG(str_take(name, 40)));
        return false;
    }
    if (verifier->key_count == LIMIT_TOKEN_KEYS) {
        buf_printf(why, "holds more than %d keys; take out old ones", LIMIT_TOKEN_KEYS);
        return false;
    }
    EVP_PKEY *key = d2i_PUBKEY(NULL, &bytes, len);
    if (key == NULL) {
        buf_put(why, STR("holds a public key that can't be read; make the file anew"));
        return false;
    }
    verifier->keys[verifier->key_count++] = key;
    return check_key(verifier->algorithm, key, why);
}

static bool
take_keys(struct jwt_verifier *verifier, struct str pem, struct buf *why)
{
    BIO *bio = pem.len == 0 ? NULL : BIO_new_mem_buf(pem.ptr, (int)pem.len);
    bool is_good = true;
    while (is_good && bio != NULL) {
        char *name = NULL;
        char *header = NULL;
        unsigned char *bytes = NULL;
        long len = 0;
        ERR_clear_error();
        if (PEM_read_bio(bio, &name, &header, &bytes, &len) != 1) {
            if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
                break;
            buf_put(why, STR("is damaged; make the file anew"));
            is_good = false;
            break;
        }
        is_good = take_key(verifier, str_from_nul(name), bytes, len, why);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(bytes, (size_t)len);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (is_good && verifier->key_count == 0) {
        buf_put(why, STR("holds no public key; write one or several in PEM, \"-----BEGIN PUBLIC "
                         "KEY-----\""));
        return false;
    }
    return is_good;
}

struct jwt_verifier *
jwt_verifier_new(const struct jwt_settings *settings, struct buf *why)
{
    assert(settings->algorithm != JWT_OFF);
    assert(settings->algorithm < JWT_ALGORITHM_COUNT);
    assert(settings->key_material.len <= LIMIT_TOKEN_KEY_FILE_BYTES);
    assert(settings->issuer.len > 0); /* a claim that is not there is empty, too */
    assert(settings->audience.len > 0);
    assert(settings->claim.len > 0);
    struct jwt_verifier *verifier = cf_calloc_array(1, sizeof *verifier);
    verifier->algorithm = settings->algorithm;
    verifier->issuer = str_dup(settings->issuer);
    verifier->audience = str_dup(settings->audience);
    verifier->claim = cf_alloc(settings->claim.len + 1);
    memcpy(verifier->claim, settings->claim.ptr, settings->claim.len);
    verifier->claim[settings->claim.len] = '\0';
    bool is_good = settings->algorithm == JWT_HS256
                       ? take_secret(verifier, settings->key_material, why)
                       : take_keys(verifier, settings->key_material, why);
    if (!is_good)
        jwt_verifier_free(&verifier);
    return verifier;
}

void
jwt_verifier_free(struct jwt_verifier **verifier_ptr)
{
    struct jwt_verifier *verifier = *verifier_ptr;
    *verifier_ptr = NULL;
    if (verifier == NULL)
        return;
    for (size_t i = 0; i < verifier->key_count; i++)
        EVP_PKEY_free(verifier->keys[i]);
    if (verifier->secret.len > 0)
        explicit_bzero((void *)(uintptr_t)verifier->secret.ptr, verifier->secret.len);
    str_free(&verifier->secret);
    str_free(&verifier->issuer);
    str_free(&verifier->audience);
    cf_free(verifier->claim);
    cf_free(verifier);
}

/* --- parts of a token --- */

/* An object from a part; NULL for anything else. RFC 7515 4 and 7519 4 let us refuse names that
 * come twice. */
static json_t *
read_object(struct str part)
{
    struct buf bytes;
    buf_init(&bytes, LIMIT_TOKEN_BYTES);
    json_t *object = NULL;
    if (base64_take_url(&bytes, part) && bytes.len > 0)
        object = json_loadb(bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
    buf_deinit(&bytes);
    if (object != NULL && !json_is_object(object)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* Empty, ptr NULL, for what is no text. Borrowed. */
static struct str
text_of(const json_t *value)
{
    if (!json_is_string(value))
        return STR_NONE;
    return (struct str){.ptr = json_string_value(value), .len = json_string_length(value)};
}

/* RFC 7515 4.1.9: a media type, of which "application/" may be left out. Tokens that are for
 * something else - logging out, say - say so here (RFC 8725 3.11). */
static bool
is_type_of_ours(const json_t *type)
{
    if (type == NULL)
        return true;
    struct str text = text_of(type);
    if (str_starts_with(text, STR("application/")))
        text = str_skip(text, sizeof("application/") - 1);
    return str_equal_ascii_nocase(text, STR("JWT")) ||
           str_equal_ascii_nocase(text, STR("at+jwt")); /* RFC 9068 2.1 */
}

/* RFC 7515 4.1: what the algorithm must be, is ours to say; extensions that we must understand
 * ("crit") we don't. */
static enum jwt_result
check_header(const struct jwt_verifier *verifier, struct str part)
{
    if (part.len > LIMIT_TOKEN_HEADER_BYTES)
        return JWT_TOO_LONG;
    json_t *header = read_object(part);
    if (header == NULL)
        return JWT_MALFORMED;
    struct str algorithm = text_of(json_object_get(header, "alg"));
    enum jwt_result result = JWT_OK;
    if (!str_equal(algorithm, jwt_algorithm_names[verifier->algorithm]) ||
        json_object_get(header, "crit") != NULL || !is_type_of_ours(json_object_get(header, "typ")))
        result = JWT_WRONG_ALGORITHM;
    json_decref(header);
    return result;
}

/* --- signatures --- */

static bool
is_mac(const struct jwt_verifier *verifier, struct str text, struct str signature)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    if (signature.len != sizeof mac)
        return false;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)verifier->secret.ptr,
                                verifier->secret.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_auth_hmacsha256_final(&state, mac);
    bool is_right = sodium_memcmp(mac, signature.ptr, sizeof mac) == 0;
    sodium_memzero(&state, sizeof state);
    return is_right;
}

/* RFC 7518 3.4: R and S one behind the other, where OpenSSL wants them in DER. */
static bool
put_der(struct buf *out, struct str signature)
{
    if (signature.len != 2 * (size_t)ES256_HALF_BYTES)
        return false;
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    ECDSA_SIG *halves = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, ES256_HALF_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(bytes + ES256_HALF_BYTES, ES256_HALF_BYTES, NULL);
    unsigned char *der = NULL;
    int len = 0;
    if (halves != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(halves, r, s) == 1) {
        r = NULL; /* they are its own now */
        s = NULL;
        len = i2d_ECDSA_SIG(halves, &der);
    }
    if (len > 0)
        buf_put(out, (struct str){.ptr = (const char *)der, .len = (size_t)len});
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(halves);
    return len > 0;
}

static bool
is_signed_with(EVP_PKEY *key, const EVP_MD *digest, struct str text, struct str signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_right = context != NULL &&
                    EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
                    EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
                                     (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error(); /* a wrong signature is none of OpenSSL's */
    return is_right;
}

static bool
is_signed(const struct jwt_verifier *verifier, struct str text, struct str signature)
{
    struct buf der;
    struct str form = signature;
    if (verifier->algorithm == JWT_HS256)
        return is_mac(verifier, text, signature);
    buf_init(&der, 128);
    bool is_whole = true;
    bool is_right = false;
    if (verifier->algorithm == JWT_ES256) {
        is_whole = put_der(&der, signature);
        form = buf_str(&der);
    }
    const EVP_MD *digest = verifier->algorithm == JWT_EDDSA ? NULL : EVP_sha256();
    for (size_t i = 0; i < verifier->key_count && is_whole && !is_right; i++)
        is_right = is_signed_with(verifier->keys[i], digest, text, form);
    buf_deinit(&der);
    return is_right;
}

static enum jwt_result
check_signature(const struct jwt_verifier *verifier, struct str text, struct str part)
{
    struct buf signature;
    buf_init(&signature, LIMIT_TOKEN_BYTES);
    enum jwt_result result = JWT_OK;
    if (!base64_take_url(&signature, part))
        result = JWT_MALFORMED;
    else if (signature.len == 0 || !is_signed(verifier, text, buf_str(&signature)))
        result = JWT_BAD_SIGNATURE;
    buf_deinit(&signature);
    return result;
}

/* --- what it claims --- */

/* RFC 7519 4.1.4, 4.1.5. SPEC: "exp" is optional there; we want it, or a token would be for ever. */
static enum jwt_result
check_times(const json_t *claims, int64_t now_ms)
{
    const json_t *end = json_object_get(claims, "exp");
    const json_t *begin = json_object_get(claims, "nbf");
    double now_s = (double)now_ms / 1000;
    double leeway_s = (double)LIMIT_TOKEN_LEEWAY_MS / 1000;
    if (!json_is_number(end) || (begin != NULL && !json_is_number(begin)))
        return JWT_MALFORMED;
    if (now_s >= json_number_value(end) + leeway_s)
        return JWT_EXPIRED;
    if (begin != NULL && now_s < json_number_value(begin) - leeway_s)
        return JWT_TOO_EARLY;
    return JWT_OK;
}

/* RFC 7519 4.1.3: a text, or an array of them. */
static bool
is_for(const json_t *audience, struct str name)
{
    if (!json_is_array(audience))
        return str_equal(text_of(audience), name);
    for (size_t i = 0; i < json_array_size(audience); i++) {
        if (str_equal(text_of(json_array_get(audience, i)), name))
            return true;
    }
    return false;
}

static enum jwt_result
check_claims(const struct jwt_verifier *verifier, struct str part, int64_t now_ms,
             struct buf *account_out)
{
    json_t *claims = read_object(part);
    if (claims == NULL)
        return JWT_MALFORMED;
    struct str account = text_of(json_object_get(claims, verifier->claim));
    enum jwt_result result = check_times(claims, now_ms);
    if (result == JWT_OK) {
        if (!str_equal(text_of(json_object_get(claims, "iss")), verifier->issuer))
            result = JWT_WRONG_ISSUER;
        else if (!is_for(json_object_get(claims, "aud"), verifier->audience))
            result = JWT_WRONG_AUDIENCE;
        else if (account.len == 0 || account.len > LIMIT_NICK_BYTES)
            result = JWT_NO_ACCOUNT;
        else
            buf_put(account_out, account);
    }
    json_decref(claims);
    return result;
}

enum jwt_result
jwt_verify(const struct jwt_verifier *verifier, struct str token, int64_t now_ms,
           struct buf *account_out)
{
    assert(verifier != NULL);
    assert(buf_room(account_out) >= LIMIT_NICK_BYTES);
    if (token.len > LIMIT_TOKEN_BYTES)
        return JWT_TOO_LONG;
    struct str rest = token;
    struct str header = str_cut(&rest, '.');
    struct str payload = str_cut(&rest, '.');
    struct str signature = rest;
    if (signature.ptr == NULL || str_find_byte(signature, '.') < signature.len)
        return JWT_MALFORMED;
    struct str text = str_take(token, header.len + 1 + payload.len);
    enum jwt_result result = check_header(verifier, header);
    if (result == JWT_OK)
        result = check_signature(verifier, text, signature);
    if (result == JWT_OK)
        result = check_claims(verifier, payload, now_ms, account_out);
    return result;
}
