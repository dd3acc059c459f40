/* The plain door; see plain.h. */
#include "doors/plain.h"

#include "base/civil.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "hub/capability.h"
#include "hub/numeric.h"
#include "wire/clean_text.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* What it understands. Hosts are not shown, so a change of one is nothing to see. */
#define PLAIN_CAPS (CAP(FLOOR) | CAP(CHGHOST))

#define PAUSE_MS     200
#define GUEST_NICK   "guest"
#define CONSOLE_NICK "operator"

/* What the session is in: where a line without a command goes. */
struct plain_state {
    char target[LIMIT_CHANNEL_BYTES]; /* a channel or a nick */
    uint8_t target_len;               /* 0: nowhere */
    char nick[LIMIT_NICK_BYTES];
    uint8_t nick_len;
    bool is_verbose;   /* joins, leaves and answers of the server are shown */
    bool is_long_line; /* the rest of a line that was too long for one message follows */
    char action[LIMIT_PLAIN_MESSAGE_BYTES + 16]; /* see make_action */
};

static_assert(LIMIT_CHANNEL_BYTES >= LIMIT_NICK_BYTES, "a target holds both");
static_assert(LIMIT_CHANNEL_BYTES <= UINT8_MAX, "lengths fit");

static struct str
target_of(const struct plain_state *plain)
{
    return (struct str){.ptr = plain->target, .len = plain->target_len};
}

static void
set_target(struct plain_state *plain, struct str target)
{
    struct str kept = str_take(target, sizeof plain->target);
    if (kept.len > 0)
        memcpy(plain->target, kept.ptr, kept.len);
    plain->target_len = (uint8_t)kept.len;
}

static struct str
nick_of(const struct plain_state *plain)
{
    return (struct str){.ptr = plain->nick, .len = plain->nick_len};
}

static void
set_nick(struct plain_state *plain, struct str nick)
{
    struct str kept = str_take(nick, sizeof plain->nick);
    if (kept.len > 0)
        memcpy(plain->nick, kept.ptr, kept.len);
    plain->nick_len = (uint8_t)kept.len;
}

static void
plain_attach(void *state, struct hub_attach *attach)
{
    (void)state;
    attach->guest = STR(GUEST_NICK);
    attach->caps = PLAIN_CAPS;
}

static void
console_attach(void *state, struct hub_attach *attach)
{
    struct plain_state *plain = state;
    plain->is_verbose = true;
    attach->guest = STR(CONSOLE_NICK);
    attach->caps = PLAIN_CAPS;
}

/* --- text --- */

/* What was typed is shown again in an answer: not as it came, if that was no text. */
static void
put_typed(struct buf *out, struct str typed)
{
    clean_text_put(out, utf8_is_valid(typed) ? typed : STR("?"));
}

/* --- reading --- */

/* How the words behind a command become an IRC line. */
enum plain_form {
    FORM_WORDS,     /* /join #a key      -> JOIN #a key */
    FORM_TEXT,      /* /away gone fishing -> AWAY :gone fishing */
    FORM_WORD_TEXT, /* /msg bob hi there  -> PRIVMSG bob :hi there */
    FORM_HERE,      /* /names [#a]        -> NAMES #a, or the current target */
    FORM_HERE_TEXT, /* /topic [#a] text   -> TOPIC #a :text */
    FORM_ACTION,    /* /me waves          -> PRIVMSG <target> :ACTION waves */
    FORM_HERE_NICK, /* /kick bob why      -> KICK <target> bob :why */
    FORM_NICK_HERE, /* /invite bob        -> INVITE bob <target> */
    FORM_FLOOR,     /* /skip, /turn       -> FLOOR SKIP|STATUS <target> */
    FORM_LOCAL,     /* the door itself */
};

struct plain_command {
    struct str name;
    enum plain_form form;
    struct str command; /* of IRC */
    struct str syntax;
    struct str help;
};

#define ROW(name, form, command, syntax, help)                                    \
    {                                                                             \
        STR_INIT(name), form, STR_INIT(command), STR_INIT(syntax), STR_INIT(help) \
    }

static const struct plain_command commands[] = {
    ROW("help", FORM_LOCAL, "", "", "this list"),
    ROW("join", FORM_WORDS, "JOIN", "#channel [key]", "enter a channel; what you type goes there"),
    ROW("part", FORM_HERE_TEXT, "PART", "[#channel] [reason]", "leave a channel"),
    ROW("to", FORM_LOCAL, "", "#channel or nick", "let what you type go there"),
    ROW("msg", FORM_WORD_TEXT, "PRIVMSG", "nick text", "a message to one person"),
    ROW("me", FORM_ACTION, "PRIVMSG", "waves", "say what you do"),
    ROW("nick", FORM_WORDS, "NICK", "name", "change your name"),
    ROW("who", FORM_HERE, "NAMES", "[#channel]", "who is in the channel"),
    ROW("whois", FORM_WORDS, "WHOIS", "nick", "about a person"),
    ROW("list", FORM_WORDS, "LIST", "[mask]", "the channels"),
    ROW("topic", FORM_HERE_TEXT, "TOPIC", "[#channel] [text]", "show or set the topic"),
    ROW("away", FORM_TEXT, "AWAY", "[text]", "say that you are away, or back"),
    ROW("invite", FORM_NICK_HERE, "INVITE", "nick [#channel]", "invite somebody"),
    ROW("kick", FORM_HERE_NICK, "KICK", "nick [reason]", "remove somebody from the channel"),
    ROW("mode", FORM_WORDS, "MODE", "#channel letters [parameters]", "change modes"),
    ROW("turn", FORM_FLOOR, "STATUS", "", "half duplex: whose turn it is"),
    ROW("skip", FORM_FLOOR, "SKIP", "", "half duplex: free the turn (operators)"),
    ROW("oper", FORM_WORDS, "OPER", "name password", "become an operator of the server"),
    ROW("claim", FORM_WORDS, "CLAIM", "secret", "let your account be operator of the server"),
    ROW("kill", FORM_WORD_TEXT, "KILL", "nick reason", "disconnect somebody (operators)"),
    ROW("rehash", FORM_WORDS, "REHASH", "", "read the configuration again (operators)"),
    ROW("motd", FORM_WORDS, "MOTD", "", "the message of the day"),
    ROW("verbose", FORM_LOCAL, "", "on or off", "show joins and leaves"),
    ROW("quit", FORM_TEXT, "QUIT", "[text]", "leave the server"),
};

static void
add_param(struct irc_msg *msg, struct str param)
{
    if (msg->param_count < LIMIT_PARAMS)
        msg->params[msg->param_count++] = param;
}

static void
answer(struct door_line *line, struct str text)
{
    buf_put(line->answer, STR("* "));
    buf_put(line->answer, text);
    buf_put_byte(line->answer, '\n');
}

static enum door_result
show_help(struct door_line *line)
{
    answer(line, STR("What you type is said in the current channel. Commands:"));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        buf_printf(line->answer, "*   /%.*s %.*s - %.*s\n", STR_ARG(commands[i].name),
                   STR_ARG(commands[i].syntax), STR_ARG(commands[i].help));
    }
    return DOOR_NOTHING;
}

static enum door_result
run_local(struct plain_state *plain, const struct plain_command *command, struct str rest,
          struct door_line *line)
{
    if (str_equal(command->name, STR("help")))
        return show_help(line);
    if (str_equal(command->name, STR("verbose"))) {
        plain->is_verbose = !str_equal_ascii_nocase(rest, STR("off"));
        answer(line, plain->is_verbose ? STR("Joins and leaves are shown")
                                       : STR("Joins and leaves are not shown"));
        return DOOR_NOTHING;
    }
    assert(str_equal(command->name, STR("to")));
    struct str target = str_cut_word(&rest);
    if (target.len == 0 || target.len > sizeof plain->target) {
        answer(line, STR("Where to? /to #channel, or /to nick"));
        return DOOR_NOTHING;
    }
    set_target(plain, target);
    buf_put(line->answer, STR("* What you type goes to "));
    put_typed(line->answer, target);
    buf_put_byte(line->answer, '\n');
    return DOOR_NOTHING;
}

/* The channel named first in *rest, taken from it, or the current target. */
static struct str
take_channel(const struct plain_state *plain, struct str *rest)
{
    return name_looks_like_channel(*rest) ? str_cut_word(rest) : target_of(plain);
}

/* CTCP ACTION, put together in the state, where it outlives the round: a command is a barrier. */
static struct str
make_action(struct plain_state *plain, struct str text)
{
    static const char head[] = "\x01"
                               "ACTION ";
    size_t head_len = sizeof head - 1;
    text = utf8_take(text, LIMIT_PLAIN_MESSAGE_BYTES);
    memcpy(plain->action, head, head_len);
    memcpy(plain->action + head_len, text.ptr, text.len);
    plain->action[head_len + text.len] = '\x01';
    return (struct str){.ptr = plain->action, .len = head_len + text.len + 1};
}

/* Whether the command is about where the session is, and it is nowhere. */
static bool
lacks_target(const struct plain_state *plain, enum plain_form form, struct str rest)
{
    if (plain->target_len > 0)
        return false;
    switch (form) {
    case FORM_HERE:
    case FORM_HERE_TEXT:
        return !name_looks_like_channel(rest);
    case FORM_NICK_HERE:
        (void)str_cut_word(&rest);
        return !name_looks_like_channel(rest);
    case FORM_ACTION:
    case FORM_HERE_NICK:
    case FORM_FLOOR:
        return true;
    case FORM_WORDS:
    case FORM_TEXT:
    case FORM_WORD_TEXT:
    case FORM_LOCAL:
        return false;
    }
    cf_unreachable("form");
}

static enum door_result
run_command(struct plain_state *plain, struct str text, struct door_line *line)
{
    struct str rest = text;
    struct str name = str_cut_word(&rest);
    const struct plain_command *command = NULL;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (str_equal_ascii_nocase(commands[i].name, name))
            command = &commands[i];
    }
    plain->is_verbose = true;
    line->is_barrier = true;
    if (command == NULL) {
        buf_put(line->answer, STR("* There is no /"));
        put_typed(line->answer, name);
        buf_put(line->answer, STR("; /help lists the commands\n"));
        return DOOR_NOTHING;
    }
    if (lacks_target(plain, command->form, rest)) {
        answer(line, STR("You are in no channel: /join #channel first"));
        return DOOR_NOTHING;
    }
    struct irc_msg *msg = &line->msg;
    *msg = (struct irc_msg){.command = command->command};
    switch (command->form) {
    case FORM_LOCAL:
        return run_local(plain, command, rest, line);
    case FORM_WORDS:
        while (rest.len > 0)
            add_param(msg, str_cut_word(&rest));
        break;
    case FORM_TEXT:
        if (rest.len > 0)
            add_param(msg, rest);
        break;
    case FORM_WORD_TEXT:
        add_param(msg, str_cut_word(&rest));
        add_param(msg, rest);
        break;
    case FORM_HERE:
        add_param(msg, take_channel(plain, &rest));
        break;
    case FORM_HERE_TEXT:
        add_param(msg, take_channel(plain, &rest));
        if (rest.len > 0)
            add_param(msg, rest);
        break;
    case FORM_ACTION:
        add_param(msg, target_of(plain));
        add_param(msg, make_action(plain, rest));
        break;
    case FORM_HERE_NICK:
        add_param(msg, target_of(plain));
        add_param(msg, str_cut_word(&rest));
        if (rest.len > 0)
            add_param(msg, rest);
        break;
    case FORM_NICK_HERE:
        add_param(msg, str_cut_word(&rest));
        add_param(msg, take_channel(plain, &rest));
        break;
    case FORM_FLOOR:
        *msg = (struct irc_msg){.command = STR("FLOOR")};
        add_param(msg, command->command);
        add_param(msg, target_of(plain));
        break;
    }
    return DOOR_LINE;
}

/* Telnet's option negotiation, three bytes each, may stand before anything that is typed. */
static struct str
skip_telnet(struct str text)
{
    while (text.len >= 3 && (unsigned char)text.ptr[0] == 0xFF &&
           (unsigned char)text.ptr[1] >= 0xFB && (unsigned char)text.ptr[1] != 0xFF)
        text = str_skip(text, 3);
    return text;
}

/*
 * What can be had of the input as one message, without its end. A line that is too long for one
 * comes in parts.
 */
static enum door_result
cut(struct plain_state *plain, struct str *input, bool is_paused, struct str *text_out)
{
    size_t end = str_find_byte(*input, '\n');
    bool has_end = end < input->len;
    struct str text = str_take(*input, end);
    if (text.len > LIMIT_PLAIN_MESSAGE_BYTES) {
        text = utf8_take(text, LIMIT_PLAIN_MESSAGE_BYTES);
        plain->is_long_line = true;
        *input = str_skip(*input, text.len);
    } else if (has_end || (is_paused && text.len > 0)) {
        plain->is_long_line = false;
        *input = str_skip(*input, has_end ? end + 1 : end);
        while (text.len > 0 && text.ptr[text.len - 1] == '\r')
            text.len--;
    } else {
        return DOOR_MORE;
    }
    *text_out = text;
    return text.len == 0 ? DOOR_NOTHING : DOOR_LINE;
}

static enum door_result
plain_read(void *state, struct str *input, bool is_paused, struct door_line *line)
{
    struct plain_state *plain = state;
    bool is_rest = plain->is_long_line;
    struct str text;
    enum door_result result = cut(plain, input, is_paused, &text);
    if (result != DOOR_LINE)
        return result;
    text = skip_telnet(text);
    if (str_find_byte(text, '\0') < text.len || str_find_byte(text, '\r') < text.len) {
        line->why = IRC_PARSE_ERR_FORBIDDEN;
        return DOOR_INVALID;
    }
    if (text.len == 0)
        return DOOR_NOTHING;
    bool is_command = !is_rest && text.ptr[0] == '/';
    bool is_escaped = is_command && text.len > 1 && text.ptr[1] == '/'; /* "//" says "/" */
    if (is_command && !is_escaped)
        return run_command(plain, str_skip(text, 1), line);
    if (plain->target_len == 0) {
        answer(line, STR("You are in no channel, nobody heard that: /join #channel first"));
        return DOOR_NOTHING;
    }
    line->msg = (struct irc_msg){.command = STR("PRIVMSG")};
    add_param(&line->msg, target_of(plain));
    add_param(&line->msg, is_escaped ? str_skip(text, 1) : text);
    return DOOR_LINE;
}

/* --- rendering --- */

static void
put_clock(struct buf *out, int64_t wall_ms)
{
    int64_t local_ms = wall_ms + (int64_t)clock_utc_offset_s(wall_ms) * 1000;
    struct civil at = civil_from_ms(local_ms);
    buf_printf(out, "[%02d:%02d] ", at.hour, at.minute);
}

static void
render_message_line(const struct plain_state *plain, const struct event *event, size_t index,
                    struct buf *out)
{
    struct str nick = event_nick(event);
    struct str target = event->params[0];
    struct str text = event->params[index];
    bool is_from_server = nick.len == event->source.len;
    if (is_from_server) {
        buf_put(out, STR("* "));
        clean_text_put(out, text);
        buf_put_byte(out, '\n');
        return;
    }
    bool is_to_me = name_equal(target, nick_of(plain));
    bool is_here = name_equal(target, target_of(plain));
    bool is_notice = str_equal(event->command, STR("NOTICE"));
    bool is_action = str_starts_with(text, STR("\x01"
                                               "ACTION "));
    put_clock(out, event->wall_ms);
    if (is_action) {
        text = str_skip(text, sizeof("\x01"
                                     "ACTION ") -
                                  1);
        buf_printf(out, "* %.*s ", STR_ARG(nick));
    } else if (is_to_me) {
        buf_printf(out, is_notice ? "-%.*s- " : "*%.*s* ", STR_ARG(nick));
    } else if (is_here) {
        buf_printf(out, is_notice ? "-%.*s- " : "<%.*s> ", STR_ARG(nick));
    } else {
        buf_printf(out, is_notice ? "-%.*s:%.*s- " : "<%.*s:%.*s> ", STR_ARG(nick),
                   STR_ARG(target));
    }
    clean_text_put(out, text);
    buf_put_byte(out, '\n');
}

/* Numerics that only end a list, or repeat what another line says. */
static bool
is_noise(uint16_t numeric)
{
    switch (numeric) {
    case RPL_ENDOFWHO:
    case RPL_ENDOFWHOIS:
    case RPL_LISTSTART:
    case RPL_LISTEND:
    case RPL_CREATIONTIME:
    case RPL_TOPICWHOTIME:
    case RPL_ENDOFNAMES:
    case RPL_ENDOFWHOWAS:
    case RPL_ENDOFMOTD:
    case RPL_MOTDSTART:
        return true;
    default:
        return false;
    }
}

/* The first parameter that is for people: of logins only the text, not the own mask and account. */
static size_t
first_told(const struct event *event)
{
    bool is_login = event->numeric == RPL_LOGGEDIN || event->numeric == RPL_LOGGEDOUT;
    return is_login && event->param_count > 0 ? event->param_count - 1 : 1;
}

/* "* about: text" from "<client> about text", and the like. */
static void
render_reply(struct plain_state *plain, const struct event *event, struct buf *out)
{
    if (event->numeric == RPL_WELCOME) /* the first thing that a session is told */
        set_nick(plain, event->params[0]);
    bool is_error = event->numeric >= 400 && event->numeric < 600;
    if (is_noise(event->numeric) || (!is_error && !plain->is_verbose))
        return;
    buf_put_byte(out, '*');
    if (event->numeric == RPL_NAMREPLY) { /* client symbol channel names */
        buf_printf(out, " In %.*s: ", STR_ARG(event->params[2]));
        clean_text_put(out, event->params[3]);
    } else if (event->numeric == RPL_TOPIC) {
        buf_printf(out, " Topic of %.*s: ", STR_ARG(event->params[1]));
        clean_text_put(out, event->params[2]);
    } else if (event->numeric == RPL_LIST) { /* client channel members topic */
        buf_printf(out, " %.*s (%.*s): ", STR_ARG(event->params[1]), STR_ARG(event->params[2]));
        clean_text_put(out, event->params[3]);
    } else {
        for (size_t i = first_told(event); i < event->param_count; i++) {
            buf_put_byte(out, ' ');
            clean_text_put(out, event->params[i]);
        }
    }
    buf_put_byte(out, '\n');
}

/* The session's own joins, leaves and nicks move the target of what it types. */
static void
follow_own(struct plain_state *plain, const struct event *event)
{
    bool is_own = plain->nick_len > 0 && name_equal(event_nick(event), nick_of(plain));
    bool is_at_target = event->param_count > 0 && name_equal(event->params[0], target_of(plain));
    if (event->kind == EVENT_JOIN && is_own)
        set_target(plain, event->params[0]);
    else if (event->kind == EVENT_NICK && is_own)
        set_nick(plain, event->params[0]);
    else if (event->kind == EVENT_PART && is_own && is_at_target)
        set_target(plain, STR_NONE);
    else if (event->kind == EVENT_KICK && is_at_target &&
             name_equal(event->params[1], nick_of(plain)))
        set_target(plain, STR_NONE);
}

/* " (reason)" where there is one. */
static void
put_reason(struct buf *out, const struct event *event, size_t index)
{
    if (index >= event->param_count || event->params[index].len == 0)
        return;
    buf_put(out, STR(" ("));
    clean_text_put(out, event->params[index]);
    buf_put_byte(out, ')');
}

static void
put_words(struct buf *out, const struct event *event, size_t first)
{
    for (size_t i = first; i < event->param_count; i++) {
        if (i > first)
            buf_put_byte(out, ' ');
        clean_text_put(out, event->params[i]);
    }
}

static void
render_happening(const struct plain_state *plain, const struct event *event, struct buf *out)
{
    const struct str *params = event->params;
    bool concerns_me = event->kind == EVENT_INVITE || event->kind == EVENT_WALLOPS ||
                       (event->kind == EVENT_KICK && name_equal(params[1], nick_of(plain)));
    if (!plain->is_verbose && !concerns_me)
        return;
    buf_printf(out, "* %.*s ", STR_ARG(event_nick(event)));
    switch (event->kind) {
    case EVENT_JOIN:
        buf_printf(out, "has joined %.*s", STR_ARG(params[0]));
        break;
    case EVENT_PART:
        buf_printf(out, "has left %.*s", STR_ARG(params[0]));
        put_reason(out, event, 1);
        break;
    case EVENT_QUIT:
        buf_put(out, STR("has quit"));
        put_reason(out, event, 0);
        break;
    case EVENT_KICK:
        buf_printf(out, "has kicked %.*s from %.*s", STR_ARG(params[1]), STR_ARG(params[0]));
        put_reason(out, event, 2);
        break;
    case EVENT_NICK:
        buf_printf(out, "is now called %.*s", STR_ARG(params[0]));
        break;
    case EVENT_MODE:
        buf_put(out, STR("sets the mode of "));
        put_words(out, event, 0);
        break;
    case EVENT_TOPIC:
        buf_printf(out, "sets the topic of %.*s: ", STR_ARG(params[0]));
        put_words(out, event, 1);
        break;
    case EVENT_INVITE:
        buf_printf(out, "invites %.*s to %.*s", STR_ARG(params[0]), STR_ARG(params[1]));
        break;
    case EVENT_WALLOPS:
        buf_put(out, STR("tells all: "));
        put_words(out, event, 0);
        break;
    case EVENT_MESSAGE:
    case EVENT_AWAY:
    case EVENT_ACCOUNT:
    case EVENT_SETNAME:
    case EVENT_CHGHOST:
    case EVENT_RENAME: /* never seen: without the capability it is PART and JOIN */
    case EVENT_FLOOR:
    case EVENT_REPLY:
    case EVENT_STANDARD_REPLY:
    case EVENT_CONTROL:
        cf_unreachable("not a happening");
    }
    buf_put_byte(out, '\n');
}

static void
render_floor(const struct event *event, struct buf *out)
{
    struct str channel = event->params[1];
    if (str_equal(event->params[0], STR("FREE")))
        buf_printf(out, "* Half duplex: the turn in %.*s is free\n", STR_ARG(channel));
    else
        buf_printf(out, "* Half duplex: %.*s spoke last in %.*s, the others may speak\n",
                   STR_ARG(event->params[2]), STR_ARG(channel));
}

static void
plain_render(void *state, uint64_t caps, const struct event *event, struct buf *out)
{
    (void)caps;
    struct plain_state *plain = state;
    follow_own(plain, event);
    switch (event->kind) {
    case EVENT_MESSAGE: /* of no line (TAGMSG), one, or several */
        for (size_t i = 1; i < event->param_count; i++)
            render_message_line(plain, event, i, out);
        break;
    case EVENT_JOIN:
    case EVENT_PART:
    case EVENT_QUIT:
    case EVENT_KICK:
    case EVENT_NICK:
    case EVENT_MODE:
    case EVENT_TOPIC:
    case EVENT_INVITE:
    case EVENT_WALLOPS:
        render_happening(plain, event, out);
        break;
    case EVENT_FLOOR:
        if (plain->is_verbose)
            render_floor(event, out);
        break;
    case EVENT_REPLY:
        render_reply(plain, event, out);
        break;
    case EVENT_STANDARD_REPLY: /* command code context... text */
        buf_put(out, STR("* "));
        clean_text_put(out, event->params[event->param_count - 1]);
        buf_put_byte(out, '\n');
        break;
    case EVENT_CONTROL:
        if (!str_equal(event->command, STR("ERROR")))
            break;
        buf_put(out, STR("* "));
        put_words(out, event, 0);
        buf_put_byte(out, '\n');
        break;
    case EVENT_AWAY:
    case EVENT_ACCOUNT:
    case EVENT_SETNAME:
    case EVENT_CHGHOST:
    case EVENT_RENAME: /* never seen: without the capability it is PART and JOIN */
        break;
    }
}

static void
no_ping(struct str server_name, struct buf *out)
{
    (void)server_name;
    (void)out;
    cf_unreachable("plain text has no pings: TCP keep-alive notices a lost peer");
}

/* Both are personal: what an event looks like depends on where the session is. */
#define PLAIN_DOOR(door_name, attach_function)                                                     \
    {                                                                                              \
        .name = (door_name), .render_caps = PLAIN_CAPS, .state_bytes = sizeof(struct plain_state), \
        .is_personal = true, .pause_ms = PAUSE_MS, .line_bytes_max = LIMIT_PLAIN_MESSAGE_BYTES,    \
        .attach = (attach_function), .read = plain_read, .render = plain_render,                   \
        .put_ping = no_ping                                                                        \
    }

const struct door plain_door = PLAIN_DOOR("plain", plain_attach);
const struct door console_door = PLAIN_DOOR("console", console_attach);
