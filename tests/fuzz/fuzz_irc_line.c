/*
 * Lines of IRC: cutting a stream does not depend on where it is split; what the parser accepts
 * can be written again and read back the same; tags and their escapes come back.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "fuzz.h"
#include "wire/irc_line.h"
#include "wire/tags.h"

#include <assert.h>
#include <string.h>

#define OUT_BYTES_MAX (64 * 1024)

/* Has the same parts; sources and tags are not written by the parser's counterpart. */
static void
check_same(const struct irc_msg *a, const struct irc_msg *b)
{
    assert(str_equal(a->command, b->command));
    assert(a->param_count == b->param_count);
    for (size_t i = 0; i < a->param_count; i++)
        assert(str_equal(a->params[i], b->params[i]));
}

static void
check_tags(struct str raw)
{
    struct str rest = raw;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        assert(tag.key.len > 0);
        assert(str_find_byte(tag.key, '=') == tag.key.len);
        (void)tags_key_is_valid(tag.key); /* for its own sake */
        struct buf value;
        struct buf escaped;
        struct buf again;
        buf_init(&value, OUT_BYTES_MAX);
        buf_init(&escaped, OUT_BYTES_MAX);
        buf_init(&again, OUT_BYTES_MAX);
        tags_put_unescaped(&value, tag.raw_value);
        tags_put_escaped(&escaped, buf_str(&value));
        tags_put_unescaped(&again, buf_str(&escaped));
        assert(str_equal(buf_str(&value), buf_str(&again)));
        assert(str_find_byte(buf_str(&escaped), ';') == escaped.len);
        assert(str_find_byte(buf_str(&escaped), ' ') == escaped.len);
        assert(str_find_byte(buf_str(&escaped), '\r') == escaped.len);
        assert(str_find_byte(buf_str(&escaped), '\n') == escaped.len);
        buf_deinit(&value);
        buf_deinit(&escaped);
        buf_deinit(&again);
    }
}

static void
check_parts(const struct irc_msg *msg, struct str line)
{
    assert(msg->command.len > 0);
    assert(msg->param_count <= LIMIT_PARAMS);
    for (size_t i = 0; i < msg->param_count; i++) {
        const struct str *param = &msg->params[i];
        assert(param->ptr >= line.ptr);
        assert(param->ptr + param->len <= line.ptr + line.len);
        if (i + 1 == msg->param_count)
            continue;
        assert(param->len > 0);
        assert(param->ptr[0] != ':');
        assert(str_find_byte(*param, ' ') == param->len);
    }
}

static void
check_line(struct str line, bool is_last_text)
{
    struct irc_msg msg;
    if (irc_line_parse(line, &msg) != IRC_PARSE_OK)
        return;
    check_parts(&msg, line);
    check_tags(msg.tags);
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    buf_put(&out, msg.command);
    irc_line_put_params(&out, msg.params, msg.param_count, is_last_text);
    struct irc_msg again;
    enum irc_parse_result result = irc_line_parse(buf_str(&out), &again);
    /* A command that starts with ':' or '@' came behind a source, and would be one now. */
    bool is_odd = msg.command.ptr[0] == ':' || msg.command.ptr[0] == '@';
    if (result == IRC_PARSE_OK && !is_odd)
        check_same(&msg, &again);
    else
        assert(is_odd || result == IRC_PARSE_ERR_TOO_LONG);
    buf_deinit(&out);
}

/* Any bytes as parameters: the last comes back, and there are as many. */
static void
check_params(struct str bytes)
{
    struct str params[LIMIT_PARAMS];
    size_t count = 0;
    while (bytes.ptr != NULL && count < LIMIT_PARAMS)
        params[count++] = str_cut(&bytes, '\xff');
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    buf_put(&out, STR("X"));
    irc_line_put_params(&out, params, count, false);
    struct irc_msg msg;
    if (irc_line_parse(buf_str(&out), &msg) == IRC_PARSE_OK && !out.is_truncated) {
        assert(msg.param_count == count);
        assert(str_equal(msg.params[count - 1], params[count - 1]));
    }
    buf_deinit(&out);
}

/* Cuts all lines; the rest of the input is given back. */
static struct str
cut_all(struct str input, struct buf *lines)
{
    struct str line;
    while (irc_line_cut(&input, &line) == IRC_CUT_LINE) {
        assert(str_find_byte(line, '\n') == line.len);
        assert(!str_ends_with(line, STR("\r")));
        buf_put(lines, line);
        buf_put_byte(lines, '\n');
    }
    return input;
}

/* The same in two pieces: the lines don't depend on where the stream was split. */
static void
check_split(struct str input, size_t split)
{
    struct buf whole;
    struct buf pieces;
    struct buf kept;
    buf_init(&whole, OUT_BYTES_MAX);
    buf_init(&pieces, OUT_BYTES_MAX);
    buf_init(&kept, OUT_BYTES_MAX);
    struct str rest = cut_all(input, &whole);
    buf_put(&kept, cut_all(str_take(input, split), &pieces));
    buf_put(&kept, str_skip(input, split));
    struct str rest_of_pieces = cut_all(buf_str(&kept), &pieces);
    assert(str_equal(buf_str(&whole), buf_str(&pieces)));
    assert(str_equal(rest, rest_of_pieces));
    buf_deinit(&whole);
    buf_deinit(&pieces);
    buf_deinit(&kept);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > OUT_BYTES_MAX / 2)
        return 0;
    struct str input = {.ptr = (const char *)data + 1, .len = size - 1};
    check_split(input, data[0] % size);
    struct str rest = input;
    struct str line;
    while (irc_line_cut(&rest, &line) == IRC_CUT_LINE)
        check_line(line, data[0] % 2 == 0);
    check_line(rest, data[0] % 2 == 0);
    check_params(input);
    check_tags(input);
    return 0;
}
