/*
 * REDACT: takes a message back, or away. The store is asked for the message first, since only it
 * knows whose it is; the session waits for that. Who may is decided when the answer is there: the
 * one whose message it is, and in a channel also half operators and above.
 * Spec: IRCv3 message-redaction.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/msgid.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/account_name.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/filter.h"
#include "hub/history.h"
#include "hub/keep.h"
#include "hub/message.h"
#include "hub/post.h"
#include "hub/redact.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/shield.h"
#include "hub/speech.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* What the session waits for. Strings are owned. */
struct redaction {
    struct slot_id channel; /* none: it is about a conversation */
    struct str target;      /* as the client has called it */
    struct str kept_under;  /* of a conversation: see keep.h */
    struct str reason;
    uint64_t msgid;
    const struct service *service; /* that says when it is done; NULL: none */
};

void
redact_forget(struct session *session)
{
    struct redaction *redaction = session->redaction;
    session->redaction = NULL;
    if (redaction == NULL)
        return;
    str_free(&redaction->target);
    str_free(&redaction->kept_under);
    str_free(&redaction->reason);
    cf_free(redaction);
}

/* --- refusals --- */

static void
refuse_target(struct call *call, struct str target)
{
    call->command = STR("REDACT");
    refuse(call, &(struct refusal){
                     .code = STR("INVALID_TARGET"),
                     .context = target,
                     .text = STR("You can't delete messages there: join the channel, or log in"),
                     .is_always_standard = true,
                 });
}

static void
refuse_message(struct call *call, struct str code, struct str target, uint64_t msgid,
               const char *text)
{
    char id[MSGID_TEXT_LEN];
    msgid_to_text(msgid, id);
    call->command = STR("REDACT");
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = target,
                     .detail = {.ptr = id, .len = sizeof id},
                     .text = str_from_nul(text),
                     .is_always_standard = true,
                 });
}

/* msgid: as the client has written it, which need not be one. */
static void
refuse_unknown(struct call *call, struct str target, struct str msgid)
{
    call->command = STR("REDACT");
    refuse(call, &(struct refusal){
                     .code = STR("UNKNOWN_MSGID"),
                     .context = target,
                     .detail = msgid,
                     .text = STR("This message does not exist, or is not kept any more"),
                     .is_always_standard = true,
                 });
}

static void
refuse_late(struct call *call, const struct redaction *redaction)
{
    char id[MSGID_TEXT_LEN];
    msgid_to_text(redaction->msgid, id);
    struct buf window;
    buf_init(&window, 24);
    buf_put_u64(&window, (uint64_t)call->hub->config->redact_window_ms / 1000);
    call->command = STR("REDACT");
    refuse(call, &(struct refusal){
                     .code = STR("REDACT_WINDOW_EXPIRED"),
                     .context = redaction->target,
                     .detail = {.ptr = id, .len = sizeof id},
                     .more = buf_str(&window),
                     .text = STR("This message is too old to be deleted"),
                     .is_always_standard = true,
                 });
    buf_deinit(&window);
}

/* --- the reason --- */

/* A reason is a text that all see: it may say what a message from this user might. False, and the
 * client told, when nothing is to be done. */
static bool
check_reason(struct call *call, const struct channel *channel, struct str target, uint64_t msgid,
             struct str *reason)
{
    if (reason->len == 0)
        return true;
    const struct message message = {.kind = MESSAGE_NOTICE, .lines = reason, .line_count = 1};
    const struct member *member = channel == NULL ? NULL : user_membership(call->user, channel);
    if (channel != NULL && speech_find_obstacle(call, channel, &message) != NULL) {
        refuse_message(call, STR("REDACT_FORBIDDEN"), channel->name, msgid,
                       "You may not speak here now: leave the reason out");
        return false;
    }
    switch (
        filter_check(call,
                     &(struct filter_text){
                         .target = channel == NULL ? FILTER_IN_PRIVATE : FILTER_IN_CHANNEL,
                         .lines = reason,
                         .line_count = 1,
                         .is_voiced = member != NULL && rank_highest(member->ranks) >= RANK_VOICE,
                         .context = target,
                     })) {
    case FILTER_PASS:
        return true;
    case FILTER_HIDDEN:
        *reason = STR_NONE; /* nobody gets it, and nobody is told so */
        return true;
    case FILTER_BLOCKED:
    case FILTER_ENDED:
        return false;
    }
    cf_unreachable("result of the filter");
}

/* --- asking --- */

/* Asks the store for that one message. */
static void
ask(struct call *call, const struct channel *channel, const struct redaction *asked)
{
    uint64_t msgid = asked->msgid;
    struct redaction *redaction = cf_calloc_array(1, sizeof *redaction);
    struct buf name;
    buf_init(&name, 2 * LIMIT_FOLDED_BYTES + 3);
    if (channel != NULL) {
        redaction->channel = channel->id;
        buf_put(&name, channel->folded_name);
    } else {
        redaction->channel = SLOT_ID_NONE;
        keep_put_conversation(&name, call->hub, call->user, asked->target);
        redaction->kept_under = str_dup(buf_str(&name));
    }
    redaction->target = str_dup(asked->target);
    redaction->reason = str_dup(asked->reason);
    redaction->msgid = msgid;
    redaction->service = asked->service;
    struct page_query query = {
        .kind = PAGE_OF_EVENTS,
        .target = buf_str(&name),
        .after = msgid - 1,
        .before = msgid + 1,
        .has_all = true,
        .limit = 1,
    };
    call->session->redaction = redaction;
    call->session->waiting = WAIT_PAGE;
    outbox_put_question(&call->hub->outbox, &(struct question){
                                                .kind = QUESTION_PAGE,
                                                .session = call->session->id,
                                                .page = page_query_copy(&query),
                                                .ticket = call->hub->outbox.last_ticket,
                                            });
    call->verdict = HUB_WAIT;
    buf_deinit(&name);
}

void
redact_begin(struct call *call, struct str target, struct str msgid_text, struct str reason,
             const struct service *service)
{
    const struct channel *channel = channel_find(call->hub, target);
    bool is_for_channel = name_looks_like_channel(target);
    reason = utf8_take(reason, LIMIT_REASON_BYTES);
    if (is_for_channel ? channel == NULL || user_membership(call->user, channel) == NULL
                       : call->user->account.len == 0 || !name_is_nick(target)) {
        refuse_target(call, target);
        return;
    }
    uint64_t msgid;
    if (!call->hub->config->has_store || !msgid_from_text(msgid_text, &msgid) || msgid == 0 ||
        msgid >= PAGE_BEFORE_MAX) {
        refuse_unknown(call, target, msgid_text);
        return;
    }
    if (check_reason(call, channel, target, msgid, &reason))
        ask(call, channel,
            &(struct redaction){
                .target = target, .reason = reason, .msgid = msgid, .service = service});
}

void
cmd_redact(struct call *call)
{
    redact_begin(call, call_param(call, 0), call_param(call, 1), call_param(call, 2), NULL);
}

/* --- who may --- */

/* Whether the user of the call has said it: with its account, or without one as what it has been
 * called since. */
static bool
is_own(const struct call *call, const struct event *event)
{
    const struct user *user = call->user;
    if (event->account.len == 0)
        return str_equal(event->source, user->prefix) && event->msgid > user->identity_msgid;
    const struct account *account = account_find(call->hub, user->account);
    return account != NULL && account_has_said(account, event);
}

/* Message ids can be guessed, by their times: what the user may not read (QUERY-CUTOFF) is not told
 * apart from what is not there, but to those who may delete it. */
static void
refuse_foreign(struct call *call, const struct channel *channel, const struct redaction *redaction)
{
    struct str kept_at = channel == NULL ? redaction->target : channel->name;
    char id[MSGID_TEXT_LEN];
    msgid_to_text(redaction->msgid, id);
    if (redaction->msgid <= history_since(call->hub, call->user, kept_at))
        refuse_unknown(call, redaction->target, (struct str){.ptr = id, .len = sizeof id});
    else
        refuse_message(call, STR("REDACT_FORBIDDEN"), redaction->target, redaction->msgid,
                       "Only its sender and the operators of the channel can delete this message");
}

/* False, and the client told, when the user of the call may not. channel: NULL: a conversation. */
static bool
may_redact(struct call *call, const struct channel *channel, const struct redaction *redaction,
           const struct event *event)
{
    const struct member *member = channel == NULL ? NULL : user_membership(call->user, channel);
    if (member != NULL && rank_highest(member->ranks) >= RANK_HALFOP)
        return true;
    if (!is_own(call, event)) {
        refuse_foreign(call, channel, redaction);
        return false;
    }
    int64_t window_ms = call->hub->config->redact_window_ms;
    if (window_ms > 0 && call->hub->now_ms - msgid_wall_ms(event->msgid) > window_ms) {
        refuse_late(call, redaction);
        return false;
    }
    return true;
}

/* --- doing it --- */

static struct event *
make_event(struct call *call, const struct redaction *redaction, struct str shown)
{
    char id[MSGID_TEXT_LEN];
    msgid_to_text(redaction->msgid, id);
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_CONTROL, STR("REDACT"));
    const struct str params[] = {shown, {.ptr = id, .len = sizeof id}, redaction->reason};
    spec.params = params;
    spec.param_count = redaction->reason.len > 0 ? 3 : 2;
    spec.is_last_text = redaction->reason.len > 0;
    spec.needs = CAP(MESSAGE_REDACTION);
    spec.origin = call->session->id;
    return event_new(&spec);
}

/* Tells all who could see the message, and the user of the call when it is done on disk. */
static void
redact(struct call *call, const struct channel *channel, const struct redaction *redaction)
{
    struct hub *hub = call->hub;
    const struct user *peer = channel == NULL ? user_find(hub, redaction->target) : NULL;
    struct str shown = channel != NULL ? channel->name
                       : peer != NULL  ? peer->nick
                                       : redaction->target;
    struct event *event = make_event(call, redaction, shown);
    uint64_t ticket =
        keep_no_longer(hub, channel == NULL ? redaction->kept_under : channel->folded_name,
                       redaction->msgid);
    if (channel != NULL) {
        post_to_channel(hub, channel, event);
    } else {
        post_to_user(hub, call->user, event);
        if (peer != NULL && peer != call->user && !shield_silences(peer, call->user))
            post_to_user(hub, peer, event);
    }
    if (redaction->service != NULL)
        service_say(call, redaction->service, "The message is deleted");
    if (!(call->session->caps & CAP(MESSAGE_REDACTION))) {
        event_unref(&event);
        return;
    }
    post_durable_to_session(hub, call->session, event, ticket);
    event_unref(&event);
}

/* Whether the message may be found by the user of the call, as things are now. */
static bool
is_found(const struct call *call, const struct redaction *redaction, const struct page *page)
{
    if (page->count == 0 || page->events[0]->kind != EVENT_MESSAGE ||
        keep_is_gone(call->hub, page->events[0]))
        return false;
    const struct account *account = account_find(call->hub, call->user->account);
    return !slot_id_is_none(redaction->channel) ||
           (account != NULL && redaction->msgid >= msgid_first_at(account->created_ms));
}

void
redact_page_read(struct call *call, const struct page *page)
{
    struct session *session = call->session;
    const struct redaction *redaction = session->redaction;
    assert(redaction != NULL);
    bool is_for_channel = !slot_id_is_none(redaction->channel);
    const struct channel *channel =
        is_for_channel ? slots_find(&call->hub->channels, redaction->channel) : NULL;
    char id[MSGID_TEXT_LEN];
    msgid_to_text(redaction->msgid, id);
    if (is_for_channel && (channel == NULL || user_membership(call->user, channel) == NULL))
        refuse_target(call, redaction->target);
    else if (page == NULL)
        refuse_message(call, STR("TEMPORARILY_UNAVAILABLE"), redaction->target, redaction->msgid,
                       "The message could not be looked up: try again later");
    else if (!is_found(call, redaction, page))
        refuse_unknown(call, redaction->target, (struct str){.ptr = id, .len = sizeof id});
    else if (may_redact(call, channel, redaction, page->events[0]))
        redact(call, channel, redaction);
    redact_forget(session);
    session_resume(call->hub, session);
}
