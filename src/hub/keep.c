/* What is kept; see keep.h. */
#include "hub/keep.h"

#include "base/buf.h"
#include "base/msgid.h"
#include "base/number.h"
#include "hub/account.h"
#include "hub/account_name.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/command.h"
#include "hub/history.h"
#include "hub/message.h"
#include "hub/mode_name.h"
#include "hub/page.h"
#include "hub/user.h"
#include "wire/name.h"
#include "wire/tags.h"

#include <assert.h>

static bool
is_of_the_moment(struct str key)
{
    return str_equal(key, STR("+typing")) || str_equal(key, STR("+draft/typing"));
}

/* Whether there is a tag that is worth to be kept. */
static bool
has_lasting_tag(struct str tags)
{
    struct tag tag;
    while (tags_next(&tags, &tag)) {
        if (!is_of_the_moment(tag.key))
            return true;
    }
    return false;
}

/* Not a CTCP: clients that get one later answer it. */
static bool
is_worth_it(const struct hub *hub, const struct event *event)
{
    assert(event->kind == EVENT_MESSAGE);
    if (!hub->config->has_history)
        return false;
    return page_is_message(event) ? !text_is_ctcp(event->params[1])
                                  : has_lasting_tag(event->client_tags);
}

static uint64_t
put_record(struct hub *hub, struct event *event, struct str targets, const struct keep_row *row)
{
    struct record record =
        row == NULL ? record_of_event(event, targets)
                    : record_of_event_and_row(event, targets, row->row, row->key, row->value);
    return outbox_put_record(&hub->outbox, &record);
}

/* Not with mode +E: such a channel leaves no trace. */
static bool
has_history(const struct channel *channel)
{
    return !channel_has_mode(channel, CHANNEL_MODE_NO_HISTORY);
}

uint64_t
keep_next_seq(const struct hub *hub, const struct channel *channel)
{
    return hub->config->has_history && has_history(channel) ? channel->last_seq + 1 : 0;
}

bool
keep_seq_restore(const struct hub *hub, struct str name, struct str value)
{
    struct channel *channel = channel_find(hub, name);
    uint64_t seq;
    if (!number_parse_u64(value, INT64_MAX, &seq))
        return false;
    if (channel != NULL) /* else it has been given up by now */
        channel->last_seq = seq;
    return true;
}

uint64_t
keep_message(struct hub *hub, struct channel *channel, struct event *event,
             const struct keep_row *row)
{
    if (!is_worth_it(hub, event) || !has_history(channel))
        return 0;
    if (event->seq != 0) {
        assert(event->seq == channel->last_seq + 1);
        channel->last_seq = event->seq;
    }
    return put_record(hub, event, channel->folded_name, row);
}

/* How somebody is called in the name of a conversation. */
static void
put_party(struct buf *out, const struct hub *hub, const struct user *user)
{
    if (user->account.len > 0) {
        buf_put(out, account_key_of(hub, user));
    } else {
        buf_put_byte(out, '~');
        buf_put(out, user->folded_nick);
    }
}

static void
put_sorted(struct buf *out, struct str one, struct str other)
{
    bool is_first = str_compare(one, other) <= 0;
    buf_put(out, is_first ? one : other);
    buf_put_byte(out, ' ');
    buf_put(out, is_first ? other : one);
}

uint64_t
keep_private_message(struct hub *hub, const struct user *from, const struct user *to,
                     struct event *event, const struct keep_row *row)
{
    if (!is_worth_it(hub, event) ||
        (!history_of_conversations_is_for(hub, from) && !history_of_conversations_is_for(hub, to)))
        return 0; /* nobody could read it */
    struct buf one;
    struct buf other;
    struct buf name;
    buf_init(&one, LIMIT_FOLDED_BYTES + 1);
    buf_init(&other, LIMIT_FOLDED_BYTES + 1);
    buf_init(&name, 2 * LIMIT_FOLDED_BYTES + 3);
    put_party(&one, hub, from);
    put_party(&other, hub, to);
    put_sorted(&name, buf_str(&one), buf_str(&other));
    uint64_t ticket = put_record(hub, event, buf_str(&name), row);
    buf_deinit(&one);
    buf_deinit(&other);
    buf_deinit(&name);
    return ticket;
}

void
keep_put_conversation(struct buf *out, const struct hub *hub, const struct user *user,
                      struct str peer)
{
    assert(user->account.len > 0);
    const struct user *found = user_find(hub, peer);
    const struct account *account = account_find(hub, peer);
    struct folded folded;
    struct buf one;
    struct buf other;
    buf_init(&one, LIMIT_FOLDED_BYTES + 1);
    buf_init(&other, LIMIT_FOLDED_BYTES + 1);
    put_party(&one, hub, user);
    if (found != NULL)
        put_party(&other, hub, found);
    else if (account != NULL)
        buf_put(&other, account->key);
    else if (name_fold(peer, &folded))
        buf_put(&other, folded_str(&folded)); /* an account that is no more, or '~' and a nick */
    put_sorted(out, buf_str(&one), buf_str(&other));
    buf_deinit(&one);
    buf_deinit(&other);
}

/* Whether it is played back to those who ask for more than messages. */
static bool
is_played_back(enum event_kind kind)
{
    switch (kind) {
    case EVENT_JOIN:
    case EVENT_PART:
    case EVENT_QUIT:
    case EVENT_KICK:
    case EVENT_NICK:
    case EVENT_MODE:
    case EVENT_TOPIC:
        return true;
    case EVENT_MESSAGE: /* has a way of its own */
    case EVENT_RENAME:
    case EVENT_ACCOUNT:
    case EVENT_CHGHOST:
    case EVENT_INVITE:
    case EVENT_AWAY:
    case EVENT_SETNAME:
    case EVENT_WALLOPS:
    case EVENT_FLOOR:
    case EVENT_REPLY:
    case EVENT_STANDARD_REPLY:
    case EVENT_CONTROL:
        return false;
    }
    cf_unreachable("event kind");
}

/* Where MODE has the key of a channel ("+k key"): its index among the parameters, 0 for none. */
static size_t
find_key_param(const struct event *event, size_t start)
{
    if (event->kind != EVENT_MODE || event->param_count < 3)
        return 0;
    struct mode_steps steps;
    struct mode_step step;
    mode_steps_init(&steps, true, event->params[1], event->params + 2,
                    (size_t)event->param_count - 2);
    while (mode_steps_next(&steps, &step)) {
        const struct channel_mode_row *row = channel_mode_find(step.letter);
        size_t at = event->param_count - steps.count - 1; /* of the one that was taken last */
        if (row != NULL && row->kind == MODE_KEY && step.param.ptr != NULL && at >= start)
            return at;
    }
    return 0;
}

/*
 * The event as it is kept, with a reference of its own. A key is "*": whoever is in the channel at
 * that moment has read it, but not whoever reads the history later, and it may have been the key
 * of other things.
 */
static struct event *
without_keys(struct event *event)
{
    event_ref(event);
    size_t at = 0;
    while ((at = find_key_param(event, at + 1)) != 0) {
        struct event *masked = event_clone_with(event, at, STR("*"));
        event_unref(&event);
        event = masked;
    }
    return event;
}

void
keep_event(struct hub *hub, const struct channel *channel, struct event *event)
{
    if (!hub->config->has_history || !is_played_back(event->kind) || event->msgid == 0 ||
        !has_history(channel))
        return;
    struct event *kept = without_keys(event);
    (void)put_record(hub, kept, channel->folded_name, NULL); /* nobody waits for it */
    event_unref(&kept);
}

void
keep_event_in_channels(struct hub *hub, struct event *event)
{
    if (!hub->config->has_history || !is_played_back(event->kind))
        return;
    struct buf targets;
    buf_init(&targets, event->channel_count * (LIMIT_FOLDED_BYTES + 1) + 1);
    for (size_t i = 0; i < event->channel_count; i++) {
        const struct channel *channel = slots_find(&hub->channels, event->channels[i]);
        if (channel == NULL || !has_history(channel))
            continue; /* NULL: it has ended, now */
        if (targets.len > 0)
            buf_put_byte(&targets, ',');
        buf_put(&targets, channel->folded_name);
    }
    if (targets.len > 0)
        (void)put_record(hub, event, buf_str(&targets), NULL); /* nobody waits for it */
    buf_deinit(&targets);
}

void
keep_under_new_name(struct hub *hub, const struct channel *channel, struct str old_name)
{
    struct folded old;
    bool folds = name_fold(old_name, &old);
    assert(folds);
    if (!hub->config->has_store)
        return;
    struct record record =
        record_of_renaming(folded_str(&old), channel->folded_name, channel->name);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

uint64_t
keep_no_longer(struct hub *hub, struct str target, uint64_t msgid)
{
    assert(hub->config->has_store);
    hub->redacted[hub->redacted_next] = msgid;
    hub->redacted_next = (hub->redacted_next + 1) % LIMIT_REDACTED_IDS;
    struct record record = record_of_redaction(target, msgid);
    return outbox_put_record(&hub->outbox, &record);
}

void
keep_nothing_from(struct hub *hub, struct str account, int64_t since_ms)
{
    assert(hub->config->has_store);
    uint64_t first = since_ms == 0 ? 0 : msgid_first_at(since_ms);
    bool folds = name_fold(account, &hub->erased[hub->erased_next].account);
    assert(folds);
    hub->erased[hub->erased_next].first = first;
    hub->erased[hub->erased_next].up_to = hub->last_msgid;
    hub->erased_next = (hub->erased_next + 1) % LIMIT_ERASED_ACCOUNTS;
    struct record record = record_of_erasure(account, first);
    (void)outbox_put_record(&hub->outbox, &record); /* pages are read behind it */
}

void
keep_nothing_of_account(struct hub *hub, const struct account *account)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_list_names(account, names);
    for (size_t i = 0; i < count; i++)
        keep_nothing_from(hub, names[i].folded, names[i].since_ms);
}

void
keep_limits_of(struct hub *hub, const struct channel *channel)
{
    if (!hub->config->has_history)
        return;
    struct record record = record_of_keeping(channel->folded_name, channel->keep_count,
                                             (int64_t)channel->keep_hours * 60 * 60 * 1000);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

static bool
is_erased(const struct hub *hub, const struct event *event)
{
    struct folded account;
    if (event->account.len == 0 || hub->erased[0].up_to == 0 ||
        !name_fold(event->account, &account))
        return false;
    for (size_t i = 0; i < LIMIT_ERASED_ACCOUNTS; i++) {
        if (event->msgid >= hub->erased[i].first && event->msgid <= hub->erased[i].up_to &&
            str_equal(folded_str(&account), folded_str(&hub->erased[i].account)))
            return true;
    }
    return false;
}

bool
keep_is_gone(const struct hub *hub, const struct event *event)
{
    assert(event->msgid != 0);
    for (size_t i = 0; i < LIMIT_REDACTED_IDS; i++) {
        if (hub->redacted[i] == event->msgid)
            return true;
    }
    return is_erased(hub, event);
}

void
keep_nothing_of(struct hub *hub, const struct channel *channel)
{
    if (!hub->config->has_store || channel->is_permanent || channel_is_registered(channel))
        return;
    struct record record = record_of_forgetting(channel->folded_name);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}
