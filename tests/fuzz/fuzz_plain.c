/*
 * The plain door. Reading: a stream in any pieces with pauses; every call makes progress, what
 * comes out are lines that the hub can take, and where the stream is split makes no difference.
 * Rendering: events of all kinds with any texts; what comes out is safe for a terminal.
 *
 * Input: steps of a byte for what to do and a byte for how much.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "doors/plain.h"
#include "fuzz.h"
#include "hub/event.h"
#include "hub/numeric.h"

#include <assert.h>
#include <string.h>

#define INPUT_BYTES_MAX (8 * 1024)
#define OUT_BYTES_MAX   (256 * 1024)

/* A connection with a door of its own, and a record of what it read. */
struct reader {
    void *state;
    struct buf input;
    struct buf lines;
    struct buf answer;
};

static void
reader_init(struct reader *reader)
{
    reader->state = cf_calloc_array(1, plain_door.state_bytes);
    buf_init(&reader->input, INPUT_BYTES_MAX);
    buf_init(&reader->lines, OUT_BYTES_MAX);
    buf_init(&reader->answer, OUT_BYTES_MAX);
    struct hub_attach attach = {.home = 0};
    plain_door.attach(reader->state, &attach);
    assert(attach.guest.len > 0);
}

static void
reader_deinit(struct reader *reader)
{
    cf_free(reader->state);
    buf_deinit(&reader->input);
    buf_deinit(&reader->lines);
    buf_deinit(&reader->answer);
}

/* --- rendering --- */

static void
check_output(struct str bytes)
{
    assert(bytes.len == 0 || bytes.ptr[bytes.len - 1] == '\n');
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        assert(byte >= ' ' || byte == '\n' || byte == '\t');
        assert(byte != 0x7F);
    }
    assert(utf8_is_valid(bytes));
}

static void
render(struct reader *reader, const struct event_spec *spec)
{
    struct event *event = event_new(spec);
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    plain_door.render(reader->state, 0, event, &out);
    check_output(buf_str(&out));
    buf_deinit(&out);
    event_unref(&event);
}

/* The hub's own events for the door to find its way: a nick and a channel. */
static void
welcome(struct reader *reader)
{
    render(reader, &(struct event_spec){
                       .kind = EVENT_REPLY,
                       .numeric = RPL_WELCOME,
                       .source = STR("fuzz.test"),
                       .params = (const struct str[]){STR("guest"), STR("Welcome")},
                       .param_count = 2,
                   });
    render(reader, &(struct event_spec){
                       .kind = EVENT_JOIN,
                       .command = STR("JOIN"),
                       .source = STR("guest!guest@host"),
                       .params = (const struct str[]){STR("#lobby"), STR("*"), STR("A guest")},
                       .param_count = 3,
                   });
}

/* Kinds of events, with as many parameters as the hub gives them. */
static const struct {
    enum event_kind kind;
    struct str command;
    size_t param_count;
    bool is_from_server;
} kinds[] = {
    {EVENT_MESSAGE, STR_INIT("PRIVMSG"), 2, false},
    {EVENT_MESSAGE, STR_INIT("NOTICE"), 2, false},
    {EVENT_MESSAGE, STR_INIT("NOTICE"), 2, true},
    {EVENT_MESSAGE, STR_INIT("TAGMSG"), 1, false},
    {EVENT_JOIN, STR_INIT("JOIN"), 3, false},
    {EVENT_PART, STR_INIT("PART"), 2, false},
    {EVENT_PART, STR_INIT("PART"), 1, false},
    {EVENT_QUIT, STR_INIT("QUIT"), 1, false},
    {EVENT_KICK, STR_INIT("KICK"), 3, false},
    {EVENT_NICK, STR_INIT("NICK"), 1, false},
    {EVENT_MODE, STR_INIT("MODE"), 3, false},
    {EVENT_TOPIC, STR_INIT("TOPIC"), 2, false},
    {EVENT_INVITE, STR_INIT("INVITE"), 2, false},
    {EVENT_AWAY, STR_INIT("AWAY"), 1, false},
    {EVENT_SETNAME, STR_INIT("SETNAME"), 1, false},
    {EVENT_CHGHOST, STR_INIT("CHGHOST"), 2, false},
    {EVENT_WALLOPS, STR_INIT("WALLOPS"), 1, false},
    {EVENT_FLOOR, STR_INIT("FLOOR"), 4, true},
    {EVENT_REPLY, STR_INIT(""), 4, true},
    {EVENT_STANDARD_REPLY, STR_INIT("FAIL"), 4, true},
    {EVENT_CONTROL, STR_INIT("ERROR"), 1, true},
    {EVENT_CONTROL, STR_INIT("PONG"), 2, true},
};

static const uint16_t numerics[] = {RPL_NAMREPLY, RPL_TOPIC,         RPL_WHOISUSER, RPL_LIST,
                                    RPL_MOTD,     ERR_NOSUCHCHANNEL, RPL_WELCOME,   RPL_AWAY};

/*
 * Texts as the hub lets them through: UTF-8 without NUL, CR and LF. Names among them are valid;
 * the bytes decide which.
 */
static void
render_any(struct reader *reader, uint8_t how, struct str bytes)
{
    static const struct str names[] = {STR_INIT("#lobby"), STR_INIT("guest"), STR_INIT("bob"),
                                       STR_INIT("#other")};
    if (!utf8_is_valid(bytes) || str_find_byte(bytes, '\0') < bytes.len ||
        str_find_byte(bytes, '\r') < bytes.len || str_find_byte(bytes, '\n') < bytes.len)
        return;
    size_t which = how % ARRAY_LEN(kinds);
    enum event_kind kind = kinds[which].kind;
    struct str params[4] = {names[how % 4], names[how / 4 % 4], names[how / 16 % 4], bytes};
    size_t count = kinds[which].param_count;
    bool is_channel_first = kind == EVENT_JOIN || kind == EVENT_PART;
    bool has_names_only = kind == EVENT_NICK || kind == EVENT_INVITE || kind == EVENT_FLOOR ||
                          (is_channel_first && count == 1);
    if (kind == EVENT_FLOOR)
        params[0] = how % 2 == 0 ? STR("FREE") : STR("HELD");
    else if (is_channel_first)
        params[0] = how % 2 == 0 ? STR("#lobby") : STR("#other");
    params[count - 1] = has_names_only ? params[count - 1] : bytes;
    struct str source = how % 2 == 0 ? STR("guest!guest@host") : STR("bob!~bob@host");
    render(reader, &(struct event_spec){
                       .kind = kind,
                       .numeric = kind == EVENT_REPLY ? numerics[how / 8 % ARRAY_LEN(numerics)] : 0,
                       .command = kinds[which].command,
                       .source = kinds[which].is_from_server ? STR("fuzz.test") : source,
                       .params = params,
                       .param_count = count,
                   });
}

/* --- reading --- */

static void
check_msg(const struct irc_msg *msg)
{
    assert(msg->command.len > 0);
    assert(msg->param_count <= LIMIT_PARAMS);
    for (size_t i = 0; i < msg->param_count; i++) {
        struct str param = msg->params[i];
        assert(param.ptr != NULL);
        assert(str_find_byte(param, '\n') == param.len);
        assert(str_find_byte(param, '\r') == param.len);
        assert(str_find_byte(param, '\0') == param.len);
        assert(param.len <= LIMIT_PLAIN_MESSAGE_BYTES + 16);
    }
}

static void
record(struct reader *reader, enum door_result result, const struct door_line *line)
{
    buf_printf(&reader->lines, "%d", (int)result);
    if (result == DOOR_INVALID)
        buf_printf(&reader->lines, " %d", (int)line->why);
    if (result == DOOR_LINE) {
        check_msg(&line->msg);
        buf_put_byte(&reader->lines, ' ');
        buf_put(&reader->lines, line->msg.command);
        for (size_t i = 0; i < line->msg.param_count; i++) {
            buf_put_byte(&reader->lines, '|');
            buf_put(&reader->lines, line->msg.params[i]);
        }
    }
    buf_put_byte(&reader->lines, '\n');
}

static void
read_all(struct reader *reader, bool is_paused)
{
    struct str rest = buf_str(&reader->input);
    while (rest.len > 0) {
        size_t before = rest.len;
        struct door_line line = {.answer = &reader->answer};
        enum door_result result = plain_door.read(reader->state, &rest, is_paused, &line);
        if (result == DOOR_MORE) {
            assert(rest.len == before);
            assert(!is_paused);
            assert(rest.len <= plain_door.line_bytes_max);
            break;
        }
        assert(rest.len < before); /* or the worker would never come to an end */
        record(reader, result, &line);
    }
    buf_consume(&reader->input, reader->input.len - rest.len);
    check_output(buf_str(&reader->answer));
}

static void
feed(struct reader *reader, struct str bytes)
{
    buf_put(&reader->input, bytes);
}

/* Two doors get the same; the one in small pieces. */
struct pair {
    struct reader whole;
    struct reader pieces;
};

static void
feed_pair(struct pair *pair, struct str bytes, size_t piece)
{
    feed(&pair->whole, bytes);
    read_all(&pair->whole, false);
    while (bytes.len > 0) {
        feed(&pair->pieces, str_take(bytes, piece));
        read_all(&pair->pieces, false);
        bytes = str_skip(bytes, piece);
    }
}

static void
step(struct pair *pair, uint8_t what, uint8_t how, struct str bytes)
{
    switch (what % 4) {
    case 0:
    case 1:
        feed_pair(pair, bytes, 1 + how % 7);
        break;
    case 2:
        read_all(&pair->whole, true);
        read_all(&pair->pieces, true);
        break;
    default:
        render_any(&pair->whole, how, bytes);
        render_any(&pair->pieces, how, bytes);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_BYTES_MAX / 2)
        return 0;
    struct pair pair;
    reader_init(&pair.whole);
    reader_init(&pair.pieces);
    welcome(&pair.whole);
    welcome(&pair.pieces);
    struct str rest = {.ptr = (const char *)data, .len = size};
    while (rest.len >= 3) { /* what, how, how many bytes */
        uint8_t what = (uint8_t)rest.ptr[0];
        uint8_t how = (uint8_t)rest.ptr[1];
        size_t len = (size_t)(uint8_t)rest.ptr[2] * (what % 2 == 0 ? 1 : 3);
        rest = str_skip(rest, 3);
        step(&pair, what, how, str_take(rest, len));
        rest = str_skip(rest, len);
    }
    read_all(&pair.whole, true);
    read_all(&pair.pieces, true);
    assert(str_equal(buf_str(&pair.whole.lines), buf_str(&pair.pieces.lines)));
    assert(str_equal(buf_str(&pair.whole.answer), buf_str(&pair.pieces.answer)));
    reader_deinit(&pair.whole);
    reader_deinit(&pair.pieces);
    return 0;
}
