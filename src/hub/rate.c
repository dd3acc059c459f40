/* Limits of how often; see rate.h. */
#include "hub/rate.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define US_PER_MS      1000
#define LIST_COST      5
#define WHO_COST       2
#define SEARCH_COST    10
#define WORK_COST      100
#define ITEMS_PER_COST 1000 /* that LIST and WHO look at */
#define TEXT_BYTES_MAX 200

/* With whom a user has spoken of late: a ring. */
struct recent_targets {
    struct slot_id users[LIMIT_RECENT_TARGETS];
    uint32_t next;
};

/* --- buckets --- */

int64_t
rate_take(int64_t now_ms, int64_t *full_us, const struct hub_rate *rate, uint32_t cost)
{
    assert(cost > 0);
    if (rate->count == 0)
        return 0;
    assert(rate->period_ms > 0);
    int64_t period_us = rate->period_ms * US_PER_MS;
    int64_t each_us = period_us / rate->count;
    int64_t now_us = now_ms * US_PER_MS;
    int64_t missing_us = *full_us > now_us ? *full_us - now_us : 0;
    int64_t over_us = missing_us + each_us - period_us;
    if (over_us > 0 && missing_us > 0)
        return (over_us + US_PER_MS - 1) / US_PER_MS;
    int64_t units = cost < rate->count ? cost : rate->count;
    *full_us = now_us + missing_us + units * each_us;
    return 0;
}

void
rate_put_wait(struct buf *out, int64_t wait_ms)
{
    int64_t wait_s = (wait_ms + 999) / 1000;
    buf_printf(out, wait_s == 1 ? "%lld second" : "%lld seconds", (long long)wait_s);
}

static void
refuse_for(struct call *call, int64_t wait_ms, const char *what, struct str about)
{
    struct buf seconds;
    struct buf text;
    buf_init(&seconds, 24);
    buf_init(&text, TEXT_BYTES_MAX);
    buf_put_u64(&seconds, (uint64_t)(wait_ms + 999) / 1000);
    buf_printf(&text, about.len > 0 ? "%s (%.*s): try again in " : "%s%.*s: try again in ", what,
               STR_ARG(about));
    rate_put_wait(&text, wait_ms);
    if (call->session->caps & CAP(STANDARD_REPLIES)) {
        refuse(call, &(struct refusal){
                         .code = STR("RATE_LIMITED"),
                         .context = buf_str(&seconds),
                         .text = buf_str(&text),
                     });
    } else {
        reply_text(call, RPL_TRYAGAIN, call->command, buf_str(&text));
    }
    buf_deinit(&seconds);
    buf_deinit(&text);
}

/* Operators hear of it once in a while for each kind. */
static void
tell_operators(struct call *call, enum rate_kind kind, struct str about)
{
    static const struct str names[RATE_COUNT] = {
        [RATE_JOINS] = STR_INIT("joins"),
        [RATE_NICKS] = STR_INIT("nick_changes"),
        [RATE_TARGETS] = STR_INIT("new_contacts"),
        [RATE_INVITES] = STR_INIT("invitations"),
        [RATE_PROFILE] = STR_INIT("profile_changes"),
        [RATE_QUERIES] = STR_INIT("queries"),
        [RATE_LISTS] = STR_INIT("list_entries"),
        [RATE_OPERS] = STR_INIT("oper_attempts"),
    };
    struct buf before;
    buf_init(&before, 64);
    if (server_notice_is_due(call->hub, &call->hub->floods[kind], &before))
        server_notify(call->hub, SERVER_NOTICE_FLOODS,
                      "Flood: %.*s [%.*s] meets rates.%.*s with %.*s%s%.*s%.*s",
                      STR_ARG(call->user->prefix), STR_ARG(call->session->address),
                      STR_ARG(names[kind]), STR_ARG(call->command), about.len > 0 ? " " : "",
                      STR_ARG(about.len > 0 ? about : STR("")), STR_ARG(buf_str(&before)));
    buf_deinit(&before);
}

static int64_t
take(struct call *call, enum rate_kind kind, uint32_t cost, struct str about)
{
    struct user *user = call->user;
    if (user == NULL || user_is_operator(user))
        return 0;
    if (user->rates_us == NULL)
        user->rates_us = cf_calloc_array(RATE_COUNT, sizeof *user->rates_us);
    int64_t wait_ms =
        rate_take(call->hub->now_ms, &user->rates_us[kind], &call->hub->config->rates[kind], cost);
    if (wait_ms > 0)
        tell_operators(call, kind, about);
    return wait_ms;
}

int64_t
rate_wait_ms(struct call *call, enum rate_kind kind, struct str about)
{
    return take(call, kind, 1, about);
}

static bool
allows(struct call *call, enum rate_kind kind, uint32_t cost, const char *what, struct str about)
{
    int64_t wait_ms = take(call, kind, cost, about);
    if (wait_ms > 0)
        refuse_for(call, wait_ms, what, about);
    return wait_ms == 0;
}

bool
rate_allows(struct call *call, enum rate_kind kind, const char *what, struct str about)
{
    return allows(call, kind, 1, what, about);
}

static uint32_t
cost_of_members(const struct channel *channel)
{
    return 1 + (channel == NULL ? 0 : channel->member_count / ITEMS_PER_COST);
}

bool
rate_allows_join(struct call *call, struct str name, const struct channel *channel)
{
    return allows(call, RATE_JOINS, cost_of_members(channel), "You join channels too fast", name);
}

/* What is looked at counts: LIST all channels, for each mask; WHO all users, or, as NAMES does,
 * those in a channel. */
static uint32_t
query_cost(const struct call *call)
{
    const struct hub *hub = call->hub;
    struct str first = call_param(call, 0);
    if (str_equal(call->command, STR("LIST"))) {
        uint32_t masks = 1;
        for (size_t i = 0; i < first.len; i++)
            masks += first.ptr[i] == ',' ? 1 : 0;
        return LIST_COST + masks * (hub->channels.count / ITEMS_PER_COST);
    }
    if (str_equal(call->command, STR("SEARCH")))
        return SEARCH_COST;
    bool is_who = str_equal(call->command, STR("WHO"));
    if (is_who && !name_looks_like_channel(first))
        return WHO_COST + hub->users.count / ITEMS_PER_COST;
    if (is_who || str_equal(call->command, STR("NAMES")) ||
        str_equal(call->command, STR("METADATA")))
        return cost_of_members(channel_find(hub, str_take(first, str_find_byte(first, ','))));
    return 1;
}

int64_t
rate_query_wait_ms(struct call *call)
{
    return take(call, RATE_QUERIES, query_cost(call), STR_NONE);
}

bool
rate_allows_query(struct call *call)
{
    return allows(call, RATE_QUERIES, query_cost(call), "You ask for too much at a time", STR_NONE);
}

bool
rate_allows_work(struct call *call)
{
    return allows(call, RATE_QUERIES, WORK_COST, "You ask for too much at a time", STR_NONE);
}

/* --- whom one writes to --- */

static bool
has_target(const struct user *user, struct slot_id target)
{
    if (user->recent_targets == NULL)
        return false;
    for (size_t i = 0; i < LIMIT_RECENT_TARGETS; i++) {
        if (slot_id_equal(user->recent_targets->users[i], target))
            return true;
    }
    return false;
}

static void
add_target(struct user *user, struct slot_id target)
{
    if (has_target(user, target))
        return;
    if (user->recent_targets == NULL) {
        user->recent_targets = cf_calloc_array(1, sizeof *user->recent_targets);
        for (size_t i = 0; i < LIMIT_RECENT_TARGETS; i++)
            user->recent_targets->users[i] = SLOT_ID_NONE;
    }
    struct recent_targets *recent = user->recent_targets;
    recent->users[recent->next] = target;
    recent->next = (recent->next + 1) % LIMIT_RECENT_TARGETS;
}

static bool
share_a_channel(const struct user *a, const struct user *b)
{
    for (size_t i = 0; i < a->membership_count; i++) {
        if (user_membership(b, a->memberships[i].channel) != NULL)
            return true;
    }
    return false;
}

/* A newcomer may write to those with whom it shares a channel, and to operators, for help. */
static bool
may_write_as_newcomer(struct call *call, const struct user *user)
{
    int64_t wait_ms =
        call->user->signed_on_ms + call->hub->config->newcomer_wait_ms - call->hub->now_ms;
    if (wait_ms <= 0 || user_is_operator(user) || share_a_channel(call->user, user))
        return true;
    refuse_for(call, wait_ms,
               "Newcomers can write to people in their channels and to operators only", user->nick);
    return false;
}

bool
rate_allows_message_to(struct call *call, struct user *user)
{
    const struct hub_config *config = call->hub->config;
    bool is_off = config->rates[RATE_TARGETS].count == 0 && config->newcomer_wait_ms == 0;
    if (is_off || user == call->user || user_is_operator(call->user))
        return true;
    if (!has_target(call->user, user->id)) {
        if (!may_write_as_newcomer(call, user) ||
            !rate_allows(call, RATE_TARGETS, "You write to too many people", user->nick))
            return false;
        add_target(call->user, user->id);
    }
    add_target(user, call->user->id);
    return true;
}

void
rate_forget(struct user *user)
{
    cf_free(user->rates_us);
    user->rates_us = NULL;
    cf_free(user->recent_targets);
    user->recent_targets = NULL;
}

/* --- registration --- */

int64_t
rate_registration_wait_ms(struct hub *hub)
{
    return rate_take(hub->now_ms, &hub->registrations_us, &hub->config->registrations, 1);
}
