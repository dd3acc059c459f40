/* Message tags; see tags.h. */
#include "wire/tags.h"

#include <assert.h>

bool
tags_next(struct str *rest, struct tag *tag_out)
{
    assert(rest != NULL);
    while (rest->ptr != NULL) {
        struct str item = str_cut(rest, ';');
        struct str value = item;
        struct str key = str_cut(&value, '=');
        if (key.len == 0)
            continue;
        *tag_out = (struct tag){.key = key, .raw_value = value.ptr == NULL ? STR("") : value};
        return true;
    }
    return false;
}

void
tags_put_escaped(struct buf *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case ';':
            buf_put(out, STR("\\:"));
            break;
        case ' ':
            buf_put(out, STR("\\s"));
            break;
        case '\\':
            buf_put(out, STR("\\\\"));
            break;
        case '\r':
            buf_put(out, STR("\\r"));
            break;
        case '\n':
            buf_put(out, STR("\\n"));
            break;
        default:
            buf_put_byte(out, value.ptr[i]);
            break;
        }
    }
}

static char
unescape(char byte)
{
    switch (byte) {
    case ':':
        return ';';
    case 's':
        return ' ';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    default: /* a backslash before anything else is dropped */
        return byte;
    }
}

void
tags_put_unescaped(struct buf *out, struct str raw_value)
{
    for (size_t i = 0; i < raw_value.len; i++) {
        char byte = raw_value.ptr[i];
        if (byte == '\\') {
            i++;
            if (i == raw_value.len) /* a lone backslash at the end is dropped */
                return;
            byte = unescape(raw_value.ptr[i]);
        }
        buf_put_byte(out, byte);
    }
}

static bool
is_name(struct str name, bool may_have_dots)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        bool is_allowed = ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '-' ||
                          (may_have_dots && byte == '.');
        if (!is_allowed)
            return false;
    }
    return name.len > 0;
}

bool
tags_key_is_valid(struct str key)
{
    if (key.len > 0 && key.ptr[0] == '+')
        key = str_skip(key, 1);
    struct str name = key;
    struct str vendor = str_cut(&name, '/');
    if (name.ptr == NULL)
        return is_name(vendor, false);
    return is_name(vendor, true) && is_name(name, false);
}
