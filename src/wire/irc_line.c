/* IRC lines; see irc_line.h. */
#include "wire/irc_line.h"

#include <assert.h>
#include <string.h>

enum irc_cut_result
irc_line_cut(struct str *input, struct str *line_out)
{
    assert(input != NULL);
    size_t end = str_find_byte(*input, '\n');
    if (end == input->len)
        return IRC_CUT_MORE;
    struct str line = str_take(*input, end);
    *input = str_skip(*input, end + 1);
    while (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    *line_out = line;
    return IRC_CUT_LINE;
}

static struct str
skip_spaces(struct str rest)
{
    while (rest.len > 0 && rest.ptr[0] == ' ')
        rest = str_skip(rest, 1);
    return rest;
}

/* Returns what stands before the first space and moves *rest behind the spaces that follow. */
static struct str
take_word(struct str *rest)
{
    size_t len = str_find_byte(*rest, ' ');
    struct str word = str_take(*rest, len);
    *rest = skip_spaces(str_skip(*rest, len));
    return word;
}

static void
parse_params(struct str rest, struct irc_msg *msg)
{
    while (rest.len > 0) {
        assert(msg->param_count < LIMIT_PARAMS);
        bool is_trailing = rest.ptr[0] == ':';
        if (is_trailing || msg->param_count == LIMIT_PARAMS - 1) {
            msg->params[msg->param_count++] = str_skip(rest, is_trailing ? 1 : 0);
            return;
        }
        msg->params[msg->param_count++] = take_word(&rest);
    }
}

bool
irc_line_can_hold(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || text.ptr[i] == '\r' || text.ptr[i] == '\n')
            return false;
    }
    return true;
}

enum irc_parse_result
irc_line_parse(struct str line, struct irc_msg *msg_out)
{
    assert(msg_out != NULL);
    if (str_find_byte(line, '\0') != line.len || str_find_byte(line, '\r') != line.len)
        return IRC_PARSE_ERR_FORBIDDEN;

    struct str rest = line;
    struct irc_msg msg = {.param_count = 0};
    if (rest.len > 0 && rest.ptr[0] == '@') {
        rest = str_skip(rest, 1);
        msg.tags = take_word(&rest);
        if (msg.tags.len > LIMIT_CLIENT_TAG_BYTES)
            return IRC_PARSE_ERR_TAGS_TOO_LONG;
    }
    if (rest.len > LIMIT_LINE_BYTES)
        return IRC_PARSE_ERR_TOO_LONG;
    rest = skip_spaces(rest);
    if (rest.len > 0 && rest.ptr[0] == ':') {
        rest = str_skip(rest, 1);
        msg.source = take_word(&rest);
    }
    if (rest.len == 0) {
        bool has_something = msg.tags.ptr != NULL || msg.source.ptr != NULL;
        return has_something ? IRC_PARSE_ERR_NO_COMMAND : IRC_PARSE_EMPTY;
    }
    msg.command = take_word(&rest);
    parse_params(rest, &msg);
    *msg_out = msg;
    return IRC_PARSE_OK;
}

/* What can stand in the middle of a line: names typed by clients are echoed there, and they can
 * be empty or hold spaces when they came as a trailing parameter. */
static struct str
as_middle(struct str param)
{
    param = str_take(param, str_find_byte(param, ' '));
    if (param.len == 0 || param.ptr[0] == ':')
        return STR("*");
    return param;
}

void
irc_line_put_params(struct buf *out, const struct str *params, size_t count, bool is_last_text)
{
    for (size_t i = 0; i < count; i++) {
        struct str param = params[i];
        buf_put_byte(out, ' ');
        if (i + 1 < count) {
            buf_put(out, as_middle(param));
            continue;
        }
        bool needs_colon =
            param.len == 0 || param.ptr[0] == ':' || str_find_byte(param, ' ') != param.len;
        if (needs_colon || is_last_text)
            buf_put_byte(out, ':');
        buf_put(out, param);
    }
}
