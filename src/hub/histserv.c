/* HistServ; see histserv.h. */
#include "hub/histserv.h"

#include "base/civil.h"
#include "base/msgid.h"
#include "base/number.h"
#include "hub/account.h"
#include "hub/account_name.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/history.h"
#include "hub/keep.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/redact.h"
#include "hub/txn.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define PLAY_DEFAULT 20
#define WHEN_BYTES   16 /* of a time: up to the minute */

static bool
has_history(const struct service_call *service_call)
{
    if (service_call->call->hub->config->has_history)
        return true;
    service_say(service_call->call, &histserv, "This server keeps no history");
    return false;
}

/* --- PLAY --- */

/* One line of the service for each line of the message: "[time] [id ]<nick> text". */
static void
show_lines(struct call *call, const struct event *event, bool has_id)
{
    struct buf when;
    buf_init(&when, 32 + MSGID_TEXT_LEN + 1);
    civil_put_iso(&when, event->wall_ms);
    when.len = WHEN_BYTES;
    buf_put(&when, STR("] "));
    if (has_id) {
        char id[MSGID_TEXT_LEN];
        msgid_to_text(event->msgid, id);
        buf_put(&when, (struct str){.ptr = id, .len = sizeof id});
        buf_put_byte(&when, ' ');
    }
    bool is_action = event->param_count > 1 && str_starts_with(event->params[1], STR("\x01"
                                                                                     "ACTION "));
    for (size_t i = 1; i < event->param_count; i++) {
        struct str text = event->params[i];
        if (is_action)
            text = str_skip(text, 8);
        if (is_action && str_ends_with(text, STR("\x01")))
            text = str_take(text, text.len - 1);
        service_say(call, &histserv, "[%.*s%s%.*s%s %.*s", STR_ARG(buf_str(&when)),
                    is_action ? "* " : "<", STR_ARG(event_nick(event)), is_action ? "" : ">",
                    STR_ARG(text));
    }
    buf_deinit(&when);
}

static void
show_with_id(struct call *call, const struct event *event)
{
    show_lines(call, event, true);
}

static void
show(struct call *call, const struct event *event)
{
    show_lines(call, event, false);
}

/* It says why, as far as the asker may know: a nick that nobody has is nothing else than one with
 * whom nothing was talked about. */
static void
show_nothing(struct call *call, struct str target)
{
    const struct channel *channel = channel_find(call->hub, target);
    if (channel == NULL)
        service_say(call, &histserv, "Nothing that you and %.*s have written to each other is kept",
                    STR_ARG(target));
    else if (channel_has_mode(channel, CHANNEL_MODE_NO_HISTORY))
        service_say(call, &histserv,
                    "There is nothing to show: what is said in %.*s is kept "
                    "nowhere (+E)",
                    STR_ARG(target));
    else
        service_say(call, &histserv, "There is nothing to show you of %.*s", STR_ARG(target));
}

/* "50": how many; "2h": since when. False when it is neither. */
static bool
parse_extent(struct call *call, struct str text, struct page_query *query)
{
    uint64_t limit;
    int64_t ms;
    if (number_parse_u64(text, LIMIT_PAGE_EVENTS, &limit)) {
        query->limit = (uint32_t)limit;
        return limit > 0;
    }
    if (text.len == 0 || ascii_is_digit(text.ptr[text.len - 1]) ||
        !number_parse_duration_ms(text, call->hub->now_ms, &ms) || ms == 0)
        return false;
    uint64_t since = msgid_first_at(call->hub->now_ms - ms);
    query->limit = LIMIT_PAGE_EVENTS;
    if (since > query->after)
        query->after = since;
    return true;
}

/* [extent] [IDS]: false when they are something else. */
static bool
parse_play(const struct service_call *service_call, struct page_query *query, bool *wants_ids_out)
{
    size_t count = service_call->word_count;
    bool wants_ids =
        count > 1 && str_equal_ascii_nocase(service_call->words[count - 1], STR("IDS"));
    *wants_ids_out = wants_ids;
    count -= wants_ids ? 1 : 0;
    return count == 1 ||
           (count == 2 && parse_extent(service_call->call, service_call->words[1], query));
}

static void
run_play(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str target = service_call->words[0];
    bool wants_ids;
    struct page_query query = {
        .kind = PAGE_OF_EVENTS,
        .before = PAGE_BEFORE_MAX,
        .is_newest = true,
        .limit = PLAY_DEFAULT,
    };
    struct buf name;
    if (!has_history(service_call))
        return;
    query.after = history_since(call->hub, call->user, target);
    if (!parse_play(service_call, &query, &wants_ids)) {
        service_say(call, &histserv,
                    "PLAY %.*s <how many: 1 to %d, or since when: 30m, 2h, 7d> [IDS]",
                    STR_ARG(target), LIMIT_PAGE_EVENTS);
        return;
    }
    buf_init(&name, HISTORY_NAME_BYTES_MAX);
    if (history_put_target(&name, call, target)) {
        const struct channel *channel = channel_find(call->hub, target);
        query.target = buf_str(&name);
        history_ask(call, &query,
                    &(struct history_request){
                        .command = STR("HISTSERV"),
                        .subcommand = STR("PLAY"),
                        .failure = STR("MESSAGE_ERROR"),
                        .failure_text = STR("Messages could not be retrieved: try again later"),
                        .target = channel == NULL ? target : channel->name,
                        .show_nothing = show_nothing,
                        .show = wants_ids ? show_with_id : show,
                    });
    } else if (history_is_unwanted(call->hub, call->user, target)) {
        service_say(call, &histserv,
                    "Your private messages are not kept for you: dm-history is off (/msg NickServ "
                    "SET dm-history on)");
    } else {
        service_say(call, &histserv,
                    "You can't read %.*s: join the channel, or log in to an account",
                    STR_ARG(target));
    }
    buf_deinit(&name);
}

/* --- DELETE --- */

static void
run_delete(const struct service_call *service_call)
{
    redact_begin(service_call->call, service_call->words[0], service_call->words[1], STR(""),
                 &histserv);
}

/* --- FORGET --- */

static bool
is_own_account(const struct call *call, struct str name)
{
    const struct account *own = account_find(call->hub, call->user->account);
    return own != NULL && account_find(call->hub, name) == own;
}

/* False, and it has been said, when the account is not for the user. Operators name any account,
 * also one that is no more. */
static bool
may_have(const struct service_call *service_call, struct str name, struct folded *folded_out)
{
    struct call *call = service_call->call;
    if (name.len == 0) {
        service_say(call, &histserv, "You are not logged in: /msg NickServ IDENTIFY <password>");
        return false;
    }
    if (!name_is_nick(name) || !name_fold(name, folded_out)) {
        service_say(call, &histserv, "No account can be called %.*s", STR_ARG(name));
        return false;
    }
    if (is_own_account(call, name) || user_may(call->user, PRIVILEGE_BAN))
        return true;
    service_say(call, &histserv, "You are not logged in to %.*s", STR_ARG(name));
    return false;
}

/* What anybody has said under a name, and under those of the account that has it now, if any. */
static void
forget_name(struct hub *hub, const struct account *account, struct str name)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1] = {{.folded = name}};
    size_t count = account == NULL ? 1 : account_list_names(account, names);
    for (size_t i = 0; i < count; i++)
        keep_nothing_from(hub, names[i].folded, 0);
}

static void
run_forget(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct folded folded;
    if (!may_have(service_call, service_call->words[0], &folded))
        return;
    if (!call->hub->config->has_store) {
        service_say(call, &histserv, "This server keeps nothing on disk");
        return;
    }
    struct str name = folded_str(&folded);
    bool is_own = is_own_account(call, name);
    if (!service_is_confirmed_for(service_call, 1, name)) {
        service_say(call, &histserv,
                    "This erases for ever all that %.*s has said and done in channels and in "
                    "private%s; what others have said to it stays theirs. To do it: FORGET %.*s %u",
                    STR_ARG(name), is_own ? "" : ", and whoever had the name before", STR_ARG(name),
                    service_code(call->hub, name));
        return;
    }
    if (!rate_allows_work(call))
        return;
    struct account *account = account_find(call->hub, name);
    if (account != NULL)
        txn_drop_of_account(call->hub, account);
    note(call->hub, call->session, "messages erased", {"account", name}, {"by", call->user->nick});
    if (is_own)
        keep_nothing_of_account(call->hub, account);
    else
        forget_name(call->hub, account, name);
    service_say(call, &histserv, "All that %.*s has said so far is erased", STR_ARG(name));
}

/* --- EXPORT --- */

void
histserv_put_file_name(struct buf *out, struct str account)
{
    for (size_t i = 0; i < account.len; i++) {
        char byte = account.ptr[i];
        if (ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '_' || byte == '-')
            buf_put_byte(out, byte);
        else
            buf_printf(out, "+%02x", (unsigned char)byte);
    }
    buf_put(out, STR(".jsonl"));
}

/* False, and it has been said, when the account is being exported, or was a moment ago. Others have
 * nothing to do with that: whoever exports again and again keeps nobody else from it. */
static bool
may_export(struct call *call, const struct account *account)
{
    if (account == NULL)
        return true;
    if (account->is_exporting) {
        service_say(call, &histserv, "%.*s is being exported: wait until it is done",
                    STR_ARG(account->name));
        return false;
    }
    int64_t since_ms = call->hub->now_ms - account->exported_ms;
    if (account->exported_ms != 0 && since_ms < LIMIT_EXPORT_MS &&
        !user_may(call->user, PRIVILEGE_BAN)) {
        service_say(call, &histserv, "%.*s was exported a moment ago: try again in %lld seconds",
                    STR_ARG(account->name), (long long)(LIMIT_EXPORT_MS - since_ms + 999) / 1000);
        return false;
    }
    return true;
}

static void
run_export(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct folded folded;
    struct str name = service_call->word_count > 0 ? service_call->words[0] : call->user->account;
    if (!may_have(service_call, name, &folded))
        return;
    struct hub *hub = call->hub;
    struct account *account = account_find(hub, name); /* of operators it may be none any more */
    if (!may_export(call, account))
        return;
    struct buf text;
    buf_init(&text, HISTSERV_FILE_BYTES_MAX);
    buf_put(&text, folded_str(&folded));
    if (account != NULL)
        account->is_exporting = true;
    note(hub, call->session, "account exported", {"account", folded_str(&folded)},
         {"by", call->user->nick});
    outbox_ask_about_secret(&hub->outbox, QUESTION_EXPORT, call->session->id, STR(""),
                            buf_str(&text));
    buf_clear(&text);
    histserv_put_file_name(&text, folded_str(&folded));
    service_say(call, &histserv,
                "What %.*s has said and what it may read is being written, to " HISTSERV_FOLDER
                "/%.*s in the server's data folder",
                STR_ARG(folded_str(&folded)), STR_ARG(buf_str(&text)));
    buf_deinit(&text);
}

void
histserv_exported(struct hub *hub, struct str name, enum hub_answer answer)
{
    struct account *account = account_find(hub, name);
    if (account == NULL)
        return; /* it has ended meanwhile, or there was none */
    account->is_exporting = false;
    if (answer != HUB_ANSWER_BUSY)
        account->exported_ms = hub->now_ms;
}

void
histserv_tell_exported(struct call *call, enum hub_answer answer)
{
    switch (answer) {
    case HUB_ANSWER_YES:
        service_say(call, &histserv, "The export is done: ask an administrator for the file");
        break;
    case HUB_ANSWER_NO:
        service_say(call, &histserv, "The export has failed: the server's log says why");
        break;
    case HUB_ANSWER_BUSY:
        service_say(call, &histserv, "The server is busy: try again in a minute");
        break;
    }
}

static const struct service_command commands[] = {
    SERVICE_COMMAND(
        "PLAY", run_play, 1, 3, 0, "<channel or nick> [count | duration] [IDS]",
        "Shows what was said there last, or in the last 30m, 2h or 7d, as lines of this service; "
        "with IDS each with its message id, for DELETE"),
    SERVICE_COMMAND("DELETE", run_delete, 2, 2, 0, "<channel or nick> <message id>",
                    "Deletes a message of yours, or in a channel whose operator you are anybody's"),
    SERVICE_COMMAND("FORGET", run_forget, 1, 2, 0, "<account> [code]",
                    "Erases all that your account has said"),
    SERVICE_COMMAND("EXPORT", run_export, 0, 1, 0, "[account]",
                    "Writes what your account has said and may read into a file on the server"),
};

const struct service histserv = {
    .nick = STR_INIT("HistServ"),
    .about = STR_INIT("HistServ shows and deletes what was said: /msg HistServ <command>"),
    .commands = commands,
    .command_count = ARRAY_LEN(commands),
};
