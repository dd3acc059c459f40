/* Base64; see base64.h. */
#include "wire/base64.h"

#include "base/alloc.h"

#include <sodium/utils.h>

void
base64_put(struct buf *out, struct str bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = cf_alloc(size);
    sodium_bin2base64(text, size, (const unsigned char *)bytes.ptr, bytes.len,
                      sodium_base64_VARIANT_ORIGINAL);
    buf_put(out, (struct str){.ptr = text, .len = size - 1});
    cf_free(text);
}

static bool
take(struct buf *out, struct str text, int variant)
{
    if (text.len == 0)
        return true;
    size_t size = text.len / 4 * 3 + 3;
    unsigned char *bytes = cf_alloc(size);
    size_t len = 0;
    bool is_whole =
        sodium_base642bin(bytes, size, text.ptr, text.len, NULL, &len, NULL, variant) == 0 &&
        len <= buf_room(out);
    if (is_whole)
        buf_put(out, (struct str){.ptr = (const char *)bytes, .len = len});
    sodium_memzero(bytes, size);
    cf_free(bytes);
    return is_whole;
}

bool
base64_take(struct buf *out, struct str text)
{
    return take(out, text, sodium_base64_VARIANT_ORIGINAL);
}

bool
base64_take_url(struct buf *out, struct str text)
{
    return take(out, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
