/*
 * METADATA: what users and channels say of themselves; see metadata.h.
 * Spec: draft/metadata-2 (ircv3-specifications extensions/metadata.md) and draft/metadata-3 (pull
 * request 613), whose standard replies have other names: each client gets those that it knows.
 * SPEC: an empty value counts as none, as draft/metadata-3 has it. Answers of any length are in a
 * batch; where the client knows no batches, RPL_METADATAEND ends them, as in the drafts before
 * draft/metadata-2, so that nothing is an answer, too.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "hub/answer_batch.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/filter.h"
#include "hub/listing.h"
#include "hub/metadata_watch.h"
#include "hub/monitor.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>

#define FIRST_KEY 2 /* its parameter */
#define ALL       STR("*ALL")

/* What a METADATA is about. */
struct subject {
    struct str name; /* as its owner spells it; "*" before registration */
    struct user *user;
    struct channel *channel; /* neither: the session, before registration */
    struct metadata *metadata;
};

/* --- refusals --- */

struct failure {
    struct str code;   /* draft/metadata-2 */
    struct str code_3; /* draft/metadata-3; empty: the same */
    struct str context;
    struct str detail;
    struct str more;
    struct str text;
};

static void
fail(struct call *call, const struct failure *failure)
{
    bool is_other = metadata_speaks_3(call->session) && failure->code_3.len > 0;
    refuse(call, &(struct refusal){
                     .code = is_other ? failure->code_3 : failure->code,
                     .context = failure->context,
                     .detail = failure->detail,
                     .more = failure->more,
                     .text = failure->text,
                     .is_always_standard = true,
                 });
}

static void
fail_target(struct call *call, struct str target)
{
    fail(call, &(struct failure){
                   .code = STR("INVALID_TARGET"),
                   .context = target,
                   .text = STR("There is no such user or channel: check its spelling"),
               });
}

static void
fail_permission(struct call *call, const struct subject *subject, struct str key, const char *text)
{
    fail(call, &(struct failure){
                   .code = STR("KEY_NO_PERMISSION"),
                   .context = subject->name,
                   .detail = key,
                   .text = str_from_nul(text),
               });
}

static void
fail_key(struct call *call, struct str key)
{
    fail(call, &(struct failure){
                   .code = STR("KEY_INVALID"),
                   .code_3 = STR("INVALID_KEY"),
                   .context = key.len > 0 ? key : STR("*"),
                   .text = STR("Keys have 1 to 48 of a-z, 0-9, _, ., / and -"),
               });
}

static void
fail_seconds(struct call *call, const struct subject *subject, struct str key, int64_t wait_ms)
{
    struct buf seconds;
    struct buf text;
    buf_init(&seconds, 24);
    buf_init(&text, 128);
    buf_put_u64(&seconds, (uint64_t)(wait_ms + 999) / 1000);
    buf_put(&text, STR("You change too much at a time: try again in "));
    rate_put_wait(&text, wait_ms);
    fail(call, &(struct failure){
                   .code = STR("RATE_LIMITED"),
                   .context = subject->name,
                   .detail = key,
                   .more = buf_str(&seconds),
                   .text = buf_str(&text),
               });
    buf_deinit(&seconds);
    buf_deinit(&text);
}

/* --- whom it is about, and who may --- */

/* False, and the client told, when there is none that the asker may know of. */
static bool
find_subject(struct call *call, struct str target, struct subject *subject)
{
    *subject = (struct subject){.name = target};
    if (call->user == NULL) {
        subject->metadata = &call->session->registration->metadata;
        if (str_equal(target, STR("*")))
            return true;
    } else if (str_equal(target, STR("*"))) {
        subject->user = call->user;
    } else {
        subject->channel = channel_find(call->hub, target);
        if (subject->channel != NULL && !channel_is_visible_to(subject->channel, call->user))
            subject->channel = NULL;
        else if (subject->channel == NULL)
            subject->user = user_find(call->hub, target);
    }
    if (subject->user != NULL) {
        subject->name = subject->user->nick;
        subject->metadata = metadata_of_user(call->hub, subject->user);
        return true;
    }
    if (subject->channel != NULL) {
        subject->name = subject->channel->name;
        subject->metadata = &subject->channel->metadata;
        return true;
    }
    fail_target(call, target);
    return false;
}

/* That of a channel is for those who are in it. */
static bool
may_read(const struct call *call, const struct subject *subject)
{
    return subject->channel == NULL || user_membership(call->user, subject->channel) != NULL ||
           user_may(call->user, PRIVILEGE_SEE);
}

static bool
may_write(const struct call *call, const struct subject *subject)
{
    if (subject->channel == NULL)
        return subject->user == call->user || user_may(call->user, PRIVILEGE_FORCE);
    const struct member *member = user_membership(call->user, subject->channel);
    return (member != NULL && rank_highest(member->ranks) >= RANK_OP) ||
           user_may(call->user, PRIVILEGE_OVERRIDE);
}

/* False, and the client told, when it may not. */
static bool
check_read(struct call *call, const struct subject *subject)
{
    bool may = may_read(call, subject);
    if (!may)
        fail_permission(call, subject, STR("*"),
                        "Only members read what a channel says of itself: JOIN it first");
    return may;
}

static bool
check_write(struct call *call, const struct subject *subject, struct str key)
{
    if (!may_write(call, subject)) {
        fail_permission(call, subject, key,
                        subject->channel == NULL ? "Only they themselves change that"
                                                 : "Only operators of the channel change that");
        return false;
    }
    int64_t wait_ms = rate_wait_ms(call, RATE_PROFILE, subject->name);
    if (wait_ms > 0)
        fail_seconds(call, subject, key, wait_ms);
    return wait_ms == 0;
}

/* --- GET, LIST --- */

/* The end of an answer that may be empty. */
static void
end_answer(struct call *call)
{
    bool has_batch = call->session->answer_batch != 0;
    answer_batch_close(call);
    if (!has_batch)
        reply_plain(call, RPL_METADATAEND);
}

static void
get(struct call *call, const struct subject *subject)
{
    answer_batch_open(call, STR("metadata"), subject->name);
    for (size_t i = FIRST_KEY; i < call->msg->param_count; i++) {
        struct str key = call_param(call, i);
        if (!metadata_key_is_valid(key)) {
            fail_key(call, key);
            continue;
        }
        struct str value = metadata_get(subject->metadata, key);
        metadata_reply(call->hub, call->session, value.len > 0 ? RPL_KEYVALUE : RPL_KEYNOTSET,
                       subject->name, key, value);
    }
    answer_batch_close(call);
}

static void
list(struct call *call, const struct subject *subject)
{
    answer_batch_open(call, STR("metadata"), subject->name);
    for (size_t i = 0; i < subject->metadata->count; i++)
        metadata_reply(call->hub, call->session, RPL_KEYVALUE, subject->name,
                       subject->metadata->items[i].key, subject->metadata->items[i].value);
    end_answer(call);
}

/* --- SET, CLEAR --- */

static void
announce(struct call *call, const struct subject *subject, struct str key, struct str value)
{
    if (subject->channel != NULL)
        metadata_announce_of_channel(call->hub, subject->channel, key, value, call->session);
    else if (subject->user != NULL)
        metadata_announce_of_user(call->hub, subject->user, key, value, call->session);
}

static void
keep(struct call *call, const struct subject *subject)
{
    if (subject->channel != NULL)
        metadata_keep_of_channel(call->hub, subject->channel);
    else if (subject->user != NULL)
        metadata_keep_of_user(call->hub, subject->user);
}

static void
fail_full(struct call *call, const struct subject *subject)
{
    struct buf limit;
    buf_init(&limit, 16);
    buf_put_u64(&limit, LIMIT_METADATA_KEYS);
    fail(call, &(struct failure){
                   .code = STR("LIMIT_REACHED"),
                   .context = subject->name,
                   .detail = metadata_speaks_3(call->session) ? buf_str(&limit) : STR_NONE,
                   .text = STR("There are as many keys as there may be: take one away first"),
               });
    buf_deinit(&limit);
}

/* False, and the client told, when the value may not be set. */
static bool
check_value(struct call *call, struct str key, struct str value)
{
    if (value.len <= LIMIT_METADATA_VALUE_BYTES)
        return value.len == 0 || filter_allows(call, FILTER_IN_REALNAME, value);
    fail(call, &(struct failure){
                   .code = STR("VALUE_INVALID"),
                   .code_3 = STR("INVALID_VALUE"),
                   .context = metadata_speaks_3(call->session) ? key : STR_NONE,
                   .text = STR("A value has at most 280 bytes"),
               });
    return false;
}

static void
set(struct call *call, const struct subject *subject)
{
    struct str key = call_param(call, FIRST_KEY);
    struct str value = call_param(call, FIRST_KEY + 1);
    if (!metadata_key_is_valid(key)) {
        fail_key(call, key);
        return;
    }
    if (!check_write(call, subject, key) || !check_value(call, key, value))
        return;
    switch (metadata_set(subject->metadata, key, value)) {
    case METADATA_FULL:
        fail_full(call, subject);
        return;
    case METADATA_SAME:
        if (value.len == 0 && !metadata_speaks_3(call->session)) {
            fail(call, &(struct failure){
                           .code = STR("KEY_NOT_SET"),
                           .context = subject->name,
                           .detail = key,
                           .text = STR("The key is not set: there is nothing to take away"),
                       });
            return;
        }
        break;
    case METADATA_CHANGED:
        keep(call, subject);
        announce(call, subject, key, value);
        break;
    }
    metadata_reply(call->hub, call->session, value.len > 0 ? RPL_KEYVALUE : RPL_KEYNOTSET,
                   subject->name, key, value);
}

/* SPEC: draft/metadata-2 was published with RPL_KEYVALUE for what is gone; its erratum and
 * draft/metadata-3 have RPL_KEYNOTSET. */
static void
clear(struct call *call, const struct subject *subject)
{
    if (!check_write(call, subject, STR("*")))
        return;
    struct metadata gone = *subject->metadata;
    *subject->metadata = (struct metadata){.count = 0};
    if (gone.count > 0)
        keep(call, subject);
    answer_batch_open(call, STR("metadata"), subject->name);
    for (size_t i = 0; i < gone.count; i++)
        metadata_reply(call->hub, call->session, RPL_KEYNOTSET, subject->name, gone.items[i].key,
                       STR_NONE);
    end_answer(call);
    for (size_t i = 0; i < gone.count; i++)
        announce(call, subject, gone.items[i].key, STR_NONE);
    metadata_deinit(&gone);
}

/* --- SYNC --- */

/* Users are told of in slices, and all of them in one batch, which is open between the calls. */
static void
sync_item(struct call *call, void *item, const struct listing *listing)
{
    call->session->answer_batch = call->session->caps & CAP(BATCH) ? listing->batch : 0;
    metadata_show_user(call->hub, call->session, item);
    call->session->answer_batch = 0;
}

static void
sync_end(struct call *call, const struct listing *listing)
{
    call->session->answer_batch = call->session->caps & CAP(BATCH) ? listing->batch : 0;
    end_answer(call);
}

/* What is gathered: each user once. */
struct gathering {
    struct hub *hub;
    struct listing *listing;
    uint64_t mark;
};

static void
gather(struct user *user, void *context)
{
    struct gathering *gathering = context;
    if (user->metadata_mark == gathering->mark ||
        metadata_of_user(gathering->hub, user)->count == 0)
        return;
    user->metadata_mark = gathering->mark;
    listing_add(gathering->listing, user->id);
}

static void
gather_channel(struct call *call, struct gathering *gathering, const struct channel *channel)
{
    metadata_show_channel(call->hub, call->session, channel);
    list_for_each(node, &channel->members) {
        gather(CONTAINER_OF(node, struct member, in_channel)->user, gathering);
    }
}

static void
gather_all(struct call *call, struct gathering *gathering)
{
    gather(call->user, gathering);
    for (size_t i = 0; i < call->user->membership_count; i++)
        gather_channel(call, gathering, call->user->memberships[i].channel);
    monitor_for_each_user(call->hub, call->session, gather, gathering);
}

/* subject: NULL for all that the session hears of. */
static void
sync(struct call *call, const struct subject *subject)
{
    struct str name = subject == NULL ? ALL : subject->name;
    int64_t wait_ms = rate_query_wait_ms(call);
    if (wait_ms > 0) {
        struct buf seconds;
        buf_init(&seconds, 24);
        buf_put_u64(&seconds, (uint64_t)(wait_ms + 999) / 1000);
        reply(call, RPL_METADATASYNCLATER, name, buf_str(&seconds));
        buf_deinit(&seconds);
        return;
    }
    struct gathering gathering = {
        .hub = call->hub,
        .listing = listing_new(sync_item, sync_end, false, STR_NONE, STR_NONE),
        .mark = ++call->hub->last_metadata_mark,
    };
    gathering.listing->slice = LIMIT_METADATA_SLICE;
    answer_batch_open(call, STR("metadata"), name);
    if (metadata_subscription_count(call->session) == 0)
        ; /* nothing is asked for */
    else if (subject == NULL)
        gather_all(call, &gathering);
    else if (subject->channel != NULL)
        gather_channel(call, &gathering, subject->channel);
    else if (subject->user != NULL)
        gather(subject->user, &gathering);
    gathering.listing->batch = call->session->answer_batch;
    call->session->answer_batch = 0;
    listing_start(call, gathering.listing);
}

/* --- SUB, UNSUB, SUBS --- */

/* Keys in as few lines as they fit in. */
struct key_list {
    struct call *call;
    enum numeric numeric;
    struct str keys[LIMIT_PARAMS];
    size_t count;
    size_t bytes;
};

static void
key_list_flush(struct key_list *list)
{
    if (list->count > 0)
        reply_params(list->call, list->numeric, list->keys, list->count);
    list->count = 0;
    list->bytes = 0;
}

static void
key_list_add(struct key_list *list, struct str key)
{
    size_t room = LIMIT_LINE_BYTES - LIMIT_SERVER_NAME_BYTES - LIMIT_NICK_BYTES - sizeof(": 770 ");
    if (list->bytes + 1 + key.len > room || list->count == LIMIT_PARAMS - 1)
        key_list_flush(list);
    list->keys[list->count++] = key;
    list->bytes += 1 + key.len;
}

/* Nothing is sent by itself that may be long: the client is told what it can ask for. */
static void
tell_to_sync(struct call *call)
{
    if (call->user == NULL)
        return;
    if (metadata_speaks_3(call->session)) {
        reply(call, RPL_METADATASYNCLATER, ALL, STR("0"));
        return;
    }
    for (size_t i = 0; i < call->user->membership_count; i++)
        reply(call, RPL_METADATASYNCLATER, call->user->memberships[i].channel->name);
}

static void
fail_subscriptions(struct call *call, struct str key)
{
    struct buf limit;
    buf_init(&limit, 16);
    buf_put_u64(&limit, LIMIT_METADATA_SUBS);
    fail(call, &(struct failure){
                   .code = STR("TOO_MANY_SUBS"),
                   .code_3 = STR("LIMIT_REACHED"),
                   .context = key,
                   .detail = metadata_speaks_3(call->session) ? buf_str(&limit) : STR_NONE,
                   .text = STR("You have as many subscriptions as there may be: UNSUB one first"),
               });
    buf_deinit(&limit);
}

static void
subscribe(struct call *call)
{
    struct key_list done = {.call = call, .numeric = RPL_METADATASUBOK};
    bool has_any = false;
    for (size_t i = FIRST_KEY; i < call->msg->param_count; i++) {
        struct str key = call_param(call, i);
        if (!metadata_key_is_valid(key)) {
            fail_key(call, key);
        } else if (metadata_subscribe(call->hub, call->session, key)) {
            key_list_add(&done, key);
            has_any = true;
        } else {
            fail_subscriptions(call, key);
            break;
        }
    }
    key_list_flush(&done);
    if (has_any)
        tell_to_sync(call);
}

static void
unsubscribe(struct call *call)
{
    struct key_list done = {.call = call, .numeric = RPL_METADATAUNSUBOK};
    for (size_t i = FIRST_KEY; i < call->msg->param_count; i++) {
        struct str key = call_param(call, i);
        if (!metadata_key_is_valid(key)) {
            fail_key(call, key);
            continue;
        }
        metadata_unsubscribe(call->hub, call->session, key);
        key_list_add(&done, key);
    }
    key_list_flush(&done);
}

static void
list_subscriptions(struct call *call)
{
    struct key_list keys = {.call = call, .numeric = RPL_METADATASUBS};
    answer_batch_open(call, STR("metadata-subs"), STR_NONE);
    for (size_t i = 0; i < metadata_subscription_count(call->session); i++)
        key_list_add(&keys, metadata_subscription_at(call->session, i));
    key_list_flush(&keys);
    end_answer(call);
}

/* --- the command --- */

enum subcommand { GET, LIST, SET, CLEAR, SYNC, SUB, UNSUB, SUBS, SUBCOMMAND_COUNT };

static const struct {
    struct str name;
    bool needs_key;
    bool is_of_session; /* its target says nothing */
} subcommands[SUBCOMMAND_COUNT] = {
    [GET] = {STR_INIT("GET"), true, false},    [LIST] = {STR_INIT("LIST"), false, false},
    [SET] = {STR_INIT("SET"), true, false},    [CLEAR] = {STR_INIT("CLEAR"), false, false},
    [SYNC] = {STR_INIT("SYNC"), false, false}, [SUB] = {STR_INIT("SUB"), true, true},
    [UNSUB] = {STR_INIT("UNSUB"), true, true}, [SUBS] = {STR_INIT("SUBS"), false, true},
};

static void
run_on_subject(struct call *call, enum subcommand subcommand)
{
    struct str target = call_param(call, 0);
    if (subcommand == SYNC && call->user != NULL && str_equal_ascii_nocase(target, ALL)) {
        sync(call, NULL);
        return;
    }
    struct subject subject;
    if (!find_subject(call, target, &subject))
        return;
    if (subcommand == SET)
        set(call, &subject);
    else if (subcommand == CLEAR)
        clear(call, &subject);
    else if (!check_read(call, &subject))
        return;
    else if (subcommand == GET)
        get(call, &subject);
    else if (subcommand == LIST)
        list(call, &subject);
    else
        sync(call, &subject);
}

void
cmd_metadata(struct call *call)
{
    struct str word = call_param(call, 1);
    size_t at = 0;
    while (at < SUBCOMMAND_COUNT && !str_equal_ascii_nocase(word, subcommands[at].name))
        at++;
    if (at == SUBCOMMAND_COUNT) {
        fail(call, &(struct failure){
                       .code = STR("SUBCOMMAND_INVALID"),
                       .code_3 = STR("INVALID_PARAMS"),
                       .context = word.len > 0 ? word : STR("*"),
                       .text = STR("GET, LIST, SET, CLEAR, SYNC, SUB, UNSUB and SUBS are there"),
                   });
        return;
    }
    if (subcommands[at].needs_key && call->msg->param_count <= FIRST_KEY) {
        reply_about(call, ERR_NEEDMOREPARAMS, call->command,
                    "Not enough parameters: METADATA <target> %.*s <key>",
                    STR_ARG(subcommands[at].name));
        return;
    }
    if (!subcommands[at].is_of_session)
        run_on_subject(call, (enum subcommand)at);
    else if (at == SUB)
        subscribe(call);
    else if (at == UNSUB)
        unsubscribe(call);
    else
        list_subscriptions(call);
}
