/* Questions for pages, and their answers; see history.h. */
#include "hub/history.h"

#include "base/civil.h"
#include "base/msgid.h"
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/keep.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* What a session waits for. */
struct history_wait {
    struct history_request request; /* its target: owned; all else static */
    struct str account;             /* owned: key of the user's, when it asked; empty: none */
    enum page_kind kind;
    uint64_t batch; /* 0: none */
};

void
history_forget(struct session *session)
{
    struct history_wait *wait = session->history;
    session->history = NULL;
    if (wait == NULL)
        return;
    str_free(&wait->request.target);
    str_free(&wait->account);
    cf_free(wait);
}

/* --- where --- */

bool
history_of_conversations_is_for(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    return account != NULL && account->settings[ACCOUNT_SETTING_DM_HISTORY] != SETTING_OFF;
}

bool
history_is_unwanted(const struct hub *hub, const struct user *user, struct str target)
{
    return user->account.len > 0 && !name_looks_like_channel(target) &&
           !history_of_conversations_is_for(hub, user);
}

bool
history_has_events_for(const struct session *session)
{
    const uint64_t needed = CAP(EVENT_PLAYBACK) | CAP(BATCH);
    return (session->caps & needed) == needed;
}

uint64_t
history_account_since(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    uint64_t first = account == NULL ? 0 : msgid_first_at(account->created_ms);
    return first == 0 ? 0 : first - 1;
}

static uint64_t
since_join(const struct channel *channel, const struct member *member)
{
    if (!channel->is_read_from_join)
        return 0;
    uint64_t first = msgid_first_at(member->joined_ms);
    return first == 0 ? 0 : first - 1;
}

uint64_t
history_since(const struct hub *hub, const struct user *user, struct str target)
{
    if (!name_looks_like_channel(target))
        return history_account_since(hub, user);
    const struct channel *channel = channel_find(hub, target);
    const struct member *member = channel == NULL ? NULL : user_membership(user, channel);
    return member == NULL ? 0 : since_join(channel, member);
}

bool
history_put_target(struct buf *out, const struct call *call, struct str target)
{
    if (name_looks_like_channel(target)) {
        const struct channel *channel = channel_find(call->hub, target);
        if (channel == NULL || user_membership(call->user, channel) == NULL)
            return false;
        buf_put(out, channel->folded_name);
        return true;
    }
    if (!history_of_conversations_is_for(call->hub, call->user) || target.len == 0 ||
        target.len > LIMIT_NICK_BYTES + 1)
        return false;
    keep_put_conversation(out, call->hub, call->user, target);
    return true;
}

void
history_all_init(struct history_all *all, const struct call *call, struct page_query *query)
{
    const struct user *user = call->user;
    buf_init(&all->targets, (user->membership_count + 1) * (LIMIT_FOLDED_BYTES + 1));
    buf_init(&all->account, LIMIT_FOLDED_BYTES + 1);
    all->sinces = cf_calloc_array(user->membership_count + 1, sizeof *all->sinces);
    for (size_t i = 0; i < user->membership_count; i++) {
        const struct membership *membership = &user->memberships[i];
        if (i > 0)
            buf_put_byte(&all->targets, ',');
        buf_put(&all->targets, membership->channel->folded_name);
        all->sinces[i] = since_join(membership->channel, membership->member);
    }
    if (history_of_conversations_is_for(call->hub, user))
        buf_put(&all->account, account_key_of(call->hub, user));
    query->targets = buf_str(&all->targets);
    query->sinces = all->sinces;
    query->account = buf_str(&all->account);
    query->since = history_account_since(call->hub, user);
}

void
history_all_deinit(struct history_all *all)
{
    buf_deinit(&all->targets);
    buf_deinit(&all->account);
    cf_free(all->sinces);
    *all = (struct history_all){0};
}

/* --- asking --- */

void
history_ask(struct call *call, const struct page_query *query,
            const struct history_request *request)
{
    struct session *session = call->session;
    struct history_wait *wait = cf_calloc_array(1, sizeof *wait);
    wait->request = *request;
    wait->request.target = str_dup(request->target);
    wait->account = str_dup(account_key_of(call->hub, call->user));
    wait->kind = query->kind;
    if (session->caps & CAP(BATCH))
        wait->batch = ++call->hub->last_batch;
    session->history = wait;
    session->waiting = WAIT_PAGE;
    struct page_query copy = page_query_copy(query);
    copy.batch = wait->batch;
    outbox_put_question(&call->hub->outbox, &(struct question){
                                                .kind = QUESTION_PAGE,
                                                .session = session->id,
                                                .page = copy,
                                                .ticket = call->hub->outbox.last_ticket,
                                            });
    call->verdict = HUB_WAIT;
}

/* --- the answer --- */

void
history_send_batch(struct call *call, char sign, uint64_t batch, struct str type, struct str target,
                   bool is_end)
{
    if (batch == 0)
        return;
    struct buf reference;
    buf_init(&reference, 32);
    buf_put_byte(&reference, sign);
    event_put_batch(&reference, batch);
    struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("BATCH"));
    spec.params = (const struct str[]){buf_str(&reference), type, target};
    spec.param_count = sign == '-' ? 1 : target.len > 0 ? 3 : 2;
    if (is_end)
        spec.client_tags = STR("draft/chathistory-end");
    tell_session(call->hub, call->session, spec);
    buf_deinit(&reference);
}

struct str
history_shown_target(const struct call *call, struct str name)
{
    if (name_looks_like_channel(name)) {
        const struct channel *channel = channel_find(call->hub, name);
        return channel == NULL ? name : channel->name;
    }
    struct str first = str_cut(&name, ' ');
    struct str other = str_equal(first, account_key_of(call->hub, call->user)) ? name : first;
    if (!str_starts_with(other, STR("~"))) {
        const struct account *account = account_find(call->hub, other);
        return account == NULL || name_equal(account->name, other) ? other : account->name;
    }
    const struct user *user = user_find(call->hub, str_skip(other, 1));
    return user != NULL && user->account.len == 0 ? user->nick : other;
}

/* The user may have left the channel, or its account, while the page was read. */
static bool
may_read_target(const struct call *call, const struct history_wait *wait, struct str target)
{
    if (!name_looks_like_channel(target))
        return str_equal(account_key_of(call->hub, call->user), wait->account) &&
               history_of_conversations_is_for(call->hub, call->user);
    const struct channel *channel = channel_find(call->hub, target);
    return channel != NULL && user_membership(call->user, channel) != NULL;
}

/* The same of a message: the user may have come back, or what members read be less, by now. */
static bool
may_read(const struct call *call, const struct history_wait *wait, struct str target,
         uint64_t msgid)
{
    return may_read_target(call, wait, target) &&
           msgid > history_since(call->hub, call->user, target);
}

static void
send_targets(struct call *call, const struct history_wait *wait, const struct page *page)
{
    for (size_t i = 0; i < page->target_count; i++) {
        if (!may_read(call, wait, page->targets[i].name, page->targets[i].msgid))
            continue;
        struct buf time;
        buf_init(&time, 32);
        civil_put_iso(&time, msgid_wall_ms(page->targets[i].msgid));
        struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("CHATHISTORY"));
        const struct str params[] = {STR("TARGETS"),
                                     history_shown_target(call, page->targets[i].name),
                                     buf_str(&time)};
        spec.params = params;
        spec.param_count = ARRAY_LEN(params);
        spec.batch = wait->batch;
        tell_session(call->hub, call->session, spec);
        buf_deinit(&time);
    }
}

static bool
is_shown(const struct call *call, const struct history_wait *wait, const struct event *event)
{
    struct str target = wait->kind == PAGE_OF_FOUND ? event->params[0] : wait->request.target;
    return !keep_is_gone(call->hub, event) && may_read(call, wait, target, event->msgid);
}

static size_t
count_shown(const struct call *call, const struct history_wait *wait, const struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++)
        count += is_shown(call, wait, page->events[i]) ? 1 : 0;
    for (size_t i = 0; i < page->target_count; i++)
        count += may_read(call, wait, page->targets[i].name, page->targets[i].msgid) ? 1 : 0;
    return count;
}

static void
send_page(struct call *call, const struct history_wait *wait, const struct page *page)
{
    const struct history_request *request = &wait->request;
    size_t count = wait->batch == 0 ? count_shown(call, wait, page) : 0;
    if (wait->batch == 0 && count == 0) {
        request->show_nothing(call, request->target);
        return;
    }
    if (count > 0 && request->show_heading != NULL)
        request->show_heading(call, count);
    struct str target = wait->kind == PAGE_OF_EVENTS ? request->target : STR("");
    bool is_end = wait->kind == PAGE_OF_EVENTS && page->is_end;
    history_send_batch(call, '+', wait->batch, request->batch_type, target, is_end);
    send_targets(call, wait, page);
    for (size_t i = 0; i < page->count; i++) {
        if (is_shown(call, wait, page->events[i]))
            post_to_session(call->hub, call->session, page->events[i]);
    }
    history_send_batch(call, '-', wait->batch, request->batch_type, target, false);
    if (count > 0 && request->show_heading != NULL)
        reply_notice_format(call, "End of what was found");
}

/* The same without a batch, each message as the asker wants it. */
static void
show_page(struct call *call, const struct history_wait *wait, const struct page *page)
{
    if (count_shown(call, wait, page) == 0)
        wait->request.show_nothing(call, wait->request.target);
    for (size_t i = 0; i < page->count; i++) {
        if (is_shown(call, wait, page->events[i]))
            wait->request.show(call, page->events[i]);
    }
}

static void
fail(struct call *call, struct str code, const struct history_request *request, struct str text)
{
    call->command = request->command;
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = request->subcommand,
                     .detail = request->target,
                     .text = text,
                     .is_always_standard = true,
                 });
}

void
history_page_read(struct call *call, const struct page *page)
{
    struct session *session = call->session;
    const struct history_wait *wait = session->history;
    assert(wait != NULL);
    assert(wait->request.show_nothing != NULL);
    const struct history_request *request = &wait->request;
    if (page == NULL)
        fail(call, request->failure, request, request->failure_text);
    else if (wait->kind != PAGE_OF_TARGETS && request->target.len > 0 &&
             !may_read_target(call, wait, request->target))
        fail(call, STR("INVALID_TARGET"), request,
             STR("You have left that channel, or your account, while it was looked up"));
    else if (request->show != NULL)
        show_page(call, wait, page);
    else
        send_page(call, wait, page);
    history_forget(session);
    session_resume(call->hub, session);
}
