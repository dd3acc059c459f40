/* CHATHISTORY: what was said. Spec: IRCv3 chathistory. */
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
#include "hub/history.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

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

/* --- asking --- */

/* Without a batch, whose end would say it. */
static void
show_nothing(struct call *call, struct str target)
{
    (void)target;
    reply_notice_format(call, "There is nothing in the history to show you of that");
}

static void
ask(struct call *call, const struct subcommand *subcommand, const struct page_query *query,
    struct str batch_type)
{
    const struct channel *channel = channel_find(call->hub, call_param(call, 1));
    history_ask(call, query,
                &(struct history_request){
                    .command = STR("CHATHISTORY"),
                    .subcommand = subcommand->name,
                    .failure = STR("MESSAGE_ERROR"),
                    .failure_text = STR("Messages could not be retrieved: try again later"),
                    .batch_type = batch_type,
                    .show_nothing = show_nothing,
                    .target = channel == NULL ? call_param(call, 1) : channel->name,
                });
}

static void
ask_for_events(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct buf target;
    buf_init(&target, HISTORY_NAME_BYTES_MAX);
    query->has_all = history_has_events_for(call->session);
    if (history_put_target(&target, call, call_param(call, 1))) {
        query->target = buf_str(&target);
        query->since = history_since(call->hub, call->user, query->target);
        ask(call, subcommand, query, STR("chathistory"));
    } else if (history_is_unwanted(call->hub, call->user, call_param(call, 1))) {
        fail(call, "INVALID_TARGET", subcommand->name, call_param(call, 1),
             "Your private messages are not kept for you: /msg NickServ SET dm-history on");
    } else {
        fail(call, "INVALID_TARGET", subcommand->name, call_param(call, 1),
             "There is no history of that for you: join the channel, or log in");
    }
    buf_deinit(&target);
}

static void
ask_for_targets(struct call *call, const struct subcommand *subcommand, struct page_query *query)
{
    struct history_all all;
    query->kind = PAGE_OF_TARGETS;
    history_all_init(&all, call, query);
    ask(call, subcommand, query, STR("draft/chathistory-targets"));
    history_all_deinit(&all);
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
