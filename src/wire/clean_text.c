/* Text fit for a terminal; see clean_text.h. */
#include "wire/clean_text.h"

#include "base/utf8.h"

#include <stdint.h>

#define COLOUR     0x03 /* one or two digits, perhaps a comma and as many again */
#define HEX_COLOUR 0x04 /* six hex digits, perhaps a comma and six more */

/* Those without anything behind them: bold, reset, monospace, reverse, italics, strike-through,
 * underline. */
#define PLAIN_FORMATTING "\x02\x0F\x11\x16\x1D\x1E\x1F"

#define REPLACEMENT STR("\xEF\xBF\xBD")

static bool
is_hex_digit(char byte)
{
    return ascii_is_digit(byte) || (ascii_lower(byte) >= 'a' && ascii_lower(byte) <= 'f');
}

static size_t
count_digits(struct str text, size_t max, bool (*is_digit)(char byte))
{
    size_t count = 0;
    while (count < max && count < text.len && is_digit(text.ptr[count]))
        count++;
    return count;
}

/* What follows a code for a colour is skipped: a number, and perhaps a second behind a comma. */
static struct str
skip_colour(struct str rest, size_t digits_max, bool (*is_digit)(char byte))
{
    size_t first = count_digits(rest, digits_max, is_digit);
    rest = str_skip(rest, first);
    if (first == 0 || rest.len < 2 || rest.ptr[0] != ',')
        return rest;
    size_t second = count_digits(str_skip(rest, 1), digits_max, is_digit);
    return second == 0 ? rest : str_skip(rest, 1 + second);
}

/* What belongs to a code that has just been read. */
static struct str
skip_code_rest(struct str rest, uint32_t code)
{
    if (code == COLOUR)
        return skip_colour(rest, 2, ascii_is_digit);
    if (code == HEX_COLOUR)
        return skip_colour(rest, 6, is_hex_digit);
    return rest;
}

static bool
is_shown(uint32_t code_point)
{
    if (code_point < ' ')
        return code_point == '\t';
    bool is_c1 = code_point >= 0x7F && code_point < 0xA0;
    bool is_line_end = code_point == 0x2028 || code_point == 0x2029;
    bool is_direction = (code_point >= 0x202A && code_point <= 0x202E) ||
                        (code_point >= 0x2066 && code_point <= 0x2069);
    return !is_c1 && !is_line_end && !is_direction;
}

void
clean_text_put(struct buf *out, struct str text)
{
    while (text.len > 0) {
        uint32_t code_point = 0;
        size_t len = utf8_decode(text, &code_point);
        if (len == 0)
            buf_put(out, REPLACEMENT);
        else if (is_shown(code_point))
            buf_put(out, str_take(text, len));
        text = skip_code_rest(str_skip(text, len == 0 ? 1 : len), code_point);
    }
}

static bool
is_formatting(char byte)
{
    return byte == COLOUR || byte == HEX_COLOUR ||
           str_find_byte(STR(PLAIN_FORMATTING), byte) < sizeof PLAIN_FORMATTING - 1;
}

bool
clean_text_has_formatting(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_formatting(text.ptr[i]))
            return true;
    }
    return false;
}

void
clean_text_put_unformatted(struct buf *out, struct str text)
{
    while (text.len > 0) {
        char byte = text.ptr[0];
        text = str_skip(text, 1);
        if (is_formatting(byte))
            text = skip_code_rest(text, (unsigned char)byte);
        else
            buf_put_byte(out, byte);
    }
}
