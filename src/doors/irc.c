/* The IRC door; see irc.h. */
#include "doors/irc.h"

#include "base/civil.h"
#include "base/msgid.h"
#include "base/number.h"
#include "hub/capability.h"
#include "hub/mode_name.h"
#include "wire/irc_line.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>

static void
irc_attach(void *state, struct hub_attach *attach)
{
    (void)state;
    (void)attach; /* IRC clients register: NICK and USER */
}

static enum door_result
irc_read(void *state, struct str *input, bool is_paused, struct door_line *line)
{
    (void)state;
    (void)is_paused;
    struct str text;
    if (irc_line_cut(input, &text) == IRC_CUT_MORE)
        return DOOR_MORE;
    line->why = irc_line_parse(text, &line->msg);
    if (line->why == IRC_PARSE_OK)
        return DOOR_LINE;
    return line->why == IRC_PARSE_EMPTY ? DOOR_NOTHING : DOOR_INVALID;
}

/* --- tags --- */

static void
start_tag(struct buf *out, bool *has_tags)
{
    buf_put_byte(out, *has_tags ? ';' : '@');
    *has_tags = true;
}

/* The tags that this set of capabilities asks for, with the space behind them. */
static void
put_tags(struct buf *out, uint64_t caps, const struct event *event, bool is_first)
{
    bool has_tags = false;
    if (event->batch != 0) { /* only set for sessions that have asked for batches */
        start_tag(out, &has_tags);
        buf_put(out, STR("batch="));
        event_put_batch(out, event->batch);
    }
    if (event->label.len > 0 && is_first) {
        start_tag(out, &has_tags);
        buf_put(out, STR("label="));
        buf_put(out, event->label);
    }
    if (caps & CAP(SERVER_TIME)) {
        start_tag(out, &has_tags);
        buf_put(out, STR("time="));
        civil_put_iso(out, event->wall_ms);
    }
    if ((caps & CAP(ACCOUNT_TAG)) && event->account.len > 0) {
        start_tag(out, &has_tags);
        buf_put(out, STR("account="));
        tags_put_escaped(out, event->account);
    }
    if ((caps & CAP(MESSAGE_TAGS)) && event->is_bot) {
        start_tag(out, &has_tags);
        buf_put(out, STR("bot"));
    }
    if ((caps & CAP(OPER_TAG)) && event->is_operator) {
        start_tag(out, &has_tags);
        buf_put(out, STR("draft/oper"));
    }
    if ((caps & CAP(RELAYMSG)) && event->relayed_by.len > 0) {
        start_tag(out, &has_tags);
        buf_put(out, STR("draft/relaymsg="));
        tags_put_escaped(out, event->relayed_by);
    }
    if ((caps & CAP(MESSAGE_TAGS)) && event->msgid != 0 && is_first) {
        char text[MSGID_TEXT_LEN];
        msgid_to_text(event->msgid, text);
        start_tag(out, &has_tags);
        buf_put(out, STR("msgid="));
        buf_put(out, (struct str){.ptr = text, .len = sizeof text});
    }
    if ((caps & CAP(SEQ)) && event->seq != 0 && is_first) {
        start_tag(out, &has_tags);
        buf_put(out, STR("confab.chat/seq="));
        buf_put_u64(out, event->seq);
    }
    if ((caps & CAP(MESSAGE_TAGS)) && event->client_tags.len > 0) {
        start_tag(out, &has_tags);
        buf_put(out, event->client_tags);
    }
    if (has_tags)
        buf_put_byte(out, ' ');
}

static void
put_numeric(struct buf *out, unsigned code)
{
    const char digits[3] = {
        (char)('0' + code / 100),
        (char)('0' + code / 10 % 10),
        (char)('0' + code % 10),
    };
    buf_put(out, (struct str){.ptr = digits, .len = sizeof digits});
}

/* JOIN has its account and real name only with extended-join. */
static size_t
shown_params(uint64_t caps, const struct event *event)
{
    if (event->kind == EVENT_JOIN && !(caps & CAP(EXTENDED_JOIN)))
        return 1;
    return event->param_count;
}

/*
 * A line is at most 512 bytes behind its tags. The hub sees to that for what users say; what the
 * server puts together itself (a long list of tokens) is cut here, at worst, between characters.
 */
static void
cut_line(struct buf *out, size_t line_start)
{
    struct str line = str_skip(buf_str(out), line_start);
    if (line.len <= LIMIT_LINE_BYTES)
        return;
    size_t len = LIMIT_LINE_BYTES;
    while (len > 0 && ((unsigned char)line.ptr[len] & 0xC0) == 0x80)
        len--;
    out->len = u32_from_size(line_start + len);
}

static void
put_source(struct buf *out, const struct event *event)
{
    if (event->source.len == 0)
        return;
    buf_put_byte(out, ':');
    buf_put(out, event->source);
    buf_put_byte(out, ' ');
}

/* One line of a message of several: params are target and line. */
static void
put_message_line(struct buf *out, const struct event *event, size_t index)
{
    size_t line_start = out->len;
    put_source(out, event);
    buf_put(out, event->command);
    const struct str params[] = {event->params[0], event->params[index]};
    irc_line_put_params(out, params, ARRAY_LEN(params), true);
    cut_line(out, line_start);
    buf_put(out, STR("\r\n"));
}

/* Spec: IRCv3 multiline, "Fallback": the lines one by one, without the blank ones. */
static void
render_lines(uint64_t caps, const struct event *event, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 1; i < event->param_count; i++) {
        if (event->params[i].len == 0)
            continue;
        put_tags(out, caps, event, is_first);
        put_message_line(out, event, i);
        is_first = false;
    }
}

/* A batch of draft/multiline, named after the message. */
static void
render_multiline(uint64_t caps, const struct event *event, struct buf *out)
{
    char reference[MSGID_TEXT_LEN];
    msgid_to_text(event->msgid, reference);
    put_tags(out, caps, event, true);
    put_source(out, event);
    buf_printf(out, "BATCH +%.*s draft/multiline %.*s\r\n", MSGID_TEXT_LEN, reference,
               STR_ARG(event->params[0]));
    for (size_t i = 1; i < event->param_count; i++) {
        buf_printf(out, "@batch=%.*s%s ", MSGID_TEXT_LEN, reference,
                   event->joints.ptr[i - 1] == '1' ? ";draft/multiline-concat" : "");
        put_message_line(out, event, i);
    }
    if (event->batch != 0) {
        buf_put(out, STR("@batch="));
        event_put_batch(out, event->batch);
        buf_put_byte(out, ' ');
    }
    put_source(out, event);
    buf_printf(out, "BATCH -%.*s\r\n", MSGID_TEXT_LEN, reference);
}

/* MODE for those who want names: PROP, in as many lines as it takes. */
static void
render_prop(uint64_t caps, const struct event *event, struct buf *out)
{
    bool is_of_channel = name_looks_like_channel(event->params[0]);
    struct mode_steps steps;
    mode_steps_init(&steps, is_of_channel, event->params[1], event->params + 2,
                    (size_t)event->param_count - 2);
    struct buf item;
    buf_init(&item, LIMIT_LINE_BYTES);
    struct mode_step step;
    size_t line_start = out->len;
    bool is_open = false;
    while (mode_steps_next(&steps, &step)) {
        buf_clear(&item);
        mode_step_put(&item, &step, is_of_channel, true);
        if (is_open && out->len - line_start + 1 + item.len > LIMIT_LINE_BYTES) {
            buf_put(out, STR("\r\n"));
            is_open = false;
        }
        if (!is_open) {
            put_tags(out, caps, event, true);
            line_start = out->len;
            put_source(out, event);
            buf_printf(out, "PROP %.*s", STR_ARG(event->params[0]));
        }
        buf_printf(out, " %.*s", STR_ARG(buf_str(&item)));
        is_open = true;
    }
    if (is_open)
        buf_put(out, STR("\r\n"));
    buf_deinit(&item);
}

static void
irc_render(void *state, uint64_t caps, const struct event *event, struct buf *out)
{
    (void)state;
    if (event->joints.len > 0) {
        const uint64_t needed = CAP(MULTILINE) | CAP(BATCH);
        if ((caps & needed) == needed)
            render_multiline(caps, event, out);
        else
            render_lines(caps, event, out);
        return;
    }
    if (event->kind == EVENT_MODE && (caps & CAP(NAMED_MODES))) {
        render_prop(caps, event, out);
        return;
    }
    put_tags(out, caps, event, true);
    size_t line_start = out->len;
    put_source(out, event);
    if (event->kind == EVENT_REPLY)
        put_numeric(out, event->numeric);
    else
        buf_put(out, event->command);
    size_t count = shown_params(caps, event);
    bool is_last_text = event->is_last_text && count == event->param_count;
    irc_line_put_params(out, event->params, count, is_last_text);
    cut_line(out, line_start);
    buf_put(out, STR("\r\n"));
}

static void
irc_put_ping(struct str server_name, struct buf *out)
{
    buf_printf(out, "PING :%.*s\r\n", STR_ARG(server_name));
}

/* All that batch is for here are batches of draft/multiline: without it there are none. */
static uint64_t
irc_message_caps(uint64_t caps)
{
    uint64_t set = caps & (CAP(MESSAGE_TAGS) | CAP(SERVER_TIME) | CAP(ACCOUNT_TAG) | CAP(OPER_TAG) |
                           CAP(MULTILINE) | CAP(RELAYMSG) | CAP(SEQ));
    return caps & CAP(BATCH) ? set : set & ~CAP(MULTILINE);
}

const struct door irc_door = {
    .name = "irc",
    .render_caps = CAP(BATCH) | CAP(MESSAGE_REDACTION) | CAP(MULTILINE) | CAP(ACCOUNT_TAG) |
                   CAP(ACCOUNT_NOTIFY) | CAP(OPER_TAG) | CAP(MESSAGE_TAGS) | CAP(SERVER_TIME) |
                   CAP(EXTENDED_JOIN) | CAP(AWAY_NOTIFY) | CAP(INVITE_NOTIFY) |
                   CAP(EXTENDED_MONITOR) | CAP(SETNAME) | CAP(CHGHOST) | CAP(CHANNEL_RENAME) |
                   CAP(RELAYMSG) | CAP(NAMED_MODES) | CAP(FLOOR) | CAP(SEQ),
    .has_pings = true,
    .line_bytes_max = LIMIT_INPUT_LINE_BYTES,
    .attach = irc_attach,
    .read = irc_read,
    .render = irc_render,
    .message_caps = irc_message_caps,
    .put_ping = irc_put_ping,
};
