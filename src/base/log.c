/* logfmt lines to a file descriptor; see log.h. */
#include "base/log.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdatomic.h>
#include <unistd.h>

#define LINE_BYTES_MAX      2048
#define LINE_END_BYTES      2  /* kept free for a closing quote and the newline */
#define NUMBER_BYTES_MAX    20 /* of an int64_t */
#define LIMITER_INTERVAL_MS 1000

static int log_fd = STDERR_FILENO; /* set once before threads */
static atomic_int minimum_level = LOG_INFO;

static const struct str level_names[] = {
    [LOG_DEBUG] = STR_INIT("debug"),
    [LOG_INFO] = STR_INIT("info"),
    [LOG_WARN] = STR_INIT("warn"),
    [LOG_ERROR] = STR_INIT("error"),
};

void
log_open(int fd, enum log_level level)
{
    log_fd = fd;
    log_set_level(level);
}

void
log_set_level(enum log_level level)
{
    atomic_store(&minimum_level, (int)level);
}

bool
log_level_parse(struct str text, enum log_level *level_out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (str_equal(text, level_names[i])) {
            *level_out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool
needs_quotes(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];
        if (byte <= ' ' || byte == '"' || byte == '=' || byte == '\\' || byte >= 0x7F)
            return true;
    }
    return value.len == 0;
}

/* Puts all of it or, from the first piece on that does not fit, nothing. */
static void
put_piece(struct buf *line, struct str piece)
{
    if (line->is_truncated || piece.len + LINE_END_BYTES > buf_room(line))
        line->is_truncated = true;
    else
        buf_put(line, piece);
}

/* What would end a line or move a terminal's cursor: C0, DEL, C1, line and paragraph separator. */
static bool
is_control(uint32_t code_point)
{
    return code_point < ' ' || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028 ||
           code_point == 0x2029;
}

static void
put_escaped(struct buf *line, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        const char escape[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        put_piece(line, (struct str){.ptr = escape, .len = sizeof escape});
    }
}

/*
 * UTF-8 stays readable; quotes, control characters and bytes that are no UTF-8 are escaped, so a
 * line stays a line.
 */
static void
put_quoted(struct buf *line, struct str value)
{
    put_piece(line, STR("\""));
    if (line->is_truncated)
        return;
    while (value.len > 0 && !line->is_truncated) {
        uint32_t code_point;
        size_t len = utf8_decode(value, &code_point);
        struct str character = str_take(value, len == 0 ? 1 : len);
        if (len == 0 || is_control(code_point))
            put_escaped(line, character);
        else if (code_point == '"')
            put_piece(line, STR("\\\""));
        else if (code_point == '\\')
            put_piece(line, STR("\\\\"));
        else
            put_piece(line, character);
        value = str_skip(value, character.len);
    }
    buf_put_byte(line, '"');
}

static void
put_value(struct buf *line, struct str value)
{
    if (needs_quotes(value) || value.len + LINE_END_BYTES > buf_room(line))
        put_quoted(line, value);
    else
        put_piece(line, value);
}

static void
put_field(struct buf *line, const struct log_field *field)
{
    size_t start = line->len;
    put_piece(line, STR(" "));
    put_piece(line, str_from_nul(field->key));
    put_piece(line, STR("="));
    if (field->text.ptr == NULL && NUMBER_BYTES_MAX + LINE_END_BYTES > buf_room(line))
        line->is_truncated = true;
    if (line->is_truncated) {
        line->len = u32_from_size(start);
    } else if (field->text.ptr != NULL) {
        put_value(line, field->text);
    } else {
        buf_printf(line, "%lld", (long long)field->number);
    }
}

void
log_fields(enum log_level level, const char *module, const char *message,
           const struct log_field *fields, size_t field_count)
{
    assert(level >= LOG_DEBUG);
    assert(level <= LOG_ERROR);
    if ((int)level < atomic_load(&minimum_level))
        return;
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    buf_put(&line, STR("ts="));
    civil_put_iso(&line, clock_wall_ms());
    buf_put(&line, STR(" level="));
    buf_put(&line, level_names[level]);
    buf_printf(&line, " module=%s msg=", module);
    put_value(&line, str_from_nul(message));
    for (size_t i = 0; i < field_count && !line.is_truncated; i++)
        put_field(&line, &fields[i]);
    buf_put_byte(&line, '\n');
    /* A log that can't be written has nowhere to say so. */
    ssize_t written = write(log_fd, line.ptr, line.len);
    (void)written;
    buf_deinit(&line);
}

bool
log_limiter_allows(struct log_limiter *limiter, int64_t now_ms, uint64_t *skipped_out)
{
    if (limiter->last_ms != 0 && now_ms - limiter->last_ms < LIMITER_INTERVAL_MS) {
        limiter->skipped++;
        return false;
    }
    limiter->last_ms = now_ms;
    *skipped_out = limiter->skipped;
    limiter->skipped = 0;
    return true;
}
