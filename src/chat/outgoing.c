/* Typed messages on their way: in parts, sent, accepted, refused; see state.h. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "chat/state.h"

#include <assert.h>
#include <string.h>

/* Bytes of a part that has to be cut where there is no space: at least. */
#define PART_BYTES_MIN 32

/* What "\x01ACTION " and the closing "\x01" take. */
#define ACTION_BYTES 9

/*
 * Bytes of text that fit: the server relays the line with our full name before it, and all of that
 * within 512 bytes.
 */
static size_t
text_bytes_max(const struct chat_model *model, const struct chat_message *message)
{
    size_t prefix = model->prefix.len;
    if (prefix == 0) /* not seen yet: as long as it may be */
        prefix = model->nick.len + sizeof("!@") - 1 + LIMIT_USER_BYTES + LIMIT_HOST_BYTES;
    size_t head = prefix + message->verb.len + message->target.len + sizeof(":   :") - 1 +
                  (message->is_action ? ACTION_BYTES : 0);
    if (head + PART_BYTES_MIN > LIMIT_LINE_BYTES)
        return PART_BYTES_MIN;
    return LIMIT_LINE_BYTES - head;
}

/* The beginning of text that goes into one line: up to a space, if there is one near its end. */
static struct str
take_part(struct str *rest, size_t bytes_max)
{
    struct str part = utf8_take(*rest, bytes_max);
    if (part.len < rest->len) {
        size_t cut = part.len;
        while (cut > part.len / 2 && part.ptr[cut - 1] != ' ')
            cut--;
        if (cut > part.len / 2)
            part.len = cut;
    }
    *rest = str_skip(*rest, part.len);
    return part;
}

static struct chat_line *
new_line(uint64_t id, struct str wire, struct str typed)
{
    struct chat_line *line = cf_alloc(sizeof *line + wire.len + typed.len);
    *line = (struct chat_line){
        .id = id,
        .wire = {.ptr = line->bytes, .len = wire.len},
        .typed = {.ptr = line->bytes + wire.len, .len = typed.len},
    };
    memcpy(line->bytes, wire.ptr, wire.len);
    if (typed.len > 0)
        memcpy(line->bytes + wire.len, typed.ptr, typed.len);
    return line;
}

static void
append(struct chat_model *model, struct chat_line *line)
{
    list_append(&model->outgoing, &line->in_outgoing);
    model->outgoing_count++;
    if (line->id != 0)
        model->under_way++;
}

/* The line leaves the queue, and is freed. */
static void
drop(struct chat_model *model, struct chat_line *line)
{
    list_remove(&line->in_outgoing);
    model->outgoing_count--;
    if (line->id != 0) {
        assert(model->under_way > 0);
        model->under_way--;
        if (line->is_sent) {
            assert(model->inflight > 0);
            model->inflight--;
        }
    }
    cf_free(line);
}

bool
chat_outgoing_put(struct chat_model *model, const struct chat_message *message)
{
    size_t bytes_max = text_bytes_max(model, message);
    if (model->outgoing_count + message->text.len / (bytes_max / 2) + 1 > LIMIT_CHAT_OUTGOING)
        return false;
    struct str rest = message->text;
    struct buf wire;
    struct buf typed;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_init(&typed, 2 * LIMIT_LINE_BYTES);
    do {
        struct str part = take_part(&rest, bytes_max);
        buf_clear(&wire);
        buf_clear(&typed);
        buf_printf(&wire, "%.*s %.*s :", STR_ARG(message->verb), STR_ARG(message->target));
        if (message->is_action)
            buf_put(&wire, STR("\x01"
                               "ACTION "));
        buf_put(&wire, part);
        if (message->is_action)
            buf_put_byte(&wire, '\x01');
        buf_put(&typed, message->command);
        if (message->command.len == 0 && str_starts_with(part, STR("/")))
            buf_put_byte(&typed, '/');
        buf_put(&typed, part);
        append(model, new_line(++model->last_id, buf_str(&wire), buf_str(&typed)));
    } while (rest.len > 0);
    buf_deinit(&wire);
    buf_deinit(&typed);
    return true;
}

bool
chat_outgoing_put_line(struct chat_model *model, struct str wire)
{
    if (model->outgoing_count >= LIMIT_CHAT_OUTGOING)
        return false;
    append(model, new_line(0, utf8_take(wire, LIMIT_LINE_BYTES), STR("")));
    return true;
}

/* --- sending --- */

static bool
has_labels(const struct chat_model *model)
{
    uint32_t needed = CHAT_CAP(LABELED_RESPONSE) | CHAT_CAP(BATCH);
    return (model->caps & needed) == needed;
}

/* Without echo-message we see our own messages only if we show them ourselves. */
static void
show_own(struct chat_model *model, const struct chat_line *line, struct chat_output *out)
{
    struct irc_msg msg;
    if (irc_line_parse(line->wire, &msg) != IRC_PARSE_OK)
        return;
    chat_show_message(&(struct chat_call){
        .model = model,
        .out = out,
        .msg = &msg,
        .nick = buf_str(&model->nick),
        .is_own = true,
        .at_ms = model->now_ms,
    });
}

void
chat_outgoing_send(struct chat_model *model, struct chat_output *out)
{
    list_for_each_safe(node, &model->outgoing) {
        struct chat_line *line = CONTAINER_OF(node, struct chat_line, in_outgoing);
        if (line->is_sent)
            continue;
        if (line->id == 0) { /* nothing answers it */
            chat_send(out, "%.*s", STR_ARG(line->wire));
            drop(model, line);
            continue;
        }
        if (model->inflight >= LIMIT_CHAT_INFLIGHT)
            return;
        if (has_labels(model))
            buf_printf(&out->wire, "@label=c%llu ", (unsigned long long)line->id);
        chat_send(out, "%.*s", STR_ARG(line->wire));
        if (!has_labels(model))
            chat_send(out, "PING :c%llu", (unsigned long long)line->id);
        line->is_sent = true;
        model->inflight++;
        if (!(model->caps & CHAT_CAP(ECHO_MESSAGE)))
            show_own(model, line, out);
    }
}

/* --- what becomes of it --- */

static struct chat_line *
find_sent(const struct chat_model *model, uint64_t id)
{
    list_for_each(node, &model->outgoing) {
        struct chat_line *line = CONTAINER_OF(node, struct chat_line, in_outgoing);
        if (line->is_sent && line->id == id && id != 0)
            return line;
    }
    return NULL;
}

void
chat_outgoing_accept(struct chat_model *model, uint64_t id)
{
    struct chat_line *line = find_sent(model, id);
    if (line == NULL)
        return;
    /* With echoes it is they that say when we have spoken. */
    struct irc_msg msg;
    bool is_silent = !(model->caps & CHAT_CAP(ECHO_MESSAGE));
    if (is_silent && irc_line_parse(line->wire, &msg) == IRC_PARSE_OK) {
        struct chat_channel *channel = chat_channel_find(model, msg.params[0]);
        if (channel != NULL)
            chat_channel_spoken(model, channel, buf_str(&model->nick));
    }
    drop(model, line);
}

void
chat_outgoing_refuse(struct chat_model *model, uint64_t id, struct chat_output *out)
{
    struct chat_line *line = find_sent(model, id);
    if (line == NULL)
        return;
    buf_put(&out->returned, line->typed);
    buf_put_byte(&out->returned, '\n');
    drop(model, line);
}

uint64_t
chat_outgoing_oldest(const struct chat_model *model, struct str target)
{
    list_for_each(node, &model->outgoing) {
        const struct chat_line *line = CONTAINER_OF(node, struct chat_line, in_outgoing);
        struct irc_msg msg;
        if (!line->is_sent || line->id == 0)
            continue;
        bool is_one = target.len == 0 || (irc_line_parse(line->wire, &msg) == IRC_PARSE_OK &&
                                          name_equal(msg.params[0], target));
        if (is_one)
            return line->id;
    }
    return 0;
}

bool
chat_outgoing_pong(struct chat_model *model, struct str token)
{
    uint64_t id;
    if (token.len < 2 || token.ptr[0] != 'c' ||
        !number_parse_u64(str_skip(token, 1), UINT64_MAX, &id))
        return false;
    chat_outgoing_accept(model, id);
    return true;
}

size_t
chat_outgoing_return_all(struct chat_model *model, struct chat_output *out)
{
    size_t count = 0;
    list_for_each_safe(node, &model->outgoing) {
        struct chat_line *line = CONTAINER_OF(node, struct chat_line, in_outgoing);
        if (line->id != 0) {
            buf_put(&out->returned, line->typed);
            buf_put_byte(&out->returned, '\n');
            count++;
        }
        drop(model, line);
    }
    assert(model->under_way == 0);
    assert(model->inflight == 0);
    return count;
}
