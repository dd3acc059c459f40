/* Numeric replies: what they do to the model, and how they are said to people; see model.h. */
#include "base/number.h"
#include "chat/state.h"
#include "hub/numeric.h"
#include "wire/clean_text.h"

#include <assert.h>

/* Names in the line that says that a channel has been joined; of more, only how many they are. */
#define NAMES_SHOWN_MAX 30

/* "%1" stands for the parameter behind the client's name, and so on. Empty: not shown. */
struct template_row {
    uint32_t numeric;
    struct str text;
};

static const struct template_row templates[] = {
    {RPL_AWAY, STR_INIT("%1 is away: %2")},
    {RPL_WHOISUSER, STR_INIT("%1 is %2@%3: %5")},
    {RPL_WHOISSERVER, STR_INIT("%1 is on %2: %3")},
    {RPL_WHOWASUSER, STR_INIT("%1 was %2@%3: %5")},
    {RPL_WHOISIDLE, STR_INIT("%1 has been silent for %2 s")},
    {RPL_WHOISCHANNELS, STR_INIT("%1 is in %2")},
    {RPL_LIST, STR_INIT("%1 (%2): %3")},
    {RPL_NOTOPIC, STR_INIT("%1 has no topic")},
    {RPL_TOPIC, STR_INIT("The topic of %1: %2")},
    {RPL_TOPICWHOTIME, STR_INIT("The topic of %1 was set by %2")},
    {RPL_CHANNELMODEIS, STR_INIT("The modes of %1: %2 %3 %4 %5 %6")},
    {RPL_INVITING, STR_INIT("%1 has been invited to %2")},
    {RPL_WHOREPLY, STR_INIT("%5 is %2@%3 in %1 (%6): %7")},
    {RPL_NAMREPLY, STR_INIT("In %2: %3")},
    {RPL_BANLIST, STR_INIT("%1 bans %2")},
    {RPL_EXCEPTLIST, STR_INIT("%1 excepts %2 from bans")},
    {RPL_INVEXLIST, STR_INIT("%1 lets %2 in without invitation")},
    {RPL_MOTD, STR_INIT("%1")},
    {RPL_LOGGEDIN, STR_INIT("You are logged in as %2")},
    {RPL_LOGGEDOUT, STR_INIT("You are logged out")},
    {RPL_SASLSUCCESS, STR_INIT("")}, /* 900 has said it */
    {RPL_HELPSTART, STR_INIT("%2")},
    {RPL_HELPTXT, STR_INIT("%2")},
    {RPL_ENDOFHELP, STR_INIT("")},
    {RPL_ENDOFWHO, STR_INIT("")},
    {RPL_ENDOFWHOIS, STR_INIT("")},
    {RPL_ENDOFWHOWAS, STR_INIT("")},
    {RPL_ENDOFNAMES, STR_INIT("")},
    {RPL_ENDOFMOTD, STR_INIT("")},
    {RPL_MOTDSTART, STR_INIT("")},
    {RPL_LISTSTART, STR_INIT("")},
    {RPL_LISTEND, STR_INIT("")},
    {RPL_ENDOFBANLIST, STR_INIT("")},
    {RPL_ENDOFEXCEPTLIST, STR_INIT("")},
    {RPL_ENDOFINVEXLIST, STR_INIT("")},
    {RPL_ENDOFINVITELIST, STR_INIT("")},
    {RPL_CREATIONTIME, STR_INIT("")},
    {RPL_ENDOFINFO, STR_INIT("")},
    {RPL_ENDOFLINKS, STR_INIT("")},
};

static bool
is_error(uint32_t numeric)
{
    return numeric >= 400 && numeric < 600;
}

/* What the server says of itself to everyone who comes. */
static bool
is_greeting(uint32_t numeric)
{
    return numeric > RPL_WELCOME && numeric < 300;
}

static void
put_template(const struct chat_call *call, struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_place = text.ptr[i] == '%' && i + 1 < text.len && ascii_is_digit(text.ptr[i + 1]);
        if (is_place)
            clean_text_put(out, chat_param(call, (size_t)(text.ptr[++i] - '0')));
        else
            buf_put_byte(out, text.ptr[i]);
    }
    while (out->len > 0 && out->ptr[out->len - 1] == ' ')
        out->len--;
}

/* "context: text" of an error, "one two three" of anything else. */
static void
put_params(const struct chat_call *call, bool has_context, struct buf *out)
{
    size_t count = call->msg->param_count;
    for (size_t i = 1; i < count; i++) {
        if (i > 1)
            buf_put(out, i + 1 == count && has_context ? STR(": ") : STR(" "));
        clean_text_put(out, call->msg->params[i]);
    }
}

static void
show(struct chat_call *call, uint32_t numeric, enum chat_text kind)
{
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    const struct template_row *row = NULL;
    for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
        if (templates[i].numeric == numeric)
            row = &templates[i];
    }
    if (row != NULL)
        put_template(call, row->text, &text);
    else
        put_params(call, is_error(numeric), &text);
    if (text.len > 0)
        chat_output_say(call->out, kind, "* %.*s", STR_ARG(buf_str(&text)));
    buf_deinit(&text);
}

/* --- registration --- */

static void
on_welcome(struct chat_call *call)
{
    struct chat_model *model = call->model;
    buf_clear(&model->nick);
    buf_put(&model->nick, chat_param(call, 0));
    model->phase = CHAT_ONLINE;
    model->was_online = true;
    struct buf nick;
    buf_init(&nick, LIMIT_LINE_BYTES);
    clean_text_put(&nick, buf_str(&model->nick));
    if (name_equal(buf_str(&model->nick), buf_str(&model->wanted_nick)))
        chat_output_say(call->out, CHAT_EVENT, "* Connected: you are %.*s",
                        STR_ARG(buf_str(&nick)));
    else
        chat_output_say(call->out, CHAT_EVENT, "* Connected: you are %.*s, since %.*s is taken",
                        STR_ARG(buf_str(&nick)), STR_ARG(buf_str(&model->wanted_nick)));
    buf_deinit(&nick);
    list_for_each(node, &model->channels) {
        struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        channel->is_refused = false;
        chat_send(call->out, channel->key.len > 0 ? "JOIN %.*s %.*s" : "JOIN %.*s",
                  STR_ARG(buf_str(&channel->name)), STR_ARG(buf_str(&channel->key)));
    }
}

/* Letters before the first comma, between the first two, ...: CHANMODES=A,B,C,D. */
static void
take_modes(struct chat_model *model, struct str value)
{
    struct str list = str_cut(&value, ',');
    struct str always = str_cut(&value, ',');
    struct str when_set = str_cut(&value, ',');
    buf_put(&model->modes_with_parameter, list);
    buf_put(&model->modes_with_parameter, always);
    buf_clear(&model->modes_with_set_parameter);
    buf_put(&model->modes_with_set_parameter, when_set);
}

static void
on_isupport(struct chat_call *call)
{
    struct chat_model *model = call->model;
    uint64_t count;
    for (size_t i = 1; i + 1 < call->msg->param_count; i++) {
        struct str value = call->msg->params[i];
        struct str name = str_cut(&value, '=');
        if (str_equal(name, STR("confab.chat/FLOOR")) && value.len == 1)
            model->floor_letter = value.ptr[0];
        else if (str_equal(name, STR("CHANMODES")))
            take_modes(model, value);
        else if (str_equal(name, STR("CHATHISTORY")) &&
                 number_parse_u64(value, LIMIT_PAGE_EVENTS, &count) && count > 0)
            model->history_max = (uint32_t)count;
        else if (str_equal(name, STR("PREFIX")) && value.len > 0)
            buf_put(&model->modes_with_parameter,
                    str_take(str_skip(value, 1), str_find_byte(str_skip(value, 1), ')')));
    }
}

/* --- logging in --- */

static void
on_logged_in(struct chat_call *call)
{
    struct chat_model *model = call->model;
    bool is_at_start = model->is_logging_in;
    show(call, RPL_SASLSUCCESS, CHAT_EVENT);
    if (!is_at_start)
        return;
    model->is_logging_in = false;
    model->login_failures = 0;
    chat_introduce(model, call->out);
    chat_end_negotiation(model, call->out);
}

/* All of 902 to 908 but the success. */
static bool
is_login_failure(uint32_t numeric)
{
    return numeric > RPL_LOGGEDOUT && numeric <= RPL_SASLMECHS && numeric != RPL_SASLSUCCESS;
}

static void
on_login_failure(struct chat_call *call, uint32_t numeric)
{
    show(call, numeric, CHAT_ERROR);
    if (call->model->is_logging_in && numeric != RPL_SASLMECHS) /* which comes before another */
        chat_login_failed(call->model, STR(""), call->out);
}

/* A nick that the server does not take: another one, as long as there is none. */
static void
on_nick_refused(struct chat_call *call, uint32_t numeric)
{
    struct chat_model *model = call->model;
    if (model->phase == CHAT_ONLINE) {
        model->refusals++;
        show(call, numeric, CHAT_ERROR);
        return;
    }
    bool is_first = model->nick_tries == 0;
    if (numeric == ERR_ERRONEUSNICKNAME && is_first) {
        show(call, numeric, CHAT_ERROR);
        buf_clear(&model->wanted_nick);
        buf_put(&model->wanted_nick, STR("guest"));
    }
    chat_try_nick(model, call->out);
}

/* --- channels --- */

static void
on_names(struct chat_call *call)
{
    struct chat_channel *channel = chat_channel_find(call->model, chat_param(call, 2));
    if (channel == NULL || !channel->is_listing) {
        show(call, RPL_NAMREPLY, CHAT_ANSWER);
        return;
    }
    struct str rest = chat_param(call, 3);
    while (rest.len > 0) {
        struct str nick = str_cut_word(&rest);
        while (nick.len > 0 && str_find_byte(STR("~&@%+!"), nick.ptr[0]) < 6)
            nick = str_skip(nick, 1);
        chat_member_add(channel, str_take(nick, str_find_byte(nick, '!')));
    }
}

static void
on_end_of_names(struct chat_call *call)
{
    struct chat_channel *channel = chat_channel_find(call->model, chat_param(call, 1));
    if (channel == NULL || !channel->is_listing)
        return;
    channel->is_listing = false;
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    size_t count = map_count(&channel->members);
    if (count > NAMES_SHOWN_MAX) {
        buf_printf(&text, " %zu are here, /names lists them", count);
    } else {
        for (struct map_node *node = map_first(&channel->members); node != NULL;
             node = map_next(node)) {
            buf_put_byte(&text, ' ');
            clean_text_put(&text, CONTAINER_OF(node, struct chat_member, node)->nick);
        }
    }
    struct buf name;
    buf_init(&name, LIMIT_LINE_BYTES);
    clean_text_put(&name, buf_str(&channel->name));
    chat_output_say(call->out, CHAT_EVENT, "* You are in %.*s:%.*s", STR_ARG(buf_str(&name)),
                    STR_ARG(buf_str(&text)));
    buf_deinit(&name);
    buf_deinit(&text);
}

/* RPL_CHANNELMODEIS: whether members take turns, which lasts until a MODE says otherwise. */
static void
follow_modes(struct chat_call *call)
{
    struct chat_model *model = call->model;
    struct chat_channel *channel = chat_channel_find(model, chat_param(call, 1));
    if (channel == NULL || model->floor_letter == '\0')
        return;
    struct str letters = chat_param(call, 2);
    channel->is_floor_on = str_find_byte(letters, model->floor_letter) < letters.len;
    if (!channel->is_floor_on)
        channel->last.len = 0;
}

/* --- errors --- */

/* Whether the error can be the answer to a message. */
static bool
is_of_message(uint32_t numeric)
{
    return numeric == ERR_NOSUCHNICK || numeric == ERR_NOSUCHCHANNEL ||
           numeric == ERR_CANNOTSENDTOCHAN || numeric == ERR_TOOMANYTARGETS ||
           numeric == ERR_NORECIPIENT || numeric == ERR_NOTEXTTOSEND || numeric == ERR_INPUTTOOLONG;
}

static bool
is_of_join(uint32_t numeric)
{
    return numeric == ERR_NOSUCHCHANNEL || numeric == ERR_TOOMANYCHANNELS ||
           (numeric >= ERR_CHANNELISFULL && numeric <= ERR_BADCHANMASK);
}

static void
on_refusal(struct chat_call *call, uint32_t numeric)
{
    struct chat_model *model = call->model;
    show(call, numeric, CHAT_ERROR);
    if (model->phase != CHAT_ONLINE) {
        if (numeric == ERR_PASSWDMISMATCH)
            model->is_rejected = true;
        bool knows_no_caps = numeric == ERR_UNKNOWNCOMMAND && model->phase == CHAT_NEGOTIATING;
        if (knows_no_caps && model->account.len > 0)
            chat_login_failed(model, STR("The server has no accounts that one can log in to"),
                              call->out);
        return;
    }
    model->refusals++;
    struct chat_channel *channel = chat_channel_find(model, chat_param(call, 1));
    if (channel != NULL && !channel->is_joined && is_of_join(numeric))
        channel->is_refused = true;
    uint64_t id = call->label;
    if (id == 0 && is_of_message(numeric) && !(model->caps & CHAT_CAP(LABELED_RESPONSE))) {
        bool names_target = numeric == ERR_NOSUCHNICK || numeric == ERR_NOSUCHCHANNEL ||
                            numeric == ERR_CANNOTSENDTOCHAN;
        id = chat_outgoing_oldest(model, names_target ? chat_param(call, 1) : STR(""));
    }
    chat_outgoing_refuse(model, id, call->out);
}

void
chat_numeric(struct chat_call *call, uint32_t numeric)
{
    struct chat_model *model = call->model;
    bool is_welcoming = model->is_welcoming;
    enum chat_text kind = is_welcoming ? CHAT_EVENT : CHAT_ANSWER;
    const struct chat_channel *channel = chat_channel_find(model, chat_param(call, 1));
    switch (numeric) {
    case RPL_WELCOME:
        on_welcome(call);
        return;
    case RPL_ISUPPORT:
        on_isupport(call);
        return;
    case ERR_ERRONEUSNICKNAME:
    case ERR_NICKNAMEINUSE:
        on_nick_refused(call, numeric);
        return;
    case RPL_SASLSUCCESS:
        on_logged_in(call);
        return;
    case RPL_NAMREPLY:
        on_names(call);
        return;
    case RPL_ENDOFNAMES:
        on_end_of_names(call);
        return;
    case RPL_TOPIC:
    case RPL_TOPICWHOTIME:
        show(call, numeric, channel != NULL && channel->is_listing ? CHAT_EVENT : CHAT_ANSWER);
        return;
    case RPL_CHANNELMODEIS:
        follow_modes(call);
        show(call, numeric, kind);
        return;
    case RPL_ENDOFMOTD:
    case ERR_NOMOTD:
        model->is_welcoming = false;
        if (!is_welcoming)
            show(call, numeric, CHAT_ANSWER);
        return;
    default:
        if (is_login_failure(numeric))
            on_login_failure(call, numeric);
        else if (is_error(numeric))
            on_refusal(call, numeric);
        else if (!is_welcoming || !is_greeting(numeric))
            show(call, numeric, kind);
        return;
    }
}
