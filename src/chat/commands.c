/*
 * Typed lines: what is said, and the table of /commands, which also makes /help and completion.
 * See model.h.
 */
#include "base/number.h"
#include "base/utf8.h"
#include "chat/state.h"
#include "wire/clean_text.h"
#include "wire/tags.h"

#include <assert.h>
#include <stdarg.h>

/* Messages that /history shows. */
#define HISTORY_DEFAULT 20

/* A typed command on its way. */
struct typed {
    struct chat_model *model;
    struct chat_output *out;
    const struct command_row *row;
    struct str line; /* as typed, with the slash */
    struct str rest; /* behind the command */
};

/* How the words behind a command become an IRC line. */
enum form {
    FORM_LOCAL,     /* row->run does it */
    FORM_WORDS,     /* /nick bob              -> NICK bob */
    FORM_TEXT,      /* /away gone fishing     -> AWAY :gone fishing */
    FORM_HERE,      /* /names [#a]            -> NAMES #a, or the current channel */
    FORM_HERE_TEXT, /* /topic [#a] text       -> TOPIC #a :text */
    FORM_HERE_NICK, /* /kick bob why          -> KICK #here bob :why */
    FORM_NICK_HERE, /* /invite bob [#a]       -> INVITE bob #a */
    FORM_HERE_MODE, /* /mode [#a] +m          -> MODE #a +m */
    FORM_FLOOR,     /* /skip                  -> FLOOR SKIP #here */
};

struct command_row {
    struct str name;
    struct str alias; /* may be empty */
    enum form form;
    uint8_t words_min;  /* fewer: the syntax is shown */
    struct str command; /* of IRC */
    void (*run)(struct typed *typed);
    struct str syntax;
    struct str help;
};

void
chat_return(struct chat_model *model, struct str typed, struct chat_output *out, const char *format,
            ...)
{
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    chat_output_say(out, CHAT_ERROR, "* %.*s", STR_ARG(buf_str(&text)));
    buf_deinit(&text);
    if (typed.len > 0) {
        buf_put(&out->returned, typed);
        buf_put_byte(&out->returned, '\n');
    }
    model->refusals++;
}

static bool
is_offline(struct chat_model *model, struct str typed, struct chat_output *out)
{
    if (model->phase == CHAT_ONLINE)
        return false;
    chat_return(model, typed, out, "There is no connection: that was not sent, it waits for you");
    return true;
}

static void
queue_message(struct chat_model *model, const struct chat_message *message, struct str typed,
              struct chat_output *out)
{
    if (!chat_outgoing_put(model, message)) {
        chat_return(model, typed, out, "Too much waits to be sent: that was not, try again later");
        return;
    }
    chat_outgoing_send(model, out);
}

void
chat_say(struct chat_model *model, struct str text, bool is_action, struct chat_output *out)
{
    struct buf typed;
    buf_init(&typed, LIMIT_TERMINAL_LINE_BYTES + sizeof "/me ");
    if (is_action)
        buf_put(&typed, STR("/me "));
    else if (str_starts_with(text, STR("/")))
        buf_put_byte(&typed, '/');
    buf_put(&typed, text);
    struct str target = buf_str(&model->target);
    const struct chat_channel *channel = chat_channel_find(model, target);
    struct chat_message message = {
        .verb = STR("PRIVMSG"),
        .target = target,
        .text = text,
        .is_action = is_action,
        .command = is_action ? STR("/me ") : STR(""),
    };
    if (is_offline(model, buf_str(&typed), out))
        goto done;
    if (target.len == 0)
        chat_return(model, buf_str(&typed), out,
                    "You are in no channel, nobody heard that: /join #channel first");
    else if (channel != NULL && !channel->is_joined)
        chat_return(model, buf_str(&typed), out,
                    "You are not in %.*s, nobody heard that: /join %.*s first", STR_ARG(target),
                    STR_ARG(target));
    else
        queue_message(model, &message, buf_str(&typed), out);
done:
    buf_deinit(&typed);
}

/* --- commands that the client does itself --- */

static void run_help(struct typed *typed); /* reads the table, which stands below */

static void
answer(const struct typed *typed, struct str text)
{
    chat_output_say(typed->out, CHAT_ANSWER, "* %.*s", STR_ARG(text));
}

/* Queues the line behind the messages that wait, so that all is done in the order of typing. */
static void
send_typed(struct typed *typed, struct str wire)
{
    if (is_offline(typed->model, typed->line, typed->out))
        return;
    if (!chat_outgoing_put_line(typed->model, wire))
        chat_return(typed->model, typed->line, typed->out,
                    "Too much waits to be sent: that was not, try again later");
    else
        chat_outgoing_send(typed->model, typed->out);
}

/* "#channel" from "channel": what people mean. */
static void
put_channel_name(struct buf *out, struct str word)
{
    if (!name_looks_like_channel(word))
        buf_put_byte(out, '#');
    buf_put(out, word);
}

static void
run_join(struct typed *typed)
{
    struct chat_model *model = typed->model;
    struct str rest = typed->rest;
    struct str word = str_cut_word(&rest);
    struct str key = str_cut_word(&rest);
    struct buf name;
    buf_init(&name, LIMIT_LINE_BYTES);
    put_channel_name(&name, word);
    const struct chat_channel *channel = chat_channel_find(model, buf_str(&name));
    if (channel != NULL && channel->is_joined) {
        chat_set_target(model, buf_str(&name));
        buf_deinit(&name);
        return;
    }
    if (!name_fold(buf_str(&name), &model->wants_join))
        model->wants_join.len = 0;
    buf_clear(&model->wants_key);
    buf_put(&model->wants_key, key);
    struct buf wire;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_printf(&wire, key.len > 0 ? "JOIN %.*s %.*s" : "JOIN %.*s", STR_ARG(buf_str(&name)),
               STR_ARG(key));
    send_typed(typed, buf_str(&wire));
    buf_deinit(&wire);
    buf_deinit(&name);
}

static void
show_channels(const struct typed *typed)
{
    const struct chat_model *model = typed->model;
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    list_for_each(node, &model->channels) {
        const struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        buf_put_byte(&text, ' ');
        clean_text_put(&text, buf_str(&channel->name));
        if (!channel->is_joined)
            buf_put(&text, STR(" (not joined)"));
    }
    chat_output_say(typed->out, CHAT_ANSWER, "* Where to? /to #channel, or /to nick. Channels:%.*s",
                    STR_ARG(text.len > 0 ? buf_str(&text) : STR(" none")));
    buf_deinit(&text);
}

static void
run_to(struct typed *typed)
{
    struct str rest = typed->rest;
    struct str word = str_cut_word(&rest);
    if (word.len == 0) {
        show_channels(typed);
        return;
    }
    const struct chat_channel *channel = chat_channel_find(typed->model, word);
    if (name_looks_like_channel(word) && channel == NULL) {
        chat_return(typed->model, STR(""), typed->out, "You are not in that channel: /join %.*s",
                    STR_ARG(word));
        return;
    }
    chat_set_target(typed->model, channel != NULL ? buf_str(&channel->name) : word);
    if (rest.len > 0)
        chat_say(typed->model, rest, false, typed->out);
}

static void
run_msg(struct typed *typed)
{
    struct str text = typed->rest;
    struct str target = str_cut_word(&text);
    bool is_notice = str_equal(typed->row->name, STR("notice"));
    if (is_offline(typed->model, typed->line, typed->out))
        return;
    struct buf command;
    buf_init(&command, LIMIT_LINE_BYTES);
    buf_printf(&command, "/%.*s %.*s ", STR_ARG(typed->row->name), STR_ARG(target));
    queue_message(typed->model,
                  &(struct chat_message){
                      .verb = is_notice ? STR("NOTICE") : STR("PRIVMSG"),
                      .target = target,
                      .text = text,
                      .command = buf_str(&command),
                  },
                  typed->line, typed->out);
    buf_deinit(&command);
}

static void
run_me(struct typed *typed)
{
    chat_say(typed->model, typed->rest, true, typed->out);
}

static void
run_turn(struct typed *typed)
{
    struct chat_channel *channel = chat_channel_find(typed->model, buf_str(&typed->model->target));
    if (channel == NULL || !channel->is_joined) {
        answer(typed, STR("You are in no channel"));
        return;
    }
    channel->wants_turn = true;
    struct buf wire;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_printf(&wire, "FLOOR STATUS %.*s", STR_ARG(buf_str(&channel->name)));
    send_typed(typed, buf_str(&wire));
    buf_deinit(&wire);
}

/* Asks for what was said before, and remembers that the answer is one. */
static void
ask_for_past(struct typed *typed, enum chat_batch_kind kind, struct str wire)
{
    bool is_online = typed->model->phase == CHAT_ONLINE;
    uint64_t refusals = typed->model->refusals;
    send_typed(typed, wire);
    if (is_online && typed->model->refusals == refusals)
        typed->model->asked[kind]++;
}

/* False, and it has been said, when there is none. */
static bool
take_place(struct typed *typed, struct str *rest, struct str *place_out)
{
    struct str here = buf_str(&typed->model->target);
    *place_out = name_looks_like_channel(*rest) ? str_cut_word(rest) : here;
    if (place_out->len == 0)
        chat_return(typed->model, typed->line, typed->out,
                    "You are in no channel: name one, or /join one first");
    return place_out->len > 0;
}

static void
run_history(struct typed *typed)
{
    struct chat_model *model = typed->model;
    struct str rest = typed->rest;
    struct str place;
    uint64_t count = HISTORY_DEFAULT;
    if (!take_place(typed, &rest, &place))
        return;
    if (rest.len > 0 && (!number_parse_u64(rest, UINT32_MAX, &count) || count == 0)) {
        chat_return(model, typed->line, typed->out, "How it goes: /history %.*s - %.*s",
                    STR_ARG(typed->row->syntax), STR_ARG(typed->row->help));
        return;
    }
    if (count > model->history_max)
        count = model->history_max;
    struct buf wire;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_printf(&wire, "CHATHISTORY LATEST %.*s * %llu", STR_ARG(place), (unsigned long long)count);
    ask_for_past(typed, CHAT_BATCH_HISTORY, buf_str(&wire));
    buf_deinit(&wire);
}

static void
run_search(struct typed *typed)
{
    struct str rest = typed->rest;
    struct str place;
    if (!take_place(typed, &rest, &place))
        return;
    struct buf wire;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_put(&wire, STR("SEARCH in="));
    tags_put_escaped(&wire, place);
    buf_put(&wire, STR(";text="));
    tags_put_escaped(&wire, rest);
    if (rest.len == 0)
        chat_return(typed->model, typed->line, typed->out, "How it goes: /search %.*s - %.*s",
                    STR_ARG(typed->row->syntax), STR_ARG(typed->row->help));
    else if (wire.is_truncated)
        chat_return(typed->model, typed->line, typed->out, "That is too much to search for");
    else
        ask_for_past(typed, CHAT_BATCH_FOUND, buf_str(&wire));
    buf_deinit(&wire);
}

static void
run_ignore(struct typed *typed)
{
    struct chat_model *model = typed->model;
    struct str rest = typed->rest;
    struct str nick = str_cut_word(&rest);
    struct folded folded;
    if (nick.len == 0 || !name_fold(nick, &folded)) {
        chat_output_say(typed->out, CHAT_ANSWER, "* %zu nicks are ignored", model->ignored_count);
    } else if (chat_is_ignored(model, nick)) {
        answer(typed, STR("Ignored already; /unignore ends it"));
    } else if (model->ignored_count >= LIMIT_CHAT_IGNORED) {
        chat_return(model, STR(""), typed->out, "No more than %d nicks can be ignored",
                    LIMIT_CHAT_IGNORED);
    } else {
        model->ignored[model->ignored_count++] = folded;
        chat_output_say(typed->out, CHAT_ANSWER, "* What %.*s says is not shown", STR_ARG(nick));
    }
}

static void
run_unignore(struct typed *typed)
{
    struct chat_model *model = typed->model;
    struct str rest = typed->rest;
    struct str nick = str_cut_word(&rest);
    struct folded folded;
    for (size_t i = 0; i < model->ignored_count && name_fold(nick, &folded); i++) {
        if (!str_equal(folded_str(&model->ignored[i]), folded_str(&folded)))
            continue;
        model->ignored[i] = model->ignored[--model->ignored_count];
        chat_output_say(typed->out, CHAT_ANSWER, "* What %.*s says is shown again", STR_ARG(nick));
        return;
    }
    answer(typed, STR("That nick is not ignored"));
}

static void
run_clear(struct typed *typed)
{
    typed->out->wants_clear = true;
}

static void
run_connect(struct typed *typed)
{
    if (typed->model->phase != CHAT_OFFLINE)
        answer(typed, STR("There is a connection already"));
    else
        typed->out->wants_connect = true;
}

static void
run_quit(struct typed *typed)
{
    struct buf wire;
    buf_init(&wire, LIMIT_LINE_BYTES);
    buf_put(&wire, STR("QUIT"));
    if (typed->rest.len > 0)
        buf_printf(&wire, " :%.*s", STR_ARG(typed->rest));
    if (typed->model->phase != CHAT_OFFLINE)
        chat_send(typed->out, "%.*s", STR_ARG(buf_str(&wire)));
    typed->model->is_quitting = true;
    typed->out->wants_quit = true;
    buf_deinit(&wire);
}

static void
run_quote(struct typed *typed)
{
    send_typed(typed, typed->rest);
}

/* --- the table --- */

#define ROW(name, alias, form, words_min, command, run, syntax, help)             \
    {                                                                             \
        STR_INIT(name), STR_INIT(alias), form, words_min, STR_INIT(command), run, \
            STR_INIT(syntax), STR_INIT(help)                                      \
    }
#define LOCAL(name, alias, words_min, run, syntax, help) \
    ROW(name, alias, FORM_LOCAL, words_min, "", run, syntax, help)
#define SENT(name, form, words_min, command, syntax, help) \
    ROW(name, "", form, words_min, command, NULL, syntax, help)

static const struct command_row commands[] = {
    LOCAL("help", "", 0, run_help, "[command]", "this list, or one command"),
    LOCAL("join", "j", 1, run_join, "#channel [key]", "enter a channel; what you type goes there"),
    SENT("part", FORM_HERE_TEXT, 0, "PART", "[#channel] [reason]", "leave a channel"),
    LOCAL("to", "channel", 0, run_to, "#channel or nick", "let what you type go there"),
    LOCAL("query", "", 1, run_to, "nick [text]", "talk to one person"),
    LOCAL("msg", "", 2, run_msg, "nick text", "one message to a person, or a channel"),
    LOCAL("notice", "", 2, run_msg, "nick text", "the same, as a notice"),
    LOCAL("me", "", 1, run_me, "text", "say what you do"),
    SENT("nick", FORM_WORDS, 1, "NICK", "name", "change your name"),
    SENT("names", FORM_HERE, 0, "NAMES", "[#channel]", "who is in the channel"),
    SENT("who", FORM_HERE, 0, "WHO", "[#channel or mask]", "the same with addresses"),
    SENT("whois", FORM_WORDS, 1, "WHOIS", "nick", "about a person"),
    SENT("list", FORM_WORDS, 0, "LIST", "[mask]", "the channels of the server"),
    LOCAL("history", "", 0, run_history, "[#channel] [count]", "what was said there last"),
    LOCAL("search", "", 1, run_search, "[#channel] words", "where these words were said"),
    SENT("topic", FORM_HERE_TEXT, 0, "TOPIC", "[#channel] [text]", "show or set the topic"),
    SENT("away", FORM_TEXT, 0, "AWAY", "[text]", "say that you are away, or back"),
    SENT("invite", FORM_NICK_HERE, 1, "INVITE", "nick [#channel]", "invite somebody"),
    SENT("kick", FORM_HERE_NICK, 1, "KICK", "nick [reason]", "remove somebody from the channel"),
    SENT("mode", FORM_HERE_MODE, 0, "MODE", "[#channel] [+-letters [parameters]]",
         "show or change modes"),
    LOCAL("turn", "", 0, run_turn, "", "half duplex: whose turn it is"),
    SENT("skip", FORM_FLOOR, 0, "SKIP", "", "half duplex: free the turn (operators)"),
    LOCAL("ignore", "", 0, run_ignore, "[nick]", "show nothing of what somebody says"),
    LOCAL("unignore", "", 1, run_unignore, "nick", "show it again"),
    SENT("motd", FORM_WORDS, 0, "MOTD", "", "the server's message of the day"),
    SENT("oper", FORM_WORDS, 2, "OPER", "name password", "become an operator of the server"),
    LOCAL("quote", "raw", 1, run_quote, "line", "send a line of IRC as it is"),
    LOCAL("clear", "", 0, run_clear, "", "clear the screen"),
    LOCAL("connect", "", 0, run_connect, "", "connect again now"),
    LOCAL("quit", "exit", 0, run_quit, "[text]", "leave"),
};

static const struct command_row *
find_command(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        bool is_it = str_equal_ascii_nocase(commands[i].name, name) ||
                     (commands[i].alias.len > 0 && str_equal_ascii_nocase(commands[i].alias, name));
        if (is_it)
            return &commands[i];
    }
    return NULL;
}

bool
chat_command_name(size_t index, struct str *name_out)
{
    if (index >= ARRAY_LEN(commands))
        return false;
    *name_out = commands[index].name;
    return true;
}

static void
show_row(const struct typed *typed, const struct command_row *row)
{
    chat_output_say(typed->out, CHAT_ANSWER, "*   /%.*s%s%.*s - %.*s", STR_ARG(row->name),
                    row->syntax.len > 0 ? " " : "", STR_ARG(row->syntax), STR_ARG(row->help));
}

static void
run_help(struct typed *typed)
{
    struct str rest = typed->rest;
    struct str name = str_cut_word(&rest);
    if (str_starts_with(name, STR("/")))
        name = str_skip(name, 1);
    const struct command_row *row = find_command(name);
    if (row != NULL) {
        show_row(typed, row);
        return;
    }
    answer(typed, STR("What you type is said in the current channel; //text says /text. Tab "
                      "completes commands, channels and nicks. Commands:"));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        show_row(typed, &commands[i]);
}

/* --- from words to a line --- */

/* Takes "#channel" from *rest if it begins with one, else the current channel; empty: none. */
static struct str
take_channel(const struct chat_model *model, struct str *rest)
{
    if (name_looks_like_channel(*rest))
        return str_cut_word(rest);
    return buf_str(&model->target);
}

static void
put_words(struct buf *wire, struct str rest)
{
    while (rest.len > 0) {
        struct str word = str_cut_word(&rest);
        buf_printf(wire, " %.*s", STR_ARG(word));
    }
}

static void
put_text(struct buf *wire, struct str text)
{
    if (text.len > 0)
        buf_printf(wire, " :%.*s", STR_ARG(text));
}

/* The IRC line; false when it is about the current channel and there is none. */
static bool
put_line(const struct typed *typed, struct buf *wire)
{
    struct str rest = typed->rest;
    struct str here = buf_str(&typed->model->target);
    struct str word;
    buf_put(wire, typed->row->form == FORM_FLOOR ? STR("FLOOR") : typed->row->command);
    switch (typed->row->form) {
    case FORM_LOCAL:
        cf_unreachable("a row with a function");
    case FORM_WORDS:
        put_words(wire, rest);
        return true;
    case FORM_TEXT:
        put_text(wire, rest);
        return true;
    case FORM_HERE:
        here = rest.len > 0 ? str_cut_word(&rest) : here;
        break;
    case FORM_HERE_TEXT:
    case FORM_FLOOR:
        here = take_channel(typed->model, &rest);
        break;
    case FORM_HERE_NICK:
        here = take_channel(typed->model, &rest);
        word = str_cut_word(&rest);
        buf_printf(wire, " %.*s %.*s", STR_ARG(here), STR_ARG(word));
        put_text(wire, rest);
        return here.len > 0;
    case FORM_NICK_HERE:
        word = str_cut_word(&rest);
        here = take_channel(typed->model, &rest);
        buf_printf(wire, " %.*s %.*s", STR_ARG(word), STR_ARG(here));
        return here.len > 0;
    case FORM_HERE_MODE:
        if (rest.len > 0 && rest.ptr[0] != '+' && rest.ptr[0] != '-')
            here = str_cut_word(&rest);
        buf_printf(wire, " %.*s", STR_ARG(here));
        put_words(wire, rest);
        return here.len > 0;
    }
    if (typed->row->form == FORM_FLOOR)
        buf_printf(wire, " %.*s", STR_ARG(typed->row->command));
    buf_printf(wire, " %.*s", STR_ARG(here));
    put_text(wire, rest);
    return here.len > 0;
}

static size_t
count_words(struct str rest)
{
    size_t count = 0;
    while (str_cut_word(&rest).len > 0)
        count++;
    return count;
}

static void
refuse_unknown(struct typed *typed, struct str name)
{
    struct buf text;
    buf_init(&text, LIMIT_INPUT_LINE_BYTES);
    buf_put(&text, STR("There is no /"));
    clean_text_put(&text, name);
    buf_put(&text, STR("; //text says /text, /help explains what there is:"));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        buf_printf(&text, " /%.*s", STR_ARG(commands[i].name));
    chat_return(typed->model, typed->line, typed->out, "%.*s", STR_ARG(buf_str(&text)));
    buf_deinit(&text);
}

static void
run_typed(struct typed *typed)
{
    const struct command_row *row = typed->row;
    if (count_words(typed->rest) < row->words_min) {
        chat_return(typed->model, typed->line, typed->out, "How it goes: /%.*s %.*s - %.*s",
                    STR_ARG(row->name), STR_ARG(row->syntax), STR_ARG(row->help));
        return;
    }
    if (row->form == FORM_LOCAL) {
        row->run(typed);
        return;
    }
    struct buf wire;
    buf_init(&wire, LIMIT_TERMINAL_LINE_BYTES);
    if (!put_line(typed, &wire))
        chat_return(typed->model, typed->line, typed->out,
                    "You are in no channel: name one, or /join one first");
    else
        send_typed(typed, buf_str(&wire));
    buf_deinit(&wire);
}

void
chat_command(struct chat_model *model, struct str line, struct chat_output *out)
{
    struct typed typed = {.model = model, .out = out, .line = line, .rest = str_skip(line, 1)};
    struct str name = str_cut_word(&typed.rest);
    typed.row = find_command(name);
    if (typed.row == NULL)
        refuse_unknown(&typed, name);
    else
        run_typed(&typed);
}

void
chat_model_type(struct chat_model *model, struct str line, bool is_raw, struct chat_output *out)
{
    if (line.len == 0)
        return;
    bool is_text = utf8_is_valid(line) && str_find_byte(line, '\0') == line.len &&
                   str_find_byte(line, '\r') == line.len && str_find_byte(line, '\n') == line.len;
    if (!is_text) {
        chat_return(model, STR(""), out, "That is no text in UTF-8: it was not sent");
        return;
    }
    bool is_slash = !is_raw && line.ptr[0] == '/';
    bool is_escaped = is_slash && line.len > 1 && line.ptr[1] == '/';
    if (is_slash && !is_escaped)
        chat_command(model, line, out);
    else
        chat_say(model, is_escaped ? str_skip(line, 1) : line, false, out);
}
