/* Borrowed slices of bytes; see str.h. */
#include "base/str.h"

#include <assert.h>
#include <string.h>

struct str
str_from_nul(const char *nul_terminated)
{
    assert(nul_terminated != NULL);
    return (struct str){.ptr = nul_terminated, .len = strlen(nul_terminated)};
}

bool
str_is_empty(struct str s)
{
    return s.len == 0;
}

bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
str_equal_ascii_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    }
    return true;
}

bool
str_starts_with(struct str s, struct str prefix)
{
    return str_equal(str_take(s, prefix.len), prefix);
}

bool
str_ends_with(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_skip(s, s.len - suffix.len), suffix);
}

int
str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

struct str
str_skip(struct str s, size_t start)
{
    if (start >= s.len)
        return (struct str){.ptr = s.ptr == NULL ? NULL : s.ptr + s.len, .len = 0};
    return (struct str){.ptr = s.ptr + start, .len = s.len - start};
}

struct str
str_take(struct str s, size_t len)
{
    return (struct str){.ptr = s.ptr, .len = s.len < len ? s.len : len};
}

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct str
str_trim(struct str s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = str_skip(s, 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

size_t
str_find_byte(struct str s, char byte)
{
    if (s.len == 0)
        return 0;
    const char *found = memchr(s.ptr, byte, s.len);
    return found == NULL ? s.len : (size_t)(found - s.ptr);
}

size_t
str_find(struct str s, struct str needle)
{
    assert(needle.len > 0);
    if (s.len < needle.len)
        return s.len;
    const char *found = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return found == NULL ? s.len : (size_t)(found - s.ptr);
}

struct str
str_cut(struct str *rest, char separator)
{
    assert(rest != NULL);
    struct str whole = *rest;
    size_t at = str_find_byte(whole, separator);
    *rest = at == whole.len ? STR_NONE : str_skip(whole, at + 1);
    return str_take(whole, at);
}

struct str
str_cut_word(struct str *rest)
{
    assert(rest != NULL);
    struct str left = *rest;
    while (left.len > 0 && is_blank(left.ptr[0]))
        left = str_skip(left, 1);
    size_t len = 0;
    while (len < left.len && !is_blank(left.ptr[len]))
        len++;
    struct str word = str_take(left, len);
    left = str_skip(left, len);
    while (left.len > 0 && is_blank(left.ptr[0]))
        left = str_skip(left, 1);
    *rest = left;
    return word;
}

char
ascii_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

char
ascii_upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - ('a' - 'A')) : byte;
}

bool
ascii_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool
ascii_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
