/* What texts in a configuration may be; see option_check.h. */
#include "server/option_check.h"

#include "base/limits.h"
#include "base/password.h"
#include "base/utf8.h"
#include "hub/mode.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>

#define QUOTED_BYTES_MAX 60
#define HASH_PARTS       5 /* "$argon2id$v=19$m=65536,t=2,p=1$SALT$HASH" */
#define LINE_SEPARATOR   0x2028
#define PARA_SEPARATOR   0x2029

static bool
is_control(uint32_t code_point)
{
    return code_point < ' ' || (code_point >= 0x7F && code_point < 0xA0) ||
           code_point == LINE_SEPARATOR || code_point == PARA_SEPARATOR;
}

void
check_put_quoted(struct buf *why, struct str text)
{
    struct str shown = utf8_take(text, QUOTED_BYTES_MAX);
    bool is_cut = shown.len < text.len;
    buf_put_byte(why, '"');
    while (shown.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(shown, &code_point);
        if (len == 0) {
            buf_printf(why, "\\x%02x", (unsigned char)shown.ptr[0]);
        } else if (is_control(code_point)) {
            buf_printf(why, code_point < 0x80 ? "\\x%02x" : "\\u%04x", code_point);
        } else {
            buf_put(why, str_take(shown, len));
        }
        shown = str_skip(shown, len == 0 ? 1 : len);
    }
    buf_put(why, is_cut ? STR("...\"") : STR("\""));
}

bool
check_line(struct str text, uint64_t min, uint64_t max, struct buf *why)
{
    if (text.len < min) {
        buf_printf(why, "is %s; write at least %llu byte%s", text.len == 0 ? "empty" : "too short",
                   (unsigned long long)min, min == 1 ? "" : "s");
        return false;
    }
    if (text.len > max) {
        buf_printf(why, "has %zu bytes; write at most %llu", text.len, (unsigned long long)max);
        return false;
    }
    struct str rest = text;
    while (rest.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(rest, &code_point);
        if (len == 0 || is_control(code_point)) {
            check_put_quoted(why, text);
            if (len == 0) {
                buf_put(why, STR(" is not UTF-8; write it in UTF-8"));
            } else if (code_point == '\n') {
                buf_put(why, STR(" has more than one line; write a single line"));
            } else {
                buf_put(why, STR(" has a control character; leave it out"));
            }
            return false;
        }
        rest = str_skip(rest, len);
    }
    return true;
}

/* The part between two dots. */
static bool
is_label(struct str label)
{
    for (size_t i = 0; i < label.len; i++) {
        char byte = label.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-')
            return false;
    }
    return label.len > 0 && label.ptr[0] != '-' && label.ptr[label.len - 1] != '-';
}

bool
check_server_name(struct str text, uint64_t max, struct buf *why)
{
    if (!check_line(text, 1, max, why))
        return false;
    if (str_find_byte(text, '.') == text.len) {
        check_put_quoted(why, text);
        buf_put(why, STR(" has no dot; write a name such as chat.example.org"));
        return false;
    }
    struct str rest = text;
    while (rest.ptr != NULL) {
        if (is_label(str_cut(&rest, '.')))
            continue;
        check_put_quoted(why, text);
        buf_put(why, STR(" is not like a host name; write letters, digits and - with dots between "
                         "them, such as chat.example.org"));
        return false;
    }
    return true;
}

bool
check_channel(struct str text, struct buf *why)
{
    if (text.len == 0 || name_is_channel(text))
        return true;
    struct buf with_hash;
    buf_init(&with_hash, LIMIT_CHANNEL_BYTES + 1);
    buf_put_byte(&with_hash, '#');
    buf_put(&with_hash, text);
    check_put_quoted(why, text);
    if (name_is_channel(buf_str(&with_hash))) {
        buf_put(why, STR(" is no channel; write "));
        check_put_quoted(why, buf_str(&with_hash));
    } else {
        buf_printf(why,
                   " is no channel; write \"#\" and a name without spaces, commas and control "
                   "characters, %d bytes in all",
                   LIMIT_CHANNEL_BYTES);
    }
    buf_deinit(&with_hash);
    return false;
}

static void
put_mode_letters(struct buf *why)
{
    for (size_t i = 0; i < channel_mode_count(); i++) {
        if (channel_mode_at(i)->kind == MODE_FLAG)
            buf_put_byte(why, channel_mode_at(i)->letter);
    }
}

bool
check_channel_modes(struct str text, struct buf *why)
{
    for (size_t i = 0; i < text.len; i++) {
        const struct channel_mode_row *row = channel_mode_find(text.ptr[i]);
        if (row != NULL && row->kind == MODE_FLAG)
            continue;
        check_put_quoted(why, text);
        if (text.ptr[i] == '+') {
            buf_put(why, STR(" has a +; write the letters alone, of "));
        } else {
            buf_put(why, STR(" has something else than modes without a parameter; write some of "));
        }
        put_mode_letters(why);
        return false;
    }
    return true;
}

bool
check_user_modes(struct str text, struct buf *why)
{
    for (size_t i = 0; i < text.len; i++) {
        const struct user_mode_row *row = user_mode_find(text.ptr[i]);
        if (row != NULL && row->is_set_by_user)
            continue;
        check_put_quoted(why, text);
        buf_put(why, STR(" has something else than modes that users may set; write some of "));
        for (size_t at = 0; at < user_mode_count(); at++) {
            if (user_mode_at(at)->is_set_by_user)
                buf_put_byte(why, user_mode_at(at)->letter);
        }
        return false;
    }
    return true;
}

bool
check_client_tags(struct str text, struct buf *why)
{
    struct str rest = text;
    while (rest.len > 0) {
        struct str name = str_cut(&rest, ',');
        if (str_equal(name, STR("*")))
            continue;
        struct buf key;
        buf_init(&key, text.len + 1);
        buf_put_byte(&key, '+');
        buf_put(&key, str_starts_with(name, STR("-")) ? str_skip(name, 1) : name);
        bool is_valid = tags_key_is_valid(buf_str(&key));
        buf_deinit(&key);
        if (is_valid)
            continue;
        check_put_quoted(why, name);
        buf_put(why, STR(" is no name of a client-only tag; write typing or *,-typing"));
        return false;
    }
    return true;
}

bool
check_word(struct str text, uint64_t max, struct buf *why)
{
    if (!check_line(text, 1, max, why))
        return false;
    if (text.ptr[0] != ':' && str_find_byte(text, ' ') == text.len)
        return true;
    check_put_quoted(why, text);
    buf_put(why, STR(" can't be sent by a client; write it without spaces and without : in front"));
    return false;
}

bool
check_hash(struct str text, struct buf *why)
{
    size_t parts = 0;
    bool is_printable = true;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        parts += byte == '$' ? 1 : 0;
        is_printable = is_printable && byte > ' ' && byte < 0x7F;
    }
    assert(text.ptr[text.len] == '\0');
    if (is_printable && password_is_hash(text.ptr) && parts == HASH_PARTS &&
        !str_ends_with(text, STR("$")))
        return true;
    buf_put(why, STR("is no hash of a password; run \"confab passwd\" and write what it prints, in "
                     "quotes"));
    return false;
}

bool
check_motd(struct str text, struct buf *why)
{
    if (text.len > LIMIT_MOTD_BYTES) {
        buf_printf(why, "has %zu bytes; write at most %d", text.len, LIMIT_MOTD_BYTES);
        return false;
    }
    if (!utf8_is_valid(text)) {
        buf_put(why, STR("is not UTF-8; save it as UTF-8"));
        return false;
    }
    if (str_find_byte(text, '\0') < text.len || str_find_byte(text, '\r') < text.len) {
        buf_put(why, STR("has a NUL or a CR in it; write lines of text"));
        return false;
    }
    struct str rest = text;
    for (size_t number = 1; rest.len > 0; number++) {
        struct str line = str_cut(&rest, '\n');
        if (number > LIMIT_MOTD_LINES) {
            buf_printf(why, "has more than %d lines; write fewer", LIMIT_MOTD_LINES);
            return false;
        }
        if (line.len > LIMIT_MOTD_LINE_BYTES) {
            buf_printf(why, "has %zu bytes in its line %zu; write at most %d in a line", line.len,
                       number, LIMIT_MOTD_LINE_BYTES);
            return false;
        }
    }
    return true;
}
