/* Tests of wire/jwt.h: tokens that are right, and each way to be wrong. */
#include "wire/jwt.h"

#include "base/limits.h"
#include "unit/support/unit.h"
#include "wire/base64.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define S      STR_INIT
#define SECRET "a secret of thirty-two bytes, ok"
#define OTHER  "another of thirty-two bytes, yes"
#define NOW_S  1800000000
#define NOW_MS (INT64_C(1000) * NOW_S)
#define CLAIMS \
    "{\"iss\":\"https://id.example\",\"aud\":\"chat\",\"exp\":1800000600,\"sub\":\"alice\"}"

/* Keys of this run. */
static EVP_PKEY *rsa;
static EVP_PKEY *rsa_other;
static EVP_PKEY *rsa_short;
static EVP_PKEY *p256;
static EVP_PKEY *p384;
static EVP_PKEY *ed25519;

/* --- making --- */

static void
put_url(struct buf *out, struct str bytes)
{
    char text[2 * LIMIT_TOKEN_BYTES];
    CHECK(sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING) <=
          sizeof text);
    sodium_bin2base64(text, sizeof text, (const unsigned char *)bytes.ptr, bytes.len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_put(out, str_from_nul(text));
}

static void
put_mac(struct buf *out, struct str secret, struct str text)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_auth_hmacsha256_final(&state, mac);
    put_url(out, (struct str){.ptr = (const char *)mac, .len = sizeof mac});
}

/* RFC 7518 3.4: from OpenSSL's DER. */
static size_t
from_der(const unsigned char *der, size_t len, unsigned char halves_out[64])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
    CHECK(signature != NULL);
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature), halves_out, 32) == 32);
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature), halves_out + 32, 32) == 32);
    ECDSA_SIG_free(signature);
    return 64;
}

static void
put_signature(struct buf *out, EVP_PKEY *key, struct str text)
{
    unsigned char signature[1024];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL : EVP_sha256();
    CHECK(EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1);
    CHECK(EVP_DigestSign(context, signature, &len, (const unsigned char *)text.ptr, text.len) == 1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 256) {
        unsigned char halves[64];
        len = from_der(signature, len, halves);
        memcpy(signature, halves, len);
    }
    put_url(out, (struct str){.ptr = (const char *)signature, .len = len});
}

static void
put_unsigned(struct buf *out, const char *header, const char *claims)
{
    put_url(out, str_from_nul(header));
    buf_put_byte(out, '.');
    put_url(out, str_from_nul(claims));
}

/* key: NULL makes a mac with the secret. */
static void
put_token(struct buf *out, const char *header, const char *claims, EVP_PKEY *key, struct str secret)
{
    put_unsigned(out, header, claims);
    struct buf signature;
    buf_init(&signature, 2048);
    if (key == NULL)
        put_mac(&signature, secret, buf_str(out));
    else
        put_signature(&signature, key, buf_str(out));
    buf_put_byte(out, '.');
    buf_put(out, buf_str(&signature));
    buf_deinit(&signature);
}

static void
put_public(struct buf *out, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    CHECK(PEM_write_bio_PUBKEY(bio, key) == 1);
    long len = BIO_get_mem_data(bio, &text);
    buf_put(out, (struct str){.ptr = text, .len = (size_t)len});
    BIO_free(bio);
}

static struct jwt_verifier *
verifier_with(enum jwt_algorithm algorithm, struct str key_material)
{
    struct buf why;
    buf_init(&why, 512);
    struct jwt_verifier *verifier = jwt_verifier_new(
        &(struct jwt_settings){
            .algorithm = algorithm,
            .key_material = key_material,
            .issuer = STR("https://id.example"),
            .audience = STR("chat"),
            .claim = STR("sub"),
        },
        &why);
    CHECK_STR(buf_str(&why), STR(""));
    CHECK(verifier != NULL);
    buf_deinit(&why);
    return verifier;
}

static struct jwt_verifier *
verifier_of_key(enum jwt_algorithm algorithm, EVP_PKEY *key)
{
    struct buf pem;
    buf_init(&pem, 4096);
    put_public(&pem, key);
    struct jwt_verifier *verifier = verifier_with(algorithm, buf_str(&pem));
    buf_deinit(&pem);
    return verifier;
}

/* The result, and that a name comes out with JWT_OK only. */
static void
check_token(const struct jwt_verifier *verifier, struct str token, int64_t now_ms,
            enum jwt_result expected, struct str account)
{
    struct guard guard;
    struct str copy = guard_copy(&guard, token);
    struct buf name;
    buf_init(&name, LIMIT_NICK_BYTES);
    CHECK_U64(jwt_verify(verifier, copy, now_ms, &name), expected);
    CHECK_STR(buf_str(&name), expected == JWT_OK ? account : STR(""));
    buf_deinit(&name);
    guard_free(&guard);
}

/* --- claims --- */

#define ISS_AUD "\"iss\":\"https://id.example\",\"aud\":\"chat\","
#define EXP     "\"exp\":1800000600,"

struct claims {
    const char *claims;
    enum jwt_result result;
};

static void
check_claims(const struct claims *rows, size_t count)
{
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    for (size_t i = 0; unit_row(i, count); i++) {
        struct buf token;
        buf_init(&token, LIMIT_TOKEN_BYTES);
        put_token(&token, "{\"alg\":\"HS256\"}", rows[i].claims, NULL, STR(SECRET));
        check_token(verifier, buf_str(&token), NOW_MS, rows[i].result, STR("alice"));
        buf_deinit(&token);
    }
    jwt_verifier_free(&verifier);
}

TEST(time_issuer_and_audience_are_checked)
{
    static const struct claims rows[] = {
        {CLAIMS, JWT_OK},
        {"{" ISS_AUD "\"exp\":1800000600.5,\"sub\":\"alice\"}", JWT_OK},
        {"{" ISS_AUD "\"exp\":1e300,\"sub\":\"alice\"}", JWT_OK},
        {"{" ISS_AUD EXP "\"nbf\":1800000000,\"sub\":\"alice\",\"x\":{\"y\":[null,true]}}", JWT_OK},
        /* times, with 30 s of leeway */
        {"{" ISS_AUD "\"exp\":1799999971,\"sub\":\"alice\"}", JWT_OK},
        {"{" ISS_AUD "\"exp\":1799999970,\"sub\":\"alice\"}", JWT_EXPIRED},
        {"{" ISS_AUD "\"exp\":0,\"sub\":\"alice\"}", JWT_EXPIRED},
        {"{" ISS_AUD "\"exp\":-1,\"sub\":\"alice\"}", JWT_EXPIRED},
        {"{" ISS_AUD EXP "\"nbf\":1800000030,\"sub\":\"alice\"}", JWT_OK},
        {"{" ISS_AUD EXP "\"nbf\":1800000031,\"sub\":\"alice\"}", JWT_TOO_EARLY},
        {"{" ISS_AUD "\"sub\":\"alice\"}", JWT_MALFORMED},
        {"{" ISS_AUD "\"exp\":\"1800000600\",\"sub\":\"alice\"}", JWT_MALFORMED},
        {"{" ISS_AUD "\"exp\":null,\"sub\":\"alice\"}", JWT_MALFORMED},
        {"{" ISS_AUD EXP "\"nbf\":\"0\",\"sub\":\"alice\"}", JWT_MALFORMED},
        /* issuer */
        {"{\"iss\":\"https://id.example/\",\"aud\":\"chat\"," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_ISSUER},
        {"{\"iss\":\"\",\"aud\":\"chat\"," EXP "\"sub\":\"alice\"}", JWT_WRONG_ISSUER},
        {"{\"iss\":[\"https://id.example\"],\"aud\":\"chat\"," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_ISSUER},
        {"{\"aud\":\"chat\"," EXP "\"sub\":\"alice\"}", JWT_WRONG_ISSUER},
        /* audience */
        {"{\"iss\":\"https://id.example\",\"aud\":[\"chat\"]," EXP "\"sub\":\"alice\"}", JWT_OK},
        {"{\"iss\":\"https://id.example\",\"aud\":[1,\"web\",\"chat\"]," EXP "\"sub\":\"alice\"}",
         JWT_OK},
        {"{\"iss\":\"https://id.example\",\"aud\":[\"web\"]," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_AUDIENCE},
        {"{\"iss\":\"https://id.example\",\"aud\":[]," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_AUDIENCE},
        {"{\"iss\":\"https://id.example\",\"aud\":[[\"chat\"]]," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_AUDIENCE},
        {"{\"iss\":\"https://id.example\",\"aud\":{\"chat\":\"chat\"}," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_AUDIENCE},
        {"{\"iss\":\"https://id.example\",\"aud\":\"chat2\"," EXP "\"sub\":\"alice\"}",
         JWT_WRONG_AUDIENCE},
        {"{\"iss\":\"https://id.example\"," EXP "\"sub\":\"alice\"}", JWT_WRONG_AUDIENCE},
    };
    check_claims(rows, ARRAY_LEN(rows));
}

TEST(names_and_forms_are_checked)
{
    static const struct claims rows[] = {
        /* name */
        {"{" ISS_AUD EXP "\"x\":\"alice\"}", JWT_NO_ACCOUNT},
        {"{" ISS_AUD EXP "\"sub\":\"\"}", JWT_NO_ACCOUNT},
        {"{" ISS_AUD EXP "\"sub\":7}", JWT_NO_ACCOUNT},
        {"{" ISS_AUD EXP "\"sub\":[\"alice\"]}", JWT_NO_ACCOUNT},
        {"{" ISS_AUD EXP "\"sub\":\"0123456789012345678901234567890123456789012345678901234567890\""
         "}",
         JWT_NO_ACCOUNT},
        /* JSON */
        {"", JWT_MALFORMED},
        {"{", JWT_MALFORMED},
        {"[]", JWT_MALFORMED},
        {"\"alice\"", JWT_MALFORMED},
        {CLAIMS "x", JWT_MALFORMED},
        {"{" ISS_AUD EXP "\"sub\":\"alice\",\"sub\":\"root\"}", JWT_MALFORMED},
        {"{" ISS_AUD EXP "\"sub\":\"al\\u0000ice\"}", JWT_MALFORMED},
        {"{" ISS_AUD EXP "\"sub\":\"\xFF\"}", JWT_MALFORMED},
        {"{" ISS_AUD EXP "\"sub\":\"\\ud800\"}", JWT_MALFORMED},
        {"{" ISS_AUD "\"exp\":1e999,\"sub\":\"alice\"}", JWT_MALFORMED},
        {"{" ISS_AUD "\"exp\":18446744073709551616,\"sub\":\"alice\"}", JWT_MALFORMED},
    };
    check_claims(rows, ARRAY_LEN(rows));
}

TEST(another_claim_may_name_the_account)
{
    struct buf why;
    struct buf token;
    buf_init(&why, 512);
    buf_init(&token, LIMIT_TOKEN_BYTES);
    struct jwt_verifier *verifier = jwt_verifier_new(
        &(struct jwt_settings){
            .algorithm = JWT_HS256,
            .key_material = STR(SECRET "\r\n"), /* an editor's line end is not in it */
            .issuer = STR("i"),
            .audience = STR("a"),
            .claim = STR("preferred_username"),
        },
        &why);
    CHECK(verifier != NULL);
    put_token(&token, "{\"alg\":\"HS256\"}",
              "{\"iss\":\"i\",\"aud\":\"a\",\"exp\":1800000600,\"sub\":\"1234\","
              "\"preferred_username\":\"\\u00e4lice\"}",
              NULL, STR(SECRET));
    check_token(verifier, buf_str(&token), NOW_MS, JWT_OK, STR("\xC3\xA4lice"));
    jwt_verifier_free(&verifier);
    buf_deinit(&token);
    buf_deinit(&why);
}

/* --- headers and signatures --- */

TEST(headers)
{
    static const struct {
        const char *header;
        enum jwt_result result;
    } rows[] = {
        {"{\"alg\":\"HS256\"}", JWT_OK},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"1\"}", JWT_OK},
        {"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", JWT_OK},
        {"{\"alg\":\"HS256\",\"typ\":\"application/AT+JWT\"}", JWT_OK},
        {"{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"HS256\",\"typ\":1}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"HS256\",\"crit\":[]}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"none\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"hs256\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"HS384\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"RS256\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"off\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"\"}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":[\"HS256\"]}", JWT_WRONG_ALGORITHM},
        {"{}", JWT_WRONG_ALGORITHM},
        {"{\"alg\":\"none\",\"alg\":\"HS256\"}", JWT_MALFORMED},
        {"[\"HS256\"]", JWT_MALFORMED},
        {"", JWT_MALFORMED},
        {"null", JWT_MALFORMED},
    };
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf token;
        buf_init(&token, LIMIT_TOKEN_BYTES);
        put_token(&token, rows[i].header, CLAIMS, NULL, STR(SECRET));
        check_token(verifier, buf_str(&token), NOW_MS, rows[i].result, STR("alice"));
        buf_deinit(&token);
    }
    jwt_verifier_free(&verifier);
}

TEST(a_token_that_is_not_signed_is_refused)
{
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    struct buf token;
    buf_init(&token, LIMIT_TOKEN_BYTES);
    put_unsigned(&token, "{\"alg\":\"none\"}", CLAIMS);
    check_token(verifier, buf_str(&token), NOW_MS, JWT_MALFORMED, STR(""));
    buf_put_byte(&token, '.');
    check_token(verifier, buf_str(&token), NOW_MS, JWT_WRONG_ALGORITHM, STR(""));
    buf_clear(&token);
    put_unsigned(&token, "{\"alg\":\"HS256\"}", CLAIMS);
    check_token(verifier, buf_str(&token), NOW_MS, JWT_MALFORMED, STR(""));
    buf_put_byte(&token, '.');
    check_token(verifier, buf_str(&token), NOW_MS, JWT_BAD_SIGNATURE, STR(""));
    jwt_verifier_free(&verifier);
    buf_deinit(&token);
}

/* With each algorithm: its own key, another one, and each byte of the token changed or missing. */
TEST(each_algorithm_verifies_its_own_signatures_only)
{
    const struct {
        enum jwt_algorithm algorithm;
        const char *header;
        EVP_PKEY *key;
    } rows[] = {
        {JWT_HS256, "{\"alg\":\"HS256\"}", NULL},
        {JWT_RS256, "{\"alg\":\"RS256\"}", rsa},
        {JWT_ES256, "{\"alg\":\"ES256\"}", p256},
        {JWT_EDDSA, "{\"alg\":\"EdDSA\"}", ed25519},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct jwt_verifier *verifier = rows[i].key == NULL
                                            ? verifier_with(JWT_HS256, STR(SECRET))
                                            : verifier_of_key(rows[i].algorithm, rows[i].key);
        struct buf token;
        buf_init(&token, LIMIT_TOKEN_BYTES);
        put_token(&token, rows[i].header, CLAIMS, rows[i].key, STR(SECRET));
        check_token(verifier, buf_str(&token), NOW_MS, JWT_OK, STR("alice"));
        for (size_t at = 0; at < token.len; at++) {
            char before = token.ptr[at];
            token.ptr[at] = before == 'A' ? 'B' : 'A';
            struct buf name;
            buf_init(&name, LIMIT_NICK_BYTES);
            CHECK(jwt_verify(verifier, buf_str(&token), NOW_MS, &name) > JWT_OK);
            CHECK(jwt_verify(verifier, str_take(buf_str(&token), at), NOW_MS, &name) > JWT_OK);
            CHECK_U64(name.len, 0);
            buf_deinit(&name);
            token.ptr[at] = before;
        }
        buf_put_byte(&token, 'A'); /* one byte more */
        struct buf name;
        buf_init(&name, LIMIT_NICK_BYTES);
        CHECK(jwt_verify(verifier, buf_str(&token), NOW_MS, &name) > JWT_OK);
        buf_deinit(&name);
        for (size_t other = 0; other < ARRAY_LEN(rows); other++) {
            buf_clear(&token);
            put_token(&token, rows[i].header, CLAIMS, rows[other].key, STR(OTHER));
            check_token(verifier, buf_str(&token), NOW_MS,
                        other == i && rows[i].key != NULL ? JWT_OK : JWT_BAD_SIGNATURE,
                        STR("alice"));
        }
        jwt_verifier_free(&verifier);
        buf_deinit(&token);
    }
}

/* RFC 8725 2.1: a mac made with the text of the public key, which everybody may have. */
TEST(a_public_key_is_no_secret)
{
    struct buf pem;
    struct buf token;
    buf_init(&pem, 4096);
    buf_init(&token, LIMIT_TOKEN_BYTES);
    put_public(&pem, rsa);
    struct jwt_verifier *verifier = verifier_with(JWT_RS256, buf_str(&pem));
    put_token(&token, "{\"alg\":\"HS256\"}", CLAIMS, NULL, buf_str(&pem));
    check_token(verifier, buf_str(&token), NOW_MS, JWT_WRONG_ALGORITHM, STR(""));
    buf_clear(&token);
    put_token(&token, "{\"alg\":\"RS256\"}", CLAIMS, NULL, buf_str(&pem));
    check_token(verifier, buf_str(&token), NOW_MS, JWT_BAD_SIGNATURE, STR(""));
    jwt_verifier_free(&verifier);
    buf_deinit(&token);
    buf_deinit(&pem);
}

TEST(any_of_several_keys_will_do)
{
    struct buf pem;
    struct buf token;
    buf_init(&pem, 8192);
    buf_init(&token, LIMIT_TOKEN_BYTES);
    buf_put(&pem, STR("the one before:\n"));
    put_public(&pem, rsa_other);
    buf_put(&pem, STR("the one in use:\n"));
    put_public(&pem, rsa);
    struct jwt_verifier *verifier = verifier_with(JWT_RS256, buf_str(&pem));
    put_token(&token, "{\"alg\":\"RS256\"}", CLAIMS, rsa, STR_NONE);
    check_token(verifier, buf_str(&token), NOW_MS, JWT_OK, STR("alice"));
    buf_clear(&token);
    put_token(&token, "{\"alg\":\"RS256\"}", CLAIMS, rsa_other, STR_NONE);
    check_token(verifier, buf_str(&token), NOW_MS, JWT_OK, STR("alice"));
    jwt_verifier_free(&verifier);
    buf_deinit(&token);
    buf_deinit(&pem);
}

/* --- forms and sizes --- */

TEST(what_is_no_token_is_refused)
{
    static const struct {
        struct str token;
        enum jwt_result result;
    } rows[] = {
        {S(""), JWT_MALFORMED},
        {S("."), JWT_MALFORMED},
        {S(".."), JWT_MALFORMED},
        {S("..."), JWT_MALFORMED},
        {S("a"), JWT_MALFORMED},
        {S("a.b.c"), JWT_MALFORMED},
        {S("a.b.c.d.e"), JWT_MALFORMED},                     /* encrypted: RFC 7516 */
        {S("eyJhbGciOiJIUzI1NiJ9=.e30.YQ"), JWT_MALFORMED},  /* with padding */
        {S("eyJhbGciOiJIUzI1NiJ9\n.e30.YQ"), JWT_MALFORMED}, /* with a line end */
        {S("eyJhbGciOiJIUzI1NiJ9.e30.YR"), JWT_MALFORMED},   /* another text for "a" */
        {S("eyJhbGciOiJIUzI1NiJ9.e30.YQ"), JWT_BAD_SIGNATURE},
        {S("eyJhbGciOiJIUzI1NiJ9.e30."), JWT_BAD_SIGNATURE},
    };
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        check_token(verifier, rows[i].token, NOW_MS, rows[i].result, STR(""));
    jwt_verifier_free(&verifier);
}

/* A token of that many bytes: HS256 has 20 before the claims, 43 behind them, and two dots. */
static void
put_long_token(struct buf *out, size_t len)
{
    struct buf claims;
    buf_init(&claims, LIMIT_TOKEN_BYTES);
    buf_put(&claims, str_take(STR(CLAIMS), sizeof(CLAIMS) - 2));
    buf_put(&claims, STR(",\"x\":\""));
    while (claims.len < (len - 65) / 4 * 3 + ((len - 65) % 4 + 1) / 2 - 2)
        buf_put_byte(&claims, 'x');
    buf_put(&claims, STR("\"}"));
    put_token(out, "{\"alg\":\"HS256\"}", buf_nul_terminated(&claims), NULL, STR(SECRET));
    CHECK_U64(out->len, len);
    buf_deinit(&claims);
}

TEST(there_is_a_longest_token)
{
    static const struct {
        size_t len;
        enum jwt_result result;
    } rows[] = {
        {LIMIT_TOKEN_BYTES - 1, JWT_OK},
        {LIMIT_TOKEN_BYTES, JWT_OK},
        {LIMIT_TOKEN_BYTES + 1, JWT_TOO_LONG},
    };
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf token;
        buf_init(&token, LIMIT_TOKEN_BYTES + 100);
        put_long_token(&token, rows[i].len);
        check_token(verifier, buf_str(&token), NOW_MS, rows[i].result, STR("alice"));
        buf_deinit(&token);
    }
    jwt_verifier_free(&verifier);
}

/* Nobody has signed it yet when it is read: it is not to be deep, either. */
TEST(there_is_a_longest_header)
{
    struct jwt_verifier *verifier = verifier_with(JWT_HS256, STR(SECRET));
    for (size_t i = 0; unit_row(i, 2); i++) {
        struct buf header;
        struct buf token;
        buf_init(&header, LIMIT_TOKEN_BYTES);
        buf_init(&token, LIMIT_TOKEN_BYTES);
        while (header.len < LIMIT_TOKEN_HEADER_BYTES / 4 * 3 + i)
            buf_put_byte(&header, '[');
        put_token(&token, buf_nul_terminated(&header), "{}", NULL, STR(SECRET));
        check_token(verifier, buf_str(&token), NOW_MS, i == 0 ? JWT_MALFORMED : JWT_TOO_LONG,
                    STR(""));
        buf_deinit(&header);
        buf_deinit(&token);
    }
    jwt_verifier_free(&verifier);
}

/* --- examples of others --- */

/* RFC 7515 A.1: it has no audience, which is looked at last. */
TEST(the_example_of_the_standard_has_a_right_signature)
{
    struct buf key;
    struct buf why;
    buf_init(&key, 100);
    buf_init(&why, 512);
    CHECK(base64_take_url(&key, STR("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3"
                                    "Yj0iPS4hcgUuTwjAzZr1Z9CAow")));
    struct jwt_verifier *verifier = jwt_verifier_new(
        &(struct jwt_settings){
            .algorithm = JWT_HS256,
            .key_material = buf_str(&key),
            .issuer = STR("joe"),
            .audience = STR("chat"),
            .claim = STR("sub"),
        },
        &why);
    struct str token = STR("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOj"
                           "EzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJ"
                           "eZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    check_token(verifier, token, INT64_C(1300819380000), JWT_WRONG_AUDIENCE, STR(""));
    check_token(verifier, token, INT64_C(1300819410000), JWT_EXPIRED, STR(""));
    jwt_verifier_free(&verifier);
    buf_deinit(&key);
    buf_deinit(&why);
}

/* RFC 8037 A.4: what is signed is no JSON, which is looked at when the signature is right. */
TEST(the_example_of_ed25519_has_a_right_signature)
{
    struct buf raw;
    buf_init(&raw, 32);
    CHECK(base64_take_url(&raw, STR("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                                (const unsigned char *)raw.ptr, raw.len);
    struct jwt_verifier *verifier = verifier_of_key(JWT_EDDSA, key);
    check_token(verifier,
                STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0Jzln"
                    "LWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"),
                NOW_MS, JWT_MALFORMED, STR(""));
    jwt_verifier_free(&verifier);
    EVP_PKEY_free(key);
    buf_deinit(&raw);
}

/* --- keys --- */

static void
check_refusal(enum jwt_algorithm algorithm, struct str key_material, struct str why_expected)
{
    struct buf why;
    buf_init(&why, 512);
    struct jwt_verifier *verifier = jwt_verifier_new(
        &(struct jwt_settings){
            .algorithm = algorithm,
            .key_material = key_material,
            .issuer = STR("i"),
            .audience = STR("a"),
            .claim = STR("sub"),
        },
        &why);
    CHECK(verifier == NULL);
    CHECK_STR(buf_str(&why), why_expected);
    buf_deinit(&why);
}

TEST(secrets_that_can_not_be_used)
{
    check_refusal(
        JWT_HS256, STR(""),
        STR("holds a secret of 0 bytes, which might be guessed; HS256 wants at least 32"));
    check_refusal(JWT_HS256, STR("0123456789012345678901234567890\n"),
                  STR("holds a secret of 31 bytes, which might be guessed; HS256 wants at least "
                      "32"));
    struct buf pem;
    buf_init(&pem, 4096);
    put_public(&pem, rsa);
    check_refusal(JWT_HS256, buf_str(&pem),
                  STR("holds a key in PEM; HS256 wants a secret, the other algorithms keys"));
    buf_deinit(&pem);
}

TEST(keys_that_can_not_be_used)
{
    struct str none = STR("holds no public key; write one or several in PEM, \"-----BEGIN PUBLIC "
                          "KEY-----\"");
    check_refusal(JWT_RS256, STR(""), none);
    check_refusal(JWT_RS256, STR("secret"), none);
    check_refusal(JWT_RS256, STR("-----BEGIN PUBLIC KEY-----\nMDkw\n-----END PUBLIC KEY-----\n"),
                  STR("holds a public key that can't be read; make the file anew"));
    check_refusal(JWT_RS256, STR("-----BEGIN PUBLIC KEY-----\nMDkw\n"),
                  STR("is damaged; make the file anew"));
    check_refusal(JWT_RS256, STR("-----BEGIN CERTIFICATE-----\nMDkw\n-----END CERTIFICATE-----\n"),
                  STR("holds a CERTIFICATE; write public keys (of a certificate, \"openssl x509 "
                      "-pubkey -noout\" tells its own)"));
    check_refusal(JWT_RS256,
                  STR("-----BEGIN RSA PRIVATE KEY-----\nMDkw\n-----END RSA PRIVATE KEY-----\n"),
                  STR("holds a private key, which is the issuer's alone; \"openssl pkey -pubout\" "
                      "makes the public one"));

    const struct {
        enum jwt_algorithm algorithm;
        EVP_PKEY *key;
        struct str why;
    } rows[] = {
        {JWT_RS256, rsa_short, S("holds an RSA key of 1024 bits; RS256 wants 2048 to 8192")},
        {JWT_RS256, p256, S("holds a key that is none for RS256")},
        {JWT_ES256, p384, S("holds a key that is none for ES256")},
        {JWT_ES256, rsa, S("holds a key that is none for ES256")},
        {JWT_ES256, ed25519, S("holds a key that is none for ES256")},
        {JWT_EDDSA, p256, S("holds a key that is none for EdDSA")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf pem;
        buf_init(&pem, 4096);
        put_public(&pem, rows[i].key);
        check_refusal(rows[i].algorithm, buf_str(&pem), rows[i].why);
        buf_deinit(&pem);
    }
}

TEST(there_is_a_largest_number_of_keys)
{
    struct buf pem;
    buf_init(&pem, 8192);
    for (size_t i = 0; i < LIMIT_TOKEN_KEYS; i++)
        put_public(&pem, ed25519);
    struct jwt_verifier *verifier = verifier_with(JWT_EDDSA, buf_str(&pem));
    jwt_verifier_free(&verifier);
    put_public(&pem, ed25519);
    check_refusal(JWT_EDDSA, buf_str(&pem), STR("holds more than 8 keys; take out old ones"));
    buf_deinit(&pem);
}

static int
make_keys(void **state)
{
    (void)state;
    rsa = EVP_RSA_gen(2048);
    rsa_other = EVP_RSA_gen(2048);
    rsa_short = EVP_RSA_gen(1024);
    p256 = EVP_EC_gen("P-256");
    p384 = EVP_EC_gen("P-384");
    ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return rsa != NULL && rsa_other != NULL && rsa_short != NULL && p256 != NULL && p384 != NULL &&
                   ed25519 != NULL
               ? 0
               : -1;
}

static int
free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(rsa_other);
    EVP_PKEY_free(rsa_short);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
    EVP_PKEY_free(ed25519);
    return 0;
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_issuer_and_audience_are_checked),
        cmocka_unit_test(names_and_forms_are_checked),
        cmocka_unit_test(another_claim_may_name_the_account),
        cmocka_unit_test(headers),
        cmocka_unit_test(a_token_that_is_not_signed_is_refused),
        cmocka_unit_test(each_algorithm_verifies_its_own_signatures_only),
        cmocka_unit_test(a_public_key_is_no_secret),
        cmocka_unit_test(any_of_several_keys_will_do),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(there_is_a_longest_token),
        cmocka_unit_test(there_is_a_longest_header),
        cmocka_unit_test(the_example_of_the_standard_has_a_right_signature),
        cmocka_unit_test(the_example_of_ed25519_has_a_right_signature),
        cmocka_unit_test(secrets_that_can_not_be_used),
        cmocka_unit_test(keys_that_can_not_be_used),
        cmocka_unit_test(there_is_a_largest_number_of_keys),
    };
    return cmocka_run_group_tests_name("jwt", tests, make_keys, free_keys);
}
