/*
 * CHATHISTORY: what was said. The command asks the store for a page, and the session waits for it.
 * Spec: IRCv3 chathistory, chathistory-end.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/msgid.h"
#include "base/number.h"
#include "base/server_time.h"
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/keep.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* What the session waits for. */
struct history_request {
    enum page_kind kind;
    struct str subcommand; /* static */
    struct str target;     /* owned: as the client has called it */
    uint64_t batch;        /* 0: none */
};

/* How a subcommand makes a range of its references. */
enum history_way {
    HISTORY_LATEST,
    HISTORY_BEFORE,
    HISTORY_AFTER,
    HISTORY_AROUND,
    HISTORY_BETWEEN,
    HISTORY_TARGETS,
};

struct subcommand {
    struct str name;
    enum history_way way;
    size_t param_count; /* with its own name and the limit */
};

static const struct subcommand subcommands[] = {
    {STR_INIT("LATEST"), HISTORY_LATEST, 4},   {STR_INIT("BEFORE"), HISTORY_BEFORE, 4},
    {STR_INIT("AFTER"), HISTORY_AFTER, 4},     {STR_INIT("AROUND"), HISTORY_AROUND, 4},
    {STR_INIT("BETWEEN"), HISTORY_BETWEEN, 5}, {STR_INIT("TARGETS"), HISTORY_TARGETS, 4},
};

void
history_forget(struct session *session)
{
    struct history_request *request = session->history;
    session->history = NULL;
    if (request == NULL)
        return;
    str_free(&request->target);
    cf_free(request);
}

static void
fail(struct call *call, const char *code, struct str subcommand, struct str detail,
     const char *text)
{
    call->command = STR("CHATHISTORY");
    refuse(call, &(struct refusal){
                     .code = str_from_nul(code),
                     .context = subcommand,
                     .detail = detail,
                     .text = str_from_nul(text),
                     .is_always_standard = true,
                 });
}

/* --- references --- */

/* A place between messages, or one that is a message. */
struct reference {
    uint64_t after;  /* what is above this is after it */
    uint64_t before; /* what is below this is before it */
};

enum reference_result {
    REFERENCE_OK,
    REFERENCE_BAD,
    REFERENCE_UNKNOWN_TYPE,
};

static enum reference_result
read_reference(struct str text, struct reference *reference_out)
{
    struct str value = text;
    struct str type = str_cut(&value, '=');
    if (value.ptr == NULL)
        return REFERENCE_BAD;
    if (str_equal(type, STR("msgid"))) {
        uint64_t id;
        if (!msgid_from_text(value, &id) || id > PAGE_BEFORE_MAX)
            return REFERENCE_BAD;
        *reference_out = (struct reference){.after = id, .before = id};
        return REFERENCE_OK;
    }
    if (str_equal(type, STR("timestamp"))) {
        int64_t wall_ms;
        if (!server_time_parse(value, &wall_ms))
            return REFERENCE_BAD;
        uint64_t next = msgid_first_at(wall_ms + 1);
        *reference_out = (struct reference){
            .after = next == 0 ? 0 : next - 1,
            .before = msgid_first_at(wall_ms),
        };
        return REFERENCE_OK;
    }
    return REFERENCE_UNKNOWN_TYPE;
}

/* False, and the client told, when a parameter is no reference. */
static bool
take_reference(struct call *call, const struct subcommand *subcommand, size_t index,
               struct reference *reference_out)
{
    struct str text = call_param(call, index);
    switch (read_reference(text, reference_out)) {
    case REFERENCE_OK:
        break;
    case REFERENCE_BAD:
        fail(call, "INVALID_PARAMS", subcommand->name, text,
             "That is no msgid=<id> and no timestamp=YYYY-MM-DDThh:mm:ss.sssZ");
        return false;
    case REFERENCE_UNKNOWN_TYPE:
        fail(call, "INVALID_MSGREFTYPE", subcommand->name, call_param(call, 1),
             "Messages are referred to by msgid= or timestamp= here");
        return false;
    }
    if (subcommand->way == HISTORY_TARGETS && str_starts_with(text, STR("msgid="))) {
        fail(call, "INVALID_PARAMS", subcommand->name, text, "Targets are listed by timestamp=");
        return false;
    }
    return true;
}

/* From the first reference on, towards the second. */
static void
set_between(struct page_query *query, const struct reference *first, const struct reference *second)
{
    query->is_newest = first->before > second->before;
    query->after = query->is_newest ? second->after : first->after;
    query->before = query->is_newest ? first->before : second->before;
}

/* False, and the client told, when the parameters make no range. */
static bool
take_range(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct reference first;
    struct reference second;
    size_t index = subcommand->way == HISTORY_TARGETS ? 1 : 2;
    query->before = PAGE_BEFORE_MAX;
    if (subcommand->way == HISTORY_LATEST && str_equal(call_param(call, index), STR("*"))) {
        query->is_newest = true;
        return true;
    }
    if (!take_reference(call, subcommand, index, &first))
        return false;
    switch (subcommand->way) {
    case HISTORY_LATEST:
        query->is_newest = true;
        query->after = first.after;
        return true;
    case HISTORY_BEFORE:
        query->is_newest = true;
        query->before = first.before;
        return true;
    case HISTORY_AFTER:
        query->after = first.after;
        return true;
    case HISTORY_AROUND:
        query->around = first.before == 0 ? 1 : first.before;
        return true;
    case HISTORY_BETWEEN:
    case HISTORY_TARGETS:
        if (!take_reference(call, subcommand, index + 1, &second))
            return false;
        set_between(query, &first, &second);
        return true;
    }
    cf_unreachable("way of history");
}

/* --- targets --- */

bool
history_of_conversations_is_for(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    return account != NULL && account->settings[ACCOUNT_SETTING_DM_HISTORY] != SETTING_OFF;
}

/* The name under which the target's messages are kept; false when the user may not read them. */
static bool
put_target(struct call *call, struct str target, struct buf *out)
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

/* All channels of the user. */
static void
put_channels(const struct user *user, struct buf *out)
{
    for (size_t i = 0; i < user->membership_count; i++) {
        if (i > 0)
            buf_put_byte(out, ',');
        buf_put(out, user->memberships[i].channel->folded_name);
    }
}

/* --- asking --- */

uint64_t
history_account_since(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    uint64_t first = account == NULL ? 0 : msgid_first_at(account->created_ms);
    return first == 0 ? 0 : first - 1;
}

static void
ask(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct session *session = call->session;
    struct history_request *request = cf_calloc_array(1, sizeof *request);
    request->kind = query->kind;
    request->subcommand = subcommand->name;
    const struct channel *channel = channel_find(call->hub, call_param(call, 1));
    request->target = str_dup(channel == NULL ? call_param(call, 1) : channel->name);
    if (session->caps & CAP(BATCH))
        request->batch = ++call->hub->last_batch;
    query->batch = request->batch;
    session->history = request;
    session->waiting = WAIT_PAGE;
    outbox_put_question(&call->hub->outbox, &(struct question){
                                                .kind = QUESTION_PAGE,
                                                .session = session->id,
                                                .page = page_query_copy(query),
                                                .ticket = call->hub->outbox.last_ticket,
                                            });
    call->verdict = HUB_WAIT;
}

static void
ask_for_events(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct buf target;
    buf_init(&target, 2 * LIMIT_FOLDED_BYTES + 3);
    query->has_all = (call->session->caps & CAP(EVENT_PLAYBACK)) != 0;
    if (put_target(call, call_param(call, 1), &target)) {
        query->target = buf_str(&target);
        if (!name_looks_like_channel(query->target))
            query->since = history_account_since(call->hub, call->user);
        ask(call, subcommand, query);
    } else {
        fail(call, "INVALID_TARGET", subcommand->name, call_param(call, 1),
             "There is no history of that for you: join the channel, or log in");
    }
    buf_deinit(&target);
}

static void
ask_for_targets(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct buf targets;
    struct folded folded;
    buf_init(&targets, (call->user->membership_count + 1) * (LIMIT_FOLDED_BYTES + 1));
    put_channels(call->user, &targets);
    query->kind = PAGE_OF_TARGETS;
    query->targets = buf_str(&targets);
    query->since = history_account_since(call->hub, call->user);
    if (history_of_conversations_is_for(call->hub, call->user) &&
        name_fold(call->user->account, &folded))
        query->account = folded_str(&folded);
    ask(call, subcommand, query);
    buf_deinit(&targets);
}

static const struct subcommand *
find_subcommand(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++) {
        if (str_equal_ascii_nocase(name, subcommands[i].name))
            return &subcommands[i];
    }
    return NULL;
}

void
cmd_chathistory(struct call *call)
{
    const struct subcommand *subcommand = find_subcommand(call_param(call, 0));
    struct str given = call_param(call, 0);
    size_t count = call->msg->param_count;
    if (subcommand == NULL) {
        fail(call, "INVALID_PARAMS", given.len == 0 ? STR("*") : given, STR(""),
             "The subcommands are LATEST, BEFORE, AFTER, AROUND, BETWEEN and TARGETS");
        return;
    }
    if (count != subcommand->param_count) {
        fail(call, "INVALID_PARAMS", subcommand->name, STR(""),
             count < subcommand->param_count ? "Insufficient parameters" : "Too many parameters");
        return;
    }
    if (!call->hub->config->has_history) {
        fail(call, "MESSAGE_ERROR", subcommand->name, call_param(call, 1),
             "This server keeps no history");
        return;
    }
    struct page_query query = {.limit = 0};
    uint64_t limit;
    if (!number_parse_u64(call_param(call, count - 1), UINT32_MAX, &limit) || limit == 0) {
        fail(call, "INVALID_PARAMS", subcommand->name, call_param(call, count - 1),
             "That is no number of messages");
        return;
    }
    query.limit = limit < LIMIT_PAGE_EVENTS ? (uint32_t)limit : LIMIT_PAGE_EVENTS;
    if (!take_range(call, subcommand, &query))
        return;
    if (subcommand->way == HISTORY_TARGETS)
        ask_for_targets(call, subcommand, &query);
    else
        ask_for_events(call, subcommand, &query);
}

/* --- the answer --- */

/* BATCH +ref type [target], the answer itself; or BATCH -ref. */
static void
send_batch(struct call *call, char sign, const struct history_request *request, bool is_end)
{
    if (request->batch == 0)
        return;
    bool has_target = request->kind == PAGE_OF_EVENTS;
    struct buf reference;
    buf_init(&reference, 32);
    buf_put_byte(&reference, sign);
    event_put_batch(&reference, request->batch);
    struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("BATCH"));
    spec.params = (const struct str[]){
        buf_str(&reference),
        has_target ? STR("chathistory") : STR("draft/chathistory-targets"),
        request->target,
    };
    spec.param_count = sign == '-' ? 1 : has_target ? 3 : 2;
    if (is_end && has_target)
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
    struct folded own;
    bool folds = name_fold(call->user->account, &own);
    struct str first = str_cut(&name, ' ');
    return folds && str_equal(first, folded_str(&own)) ? name : first;
}

static void
send_targets(struct call *call, const struct history_request *request, const struct page *page)
{
    for (size_t i = 0; i < page->target_count; i++) {
        struct buf time;
        buf_init(&time, 32);
        civil_put_iso(&time, msgid_wall_ms(page->targets[i].msgid));
        struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("CHATHISTORY"));
        const struct str params[] = {STR("TARGETS"),
                                     history_shown_target(call, page->targets[i].name),
                                     buf_str(&time)};
        spec.params = params;
        spec.param_count = ARRAY_LEN(params);
        spec.batch = request->batch;
        tell_session(call->hub, call->session, spec);
        buf_deinit(&time);
    }
}

/* The user may have left the channel while the page was read. */
static bool
may_still_read(const struct call *call, const struct history_request *request)
{
    if (request->kind == PAGE_OF_TARGETS || !name_looks_like_channel(request->target))
        return true;
    const struct channel *channel = channel_find(call->hub, request->target);
    return channel != NULL && user_membership(call->user, channel) != NULL;
}

static void
send_page(struct call *call, const struct history_request *request, const struct page *page)
{
    send_batch(call, '+', request, page->is_end);
    send_targets(call, request, page);
    for (size_t i = 0; i < page->count; i++) {
        if (!keep_is_redacted(call->hub, page->events[i]->msgid))
            post_to_session(call->hub, call->session, page->events[i]);
    }
    send_batch(call, '-', request, false);
}

void
history_page_read(struct call *call, const struct page *page)
{
    struct session *session = call->session;
    const struct history_request *request = session->history;
    assert(request != NULL);
    if (page == NULL)
        fail(call, "MESSAGE_ERROR", request->subcommand, request->target,
             "Messages could not be retrieved: try again later");
    else if (may_still_read(call, request))
        send_page(call, request, page);
    else
        fail(call, "INVALID_TARGET", request->subcommand, request->target,
             "You have left that channel");
    history_forget(session);
    session_resume(call->hub, session);
}
