/* The text of transcripts; see transcript_text.h. */
#include "transcript_text.h"

#include "base/msgid.h"
#include "base/number.h"
#include "base/utf8.h"

#include <string.h>

#define RUN_MIN       24   /* characters: shorter runs are written out */
#define REPEATS_MAX   9999 /* of one <text*count> */
#define TIME_TEXT_LEN 24   /* 2027-01-15T08:00:00.000Z */

static int
hex_digit(char byte)
{
    const char *digits = "0123456789abcdef";
    const char *at = byte == '\0' ? NULL : strchr(digits, ascii_lower(byte));
    return at == NULL ? -1 : (int)(at - digits);
}

/* "<text*count>" at the start of `written`: its length, 0 when there is none. */
static size_t
find_repeat(struct str written, struct str *text_out, uint64_t *count_out)
{
    size_t end = str_find_byte(written, '>');
    if (written.len < 4 || written.ptr[0] != '<' || end == written.len)
        return 0;
    struct str inside = {.ptr = written.ptr + 1, .len = end - 1};
    size_t star = inside.len;
    while (star > 0 && inside.ptr[star - 1] != '*')
        star--;
    if (star < 2 || !number_parse_u64(str_skip(inside, star), REPEATS_MAX, count_out))
        return 0;
    *text_out = str_take(inside, star - 1);
    return end + 1;
}

/* One escape or byte at the start of `written`, which is not empty: its length. */
static size_t
take_byte(struct str written, char *byte_out)
{
    *byte_out = written.ptr[0];
    if (written.ptr[0] != '\\' || written.len < 2)
        return 1;
    if (written.ptr[1] == '\\') {
        *byte_out = '\\';
        return 2;
    }
    if (written.len < 4 || written.ptr[1] != 'x')
        return 1;
    int high = hex_digit(written.ptr[2]);
    int low = hex_digit(written.ptr[3]);
    if (high < 0 || low < 0)
        return 1;
    *byte_out = (char)(high * 16 + low);
    return 4;
}

static void
put_unescaped(struct buf *out, struct str written)
{
    while (written.len > 0) {
        char byte;
        written = str_skip(written, take_byte(written, &byte));
        buf_put_byte(out, byte);
    }
}

void
transcript_put_bytes(struct buf *out, struct str written)
{
    while (written.len > 0) {
        struct str text;
        uint64_t count;
        size_t len = find_repeat(written, &text, &count);
        for (uint64_t i = 0; len > 0 && i < count; i++)
            put_unescaped(out, text);
        if (len == 0) {
            char byte;
            len = take_byte(written, &byte);
            buf_put_byte(out, byte);
        }
        written = str_skip(written, len);
    }
}

static void
put_character(struct buf *out, struct str character)
{
    unsigned char first = (unsigned char)character.ptr[0];
    uint32_t code_point;
    bool is_plain = character.len > 1 || (first >= ' ' && first < 0x7F && first != '\\');
    if (first == '\\')
        buf_put(out, STR("\\\\"));
    else if (is_plain && utf8_decode(character, &code_point) > 0)
        buf_put(out, character);
    else
        buf_printf(out, "\\x%02x", first);
}

static struct str
first_character(struct str bytes)
{
    uint32_t code_point;
    size_t len = utf8_decode(bytes, &code_point);
    return str_take(bytes, len == 0 ? 1 : len);
}

void
transcript_put_written(struct buf *out, struct str bytes)
{
    while (bytes.len > 0) {
        struct str character = first_character(bytes);
        size_t run = 1;
        while (str_starts_with(str_skip(bytes, run * character.len), character))
            run++;
        if (run >= RUN_MIN) {
            buf_put_byte(out, '<');
            put_character(out, character);
            buf_printf(out, "*%zu>", run);
            bytes = str_skip(bytes, run * character.len);
            continue;
        }
        bytes = str_skip(bytes, character.len);
        if (bytes.len == 0 && str_equal(character, STR(" ")))
            buf_put(out, STR("\\x20"));
        else
            put_character(out, character);
    }
}

/* Length of a moment in time at the start of bytes, 0 when there is none. */
static size_t
match_time(struct str bytes)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    if (bytes.len < TIME_TEXT_LEN)
        return 0;
    for (size_t i = 0; i < TIME_TEXT_LEN; i++) {
        bool is_right = form[i] == '0' ? ascii_is_digit(bytes.ptr[i]) : bytes.ptr[i] == form[i];
        if (!is_right)
            return 0;
    }
    return TIME_TEXT_LEN;
}

static size_t
match_msgid(struct str bytes)
{
    uint64_t id;
    bool is_id =
        bytes.len >= MSGID_TEXT_LEN && msgid_from_text(str_take(bytes, MSGID_TEXT_LEN), &id);
    return is_id ? MSGID_TEXT_LEN : 0;
}

static size_t
match_number(struct str bytes)
{
    size_t len = 0;
    while (len < bytes.len && ascii_is_digit(bytes.ptr[len]))
        len++;
    return len;
}

/* What stands behind these varies: a moment, or the id of a message. */
static const struct {
    struct str before;
    size_t (*match)(struct str bytes);
    struct str general;
} varying[] = {
    {STR_INIT("time="), match_time, STR_INIT("<time>")},
    {STR_INIT("msgid="), match_msgid, STR_INIT("<msgid>")},
    {STR_INIT("@batch="), match_msgid, STR_INIT("<msgid>")},
    {STR_INIT(" BATCH +"), match_msgid, STR_INIT("<msgid>")},
    {STR_INIT(" BATCH -"), match_msgid, STR_INIT("<msgid>")},
};

void
transcript_put_general(struct buf *out, struct str written)
{
    while (written.len > 0) {
        size_t len = 0;
        for (size_t i = 0; i < ARRAY_LEN(varying) && len == 0; i++) {
            if (!str_starts_with(written, varying[i].before))
                continue;
            len = varying[i].match(str_skip(written, varying[i].before.len));
            if (len == 0)
                continue;
            buf_put(out, varying[i].before);
            buf_put(out, varying[i].general);
            written = str_skip(written, varying[i].before.len + len);
        }
        if (len == 0) {
            buf_put_byte(out, written.ptr[0]);
            written = str_skip(written, 1);
        }
    }
}

/* A wildcard of a certain form at the start of *written: moves both behind it. False when there
 * is none; *fits_out tells whether bytes are what it stands for. */
static bool
take_wildcard(struct str *written, struct str *bytes, bool *fits_out)
{
    static const struct {
        struct str name;
        size_t (*match)(struct str bytes);
    } wildcards[] = {
        {STR_INIT("<time>"), match_time},
        {STR_INIT("<msgid>"), match_msgid},
        {STR_INIT("<number>"), match_number},
    };

    for (size_t i = 0; i < ARRAY_LEN(wildcards); i++) {
        if (!str_starts_with(*written, wildcards[i].name))
            continue;
        size_t len = wildcards[i].match(*bytes);
        *fits_out = len > 0;
        *written = str_skip(*written, wildcards[i].name.len);
        *bytes = str_skip(*bytes, len);
        return true;
    }
    return false;
}

/* Takes what is the same from both; false at a difference. */
static bool
take_same(struct str *written, struct str *bytes)
{
    bool fits;
    if (take_wildcard(written, bytes, &fits))
        return fits;
    struct str text;
    uint64_t count;
    size_t len = find_repeat(*written, &text, &count);
    if (len > 0) {
        struct buf expanded;
        buf_init(&expanded, REPEATS_MAX * 16);
        transcript_put_bytes(&expanded, str_take(*written, len));
        fits = str_starts_with(*bytes, buf_str(&expanded));
        *bytes = str_skip(*bytes, expanded.len);
        buf_deinit(&expanded);
    } else {
        char byte;
        len = take_byte(*written, &byte);
        fits = bytes->len > 0 && bytes->ptr[0] == byte;
        *bytes = str_skip(*bytes, 1);
    }
    *written = str_skip(*written, len);
    return fits;
}

bool
transcript_matches(struct str written, struct str bytes)
{
    /* As in mask_matches: only the last <*> is worth going back to. */
    bool has_star = false;
    struct str written_after_star = STR_NONE;
    struct str bytes_at_star = STR_NONE;
    while (bytes.len > 0 || written.len > 0) {
        if (str_starts_with(written, STR("<*>"))) {
            written = str_skip(written, 3);
            has_star = true;
            written_after_star = written;
            bytes_at_star = bytes;
            continue;
        }
        if (written.len > 0 && take_same(&written, &bytes))
            continue;
        if (!has_star || bytes_at_star.len == 0)
            return false;
        bytes_at_star = str_skip(bytes_at_star, 1);
        written = written_after_star;
        bytes = bytes_at_star;
    }
    return true;
}

bool
transcript_is_ellipsis(struct str written)
{
    return str_equal(written, STR("..."));
}

bool
transcript_list_matches(const struct str *expected, size_t expected_count, const struct str *actual,
                        size_t actual_count)
{
    size_t at = 0;
    size_t got = 0;
    bool has_ellipsis = false;
    size_t after_ellipsis = 0;
    size_t got_at_ellipsis = 0;
    while (got < actual_count || at < expected_count) {
        if (at < expected_count && transcript_is_ellipsis(expected[at])) {
            at++;
            has_ellipsis = true;
            after_ellipsis = at;
            got_at_ellipsis = got;
        } else if (at < expected_count && got < actual_count &&
                   transcript_matches(expected[at], actual[got])) {
            at++;
            got++;
        } else if (has_ellipsis && got_at_ellipsis < actual_count) {
            got_at_ellipsis++;
            at = after_ellipsis;
            got = got_at_ellipsis;
        } else {
            return false;
        }
    }
    return true;
}
