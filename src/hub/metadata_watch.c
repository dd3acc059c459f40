/* Who is told of metadata; see metadata_watch.h. */
#include "hub/metadata_watch.h"

#include "base/alloc.h"
#include "hub/account.h"
#include "hub/answer_batch.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/monitor.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>
#include <string.h>

#define EITHER (CAP(METADATA_2) | CAP(METADATA_3))

struct metadata_interest {
    struct str *keys; /* owned */
    size_t count;
    size_t capacity;
    uint64_t mark; /* of what it was told last: each session is told once */
};

bool
metadata_speaks_3(const struct session *session)
{
    return (session->caps & CAP(METADATA_3)) != 0;
}

/* --- subscriptions --- */

size_t
metadata_subscription_count(const struct session *session)
{
    return session->metadata_interest == NULL ? 0 : session->metadata_interest->count;
}

struct str
metadata_subscription_at(const struct session *session, size_t index)
{
    assert(index < metadata_subscription_count(session));
    return session->metadata_interest->keys[index];
}

/* Its place; the count when it is not there. */
static size_t
find_subscription(const struct session *session, struct str key)
{
    size_t count = metadata_subscription_count(session);
    size_t at = 0;
    while (at < count && !str_equal(metadata_subscription_at(session, at), key))
        at++;
    return at;
}

bool
metadata_is_subscribed(const struct session *session, struct str key)
{
    return find_subscription(session, key) < metadata_subscription_count(session);
}

bool
metadata_subscribe(struct hub *hub, struct session *session, struct str key)
{
    assert(metadata_key_is_valid(key));
    struct metadata_interest *interest = session->metadata_interest;
    if (metadata_subscription_count(session) >= LIMIT_METADATA_SUBS)
        return false;
    if (metadata_is_subscribed(session, key))
        return true;
    if (interest == NULL) {
        interest = cf_calloc_array(1, sizeof *interest);
        session->metadata_interest = interest;
        hub->metadata_watcher_count++;
    }
    interest->keys = cf_array_reserve(interest->keys, &interest->capacity, interest->count + 1,
                                      sizeof *interest->keys);
    interest->keys[interest->count++] = str_dup(key);
    return true;
}

void
metadata_forget_session(struct hub *hub, struct session *session)
{
    struct metadata_interest *interest = session->metadata_interest;
    if (interest == NULL)
        return;
    for (size_t i = 0; i < interest->count; i++)
        str_free(&interest->keys[i]);
    cf_free(interest->keys);
    cf_free(interest);
    session->metadata_interest = NULL;
    assert(hub->metadata_watcher_count > 0);
    hub->metadata_watcher_count--;
}

void
metadata_unsubscribe(struct hub *hub, struct session *session, struct str key)
{
    size_t at = find_subscription(session, key);
    if (at == metadata_subscription_count(session))
        return;
    struct metadata_interest *interest = session->metadata_interest;
    str_free(&interest->keys[at]);
    interest->count--;
    memmove(interest->keys + at, interest->keys + at + 1,
            (interest->count - at) * sizeof *interest->keys);
    if (interest->count == 0)
        metadata_forget_session(hub, session);
}

static bool
is_watching(const struct session *session)
{
    return session->metadata_interest != NULL && (session->caps & EITHER) != 0;
}

/* --- what is said --- */

/* RPL_KEYVALUE or RPL_KEYNOTSET; params has room for five. */
static struct event_spec
numeric_spec(const struct hub *hub, enum numeric numeric, struct str client, struct str target,
             struct str key, struct str value, struct str *params)
{
    size_t count = 0;
    params[count++] = client;
    params[count++] = target;
    params[count++] = key;
    if (numeric != RPL_KEYNOTSET)
        params[count++] = STR("*"); /* all may see it */
    params[count++] = value;
    return (struct event_spec){
        .kind = EVENT_REPLY,
        .numeric = (uint16_t)numeric,
        .source = hub->config->server_name,
        .wall_ms = hub->now_ms,
        .params = params,
        .param_count = count,
        .is_last_text = true,
    };
}

/*
 * METADATA target key visibility [value]: without the value when the key is not set any more.
 * SPEC: the source may be who has changed it; here it is always the server, so that a value that
 * fits into an answer fits into this.
 */
static struct event_spec
message_spec(struct hub *hub, struct str target, struct str key, struct str value,
             struct str *params)
{
    params[0] = target;
    params[1] = key;
    params[2] = STR("*");
    params[3] = value;
    struct event_spec spec = spec_from_server(hub, EVENT_CONTROL, STR("METADATA"));
    spec.params = params;
    spec.param_count = value.len > 0 ? 4 : 3;
    spec.is_last_text = value.len > 0;
    return spec;
}

void
metadata_reply(struct hub *hub, const struct session *session, enum numeric numeric,
               struct str target, struct str key, struct str value)
{
    struct str params[5];
    if (numeric == RPL_KEYNOTSET)
        value = text_in(session->language, numeric_text(numeric));
    tell_session(hub, session,
                 numeric_spec(hub, numeric, session_client_name(session), target, key, value,
                              params));
}

/* The same in the words of the session, in a batch or when it has joined. */
static void
show_value(struct hub *hub, const struct session *session, struct str target,
           const struct metadata_entry *entry)
{
    struct str params[5];
    if (metadata_speaks_3(session))
        metadata_reply(hub, session, RPL_KEYVALUE, target, entry->key, entry->value);
    else
        tell_session(hub, session, message_spec(hub, target, entry->key, entry->value, params));
}

/* One change, in both wordings: made once for all who are told. */
struct telling {
    struct hub *hub;
    struct event *numeric; /* draft/metadata-3 */
    struct event *message; /* draft/metadata-2 */
    struct str key;
    const struct session *origin; /* is not told */
    uint64_t mark;
};

static void
telling_begin(struct telling *telling, struct hub *hub, struct str target, struct str key,
              struct str value)
{
    struct str params[5];
    bool is_set = value.len > 0;
    /* The same line for all, as MONITOR has it: "*" in the place of the client. */
    struct event_spec numeric =
        numeric_spec(hub, is_set ? RPL_KEYVALUE : RPL_KEYNOTSET, STR("*"), target, key,
                     is_set ? value : numeric_text(RPL_KEYNOTSET), params);
    telling->numeric = event_new(&numeric);
    struct event_spec message = message_spec(hub, target, key, value, params);
    telling->message = event_new(&message);
    telling->hub = hub;
    telling->key = key;
    telling->mark = ++hub->last_metadata_mark;
}

static void
telling_end(struct telling *telling)
{
    event_unref(&telling->numeric);
    event_unref(&telling->message);
}

static void
tell(struct telling *telling, const struct session *session)
{
    if (session == telling->origin || !is_watching(session) ||
        session->metadata_interest->mark == telling->mark ||
        !metadata_is_subscribed(session, telling->key))
        return;
    session->metadata_interest->mark = telling->mark;
    post_notice_to_session(telling->hub, session,
                           metadata_speaks_3(session) ? telling->numeric : telling->message);
}

static void
tell_user(struct telling *telling, const struct user *user)
{
    list_for_each(node, &user->sessions) {
        tell(telling, CONTAINER_OF(node, struct session, in_user));
    }
}

static void
tell_members(struct telling *telling, const struct channel *channel)
{
    list_for_each(node, &channel->members) {
        tell_user(telling, CONTAINER_OF(node, struct member, in_channel)->user);
    }
}

static void
tell_watcher(const struct session *session, void *telling)
{
    tell(telling, session);
}

void
metadata_announce_of_user(struct hub *hub, const struct user *user, struct str key,
                          struct str value, const struct session *origin)
{
    if (hub->metadata_watcher_count == 0)
        return;
    struct telling telling = {.origin = origin};
    telling_begin(&telling, hub, user->nick, key, value);
    tell_user(&telling, user);
    for (size_t i = 0; i < user->membership_count; i++)
        tell_members(&telling, user->memberships[i].channel);
    monitor_for_each(hub, user, tell_watcher, &telling);
    telling_end(&telling);
}

void
metadata_announce_of_channel(struct hub *hub, const struct channel *channel, struct str key,
                             struct str value, const struct session *origin)
{
    if (hub->metadata_watcher_count == 0)
        return;
    struct telling telling = {.origin = origin};
    telling_begin(&telling, hub, channel->name, key, value);
    tell_members(&telling, channel);
    telling_end(&telling);
}

void
metadata_adopt(struct call *call, struct metadata *early, bool overrides)
{
    struct metadata *metadata = metadata_of_user(call->hub, call->user);
    bool is_changed = false;
    for (size_t i = 0; i < early->count; i++) {
        const struct metadata_entry *entry = &early->items[i];
        if (!overrides && metadata_get(metadata, entry->key).len > 0)
            continue;
        if (metadata_set(metadata, entry->key, entry->value) != METADATA_CHANGED)
            continue;
        is_changed = true;
        metadata_announce_of_user(call->hub, call->user, entry->key, entry->value, call->session);
    }
    if (is_changed)
        metadata_keep_of_user(call->hub, call->user);
    metadata_deinit(early);
}

void
metadata_account_changes(struct hub *hub, struct user *user, struct account *next)
{
    const struct metadata none = {.count = 0};
    struct account *account = account_find(hub, user->account);
    const struct metadata *before = account == NULL ? &user->metadata : &account->metadata;
    bool is_merged = false;
    for (size_t i = 0; next != NULL && account == NULL && i < user->metadata.count; i++) {
        const struct metadata_entry *entry = &user->metadata.items[i];
        if (metadata_get(&next->metadata, entry->key).len == 0)
            is_merged |=
                metadata_set(&next->metadata, entry->key, entry->value) == METADATA_CHANGED;
    }
    if (is_merged)
        metadata_keep_of_account(hub, next);
    const struct metadata *after = next == NULL ? &none : &next->metadata;
    for (size_t i = 0; before != after && i < before->count; i++) {
        if (metadata_get(after, before->items[i].key).len == 0)
            metadata_announce_of_user(hub, user, before->items[i].key, STR_NONE, NULL);
    }
    for (size_t i = 0; before != after && i < after->count; i++) {
        const struct metadata_entry *entry = &after->items[i];
        if (!str_equal(metadata_get(before, entry->key), entry->value))
            metadata_announce_of_user(hub, user, entry->key, entry->value, NULL);
    }
    if (account == NULL)
        metadata_deinit(&user->metadata);
}

/* --- what it is now --- */

static void
show(struct hub *hub, const struct session *session, struct str target,
     const struct metadata *metadata)
{
    for (size_t i = 0; i < metadata->count; i++) {
        if (metadata_is_subscribed(session, metadata->items[i].key))
            show_value(hub, session, target, &metadata->items[i]);
    }
}

void
metadata_show_user(struct hub *hub, const struct session *session, struct user *user)
{
    show(hub, session, user->nick, metadata_of_user(hub, user));
}

void
metadata_show_channel(struct hub *hub, const struct session *session, const struct channel *channel)
{
    show(hub, session, channel->name, &channel->metadata);
}

size_t
metadata_show_monitored(struct hub *hub, const struct session *session, struct user *user)
{
    size_t told = 0;
    if (!is_watching(session))
        return told;
    const struct metadata *metadata = metadata_of_user(hub, user);
    for (size_t i = 0; i < metadata->count; i++) {
        if (!metadata_is_subscribed(session, metadata->items[i].key))
            continue;
        told++;
        struct telling telling = {.origin = NULL};
        telling_begin(&telling, hub, user->nick, metadata->items[i].key, metadata->items[i].value);
        tell(&telling, session);
        telling_end(&telling);
    }
    return told;
}

void
metadata_member_joined(struct hub *hub, const struct channel *channel, struct user *user)
{
    const struct metadata *metadata = metadata_of_user(hub, user);
    for (size_t i = 0; hub->metadata_watcher_count > 0 && i < metadata->count; i++) {
        struct telling telling = {.origin = NULL};
        telling_begin(&telling, hub, user->nick, metadata->items[i].key, metadata->items[i].value);
        list_for_each(node, &channel->members) {
            const struct user *other = CONTAINER_OF(node, struct member, in_channel)->user;
            if (other != user)
                tell_user(&telling, other);
        }
        telling_end(&telling);
    }
}

static size_t
count_subscribed(const struct session *session, const struct metadata *metadata)
{
    size_t count = 0;
    for (size_t i = 0; i < metadata->count; i++)
        count += metadata_is_subscribed(session, metadata->items[i].key) ? 1 : 0;
    return count;
}

/* Whether there is no more than what may come without being asked for. */
static bool
is_little(const struct call *call, const struct channel *channel)
{
    if (channel->member_count > LIMIT_METADATA_JOIN_MEMBERS)
        return false;
    size_t count = count_subscribed(call->session, &channel->metadata);
    list_for_each(node, &channel->members) {
        struct user *user = CONTAINER_OF(node, struct member, in_channel)->user;
        count += count_subscribed(call->session, metadata_of_user(call->hub, user));
    }
    return count <= LIMIT_METADATA_JOIN_VALUES;
}

void
metadata_show_on_join(struct call *call, const struct channel *channel)
{
    if (!is_watching(call->session))
        return;
    if (!is_little(call, channel)) {
        reply(call, RPL_METADATASYNCLATER, channel->name);
        return;
    }
    answer_batch_open(call, STR("metadata"), channel->name);
    metadata_show_channel(call->hub, call->session, channel);
    list_for_each(node, &channel->members) {
        struct user *user = CONTAINER_OF(node, struct member, in_channel)->user;
        if (user != call->user)
            metadata_show_user(call->hub, call->session, user);
    }
    answer_batch_close(call);
}

void
metadata_send_own(struct call *call)
{
    if (!(call->session->caps & EITHER))
        return;
    const struct metadata *metadata = metadata_of_user(call->hub, call->user);
    answer_batch_open(call, STR("metadata"), call->user->nick);
    for (size_t i = 0; i < metadata->count; i++)
        show_value(call->hub, call->session, call->user->nick, &metadata->items[i]);
    answer_batch_close(call);
}

void
metadata_send_whois(struct call *call, struct user *user)
{
    if (!(call->session->caps & EITHER))
        return;
    const struct metadata *metadata = metadata_of_user(call->hub, user);
    for (size_t i = 0; i < metadata->count; i++)
        metadata_reply(call->hub, call->session, RPL_WHOISKEYVALUE, user->nick,
                       metadata->items[i].key, metadata->items[i].value);
}
