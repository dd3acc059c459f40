/* Masks; see mask.h. */
#include "wire/mask.h"

#include "base/utf8.h"

#include <stddef.h>

/* Bytes of the first character; 1 for bytes that are no UTF-8. */
static size_t
character_len(struct str text)
{
    uint32_t code_point;
    size_t len = utf8_decode(text, &code_point);
    return len == 0 ? 1 : len;
}

bool
mask_matches(struct str mask, struct str text)
{
    /* The last '*' seen is the only place to go back to: an earlier one can't do better. */
    bool has_star = false;
    struct str mask_after_star = STR_NONE;
    struct str text_at_star = STR_NONE;
    while (text.len > 0) {
        if (mask.len > 0 && mask.ptr[0] == '*') {
            mask = str_skip(mask, 1);
            has_star = true;
            mask_after_star = mask;
            text_at_star = text;
        } else if (mask.len > 0 && mask.ptr[0] == '?') {
            mask = str_skip(mask, 1);
            text = str_skip(text, character_len(text));
        } else if (mask.len > 0 && mask.ptr[0] == text.ptr[0]) {
            mask = str_skip(mask, 1);
            text = str_skip(text, 1);
        } else if (has_star) {
            text_at_star = str_skip(text_at_star, character_len(text_at_star));
            mask = mask_after_star;
            text = text_at_star;
        } else {
            return false;
        }
    }
    while (mask.len > 0 && mask.ptr[0] == '*')
        mask = str_skip(mask, 1);
    return mask.len == 0;
}

static void
put_collapsed(struct buf *out, struct str part)
{
    bool last_was_star = false;
    for (size_t i = 0; i < part.len; i++) {
        bool is_star = part.ptr[i] == '*';
        if (!is_star || !last_was_star)
            buf_put_byte(out, part.ptr[i]);
        last_was_star = is_star;
    }
    if (part.len == 0)
        buf_put_byte(out, '*');
}

void
mask_put_complete(struct buf *out, struct str mask)
{
    struct str nick = STR("*");
    struct str user = STR("*");
    struct str host = STR("*");
    size_t bang = str_find_byte(mask, '!');
    struct str rest = mask;
    if (bang < mask.len) {
        nick = str_take(mask, bang);
        rest = str_skip(mask, bang + 1);
    }
    size_t at = str_find_byte(rest, '@');
    if (at < rest.len) {
        user = str_take(rest, at);
        host = str_skip(rest, at + 1);
    } else if (bang < mask.len) {
        user = rest;
    } else if (str_find_byte(rest, '.') < rest.len || str_find_byte(rest, ':') < rest.len) {
        host = rest; /* nothing but a host has a dot or a colon in it */
    } else {
        nick = rest;
    }
    put_collapsed(out, nick);
    buf_put_byte(out, '!');
    put_collapsed(out, user);
    buf_put_byte(out, '@');
    put_collapsed(out, host);
}

bool
mask_has_wildcards(struct str mask)
{
    return str_find_byte(mask, '*') < mask.len || str_find_byte(mask, '?') < mask.len;
}
