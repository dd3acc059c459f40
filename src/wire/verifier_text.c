/* Verifiers as text; see verifier_text.h. */
#include "wire/verifier_text.h"

#include "base/number.h"
#include "wire/base64.h"

#include <assert.h>
#include <sodium/utils.h>
#include <string.h>

#define PREFIX "SCRAM-SHA-256$"

static void
put_base64(struct buf *out, const unsigned char *bytes, size_t len, const char *end)
{
    base64_put(out, (struct str){.ptr = (const char *)bytes, .len = len});
    buf_put(out, str_from_nul(end));
}

void
verifier_text_put(struct buf *out, const struct scram_verifier *verifier)
{
    size_t key_bytes = scram_key_bytes(SCRAM_SHA_256);
    assert(verifier->hash == SCRAM_SHA_256);
    assert(verifier->iterations > 0);
    buf_put(out, STR(PREFIX));
    buf_put_u64(out, verifier->iterations);
    buf_put_byte(out, ':');
    put_base64(out, verifier->salt, SCRAM_SALT_BYTES, "$");
    put_base64(out, verifier->stored_key, key_bytes, ":");
    put_base64(out, verifier->server_key, key_bytes, "");
}

bool
verifier_text_is_one(struct str text)
{
    return str_starts_with(text, STR(PREFIX));
}

/* Takes base64 up to the separator; false when it is not so many bytes. */
static bool
take_base64(struct str *rest, char separator, unsigned char *bytes, size_t len)
{
    struct buf taken;
    buf_init(&taken, SCRAM_KEY_BYTES_MAX);
    bool is_right = base64_take(&taken, str_cut(rest, separator)) && taken.len == len;
    if (is_right)
        memcpy(bytes, taken.ptr, len);
    buf_deinit(&taken);
    return is_right;
}

bool
verifier_text_matches(struct str text, struct str password)
{
    struct scram_verifier kept = {.hash = SCRAM_SHA_256};
    struct scram_verifier made = {.hash = SCRAM_SHA_256};
    uint64_t iterations;
    size_t key_bytes = scram_key_bytes(SCRAM_SHA_256);
    if (!verifier_text_is_one(text))
        return false;
    text = str_skip(text, STR(PREFIX).len);
    if (!number_parse_u64(str_cut(&text, ':'), SCRAM_ITERATIONS_MAX, &iterations) ||
        iterations == 0 || !take_base64(&text, '$', kept.salt, SCRAM_SALT_BYTES) ||
        !take_base64(&text, ':', kept.stored_key, key_bytes))
        return false;
    made.iterations = (uint32_t)iterations;
    scram_derive(password, kept.salt, &made);
    bool is_same = sodium_memcmp(kept.stored_key, made.stored_key, key_bytes) == 0;
    explicit_bzero(&made, sizeof made);
    return is_same;
}
