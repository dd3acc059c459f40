/* Secrets; see secret.h. */
#include "base/secret.h"

#include <sodium/utils.h>

#define GROUP_LEN 5

bool
secret_equal(struct str text, struct str secret)
{
    return text.len == secret.len && sodium_memcmp(text.ptr, secret.ptr, text.len) == 0;
}

/* Without i, l, o and u, which are read as others. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
secret_to_text(const unsigned char random[SECRET_RANDOM_BYTES], char out[SECRET_TEXT_LEN])
{
    for (size_t i = 0, at = 0; i < SECRET_RANDOM_BYTES; i++) {
        if (i > 0 && i % GROUP_LEN == 0)
            out[at++] = '-';
        out[at++] = digits[random[i] % (sizeof digits - 1)];
    }
}
