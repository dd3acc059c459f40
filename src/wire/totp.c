/* One-time codes; see totp.h. */
#include "wire/totp.h"

#include "base/secret.h"

#include <assert.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

static bool
is_code_of(const unsigned char key[TOTP_KEY_BYTES], struct str code, uint64_t step)
{
    char expected[TOTP_DIGITS + 1];
    int result = oath_totp_generate2((const char *)key, TOTP_KEY_BYTES,
                                     (time_t)(step * (TOTP_STEP_MS / 1000)), TOTP_STEP_MS / 1000, 0,
                                     TOTP_DIGITS, 0, expected);
    assert(result == OATH_OK);
    return secret_equal(code, str_from_nul(expected));
}

bool
totp_matches(const unsigned char key[TOTP_KEY_BYTES], struct str code, int64_t wall_ms,
             uint64_t after_step, uint64_t *step_out)
{
    uint64_t now = (uint64_t)(wall_ms / TOTP_STEP_MS);
    bool is_match = false;
    if (code.len != TOTP_DIGITS || now == 0)
        return false;
    for (uint64_t step = now - 1; step <= now + 1; step++) {
        if (step > after_step && is_code_of(key, code, step)) {
            *step_out = step;
            is_match = true;
        }
    }
    return is_match;
}

void
totp_put_key(struct buf *out, const unsigned char key[TOTP_KEY_BYTES])
{
    char *text = NULL;
    size_t len = 0;
    int result = oath_base32_encode((const char *)key, TOTP_KEY_BYTES, &text, &len);
    assert(result == OATH_OK);
    buf_put(out, (struct str){.ptr = text, .len = len});
    explicit_bzero(text, len);
    free(text); /* NOLINT(tidy-raw-memory): made by liboath */
}

/* As a part of an address. */
static void
put_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '-' || byte == '.')
            buf_put_byte(out, byte);
        else
            buf_printf(out, "%%%02X", (unsigned char)byte);
    }
}

void
totp_put_uri(struct buf *out, const unsigned char key[TOTP_KEY_BYTES], struct str issuer,
             struct str account)
{
    buf_put(out, STR("otpauth://totp/"));
    put_escaped(out, issuer);
    buf_put(out, STR("%3A"));
    put_escaped(out, account);
    buf_put(out, STR("?secret="));
    totp_put_key(out, key);
    buf_put(out, STR("&issuer="));
    put_escaped(out, issuer);
}
