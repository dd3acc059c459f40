/* SEARCH: messages by their words. Spec: draft/search, soju.im/search. */
#include "base/buf.h"
#include "base/msgid.h"
#include "base/number.h"
#include "base/server_time.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/history.h"
#include "hub/reply.h"
#include "wire/name.h"
#include "wire/tags.h"

/* A search as it was asked for. */
struct search {
    struct page_query query;
    struct str in;        /* as the client has called it; empty: everywhere */
    struct buf target;    /* what the query has of it */
    struct folded from;   /* likewise */
    struct buf text;      /* likewise */
    struct buf attribute; /* the value of the one in question */
};

static void
fail(struct call *call, const char *code, struct str attribute, const char *text)
{
    call->command = STR("SEARCH");
    refuse(call, &(struct refusal){
                     .code = str_from_nul(code),
                     .context = attribute,
                     .text = str_from_nul(text),
                     .is_always_standard = true,
                 });
}

/* --- attributes: each says itself what is wrong with it --- */

static bool
take_in(struct call *call, struct search *search, struct str value)
{
    buf_clear(&search->target);
    if (!history_put_target(&search->target, call, value)) {
        fail(call, "INVALID_PARAMS", STR("in"),
             history_is_unwanted(call->hub, call->user, value)
                 ? "Your private messages are not kept for you: /msg NickServ SET dm-history on"
                 : "There is no history of that for you: join the channel, or log in");
        return false;
    }
    const struct channel *channel = channel_find(call->hub, value);
    search->in = channel == NULL ? STR("") : channel->name;
    search->query.target = buf_str(&search->target);
    return true;
}

static bool
take_from(struct call *call, struct search *search, struct str value)
{
    if (value.len == 0 || !name_fold(value, &search->from)) {
        fail(call, "INVALID_PARAMS", STR("from"), "That can't be a nick");
        return false;
    }
    search->query.from = folded_str(&search->from);
    return true;
}

/* Both times are part of what is searched. */
static bool
take_time(struct call *call, struct str key, struct str value, int64_t *wall_ms_out)
{
    if (server_time_parse(value, wall_ms_out))
        return true;
    fail(call, "INVALID_PARAMS", key, "Times look like 2027-01-15T08:00:00.000Z");
    return false;
}

static bool
take_after(struct call *call, struct search *search, struct str value)
{
    int64_t wall_ms;
    if (!take_time(call, STR("after"), value, &wall_ms))
        return false;
    uint64_t first = msgid_first_at(wall_ms);
    search->query.after = first == 0 ? 0 : first - 1;
    search->query.is_newest = false;
    return true;
}

static bool
take_before(struct call *call, struct search *search, struct str value)
{
    int64_t wall_ms;
    if (!take_time(call, STR("before"), value, &wall_ms))
        return false;
    search->query.before = msgid_first_at(wall_ms + 1);
    return true;
}

static bool
take_text(struct call *call, struct search *search, struct str value)
{
    (void)call;
    buf_clear(&search->text);
    buf_put(&search->text, value);
    search->query.text = buf_str(&search->text);
    return true;
}

static bool
take_limit(struct call *call, struct search *search, struct str value)
{
    uint64_t limit;
    if (!number_parse_u64(value, UINT32_MAX, &limit) || limit == 0) {
        fail(call, "INVALID_PARAMS", STR("limit"), "That is no number of messages");
        return false;
    }
    search->query.limit = limit < LIMIT_SEARCH_RESULTS ? (uint32_t)limit : LIMIT_SEARCH_RESULTS;
    return true;
}

static const struct {
    struct str key;
    bool (*take)(struct call *call, struct search *search, struct str value);
} attributes[] = {
    {STR_INIT("in"), take_in},       {STR_INIT("from"), take_from},
    {STR_INIT("after"), take_after}, {STR_INIT("before"), take_before},
    {STR_INIT("text"), take_text},   {STR_INIT("limit"), take_limit},
};

static bool
take_attribute(struct call *call, struct search *search, const struct tag *tag)
{
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        if (!str_equal(tag->key, attributes[i].key))
            continue;
        buf_clear(&search->attribute);
        tags_put_unescaped(&search->attribute, tag->raw_value);
        return attributes[i].take(call, search, buf_str(&search->attribute));
    }
    fail(call, "INVALID_PARAMS", tag->key,
         "The attributes are in=, from=, after=, before=, text= and limit=");
    return false;
}

static bool
take_attributes(struct call *call, struct search *search)
{
    struct str rest = call_param(call, 0);
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        if (!take_attribute(call, search, &tag))
            return false;
    }
    return true;
}

/* --- the search --- */

/* The batch is called as the capability is by which the client knows it. */
static struct str
batch_type(const struct session *session)
{
    return (session->caps & CAP(SEARCH)) != 0 || (session->caps & CAP(SOJU_SEARCH)) == 0
               ? STR("draft/search")
               : STR("soju.im/search");
}

static void
show_heading(struct call *call, size_t count)
{
    if (count == 1)
        reply_notice_format(call, "1 message is found:");
    else
        reply_notice_format(call, "%zu messages are found, the newest last:", count);
}

/* target: the channel; empty: everywhere, or in a conversation. */
static void
show_nothing(struct call *call, struct str target)
{
    if (history_is_unwanted(call->hub, call->user, target))
        reply_notice_format(call, "No message is found; your private messages are not kept for "
                                  "you: /msg NickServ SET dm-history on");
    else
        reply_notice_format(call, "No message is found");
}

static void
ask(struct call *call, struct search *search)
{
    struct history_all all = {0};
    if (search->query.target.len == 0)
        history_all_init(&all, call, &search->query);
    else
        search->query.since = history_since(call->hub, call->user, search->query.target);
    history_ask(call, &search->query,
                &(struct history_request){
                    .command = STR("SEARCH"),
                    .failure = STR("INTERNAL_ERROR"),
                    .failure_text = STR("The search could not be run, or took too long: narrow it "
                                        "with in=, from=, after= and before="),
                    .batch_type = batch_type(call->session),
                    .show_heading = show_heading,
                    .show_nothing = show_nothing,
                    .target = search->in,
                });
    history_all_deinit(&all);
}

void
cmd_search(struct call *call)
{
    struct str given = call_param(call, 0);
    if (!call->hub->config->has_history) {
        fail(call, "INTERNAL_ERROR", STR(""), "This server keeps no history");
        return;
    }
    if (given.len == 0) {
        fail(call, "INVALID_PARAMS", STR(""),
             "The attributes are in=, from=, after=, before=, text= and limit=");
        return;
    }
    struct search search = {
        .query =
            {
                .kind = PAGE_OF_FOUND,
                .before = PAGE_BEFORE_MAX,
                .is_newest = true,
                .limit = LIMIT_SEARCH_RESULTS,
            },
    };
    buf_init(&search.target, HISTORY_NAME_BYTES_MAX);
    buf_init(&search.text, given.len);
    buf_init(&search.attribute, given.len);
    if (take_attributes(call, &search))
        ask(call, &search);
    buf_deinit(&search.target);
    buf_deinit(&search.text);
    buf_deinit(&search.attribute);
}
