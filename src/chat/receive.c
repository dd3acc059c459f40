/* What a line of the server does to the model, and what text it yields; see model.h. */
#include "base/number.h"
#include "base/server_time.h"
#include "chat/state.h"
#include "wire/clean_text.h"
#include "wire/tags.h"

#include <assert.h>
#include <string.h>

#define ACTION_HEAD \
    STR("\x01"      \
        "ACTION ")

struct str
chat_param(const struct chat_call *call, size_t index)
{
    return index < call->msg->param_count ? call->msg->params[index] : STR("");
}

/* --- messages --- */

/* The channel in "#channel" or "@#channel", which is for those of a rank only. */
static struct str
channel_in(struct str target)
{
    bool is_for_rank = target.len > 1 && !name_looks_like_channel(target) &&
                       name_looks_like_channel(str_skip(target, 1));
    return is_for_rank ? str_skip(target, 1) : target;
}

/* Whether text names nick as a word of its own. */
static bool
mentions(struct str text, struct str nick)
{
    if (nick.len == 0)
        return false;
    for (size_t at = 0; at + nick.len <= text.len; at++) {
        if (!str_equal_ascii_nocase(str_take(str_skip(text, at), nick.len), nick))
            continue;
        char before = at == 0 ? ' ' : text.ptr[at - 1];
        char behind = at + nick.len == text.len ? ' ' : text.ptr[at + nick.len];
        bool is_word = !ascii_is_letter(before) && !ascii_is_digit(before) &&
                       !ascii_is_letter(behind) && !ascii_is_digit(behind);
        if (is_word)
            return true;
    }
    return false;
}

/* "<nick> ", "*nick* ", "-nick:#other- ", "* nick ", "-> *nick* ". */
static void
put_speaker(const struct chat_call *call, struct buf *out, bool is_action)
{
    struct str target = chat_param(call, 0);
    bool is_notice = str_equal_ascii_nocase(call->msg->command, STR("NOTICE"));
    bool is_private = !name_looks_like_channel(channel_in(target));
    if (is_private && call->is_own) {
        buf_put(out, STR("-> "));
        buf_put(out, is_notice ? STR("-") : STR("*"));
        clean_text_put(out, target);
        buf_put(out, is_notice ? STR("- ") : STR("* "));
        if (!is_action)
            return;
    } else if (is_private && is_action) {
        buf_put(out, STR("(private) "));
    }
    bool is_here = is_private || name_equal(target, buf_str(&call->model->target));
    if (is_action)
        buf_put(out, STR("* "));
    else
        buf_put(out, is_notice ? STR("-") : is_private ? STR("*") : STR("<"));
    clean_text_put(out, call->nick);
    if (!is_here) {
        buf_put_byte(out, ':');
        clean_text_put(out, target);
    }
    if (!is_action)
        buf_put(out, is_notice ? STR("-") : is_private ? STR("*") : STR(">"));
    buf_put_byte(out, ' ');
}

void
chat_show_message(struct chat_call *call)
{
    struct str target = chat_param(call, 0);
    struct str text = chat_param(call, 1);
    if (call->is_from_server && !name_looks_like_channel(channel_in(target))) {
        struct buf line;
        buf_init(&line, LIMIT_INPUT_LINE_BYTES);
        clean_text_put(&line, text);
        chat_output_say(call->out, call->model->is_welcoming ? CHAT_EVENT : CHAT_ANSWER, "* %.*s",
                        STR_ARG(buf_str(&line)));
        buf_deinit(&line);
        return;
    }
    struct buf line;
    buf_init(&line, LIMIT_INPUT_LINE_BYTES);
    chat_put_clock(call->model, &line, call->at_ms);
    bool is_ctcp = text.len > 1 && text.ptr[0] == '\x01';
    bool is_action = str_starts_with(text, ACTION_HEAD);
    enum chat_text kind = CHAT_MESSAGE;
    if (is_ctcp && !is_action) {
        kind = CHAT_EVENT;
        buf_put(&line, STR("* "));
        clean_text_put(&line, call->nick);
        buf_put(&line, STR(" sends CTCP "));
    } else {
        bool is_private = !name_looks_like_channel(channel_in(target));
        if (!call->is_own && (is_private || mentions(text, buf_str(&call->model->nick))))
            kind = CHAT_MENTION;
        put_speaker(call, &line, is_action);
    }
    clean_text_put(&line, is_action ? str_skip(text, ACTION_HEAD.len) : text);
    chat_output_say(call->out, kind, "%.*s", STR_ARG(buf_str(&line)));
    buf_deinit(&line);
}

/* In front of what was said before, if the user has asked for that. */
static void
show_heading(struct chat_call *call)
{
    if (!call->past->is_asked)
        return;
    if (call->past->kind == CHAT_BATCH_FOUND)
        chat_output_say(call->out, CHAT_ANSWER, "* Found:");
    else
        chat_output_say(call->out, CHAT_ANSWER, "* What was said last:");
}

/* And behind it. */
static void
show_end(struct chat_call *call, const struct chat_batch *batch)
{
    if (!batch->is_asked)
        return;
    bool is_search = batch->kind == CHAT_BATCH_FOUND;
    if (batch->count == 0)
        chat_output_say(call->out, CHAT_ANSWER,
                        is_search ? "* Nothing was found" : "* Nothing is kept of what was said");
    else
        chat_output_say(call->out, CHAT_ANSWER,
                        is_search ? "* End of what was found: %zu message%s"
                                  : "* End of what was said: %zu message%s",
                        batch->count, batch->count == 1 ? "" : "s");
}

static void
on_message(struct chat_call *call)
{
    struct chat_model *model = call->model;
    if (call->msg->param_count < 2)
        return;
    if (call->is_own && call->label != 0)
        chat_outgoing_accept(model, call->label);
    struct chat_channel *channel = chat_channel_find(model, chat_param(call, 0));
    if (channel != NULL && !call->is_from_server && call->past == NULL)
        chat_channel_spoken(model, channel, call->nick);
    if (chat_is_ignored(model, call->nick))
        return;
    if (call->past != NULL && call->past->count++ == 0)
        show_heading(call);
    chat_show_message(call);
}

/* --- happenings --- */

/* An event with its time, "[12:03] * one two (reason)": the parts cleaned and joined, the reason
 * if there is one. */
static void
say_event(struct chat_call *call, enum chat_text kind, struct str reason, const struct str *parts,
          size_t count)
{
    struct buf line;
    buf_init(&line, LIMIT_INPUT_LINE_BYTES);
    chat_put_clock(call->model, &line, call->at_ms);
    buf_put(&line, STR("* "));
    for (size_t i = 0; i < count; i++)
        clean_text_put(&line, parts[i]);
    if (reason.len > 0) {
        buf_put(&line, STR(" ("));
        clean_text_put(&line, reason);
        buf_put_byte(&line, ')');
    }
    chat_output_say(call->out, kind, "%.*s", STR_ARG(buf_str(&line)));
    buf_deinit(&line);
}

#define SAY_EVENT(call, kind, reason, ...)                           \
    say_event(call, kind, reason, (const struct str[]){__VA_ARGS__}, \
              sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

static void
on_own_join(struct chat_call *call, struct str name)
{
    struct chat_model *model = call->model;
    struct chat_channel *channel = chat_channel_want(model, name);
    buf_clear(&model->prefix);
    buf_put(&model->prefix, call->msg->source);
    if (channel == NULL)
        return;
    chat_channel_leave(channel);
    channel->is_joined = true;
    channel->is_refused = false;
    channel->is_listing = true;
    buf_clear(&channel->name);
    buf_put(&channel->name, name);
    bool is_wanted = str_equal(folded_str(&model->wants_join), folded_str(&channel->folded));
    if (is_wanted || model->target.len == 0)
        chat_set_target(model, name);
    if (is_wanted) {
        buf_clear(&channel->key);
        buf_put(&channel->key, buf_str(&model->wants_key));
        model->wants_join.len = 0;
    }
    /* With the capability, FLOOR says it unasked. */
    if (model->floor_letter != '\0' && !(model->caps & CHAT_CAP(FLOOR)))
        chat_send(call->out, "MODE %.*s", STR_ARG(name));
}

static void
on_join(struct chat_call *call)
{
    struct str names = chat_param(call, 0);
    while (names.ptr != NULL) {
        struct str name = str_cut(&names, ',');
        if (call->is_own) {
            on_own_join(call, name);
            continue;
        }
        struct chat_channel *channel = chat_channel_find(call->model, name);
        if (channel == NULL)
            continue;
        chat_member_add(channel, call->nick);
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" has joined "), name);
    }
}

static void
on_part(struct chat_call *call)
{
    struct str names = chat_param(call, 0);
    struct str reason = chat_param(call, 1);
    while (names.ptr != NULL) {
        struct str name = str_cut(&names, ',');
        struct chat_channel *channel = chat_channel_find(call->model, name);
        if (channel == NULL)
            continue;
        if (call->is_own) {
            SAY_EVENT(call, CHAT_EVENT, reason, STR("You have left "), name);
            chat_channel_forget(call->model, channel);
        } else {
            SAY_EVENT(call, CHAT_EVENT, reason, call->nick, STR(" has left "), name);
            chat_member_remove(call->model, channel, call->nick);
        }
    }
}

static void
on_kick(struct chat_call *call)
{
    struct str name = chat_param(call, 0);
    struct str victim = chat_param(call, 1);
    struct str reason = chat_param(call, 2);
    struct chat_channel *channel = chat_channel_find(call->model, name);
    if (channel == NULL)
        return;
    if (name_equal(victim, buf_str(&call->model->nick))) {
        SAY_EVENT(call, CHAT_ERROR, reason, call->nick, STR(" has removed you from "), name);
        chat_channel_forget(call->model, channel);
        return;
    }
    SAY_EVENT(call, CHAT_EVENT, reason, call->nick, STR(" has removed "), victim, STR(" from "),
              name);
    chat_member_remove(call->model, channel, victim);
}

static void
on_quit(struct chat_call *call)
{
    bool is_known = false;
    list_for_each(node, &call->model->channels) {
        struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        if (chat_member_find(channel, call->nick) == NULL)
            continue;
        is_known = true;
        chat_member_remove(call->model, channel, call->nick);
    }
    struct str reason = chat_param(call, 0);
    if (is_known && !call->is_own)
        SAY_EVENT(call, CHAT_EVENT, reason, call->nick, STR(" has quit"));
}

static void
on_nick(struct chat_call *call)
{
    struct chat_model *model = call->model;
    struct str to = chat_param(call, 0);
    list_for_each(node, &model->channels)
        chat_member_rename(CONTAINER_OF(node, struct chat_channel, in_model), call->nick, to);
    if (name_equal(call->nick, buf_str(&model->target)))
        chat_set_target(model, to);
    if (call->is_own) {
        buf_clear(&model->nick);
        buf_put(&model->nick, to);
        buf_clear(&model->wanted_nick); /* also after the connection has been lost */
        buf_put(&model->wanted_nick, to);
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, STR("You are now called "), to);
    } else {
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" is now called "), to);
    }
}

static bool
holds_letter(const struct buf *letters, char letter)
{
    return str_find_byte(buf_str(letters), letter) < letters->len;
}

/* Follows the mode of taking turns through "+Hk-l 30 key"; other modes are only skipped. */
static void
apply_modes(const struct chat_call *call, struct chat_channel *channel, size_t first)
{
    const struct chat_model *model = call->model;
    struct str letters = chat_param(call, first);
    size_t next = first + 1;
    bool is_set = true;
    for (size_t i = 0; i < letters.len; i++) {
        char letter = letters.ptr[i];
        if (letter == '+' || letter == '-') {
            is_set = letter == '+';
            continue;
        }
        if (letter == model->floor_letter) {
            channel->is_floor_on = is_set;
            channel->last.len = 0;
        }
        bool has_parameter = holds_letter(&model->modes_with_parameter, letter) ||
                             (is_set && holds_letter(&model->modes_with_set_parameter, letter));
        if (has_parameter && next < call->msg->param_count)
            next++;
        else if (has_parameter)
            return;
    }
}

static void
on_mode(struct chat_call *call)
{
    struct buf words;
    buf_init(&words, LIMIT_INPUT_LINE_BYTES);
    for (size_t i = 1; i < call->msg->param_count; i++)
        buf_printf(&words, "%s%.*s", i > 1 ? " " : "", STR_ARG(call->msg->params[i]));
    struct chat_channel *channel = chat_channel_find(call->model, chat_param(call, 0));
    if (channel != NULL)
        apply_modes(call, channel, 1);
    SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" sets the mode of "),
              chat_param(call, 0), STR(": "), buf_str(&words));
    buf_deinit(&words);
}

static void
on_topic(struct chat_call *call)
{
    struct str text = chat_param(call, 1);
    if (text.len == 0)
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" clears the topic of "),
                  chat_param(call, 0));
    else
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" sets the topic of "),
                  chat_param(call, 0), STR(": "), text);
}

static void
on_invite(struct chat_call *call)
{
    struct str who = chat_param(call, 0);
    struct str channel = chat_param(call, 1);
    if (chat_is_ignored(call->model, call->nick))
        return;
    if (name_equal(who, buf_str(&call->model->nick)))
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" invites you: /join "), channel);
    else
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" invites "), who, STR(" to "),
                  channel);
}

/* Only of the person one is talking to: in a large channel it would be noise. */
static void
on_away(struct chat_call *call)
{
    struct str text = chat_param(call, 0);
    if (!name_equal(call->nick, buf_str(&call->model->target)))
        return;
    if (text.len == 0)
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" is back"));
    else
        SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" is away: "), text);
}

static void
on_wallops(struct chat_call *call)
{
    SAY_EVENT(call, CHAT_EVENT, STR_NONE, call->nick, STR(" tells all: "), chat_param(call, 0));
}

/* FLOOR FREE <channel> <reason>, FLOOR HELD <channel> <nick> <seconds>. */
static void
on_floor(struct chat_call *call)
{
    struct chat_channel *channel = chat_channel_find(call->model, chat_param(call, 1));
    if (channel == NULL)
        return;
    struct str detail = chat_param(call, 2);
    bool is_held = str_equal_ascii_nocase(chat_param(call, 0), STR("HELD"));
    channel->is_floor_on = true;
    if (!is_held || !name_fold(detail, &channel->last))
        channel->last.len = 0;
    bool is_asked = channel->wants_turn;
    bool is_news = str_equal(detail, STR("skipped")) || str_equal(detail, STR("silence"));
    channel->wants_turn = false;
    if (is_held && is_asked)
        SAY_EVENT(call, CHAT_ANSWER, STR_NONE, STR("In "), buf_str(&channel->name), STR(" "),
                  detail, STR(" spoke last: everybody else may speak"));
    else if (!is_held && (is_asked || is_news))
        SAY_EVENT(call, is_asked ? CHAT_ANSWER : CHAT_EVENT, STR_NONE, STR("In "),
                  buf_str(&channel->name), STR(" the turn is free"));
}

/* --- answers, and what holds the connection together --- */

static void
on_ping(struct chat_call *call)
{
    chat_send(call->out, "PONG :%.*s", STR_ARG(chat_param(call, 0)));
}

static void
on_pong(struct chat_call *call)
{
    struct chat_model *model = call->model;
    struct str token = chat_param(call, call->msg->param_count > 1 ? 1 : 0);
    struct str barrier = STR("barrier-");
    uint64_t number;
    if (str_starts_with(token, barrier) &&
        number_parse_u64(str_skip(token, barrier.len), UINT64_MAX, &number)) {
        if (number > model->barriers_passed && number <= model->barriers_asked)
            model->barriers_passed = number;
        if (!(model->caps & CHAT_CAP(LABELED_RESPONSE)))
            return;
        /* Whatever was sent before it has been answered, or never will be. */
        while (chat_outgoing_oldest(model, STR("")) != 0)
            chat_outgoing_accept(model, chat_outgoing_oldest(model, STR("")));
        return;
    }
    (void)chat_outgoing_pong(model, token); /* somebody else's else: nothing to do */
}

static void
on_error(struct chat_call *call)
{
    if (call->model->is_quitting)
        return;
    struct buf line;
    buf_init(&line, LIMIT_INPUT_LINE_BYTES);
    clean_text_put(&line, chat_param(call, 0));
    chat_output_say(call->out, CHAT_ERROR, "* The server closes the connection: %.*s",
                    STR_ARG(buf_str(&line)));
    buf_deinit(&line);
}

/* The command that would have brought a batch has failed. */
static void
forget_asked(struct chat_model *model, struct str command)
{
    enum chat_batch_kind kind = CHAT_BATCH_LABELED;
    if (str_equal_ascii_nocase(command, STR("CHATHISTORY")))
        kind = CHAT_BATCH_HISTORY;
    else if (str_equal_ascii_nocase(command, STR("SEARCH")))
        kind = CHAT_BATCH_FOUND;
    if (kind != CHAT_BATCH_LABELED && model->asked[kind] > 0)
        model->asked[kind]--;
}

/* FAIL <command> <code> [<context>...] :<text>, and the milder WARN and NOTE. */
static void
on_standard_reply(struct chat_call *call)
{
    struct chat_model *model = call->model;
    const struct irc_msg *msg = call->msg;
    if (msg->param_count < 3)
        return;
    struct str command = msg->params[0];
    struct str code = msg->params[1];
    struct str context = msg->param_count > 3 ? msg->params[2] : STR("");
    struct chat_channel *channel = chat_channel_find(model, context);
    bool is_failure = str_equal_ascii_nocase(msg->command, STR("FAIL"));
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    if (context.len > 0 && name_looks_like_channel(context)) {
        clean_text_put(&text, context);
        buf_put(&text, STR(": "));
    }
    clean_text_put(&text, msg->params[msg->param_count - 1]);
    chat_output_say(call->out, is_failure ? CHAT_ERROR : CHAT_ANSWER, "* %.*s",
                    STR_ARG(buf_str(&text)));
    buf_deinit(&text);
    if (!is_failure)
        return;
    model->refusals++;
    forget_asked(model, command);
    bool is_message = str_equal_ascii_nocase(command, STR("PRIVMSG")) ||
                      str_equal_ascii_nocase(command, STR("NOTICE"));
    if (channel != NULL && str_equal(code, STR("FLOOR_REQUIRED"))) {
        channel->is_floor_on = true;
        if (!name_fold(buf_str(&model->nick), &channel->last))
            channel->last.len = 0;
    }
    if (channel != NULL && str_equal_ascii_nocase(command, STR("JOIN")))
        channel->is_refused = true;
    uint64_t id = call->label != 0 ? call->label
                  : is_message     ? chat_outgoing_oldest(model, context)
                                   : 0;
    chat_outgoing_refuse(model, id, call->out);
}

/* What kind of batch it is, if that is of interest. */
static bool
is_of_interest(const struct chat_call *call, enum chat_batch_kind *kind_out)
{
    struct str type = chat_param(call, 1);
    if (str_equal(type, STR("chathistory")))
        *kind_out = CHAT_BATCH_HISTORY;
    else if (str_equal(type, STR("draft/search")) || str_equal(type, STR("soju.im/search")))
        *kind_out = CHAT_BATCH_FOUND;
    else
        *kind_out = CHAT_BATCH_LABELED;
    return *kind_out != CHAT_BATCH_LABELED || call->label != 0;
}

static void
open_batch(struct chat_call *call, struct chat_batch *batch, enum chat_batch_kind kind,
           struct str name)
{
    bool is_asked = call->model->asked[kind] > 0;
    *batch = (struct chat_batch){
        .is_open = true,
        .is_asked = is_asked,
        .kind = kind,
        .label = call->label,
        .reference_len = name.len,
    };
    memcpy(batch->reference, name.ptr, name.len);
    call->model->asked[kind] -= is_asked ? 1 : 0;
}

static void
close_batch(struct chat_call *call, struct chat_batch *batch)
{
    batch->is_open = false;
    if (batch->kind == CHAT_BATCH_LABELED)
        chat_outgoing_accept(call->model, batch->label); /* if it was not refused in it */
    else
        show_end(call, batch);
}

/* BATCH +ref type ... / BATCH -ref: those that answer a label, and what was said before. */
static void
on_batch(struct chat_call *call)
{
    enum chat_batch_kind kind;
    bool is_wanted = is_of_interest(call, &kind);
    struct str reference = chat_param(call, 0);
    if (reference.len < 2)
        return;
    struct str name = str_skip(reference, 1);
    for (size_t i = 0; i < CHAT_BATCHES; i++) {
        struct chat_batch *batch = &call->model->batches[i];
        struct str own = {.ptr = batch->reference, .len = batch->reference_len};
        if (reference.ptr[0] == '+' && !batch->is_open && is_wanted &&
            name.len <= sizeof batch->reference) {
            open_batch(call, batch, kind, name);
            return;
        }
        if (reference.ptr[0] == '-' && batch->is_open && str_equal(own, name)) {
            close_batch(call, batch);
            return;
        }
    }
}

static void
on_ack(struct chat_call *call)
{
    if (call->label != 0)
        chat_outgoing_accept(call->model, call->label);
}

/* --- capabilities --- */

struct cap_row {
    struct str name;
    uint32_t bit;
};

static const struct cap_row caps[] = {
    {STR_INIT("echo-message"), CHAT_CAP(ECHO_MESSAGE)},
    {STR_INIT("labeled-response"), CHAT_CAP(LABELED_RESPONSE)},
    {STR_INIT("batch"), CHAT_CAP(BATCH)},
    {STR_INIT("confab.chat/floor"), CHAT_CAP(FLOOR)},
    {STR_INIT("sasl"), CHAT_CAP(SASL)},
    {STR_INIT("draft/search"), CHAT_CAP(OTHER)},
    {STR_INIT("soju.im/search"), CHAT_CAP(OTHER)},
    {STR_INIT("message-tags"), CHAT_CAP(OTHER)},
    {STR_INIT("server-time"), CHAT_CAP(OTHER)},
    {STR_INIT("standard-replies"), CHAT_CAP(OTHER)},
    {STR_INIT("multi-prefix"), CHAT_CAP(OTHER)},
    {STR_INIT("away-notify"), CHAT_CAP(OTHER)},
    {STR_INIT("invite-notify"), CHAT_CAP(OTHER)},
    {STR_INIT("setname"), CHAT_CAP(OTHER)},
};

/* Those of the offered ones that are wanted are appended to caps_wanted. */
static void
choose_caps(struct chat_model *model, struct str offered)
{
    while (offered.len > 0) {
        struct str word = str_cut_word(&offered);
        struct str name = str_cut(&word, '=');
        for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
            if (!str_equal(caps[i].name, name) ||
                (caps[i].bit == CHAT_CAP(SASL) && model->account.len == 0))
                continue;
            if (model->caps_wanted.len > 0)
                buf_put_byte(&model->caps_wanted, ' ');
            buf_put(&model->caps_wanted, name);
        }
    }
}

static void
request_caps(struct chat_call *call)
{
    struct chat_model *model = call->model;
    if (model->caps_wanted.len > 0)
        chat_send(call->out, "CAP REQ :%.*s", STR_ARG(buf_str(&model->caps_wanted)));
    buf_clear(&model->caps_wanted);
}

void
chat_end_negotiation(struct chat_model *model, struct chat_output *out)
{
    if (model->phase != CHAT_NEGOTIATING)
        return;
    model->phase = CHAT_REGISTERING;
    chat_send(out, "CAP END");
}

/* The capabilities are settled. */
static void
go_on(struct chat_call *call)
{
    if (!chat_login_begin(call->model, call->out))
        chat_end_negotiation(call->model, call->out);
}

static void
on_authenticate(struct chat_call *call)
{
    chat_login_prove(call->model, call->out);
}

static void
change_caps(struct chat_model *model, struct str names, bool is_removal)
{
    while (names.len > 0) {
        struct str name = str_cut_word(&names);
        bool is_minus = name.len > 0 && name.ptr[0] == '-';
        if (is_minus)
            name = str_skip(name, 1);
        for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
            if (!str_equal(caps[i].name, name))
                continue;
            if (is_minus || is_removal)
                model->caps &= ~caps[i].bit;
            else
                model->caps |= caps[i].bit;
        }
    }
}

static void
on_cap(struct chat_call *call)
{
    struct str what = chat_param(call, 1);
    bool has_more = call->msg->param_count > 3 && str_equal(chat_param(call, 2), STR("*"));
    struct str names = chat_param(call, has_more ? 3 : 2);
    if (str_equal(what, STR("LS")) || str_equal(what, STR("NEW"))) {
        choose_caps(call->model, names);
        if (has_more)
            return;
        bool has_some = call->model->caps_wanted.len > 0;
        request_caps(call);
        if (!has_some)
            go_on(call);
    } else if (str_equal(what, STR("ACK"))) {
        change_caps(call->model, names, false);
        go_on(call);
    } else if (str_equal(what, STR("NAK"))) {
        go_on(call);
    } else if (str_equal(what, STR("DEL"))) {
        change_caps(call->model, names, true);
    }
}

/* --- dispatch --- */

struct command_row {
    struct str name;
    void (*handle)(struct chat_call *call);
};

static const struct command_row commands[] = {
    {STR_INIT("PRIVMSG"), on_message},
    {STR_INIT("NOTICE"), on_message},
    {STR_INIT("PING"), on_ping},
    {STR_INIT("PONG"), on_pong},
    {STR_INIT("JOIN"), on_join},
    {STR_INIT("PART"), on_part},
    {STR_INIT("QUIT"), on_quit},
    {STR_INIT("NICK"), on_nick},
    {STR_INIT("KICK"), on_kick},
    {STR_INIT("MODE"), on_mode},
    {STR_INIT("TOPIC"), on_topic},
    {STR_INIT("INVITE"), on_invite},
    {STR_INIT("AWAY"), on_away},
    {STR_INIT("WALLOPS"), on_wallops},
    {STR_INIT("FLOOR"), on_floor},
    {STR_INIT("CAP"), on_cap},
    {STR_INIT("AUTHENTICATE"), on_authenticate},
    {STR_INIT("FAIL"), on_standard_reply},
    {STR_INIT("WARN"), on_standard_reply},
    {STR_INIT("NOTE"), on_standard_reply},
    {STR_INIT("BATCH"), on_batch},
    {STR_INIT("ACK"), on_ack},
    {STR_INIT("ERROR"), on_error},
};

/* "c12", as chat_outgoing_send makes them; 0 for any other. */
static uint64_t
label_number(struct str label)
{
    uint64_t number;
    bool is_ours = label.len > 1 && label.ptr[0] == 'c' &&
                   number_parse_u64(str_skip(label, 1), UINT64_MAX, &number);
    return is_ours ? number : 0;
}

static void
read_tags(struct chat_call *call)
{
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        int64_t at_ms;
        if (str_equal(tag.key, STR("time")) && server_time_parse(tag.raw_value, &at_ms))
            call->at_ms = at_ms;
        else if (str_equal(tag.key, STR("label")))
            call->label = label_number(tag.raw_value);
        for (size_t i = 0; i < CHAT_BATCHES && str_equal(tag.key, STR("batch")); i++) {
            struct chat_batch *batch = &call->model->batches[i];
            struct str reference = {.ptr = batch->reference, .len = batch->reference_len};
            if (!batch->is_open || !str_equal(reference, tag.raw_value))
                continue;
            if (batch->kind == CHAT_BATCH_LABELED)
                call->label = batch->label;
            else
                call->past = batch;
        }
    }
}

/*
 * SPEC: servers may send 8191 bytes of tags, and some send lines over 512 bytes; what is too long
 * for irc_line_parse goes without its tags, and cut.
 */
static bool
parse(struct str line, struct irc_msg *msg)
{
    enum irc_parse_result result = irc_line_parse(line, msg);
    if (result == IRC_PARSE_ERR_TAGS_TOO_LONG || result == IRC_PARSE_ERR_TOO_LONG) {
        struct str rest = line;
        if (rest.len > 0 && rest.ptr[0] == '@')
            (void)str_cut_word(&rest); /* the tags are not wanted */
        result = irc_line_parse(str_take(rest, LIMIT_LINE_BYTES), msg);
    }
    return result == IRC_PARSE_OK;
}

void
chat_model_receive(struct chat_model *model, struct str line, struct chat_output *out)
{
    struct irc_msg msg;
    if (!parse(line, &msg))
        return;
    struct str source = msg.source;
    struct chat_call call = {
        .model = model,
        .out = out,
        .msg = &msg,
        .nick = str_take(source, str_find_byte(source, '!')),
        .at_ms = model->now_ms,
    };
    call.is_own = name_equal(call.nick, buf_str(&model->nick));
    call.is_from_server = call.nick.len == source.len && !call.is_own;
    read_tags(&call);
    uint64_t numeric;
    if (msg.command.len == 3 && number_parse_u64(msg.command, 999, &numeric)) {
        chat_numeric(&call, (uint32_t)numeric);
    } else {
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
            if (str_equal_ascii_nocase(commands[i].name, msg.command))
                commands[i].handle(&call);
        }
    }
    if (model->phase == CHAT_ONLINE)
        chat_outgoing_send(model, out);
}
