/* Names and their folding; see name.h. */
#include "wire/name.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

/* NFKC_Casefold of Unicode 3.13, without lumping. */
#define FOLD_OPTIONS \
    (UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

/* Looks like a space and is a symbol to Unicode. */
#define BRAILLE_BLANK 0x2800

bool
name_fold(struct str name, struct folded *folded_out)
{
    assert(folded_out != NULL);
    if (name.len > LIMIT_FOLDED_BYTES)
        return false;
    if (utf8_is_ascii(name)) {
        for (size_t i = 0; i < name.len; i++)
            folded_out->bytes[i] = ascii_lower(name.ptr[i]);
        folded_out->len = name.len;
        return true;
    }
    if (!utf8_is_valid(name))
        return false;
    utf8proc_int32_t points[LIMIT_FOLDED_BYTES + 1]; /* for the NUL that is written behind */
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len, points,
                           LIMIT_FOLDED_BYTES, FOLD_OPTIONS);
    if (count < 0 || count > LIMIT_FOLDED_BYTES)
        return false;
    utf8proc_ssize_t len = utf8proc_reencode(points, count, FOLD_OPTIONS);
    if (len < 0 || len > LIMIT_FOLDED_BYTES)
        return false;
    folded_out->len = (size_t)len;
    memcpy(folded_out->bytes, points, (size_t)len);
    return true;
}

struct str
folded_str(const struct folded *folded)
{
    return (struct str){.ptr = folded->bytes, .len = folded->len};
}

bool
name_equal(struct str a, struct str b)
{
    struct folded folded_a;
    struct folded folded_b;
    return name_fold(a, &folded_a) && name_fold(b, &folded_b) &&
           str_equal(folded_str(&folded_a), folded_str(&folded_b));
}

/* Letters, marks, digits and symbols such as emoji; nothing that is invisible or a space. */
static bool
is_visible(uint32_t code_point)
{
    if (code_point == BRAILLE_BLANK)
        return false;
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return true;
    }
    return false;
}

/* A mark would be drawn on whatever stands before the name. RFC 5891 4.2.3.2 has the same rule. */
static bool
starts_with_mark(struct str name)
{
    uint32_t code_point;
    if (name.len == 0 || utf8_decode(name, &code_point) == 0)
        return false;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

static bool
is_nick_char(uint32_t code_point)
{
    if (code_point >= 0x80)
        return is_visible(code_point);
    char byte = (char)code_point;
    return ascii_is_letter(byte) || ascii_is_digit(byte) ||
           (byte != '\0' && strchr("-_[]{}\\|^`", byte) != NULL);
}

static bool
is_channel_char(uint32_t code_point)
{
    if (code_point >= 0x80)
        return is_visible(code_point);
    return code_point > ' ' && code_point != ',' && code_point != 0x7F;
}

static bool
all_chars(struct str name, bool (*is_allowed)(uint32_t code_point))
{
    while (name.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(name, &code_point);
        if (len == 0 || !is_allowed(code_point))
            return false;
        name = str_skip(name, len);
    }
    return true;
}

static bool
has_nick_shape(struct str name)
{
    if (name.len == 0 || ascii_is_digit(name.ptr[0]) || name.ptr[0] == '-')
        return false;
    return !starts_with_mark(name) && all_chars(name, is_nick_char);
}

bool
name_is_nick(struct str name)
{
    struct folded folded;
    return name.len <= LIMIT_NICK_BYTES && has_nick_shape(name) && name_fold(name, &folded) &&
           has_nick_shape(folded_str(&folded));
}

bool
name_looks_like_channel(struct str name)
{
    return name.len > 0 && name.ptr[0] == '#';
}

static bool
has_channel_shape(struct str name)
{
    return name_looks_like_channel(name) && name.len > 1 && !starts_with_mark(str_skip(name, 1)) &&
           all_chars(name, is_channel_char);
}

bool
name_is_channel(struct str name)
{
    struct folded folded;
    return name.len <= LIMIT_CHANNEL_BYTES && has_channel_shape(name) && name_fold(name, &folded) &&
           has_channel_shape(folded_str(&folded));
}

/* Whether it can be the folded form of a name of so many bytes. Of plain letters there are at most
 * four for three bytes (U+2167 is viii); of others, six times as many bytes. */
static bool
is_folded_form(struct str name, size_t bytes_max)
{
    struct folded folded;
    size_t folded_max = utf8_is_ascii(name) ? bytes_max + bytes_max / 3 : LIMIT_FOLDED_BYTES;
    return name.len <= folded_max && name_fold(name, &folded) &&
           str_equal(folded_str(&folded), name);
}

bool
name_is_kept_nick(struct str name)
{
    return name_is_nick(name) || (has_nick_shape(name) && is_folded_form(name, LIMIT_NICK_BYTES));
}

bool
name_is_kept_channel(struct str name)
{
    return name_is_channel(name) ||
           (has_channel_shape(name) && is_folded_form(name, LIMIT_CHANNEL_BYTES));
}

bool
name_is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        unsigned char byte = (unsigned char)host.ptr[i];
        if (byte <= ' ' || byte >= 0x7F || strchr("!@*?,", byte) != NULL)
            return false;
    }
    return host.len > 0 && host.ptr[0] != ':';
}
