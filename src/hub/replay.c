/* Replays; see replay.h. */
#include "hub/replay.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/msgid.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/account_name.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/history.h"
#include "hub/keep.h"
#include "hub/page.h"
#include "hub/playback.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* One channel or conversation. */
struct part {
    struct str target; /* owned: as it is kept */
    struct str shown;  /* owned: as the client calls it */
    struct replay_spec spec;
};

struct replay {
    struct part *parts;
    size_t count;
    size_t capacity;
    size_t at;                        /* the one whose page is waited for */
    struct str account;               /* owned: of the user, when it began; empty: none */
    struct replay_spec conversations; /* with limit 0: none are wanted, or they are known */
    bool is_listing;                  /* these are told, not played */
    uint32_t events_left;
    size_t bytes_left;
    uint64_t batch; /* of the page that is waited for; 0: none */
};

/* --- making one --- */

struct replay *
replay_new(const struct call *call)
{
    struct replay *replay = cf_calloc_array(1, sizeof *replay);
    replay->account = str_dup(account_key_of(call->hub, call->user));
    replay->events_left = LIMIT_REPLAY_EVENTS;
    replay->bytes_left = LIMIT_REPLAY_BYTES;
    return replay;
}

void
replay_free(struct replay **replay_ptr)
{
    struct replay *replay = *replay_ptr;
    *replay_ptr = NULL;
    if (replay == NULL)
        return;
    for (size_t i = 0; i < replay->count; i++) {
        str_free(&replay->parts[i].target);
        str_free(&replay->parts[i].shown);
    }
    cf_free(replay->parts);
    str_free(&replay->account);
    cf_free(replay);
}

void
replay_forget(struct session *session)
{
    replay_free(&session->replay);
}

static void
add(struct replay *replay, struct str target, struct str shown, const struct replay_spec *spec)
{
    if (replay->count == LIMIT_REPLAY_TARGETS)
        return;
    replay->parts = cf_array_reserve(replay->parts, &replay->capacity, replay->count + 1,
                                     sizeof *replay->parts);
    replay->parts[replay->count++] =
        (struct part){.target = str_dup(target), .shown = str_dup(shown), .spec = *spec};
}

void
replay_add_channel(struct replay *replay, const struct channel *channel,
                   const struct replay_spec *spec)
{
    add(replay, channel->folded_name, channel->name, spec);
}

void
replay_add_conversation(struct replay *replay, const struct call *call, struct str nick,
                        const struct replay_spec *spec)
{
    struct buf target;
    buf_init(&target, 2 * LIMIT_FOLDED_BYTES + 3);
    keep_put_conversation(&target, call->hub, call->user, nick);
    add(replay, buf_str(&target), nick, spec);
    buf_deinit(&target);
}

void
replay_add_conversations(struct replay *replay, const struct replay_spec *spec)
{
    assert(spec->limit > 0);
    replay->conversations = *spec;
}

void
replay_set_listing(struct replay *replay)
{
    replay->is_listing = true;
}

/* --- asking --- */

/* Whether the user may read it now: it may have left the channel, or its account. */
static bool
may_read(const struct call *call, const struct replay *replay, const struct part *part)
{
    if (!name_looks_like_channel(part->target))
        return history_of_conversations_is_for(call->hub, call->user) &&
               str_equal(account_key_of(call->hub, call->user), replay->account);
    const struct channel *channel = channel_find(call->hub, part->target);
    return channel != NULL && user_membership(call->user, channel) != NULL;
}

static void
ask(struct call *call, const struct page_query *query)
{
    call->session->waiting = WAIT_PAGE;
    outbox_put_question(&call->hub->outbox, &(struct question){
                                                .kind = QUESTION_PAGE,
                                                .session = call->session->id,
                                                .page = page_query_copy(query),
                                                .ticket = call->hub->outbox.last_ticket,
                                            });
    call->verdict = HUB_WAIT;
}

static void
ask_for_conversations(struct call *call, const struct replay *replay)
{
    ask(call, &(struct page_query){
                  .kind = PAGE_OF_TARGETS,
                  .account = replay->account,
                  .after = replay->conversations.after,
                  .before = replay->conversations.before,
                  .since = history_account_since(call->hub, call->user),
                  .is_newest = true,
                  .limit = LIMIT_REPLAY_TARGETS,
              });
}

static void
ask_for_events(struct call *call, struct replay *replay, const struct part *part)
{
    bool is_channel = name_looks_like_channel(part->target);
    replay->batch = call->session->caps & CAP(BATCH) ? ++call->hub->last_batch : 0;
    uint32_t limit = part->spec.limit;
    if (limit > replay->events_left)
        limit = replay->events_left;
    if (limit > call->hub->config->replay_max)
        limit = call->hub->config->replay_max;
    ask(call, &(struct page_query){
                  .kind = PAGE_OF_EVENTS,
                  .target = part->target,
                  .after = part->spec.after,
                  .before = part->spec.before,
                  .since = history_since(call->hub, call->user, part->target),
                  .is_newest = true,
                  .has_all = part->spec.has_joins && is_channel,
                  .limit = limit,
                  .batch = replay->batch,
              });
}

static void
finish(struct call *call, bool is_cut)
{
    if (is_cut)
        reply_notice_format(call, "This is not all: ask for the rest with /msg *playback PLAY "
                                  "<channel or nick> <seconds since 1970>");
    replay_forget(call->session);
}

/* Asks for the next page; without one the replay has ended. */
static void
go_on(struct call *call)
{
    struct replay *replay = call->session->replay;
    if (replay->conversations.limit > 0) {
        ask_for_conversations(call, replay);
        return;
    }
    while (replay->at < replay->count && !may_read(call, replay, &replay->parts[replay->at]))
        replay->at++;
    if (replay->at == replay->count)
        finish(call, false);
    else if (replay->events_left == 0 || replay->bytes_left == 0)
        finish(call, true);
    else
        ask_for_events(call, replay, &replay->parts[replay->at]);
}

void
replay_start(struct call *call, struct replay *replay)
{
    assert(call->session->replay == NULL);
    assert(call->session->waiting == WAIT_NOTHING);
    if (!call->hub->config->has_history) {
        replay_free(&replay);
        return;
    }
    call->session->replay = replay;
    go_on(call);
}

/* --- as the client understands it --- */

/* "[19:24:05] ", with the day when it was not today. */
static void
put_time(struct buf *out, const struct hub *hub, int64_t wall_ms)
{
    struct civil then = civil_from_ms(wall_ms);
    buf_put_byte(out, '[');
    if (hub->now_ms - wall_ms >= DAY_MS)
        buf_printf(out, "%d-%02d-%02d ", (int)then.year, then.month, then.day);
    buf_printf(out, "%02d:%02d:%02d] ", then.hour, then.minute, then.second);
}

/* The text with the time before it, also in an ACTION, as much of it as fits in `len_max`. */
static void
put_timed(struct buf *out, const struct hub *hub, const struct event *event, size_t len_max)
{
    struct str text = event->params[1];
    bool is_action = str_starts_with(text, STR("\x01"
                                               "ACTION "));
    if (is_action) {
        buf_put(out, STR("\x01"
                         "ACTION "));
        text = str_skip(text, sizeof("\x01"
                                     "ACTION ") -
                                  1);
        if (str_ends_with(text, STR("\x01")))
            text.len--;
        len_max--;
    }
    put_time(out, hub, event->wall_ms);
    buf_put(out, utf8_take(text, len_max > out->len ? len_max - out->len : 0));
    if (is_action)
        buf_put_byte(out, '\x01');
}

static struct event_spec
spec_of(const struct event *event)
{
    return (struct event_spec){
        .kind = event->kind,
        .is_bot = event->is_bot,
        .is_operator = event->is_operator,
        .is_last_text = event->is_last_text,
        .needs = event->needs,
        .wall_ms = event->wall_ms,
        .msgid = event->msgid,
        .source = event->source,
        .account = event->account,
        .relayed_by = event->relayed_by,
        .batch = event->batch,
        .command = event->command,
        .client_tags = event->client_tags,
        .joints = event->joints,
        .params = event->params,
        .param_count = event->param_count,
    };
}

/* A copy of a message for that target, with its time in the text unless the client gets it
 * otherwise (the plain door shows times itself). */
static struct event *
copy_message(const struct call *call, const struct event *event, struct str target)
{
    const struct session *session = call->session;
    bool has_time = (session->caps & CAP(SERVER_TIME)) != 0 || session->door_caps != 0;
    struct event_spec spec = spec_of(event);
    struct str *params = cf_calloc_array(event->param_count, sizeof *params);
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < event->param_count; i++)
        params[i] = event->params[i];
    params[0] = target;
    if (!has_time && event->param_count > 1) {
        size_t head = event->source.len + event->command.len + target.len + sizeof(":   :") - 1;
        put_timed(&text, call->hub, event, head < LIMIT_LINE_BYTES ? LIMIT_LINE_BYTES - head : 0);
        params[1] = buf_str(&text);
    }
    spec.params = params;
    struct event *copy = event_new(&spec);
    buf_deinit(&text);
    cf_free(params);
    return copy;
}

static void
put_reason(struct buf *out, struct str reason)
{
    if (reason.len > 0)
        buf_printf(out, " (%.*s)", STR_ARG(reason));
}

/* What happened, in words; empty for what is not worth any. */
static void
put_happening(struct buf *out, const struct event *event)
{
    struct str nick = event_nick(event);
    struct str last = event->param_count > 1 ? event->params[event->param_count - 1] : STR("");
    switch (event->kind) {
    case EVENT_JOIN:
        buf_printf(out, "%.*s joined the channel", STR_ARG(nick));
        break;
    case EVENT_PART:
        buf_printf(out, "%.*s left the channel", STR_ARG(nick));
        put_reason(out, last);
        break;
    case EVENT_QUIT:
        buf_printf(out, "%.*s quit", STR_ARG(nick));
        put_reason(out, event->params[0]);
        break;
    case EVENT_KICK:
        buf_printf(out, "%.*s kicked %.*s", STR_ARG(nick), STR_ARG(event->params[1]));
        put_reason(out, event->param_count > 2 ? last : STR(""));
        break;
    case EVENT_NICK:
        buf_printf(out, "%.*s is %.*s now", STR_ARG(nick), STR_ARG(event->params[0]));
        break;
    case EVENT_TOPIC:
        buf_printf(out, "%.*s set the topic to: %.*s", STR_ARG(nick), STR_ARG(last));
        break;
    case EVENT_MODE:
        buf_printf(out, "%.*s set modes", STR_ARG(nick));
        for (size_t i = 1; i < event->param_count; i++)
            buf_printf(out, " %.*s", STR_ARG(event->params[i]));
        break;
    case EVENT_MESSAGE:
    case EVENT_RENAME:
    case EVENT_INVITE:
    case EVENT_AWAY:
    case EVENT_ACCOUNT:
    case EVENT_SETNAME:
    case EVENT_CHGHOST:
    case EVENT_WALLOPS:
    case EVENT_FLOOR:
    case EVENT_REPLY:
    case EVENT_STANDARD_REPLY:
    case EVENT_CONTROL:
        break;
    }
}

/* A message that says what happened, as much of it as fits; NULL for what is not worth it. */
static struct event *
describe(const struct call *call, const struct event *event, struct str channel)
{
    struct buf text;
    struct buf source;
    buf_init(&text, 2 * LIMIT_LINE_BYTES); /* so that it is cut where a letter ends, below */
    buf_init(&source, LIMIT_MASK_BYTES);
    put_happening(&text, event);
    buf_printf(&source, "HistServ!services@%.*s", STR_ARG(call->hub->config->server_name));
    size_t head = source.len + channel.len + sizeof(": PRIVMSG  :") - 1;
    assert(head < LIMIT_LINE_BYTES);
    struct event *described = NULL;
    if (text.len > 0) {
        struct event_spec spec = {
            .kind = EVENT_MESSAGE,
            .command = STR("PRIVMSG"),
            .source = buf_str(&source),
            .wall_ms = event->wall_ms,
            .batch = event->batch,
            .params =
                (const struct str[]){channel, utf8_take(buf_str(&text), LIMIT_LINE_BYTES - head)},
            .param_count = 2,
            .is_last_text = true,
        };
        struct event *plain = event_new(&spec);
        described = copy_message(call, plain, channel);
        event_unref(&plain);
    }
    buf_deinit(&source);
    buf_deinit(&text);
    return described;
}

static bool
is_own(const struct call *call, const struct event *event)
{
    const struct account *account = account_find(call->hub, call->user->account);
    return event->account.len > 0 && account != NULL
               ? account_has_said(account, event)
               : name_equal(event_nick(event), call->user->nick);
}

/* The event as it is for this session, one reference; NULL: it is not for it. */
static struct event *
show(const struct call *call, const struct part *part, const struct event *event)
{
    bool is_channel = name_looks_like_channel(part->target);
    bool knows_events = history_has_events_for(call->session);
    if (event->kind != EVENT_MESSAGE && knows_events) {
        struct event_spec spec = spec_of(event);
        return event_new(&spec);
    }
    if (event->kind != EVENT_MESSAGE)
        return describe(call, event, part->shown);
    if (event->param_count < 2 && !knows_events)
        return NULL;
    if (is_channel)
        return copy_message(call, event, part->shown);
    if (!is_own(call, event))
        return copy_message(call, event, call->user->nick);
    /* Of what one has written oneself to somebody the plain door would not say to whom. */
    return call->session->door_caps == 0 ? copy_message(call, event, event->params[0]) : NULL;
}

/* --- the pages --- */

static void
send_events(struct call *call, struct replay *replay, const struct page *page)
{
    const struct part *part = &replay->parts[replay->at];
    if (page->count == 0)
        return;
    uint64_t since = history_since(call->hub, call->user, part->target); /* it may be less by now */
    history_send_batch(call, '+', replay->batch, STR("chathistory"), part->shown, false);
    for (size_t i = 0; i < page->count; i++) {
        if (keep_is_gone(call->hub, page->events[i]) || page->events[i]->msgid <= since)
            continue;
        struct event *shown = show(call, part, page->events[i]);
        if (shown != NULL)
            post_to_session(call->hub, call->session, shown);
        event_unref(&shown);
    }
    history_send_batch(call, '-', replay->batch, STR(""), STR(""), false);
    uint32_t count = (uint32_t)page->count;
    replay->events_left -= count < replay->events_left ? count : replay->events_left;
    replay->bytes_left -= page->bytes < replay->bytes_left ? page->bytes : replay->bytes_left;
}

/* The conversations that there are: told, or to be played. */
static void
take_conversations(struct call *call, struct replay *replay, const struct page *page)
{
    struct replay_spec spec = replay->conversations;
    replay->conversations.limit = 0;
    if (!str_equal(account_key_of(call->hub, call->user), replay->account))
        return; /* logged out while the page was read */
    for (size_t i = 0; i < page->target_count; i++) {
        struct str name = page->targets[i].name;
        struct str shown = history_shown_target(call, name);
        if (str_starts_with(shown, STR("~")))
            shown = str_skip(shown, 1);
        if (replay->is_listing)
            playback_say_target(call, shown, msgid_wall_ms(page->targets[i].msgid));
        else
            add(replay, name, shown, &spec);
    }
}

void
replay_page_read(struct call *call, const struct page *page)
{
    struct session *session = call->session;
    struct replay *replay = session->replay;
    session->waiting = WAIT_NOTHING;
    if (page == NULL) {
        reply_notice_format(call, "What was said could not be retrieved: try again later");
        replay_forget(session);
    } else if (replay->conversations.limit > 0) {
        take_conversations(call, replay, page);
        go_on(call);
    } else {
        if (may_read(call, replay, &replay->parts[replay->at]))
            send_events(call, replay, page);
        replay->at++;
        go_on(call);
    }
    if (session->waiting == WAIT_NOTHING) /* else there is one more page */
        post_session_change(call->hub, session, DELIVERY_SESSION_RESUME);
}

/* --- automatically --- */

/* How many lines of each channel the user wants without asking. */
static uint32_t
lines_wanted(const struct call *call)
{
    const struct account *account = account_find(call->hub, call->user->account);
    uint32_t value =
        account == NULL ? SETTING_DEFAULT : account->settings[ACCOUNT_SETTING_AUTOREPLAY_LINES];
    return value == SETTING_DEFAULT ? call->hub->config->autoreplay_lines : value - 1;
}

static bool
wants_joins(const struct call *call)
{
    const struct account *account = account_find(call->hub, call->user->account);
    return account != NULL &&
           account->settings[ACCOUNT_SETTING_REPLAY_JOINS] == REPLAY_JOINS_ALWAYS;
}

/* Whether the client asks for history when it wants some. */
static bool
asks_itself(const struct session *session)
{
    return (session->caps & (CAP(CHATHISTORY) | CAP(ZNC_PLAYBACK))) != 0;
}

void
replay_on_return(struct call *call, int64_t since_ms)
{
    if (asks_itself(call->session) || call->session->waiting != WAIT_NOTHING)
        return;
    uint64_t first = since_ms == 0 ? 0 : msgid_first_at(since_ms);
    struct replay_spec spec = {
        .after = first == 0 ? 0 : first - 1,
        .before = call->hub->last_msgid + 1,
        .limit = since_ms == 0 ? lines_wanted(call) : LIMIT_PAGE_EVENTS,
        .has_joins = wants_joins(call),
    };
    if (spec.limit == 0)
        return;
    struct replay *replay = replay_new(call);
    for (size_t i = 0; i < call->user->membership_count; i++)
        replay_add_channel(replay, call->user->memberships[i].channel, &spec);
    if (since_ms != 0 && history_of_conversations_is_for(call->hub, call->user))
        replay_add_conversations(replay, &spec);
    replay_start(call, replay);
}

void
replay_on_join(struct call *call, size_t first, uint64_t before)
{
    const struct user *user = call->user;
    const struct session *session = call->session;
    if (session->waiting != WAIT_NOTHING)
        return;
    const struct replay_spec lines = {
        .before = before,
        .limit = asks_itself(session) ? 0 : lines_wanted(call),
        .has_joins = wants_joins(call),
    };
    struct replay *replay = replay_new(call);
    for (size_t i = first; i < user->membership_count; i++) {
        const struct channel *channel = user->memberships[i].channel;
        const struct replay_spec *spec = playback_for(call->hub, session, channel);
        if (spec == NULL)
            spec = &lines;
        if (spec->limit > 0)
            replay_add_channel(replay, channel, spec);
    }
    replay_start(call, replay);
}
