/* Packing values into few bytes; see pack.h. */
#include "base/pack.h"

#define NUMBER_BYTES_MAX 10

void
pack_number(struct buf *out, uint64_t number)
{
    while (number > 0x7F) {
        buf_put_byte(out, (char)(number & 0x7F) | (char)0x80);
        number >>= 7;
    }
    buf_put_byte(out, (char)number);
}

void
pack_text(struct buf *out, struct str text)
{
    pack_number(out, text.len);
    buf_put(out, text);
}

uint64_t
unpack_number(struct unpack *from)
{
    uint64_t number = 0;
    for (size_t i = 0; i < NUMBER_BYTES_MAX && i < from->rest.len; i++) {
        unsigned char byte = (unsigned char)from->rest.ptr[i];
        if (i == NUMBER_BYTES_MAX - 1 && byte > 1)
            break; /* more than 64 bits */
        number |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte <= 0x7F) {
            from->rest = str_skip(from->rest, i + 1);
            return number;
        }
    }
    from->rest = STR("");
    from->is_bad = true;
    return 0;
}

struct str
unpack_text(struct unpack *from)
{
    uint64_t len = unpack_number(from);
    if (len > from->rest.len) {
        from->rest = STR("");
        from->is_bad = true;
        return STR("");
    }
    struct str text = str_take(from->rest, (size_t)len);
    from->rest = str_skip(from->rest, (size_t)len);
    return text;
}

struct str
unpack_rest(struct unpack *from)
{
    struct str rest = from->rest;
    from->rest = STR("");
    return rest;
}
