/* Services; see service.h. */
#include "hub/service.h"

#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/chanserv.h"
#include "hub/command.h"
#include "hub/histserv.h"
#include "hub/nickserv.h"
#include "hub/nickserv_set.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/service_hint.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>
#include <stdarg.h>

#define NAME_SHOWN_BYTES_MAX 40 /* of a command that there is not */
#define DAY_MS               (INT64_C(24) * 60 * 60 * 1000)

static const struct service *const services[] = {
    &chanserv,
    &histserv,
    &nickserv,
};

const struct service *
service_find(struct str nick)
{
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (name_equal(services[i]->nick, nick))
            return services[i];
    }
    return NULL;
}

/* A NOTICE to a nick; batch: 0 for none. Returns a reference. */
static struct event *
make_notice(const struct hub *hub, const struct service *service, struct str nick, struct str text,
            uint64_t batch)
{
    struct buf source;
    buf_init(&source, LIMIT_MASK_BYTES);
    buf_printf(&source, "%.*s!services@%.*s", STR_ARG(service->nick),
               STR_ARG(hub->config->server_name));
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("NOTICE"),
        .source = buf_str(&source),
        .wall_ms = hub->now_ms,
        .batch = batch,
        .params = (const struct str[]){nick, text},
        .param_count = 2,
        .is_last_text = true,
    });
    buf_deinit(&source);
    return event;
}

void
service_say(struct call *call, const struct service *service, const char *format, ...)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    struct event *event = make_notice(call->hub, service, call_client_name(call), buf_str(&text),
                                      call->session->answer_batch);
    call->is_confirmed = true;
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
    buf_deinit(&text);
}

void
service_tell_account(struct hub *hub, const struct service *service, const struct account *account,
                     const char *format, ...)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    uint32_t cursor = 0;
    const struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        if (session->user == NULL || !str_equal(session->user->account, account->name))
            continue;
        struct event *event = make_notice(hub, service, session->user->nick, buf_str(&text), 0);
        post_to_session(hub, session, event);
        event_unref(&event);
    }
    buf_deinit(&text);
}

static unsigned
code_of_day(int64_t day, struct str name)
{
    uint64_t sum = (uint64_t)day;
    for (size_t i = 0; i < name.len; i++)
        sum = sum * 31 + (unsigned char)name.ptr[i];
    return (unsigned)(sum % SERVICE_CODE_LIMIT);
}

unsigned
service_code(const struct hub *hub, struct str name)
{
    return code_of_day(hub->now_ms / DAY_MS, name);
}

/* False when the word is none. */
static bool
take_code(const struct service_call *service_call, size_t word, uint64_t *given_out)
{
    return service_call->word_count > word &&
           number_parse_u64(service_call->words[word], SERVICE_CODE_LIMIT, given_out);
}

bool
service_is_confirmed_for(const struct service_call *service_call, size_t word, struct str name)
{
    const struct hub *hub = service_call->call->hub;
    uint64_t given;
    if (take_code(service_call, word, &given) &&
        given == code_of_day(hub->now_ms / DAY_MS - 1, name))
        return true;
    return service_is_confirmed(service_call, word, service_code(hub, name));
}

bool
service_is_confirmed(const struct service_call *service_call, size_t word, unsigned code)
{
    uint64_t given;
    if (!take_code(service_call, word, &given))
        return false;
    if (given != code)
        service_say(service_call->call, service_call->service,
                    "%.*s is not the code: nothing is done", STR_ARG(service_call->words[word]));
    return given == code;
}

static void
say_command(struct call *call, const struct service *service, const struct service_command *command)
{
    service_say(call, service, "%.*s%s%.*s - %.*s", STR_ARG(command->name),
                command->syntax.len > 0 ? " " : "", STR_ARG(command->syntax),
                STR_ARG(command->help));
}

static const struct service_command *
find_command(const struct service *service, struct str name)
{
    for (size_t i = 0; i < service->command_count; i++) {
        if (str_equal_ascii_nocase(service->commands[i].name, name))
            return &service->commands[i];
    }
    return NULL;
}

static void
say_unknown(struct call *call, const struct service *service, struct str name)
{
    const struct str *hint = service_hint_find(service->nick, name);
    name = utf8_take(name, NAME_SHOWN_BYTES_MAX);
    if (hint != NULL)
        service_say(call, service, "There is no command %.*s here: %.*s", STR_ARG(name),
                    STR_ARG(*hint));
    else
        service_say(call, service, "There is no command %.*s: /msg %.*s HELP lists those there are",
                    STR_ARG(name), STR_ARG(service->nick));
}

/* Of one command, and if it is NickServ's SET, of the settings. */
static void
say_help_about(struct call *call, const struct service *service, struct str name)
{
    const struct service_command *command = find_command(service, name);
    if (command == NULL) {
        say_unknown(call, service, name);
        return;
    }
    say_command(call, service, command);
    if (command->run == nickserv_set)
        nickserv_say_choices(call);
}

static void
say_help(struct call *call, const struct service *service)
{
    service_say(call, service, "%.*s", STR_ARG(service->about));
    for (size_t i = 0; i < service->command_count; i++) {
        const struct service_command *command = &service->commands[i];
        if (!(command->flags & SERVICE_OPERATOR) || user_may(call->user, PRIVILEGE_BAN))
            say_command(call, service, command);
    }
}

/* At most so many words; the last takes the rest. */
static size_t
cut_words(struct str text, size_t count_max, struct str words_out[SERVICE_WORDS_MAX])
{
    assert(count_max <= SERVICE_WORDS_MAX);
    size_t count = 0;
    text = str_trim(text);
    while (text.len > 0 && count + 1 < count_max)
        words_out[count++] = str_cut_word(&text);
    text = str_trim(text);
    if (text.len > 0 && count < count_max)
        words_out[count++] = text;
    return count;
}

void
service_execute(struct call *call, const struct service *service, struct str text)
{
    text = str_trim(text);
    struct str name = str_cut_word(&text);
    if (str_equal_ascii_nocase(name, STR("HELP")) || name.len == 0) {
        struct str about = str_cut_word(&text);
        if (about.len > 0)
            say_help_about(call, service, about);
        else
            say_help(call, service);
        return;
    }
    const struct service_command *command = find_command(service, name);
    if (command == NULL) {
        say_unknown(call, service, name);
        return;
    }
    if (!rate_allows_query(call)) /* some walk all channels, or all sessions */
        return;
    struct str words[SERVICE_WORDS_MAX];
    size_t count = cut_words(text, command->words_max, words);
    if ((command->flags & SERVICE_OPERATOR) && !user_may(call->user, PRIVILEGE_BAN)) {
        service_say(call, service, "This is for operators of the server: become one with /OPER");
    } else if ((command->flags & SERVICE_LOGGED_IN) && call->user->account.len == 0) {
        service_say(call, service, "You are not logged in: /msg NickServ IDENTIFY <password>");
    } else if (count < command->words_min) {
        service_say(call, service, "Not enough: %.*s %.*s", STR_ARG(command->name),
                    STR_ARG(command->syntax));
    } else {
        command->run(&(struct service_call){.call = call,
                                            .service = service,
                                            .command = command,
                                            .words = words,
                                            .word_count = count});
    }
}

/* The rest of the line, whether or not it was sent as one parameter. */
static void
execute_line(struct call *call, const struct service *service)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < call->msg->param_count; i++) {
        if (i > 0)
            buf_put_byte(&text, ' ');
        buf_put(&text, call_param(call, i));
    }
    service_execute(call, service, buf_str(&text));
    buf_deinit(&text);
}

/* NS and NICKSERV, CS and CHANSERV, HS and HISTSERV. */
void
cmd_nickserv(struct call *call)
{
    execute_line(call, &nickserv);
}

void
cmd_chanserv(struct call *call)
{
    execute_line(call, &chanserv);
}

void
cmd_histserv(struct call *call)
{
    execute_line(call, &histserv);
}
