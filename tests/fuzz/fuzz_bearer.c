/*
 * Messages with tokens, and tokens. The first byte says what the others are: a message of
 * OAUTHBEARER, one of IRCV3BEARER, a whole token, or what a token claims, which is signed here so
 * that it is looked at. No token is right but those that are signed here.
 */
#include "wire/bearer.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "wire/jwt.h"

#include <assert.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>

#define SECRET "a secret of thirty-two bytes, ok"
#define HEADER "eyJhbGciOiJIUzI1NiJ9"
#define NOW_MS INT64_C(1800000000000)

/* What is taken is within the message, and what it is said to be. */
static void
check_bearer(const struct bearer *bearer)
{
    assert(bearer->token.len > 0);
    for (size_t i = 0; i < bearer->token.len; i++) {
        assert(bearer->token.ptr[i] > ' ');
        assert(bearer->token.ptr[i] < 0x7F);
    }
}

static void
take_oauth(struct str message)
{
    struct buf authzid;
    struct bearer bearer;
    buf_init(&authzid, LIMIT_NICK_BYTES);
    if (bearer_take_oauth(message, &authzid, &bearer)) {
        check_bearer(&bearer);
        assert(utf8_is_valid(bearer.authzid));
        assert(bearer.authzid.len <= LIMIT_NICK_BYTES);
        assert(message.ptr[message.len - 1] == '\x01');
    }
    buf_deinit(&authzid);
}

static void
take_ircv3(struct str message)
{
    struct bearer bearer;
    if (!bearer_take_ircv3(message, &bearer))
        return;
    check_bearer(&bearer);
    assert(bearer.authzid.len + bearer.token.len + sizeof(" jwt") == message.len);
}

static void
put_url(struct buf *out, struct str bytes)
{
    char text[2 * LIMIT_TOKEN_BYTES];
    sodium_bin2base64(text, sizeof text, (const unsigned char *)bytes.ptr, bytes.len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_put(out, str_from_nul(text));
}

static void
put_signed(struct buf *out, struct str claims)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    buf_put(out, STR(HEADER "."));
    put_url(out, str_take(claims, LIMIT_TOKEN_BYTES / 2));
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)SECRET, sizeof(SECRET) - 1);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)out->ptr, out->len);
    crypto_auth_hmacsha256_final(&state, mac);
    buf_put_byte(out, '.');
    put_url(out, (struct str){.ptr = (const char *)mac, .len = sizeof mac});
}

static enum jwt_result
verify(struct str token)
{
    struct buf why;
    struct buf account;
    buf_init(&why, 512);
    buf_init(&account, LIMIT_NICK_BYTES);
    struct jwt_verifier *verifier = jwt_verifier_new(
        &(struct jwt_settings){
            .algorithm = JWT_HS256,
            .key_material = STR(SECRET),
            .issuer = STR("i"),
            .audience = STR("a"),
            .claim = STR("sub"),
        },
        &why);
    assert(verifier != NULL);
    enum jwt_result result = jwt_verify(verifier, token, NOW_MS, &account);
    assert(result > JWT_NOT_CHECKED);
    assert(result < JWT_RESULT_COUNT);
    assert((result == JWT_OK) == (account.len > 0));
    assert(utf8_is_valid(buf_str(&account)));
    jwt_verifier_free(&verifier);
    buf_deinit(&account);
    buf_deinit(&why);
    return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str rest = {.ptr = (const char *)data + 1, .len = size - 1};
    struct buf token;
    buf_init(&token, LIMIT_TOKEN_BYTES);
    switch (data[0]) {
    case 'o':
        take_oauth(rest);
        break;
    case 'i':
        take_ircv3(rest);
        break;
    case 't':
        (void)verify(rest); /* a corpus may hold one that was signed below */
        break;
    case 'c':
        put_signed(&token, rest);
        if (token.len <= LIMIT_TOKEN_BYTES)
            assert(verify(buf_str(&token)) != JWT_BAD_SIGNATURE);
        break;
    default:
        break;
    }
    buf_deinit(&token);
    return 0;
}
