/* UTF-8; see utf8.h. Widths come from utf8proc's tables. */
#include "base/utf8.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

static bool
is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t
utf8_decode(struct str text, uint32_t *code_point_out)
{
    assert(text.len > 0);
    unsigned char first = (unsigned char)text.ptr[0];
    if (first < 0x80) {
        *code_point_out = first;
        return 1;
    }
    size_t len;
    uint32_t value;
    uint32_t smallest;
    if ((first & 0xE0) == 0xC0) {
        len = 2;
        value = first & 0x1F;
        smallest = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
        len = 3;
        value = first & 0x0F;
        smallest = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
        len = 4;
        value = first & 0x07;
        smallest = 0x10000;
    } else {
        return 0;
    }
    if (text.len < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(text.ptr[i]))
            return 0;
        value = value << 6 | ((unsigned char)text.ptr[i] & 0x3F);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code_point_out = value;
    return len;
}

bool
utf8_is_valid(struct str text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t eight;
        if (text.len - at >= sizeof eight) { /* most chat is ASCII: eight bytes at a time */
            memcpy(&eight, text.ptr + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        uint32_t code_point;
        size_t len = utf8_decode(str_skip(text, at), &code_point);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t
utf8_encode(uint32_t code_point, char out[4])
{
    assert(code_point <= 0x10FFFF);
    assert(code_point < 0xD800 || code_point > 0xDFFF);
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

struct str
utf8_take(struct str text, size_t max_bytes)
{
    if (text.len <= max_bytes)
        return text;
    size_t len = max_bytes;
    /* A code point has at most three continuation bytes; without this bound, bytes that are no
     * UTF-8 could shrink the result to nothing. */
    for (int i = 0; i < 3 && len > 0 && is_continuation(text.ptr[len]); i++)
        len--;
    return str_take(text, len);
}

unsigned
utf8_code_point_columns(uint32_t code_point)
{
    int width = utf8proc_charwidth((utf8proc_int32_t)code_point);
    return width < 0 ? 0 : (unsigned)width;
}

size_t
utf8_columns(struct str text)
{
    size_t columns = 0;
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(text, &code_point);
        if (len == 0) { /* shown as one replacement character */
            columns++;
            len = 1;
        } else {
            columns += utf8_code_point_columns(code_point);
        }
        text = str_skip(text, len);
    }
    return columns;
}

bool
utf8_is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    }
    return true;
}
