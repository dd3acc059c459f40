/*
 * Channels: JOIN PART TOPIC NAMES LIST KICK INVITE.
 * Spec: modern.ircdocs "Channel Operations", RFC 2812 3.2.
 */
#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_lost.h"
#include "hub/channel_row.h"
#include "hub/command.h"
#include "hub/defcon.h"
#include "hub/extban.h"
#include "hub/filter.h"
#include "hub/flood_limits.h"
#include "hub/floor.h"
#include "hub/keep.h"
#include "hub/listing.h"
#include "hub/metadata_watch.h"
#include "hub/naming.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/purge.h"
#include "hub/rate.h"
#include "hub/read_marker.h"
#include "hub/rename.h"
#include "hub/replay.h"
#include "hub/reply.h"
#include "hub/shield.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* Finds a channel that the caller may know of; else tells 403. */
static struct channel *
find_visible(struct call *call, struct str name)
{
    struct channel *channel = channel_find(call->hub, name);
    if (channel != NULL && channel_is_visible_to(channel, call->user))
        return channel;
    reply(call, ERR_NOSUCHCHANNEL, name);
    return NULL;
}

void
channel_refuse_name(struct call *call, struct str name)
{
    static_assert(LIMIT_CHANNEL_BYTES == 64, "the text says it");
    reply_text(call, ERR_NOSUCHCHANNEL, name,
               STR("No channel can be called so: names begin with #, have no spaces or commas and "
                   "at most 64 bytes"));
}

/* --- JOIN --- */

/* The seconds for which nobody else may join (+j); 0 when the next one may. */
static uint32_t
throttle_wait_s(const struct hub *hub, const struct channel *channel)
{
    const struct join_throttle *throttle = &channel->throttle;
    int64_t end_ms = throttle->began_ms + throttle->seconds * INT64_C(1000);
    if (throttle->joins_max == 0 || throttle->joins < throttle->joins_max || end_ms <= hub->now_ms)
        return 0;
    return (uint32_t)((end_ms - hub->now_ms + 999) / 1000);
}

static void
throttle_count(const struct hub *hub, struct channel *channel)
{
    struct join_throttle *throttle = &channel->throttle;
    if (hub->now_ms - throttle->began_ms >= throttle->seconds * INT64_C(1000)) {
        throttle->began_ms = hub->now_ms;
        throttle->joins = 0;
    }
    throttle->joins++;
}

/* 0 when nothing keeps the user out, else the numeric that says what does. An invitation opens all
 * that members may open; a link was given to nobody by name, so that it opens no ban. */
static enum numeric
join_obstacle(const struct hub *hub, const struct channel *channel, const struct user *user,
              struct str key, enum join_how how)
{
    if (purge_closes(hub, channel))
        return ERR_BADCHANNAME;
    if (channel_has_mode(channel, CHANNEL_MODE_OPERATORS_ONLY) && !user_is_operator(user))
        return ERR_OPERONLY;
    if (channel_has_mode(channel, CHANNEL_MODE_SECURE_ONLY) && !user_is_secure(user))
        return ERR_SECUREONLYCHAN;
    if (user_is_invited(user, channel->id) ||
        rank_highest(access_ranks(channel, user->account)) >= RANK_OP)
        return 0;
    if (channel_bans(channel, user, BAN_JOIN))
        return ERR_BANNEDFROMCHAN;
    if (how == JOIN_BY_LINK)
        return 0;
    if (channel_has_mode(channel, CHANNEL_MODE_REGISTERED_JOIN) && user->account.len == 0)
        return ERR_NEEDREGGEDNICK;
    if (channel_has_mode(channel, CHANNEL_MODE_INVITE_ONLY) &&
        !channel_invites_by_mask(channel, user))
        return ERR_INVITEONLYCHAN;
    if (channel->key.len > 0 && !str_equal(channel->key, key))
        return ERR_BADCHANNELKEY;
    if (channel->limit > 0 && channel->member_count >= channel->limit)
        return ERR_CHANNELISFULL;
    return throttle_wait_s(hub, channel) > 0 ? ERR_THROTTLE : 0;
}

static void
refuse_throttled(struct call *call, const struct channel *channel)
{
    uint32_t wait_s = throttle_wait_s(call->hub, channel);
    struct buf seconds;
    struct buf text;
    buf_init(&seconds, 16);
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put_u64(&seconds, wait_s);
    buf_printf(&text, "Cannot join channel (+j): many have joined, try again in %u s", wait_s);
    refuse(call, &(struct refusal){
                     .code = STR("JOIN_THROTTLED"),
                     .numeric = ERR_THROTTLE,
                     .context = channel->name,
                     .detail = buf_str(&seconds),
                     .text = buf_str(&text),
                 });
    buf_deinit(&seconds);
    buf_deinit(&text);
}

static void
refuse_join(struct call *call, const struct channel *channel, enum numeric obstacle)
{
    if (obstacle == ERR_THROTTLE)
        refuse_throttled(call, channel);
    else if (obstacle == ERR_BADCHANNAME)
        naming_refuse_channel(call, channel->name, NAMING_CLOSED);
    else
        reply(call, obstacle, channel->name);
}

/*
 * The channel that the user comes into when it wants into this one: itself, or, where something
 * keeps it out, the one that +f says. NULL when it may enter neither, or is in the second one
 * already; then it has been told.
 */
static struct channel *
admit(struct call *call, struct channel *channel, struct str key, enum join_how how)
{
    enum numeric obstacle = join_obstacle(call->hub, channel, call->user, key, how);
    if (obstacle == 0)
        return channel;
    struct channel *other =
        obstacle == ERR_BADCHANNAME ? NULL : channel_find(call->hub, channel->forward);
    if (other == NULL) {
        refuse_join(call, channel, obstacle);
        return NULL;
    }
    reply(call, ERR_LINKCHANNEL, channel->name, other->name);
    if (user_membership(call->user, other) != NULL)
        return NULL;
    obstacle = join_obstacle(call->hub, other, call->user, STR_NONE, JOIN_ASKED);
    if (obstacle == 0)
        return other;
    refuse_join(call, other, obstacle); /* not forwarded again: channels may form a ring */
    return NULL;
}

static void
send_topic(struct call *call, const struct channel *channel)
{
    struct buf when;
    buf_init(&when, 24);
    buf_put_u64(&when, (uint64_t)channel->topic_ms / 1000);
    reply_text(call, RPL_TOPIC, channel->name, channel->topic);
    reply(call, RPL_TOPICWHOTIME, channel->name, channel->topic_by, buf_str(&when));
    buf_deinit(&when);
}

/* JOIN of the call's user. Its params are of the three words. */
static struct event_spec
join_spec(struct call *call, const struct channel *channel, struct str words[3])
{
    const struct user *user = call->user;
    words[0] = channel->name;
    words[1] = user->account.len > 0 ? user->account : STR("*");
    words[2] = user->realname;
    struct event_spec spec = spec_from_user(call->hub, user, EVENT_JOIN, STR("JOIN"));
    spec.params = words;
    spec.param_count = 3;
    spec.is_last_text = true;
    return spec;
}

/* JOIN to all members, and what each client of the new one needs to know. */
static void
announce_join(struct call *call, const struct channel *channel)
{
    const struct user *user = call->user;
    struct str words[3];
    struct event_spec spec = join_spec(call, channel, words);
    announce_in_channel(call, channel, spec);
    if (user->away.len > 0) {
        struct event_spec away = spec_from_user(call->hub, user, EVENT_AWAY, STR("AWAY"));
        away.needs = CAP(AWAY_NOTIFY);
        away.origin = call->session->id;
        away.params = &user->away;
        away.param_count = 1;
        away.is_last_text = true;
        struct event *event = event_new(&away);
        post_to_channel(call->hub, channel, event);
        event_unref(&event);
    }
    metadata_member_joined(call->hub, channel, call->user);
    list_for_each(node, &user->sessions) { /* all are in it now, whichever has joined */
        struct call theirs = *call;
        theirs.session = CONTAINER_OF(node, struct session, in_user);
        send_channel_state(&theirs, channel);
    }
}

void
send_channel_state(struct call *call, const struct channel *channel)
{
    if (channel->topic.len > 0)
        send_topic(call, channel);
    floor_tell(call, channel);
    flood_limits_tell(call, channel);
    read_marker_show(call->hub, call->session, channel);
    metadata_show_on_join(call, channel);
    if (!(call->session->caps & CAP(NO_IMPLICIT_NAMES)))
        send_names(call, channel);
}

void
channel_show(struct call *call, const struct channel *channel)
{
    struct str words[3];
    struct event_spec spec = join_spec(call, channel, words);
    struct event *event = event_new(&spec);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
    send_channel_state(call, channel);
}

/* Wakes the channel, if it sleeps; what ranks the user has in it whenever it comes. */
static uint32_t
ranks_on_return(struct hub *hub, struct channel *channel, const struct user *user)
{
    uint32_t ranks = access_ranks(channel, user->account);
    if (channel->slept_ms == 0)
        return ranks;
    channel->slept_ms = 0;
    channel_row_change(hub, channel);
    bool has_op = channel_is_registered(channel);
    for (size_t i = 0; i < channel->access_count; i++)
        has_op = has_op || rank_highest(channel->access[i].ranks) >= RANK_OP;
    return has_op ? ranks : RANK_OP; /* nobody else could ever give ranks: as in a new channel */
}

/* MODE of the server: the letters of these ranks, for the one user. */
static void
announce_ranks(struct call *call, const struct channel *channel, const struct user *user, char sign,
               uint32_t ranks)
{
    struct str params[2 + RANK_COUNT];
    size_t count = 0;
    struct buf letters;
    buf_init(&letters, 1 + RANK_COUNT);
    buf_put_byte(&letters, sign);
    params[count++] = channel->name;
    count++; /* the letters, when they have stopped moving */
    for (size_t i = 0; i < RANK_COUNT; i++) {
        const struct rank_row *row = rank_row_at(i);
        if (!(ranks & row->rank))
            continue;
        buf_put_byte(&letters, row->letter);
        params[count++] = user->nick;
    }
    params[1] = buf_str(&letters);
    if (count > 2) {
        struct event_spec spec = spec_from_server(call->hub, EVENT_MODE, STR("MODE"));
        spec.params = params;
        spec.param_count = count;
        announce_in_channel(call, channel, spec);
    }
    buf_deinit(&letters);
}

/* Of a member that is there. */
static void
set_ranks(struct call *call, const struct channel *channel, struct user *user, char sign,
          uint32_t ranks)
{
    struct member *member = user_membership(user, channel);
    assert(member != NULL);
    uint32_t changed = sign == '+' ? ranks & ~member->ranks : ranks & member->ranks;
    member->ranks ^= changed;
    user->identity_version++; /* bans may ask for ranks */
    presence_changed(call->hub, user);
    announce_ranks(call, channel, user, sign, changed);
}

void
channel_give_ranks(struct call *call, const struct channel *channel, struct user *user,
                   uint32_t ranks)
{
    set_ranks(call, channel, user, '+', ranks);
}

void
channel_take_ranks(struct call *call, const struct channel *channel, struct user *user,
                   uint32_t ranks)
{
    set_ranks(call, channel, user, '-', ranks);
}

/*
 * The channel that the user wants to join: NULL in *channel_out when it is to be made. False, and
 * told why, when it is neither there nor may be made.
 */
static bool
find_for_join(struct call *call, struct str name, struct channel **channel_out)
{
    struct channel *channel = channel_find(call->hub, name);
    if (channel == NULL && channel_is_lost(call->hub, name)) { /* whoever asks, and however */
        naming_refuse_channel(call, name, NAMING_LOST);
        return false;
    }
    if (channel == NULL &&
        purge_find(call->hub, name) == NULL) { /* one that is closed leads nowhere */
        channel = rename_find(call->hub, name);
        if (channel != NULL && rename_leaves_name_to(channel, call->user))
            channel = NULL;
        else if (channel != NULL && !rename_follow(call, name, channel))
            return false;
    }
    *channel_out = channel;
    return true;
}

void
channel_join(struct call *call, struct str name, struct str key, enum join_how how)
{
    struct user *user = call->user;
    if (!name_is_channel(name)) {
        channel_refuse_name(call, name);
        return;
    }
    struct channel *channel = NULL;
    if (!find_for_join(call, name, &channel))
        return;
    if (channel != NULL && user_membership(user, channel) != NULL)
        return;
    if (user->membership_count >= call->hub->config->channels_per_user_max) {
        reply(call, ERR_TOOMANYCHANNELS, name);
        return;
    }
    bool is_checked = how == JOIN_ASKED || how == JOIN_BY_LINK;
    if (is_checked && !rate_allows_join(call, name, channel))
        return;
    uint32_t ranks = how == JOIN_AS_CONSOLE ? RANK_OP : 0;
    if (channel == NULL) {
        if (call->hub->channels.count >= call->hub->config->channels_max) {
            reply_about(call, ERR_UNKNOWNERROR, name,
                        "This server has all the channels it may hold: join one of them");
            return;
        }
        if (is_checked && defcon_refuses_channels(call->hub, user)) {
            reply_text(call, ERR_UNAVAILRESOURCE, name,
                       STR("No new channels are made at the moment: try again later"));
            return;
        }
        enum naming_verdict verdict = naming_check_channel(call, name);
        if (verdict != NAMING_FREE && is_checked) {
            naming_refuse_channel(call, name, verdict);
            return;
        }
        channel = channel_new(call->hub, name);
        keep_nothing_of(call->hub, channel);
        channel->creator = user->id;
        ranks = call->hub->config->is_creator_founder ? RANK_FOUNDER | RANK_OP : RANK_OP;
    } else if (is_checked) {
        channel = admit(call, channel, key, how);
        if (channel == NULL)
            return;
    }
    throttle_count(call->hub, channel);
    user_uninvite(call->hub, user, channel->id);
    uint32_t kept_ranks = ranks == 0 ? ranks_on_return(call->hub, channel, user) : 0;
    channel_add_member(call->hub, channel, user, ranks | kept_ranks);
    if (ranks != 0)
        channel_row_change(call->hub, channel);
    announce_join(call, channel);
    if (kept_ranks != 0) /* its own list of names has them, but nobody else knows */
        announce_ranks(call, channel, user, '+', kept_ranks);
}

void
channel_part(struct call *call, struct channel *channel, struct str reason)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_PART, STR("PART"));
    spec.params = (const struct str[]){channel->name, reason};
    spec.param_count = reason.len > 0 ? 2 : 1;
    spec.is_last_text = reason.len > 0;
    announce_in_channel(call, channel, spec);
    channel_remove_member(call->hub, channel, call->user);
}

void
cmd_join(struct call *call)
{
    struct str names = call_param(call, 0);
    struct str keys = call_param(call, 1);
    if (str_equal(names, STR("0"))) { /* RFC 2812 3.2.1: leave all */
        while (call->user->membership_count > 0)
            channel_part(call, call->user->memberships[call->user->membership_count - 1].channel,
                         STR_NONE);
        return;
    }
    size_t first = call->user->membership_count;
    uint64_t before = call->hub->last_msgid + 1;
    for (size_t i = 0; names.ptr != NULL; i++) {
        struct str name = str_cut(&names, ',');
        struct str key = keys.ptr == NULL ? STR_NONE : str_cut(&keys, ',');
        if (i >= LIMIT_JOIN_TARGETS) {
            reply(call, ERR_TOOMANYTARGETS, name);
            break;
        }
        if (name.len > 0 || i == 0)
            channel_join(call, name, key, JOIN_ASKED);
    }
    replay_on_join(call, first, before);
}

void
cmd_part(struct call *call)
{
    struct str names = call_param(call, 0);
    struct str reason = utf8_take(call_param(call, 1), LIMIT_REASON_BYTES);
    if (reason.len > 0 && !filter_allows(call, FILTER_IN_PART, reason))
        reason = STR_NONE; /* it leaves without a word */
    if (call->verdict == HUB_CLOSED)
        return;
    for (size_t i = 0; names.ptr != NULL; i++) {
        struct str name = str_cut(&names, ',');
        if (i >= LIMIT_JOIN_TARGETS) {
            reply(call, ERR_TOOMANYTARGETS, name);
            return;
        }
        struct channel *channel = find_visible(call, name);
        if (channel == NULL)
            continue;
        if (user_membership(call->user, channel) == NULL)
            reply(call, ERR_NOTONCHANNEL, channel->name);
        else
            channel_part(call, channel, reason);
    }
}

/* --- TOPIC --- */

static void
set_topic(struct call *call, struct channel *channel, struct str topic)
{
    str_replace(&channel->topic, utf8_take(topic, LIMIT_TOPIC_BYTES));
    str_replace(&channel->topic_by, call->user->nick);
    channel->topic_ms = call->hub->now_ms;
    channel_row_change(call->hub, channel);
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_TOPIC, STR("TOPIC"));
    spec.params = (const struct str[]){channel->name, channel->topic};
    spec.param_count = 2;
    spec.is_last_text = true;
    announce_in_channel(call, channel, spec);
}

void
cmd_topic(struct call *call)
{
    struct channel *channel = find_visible(call, call_param(call, 0));
    if (channel == NULL)
        return;
    const struct member *member = user_membership(call->user, channel);
    if (member == NULL) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
        return;
    }
    if (call->msg->param_count < 2) {
        if (channel->topic.len > 0)
            send_topic(call, channel);
        else
            reply(call, RPL_NOTOPIC, channel->name);
        return;
    }
    if (channel_has_mode(channel, CHANNEL_MODE_TOPIC_OPS) &&
        rank_highest(member->ranks) < RANK_HALFOP) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
                   STR("Only operators change the topic here (+t)"));
        return;
    }
    struct str topic = call_param(call, 1);
    enum filter_result result =
        filter_check(call, &(struct filter_text){
                               .target = FILTER_IN_TOPIC,
                               .lines = &topic,
                               .line_count = 1,
                               .is_voiced = rank_highest(member->ranks) >= RANK_VOICE,
                               .context = channel->name,
                           });
    if (result == FILTER_PASS)
        set_topic(call, channel, topic);
}

/* --- NAMES --- */

static void
put_name(struct buf *out, const struct call *call, const struct member *member)
{
    if (call->session->caps & CAP(MULTI_PREFIX)) {
        for (size_t i = 0; i < RANK_COUNT; i++) {
            if (member->ranks & rank_row_at(i)->rank)
                buf_put_byte(out, rank_row_at(i)->prefix);
        }
    } else if (member->ranks != 0) {
        buf_put_byte(out, rank_highest_prefix(member->ranks));
    }
    bool has_hosts = (call->session->caps & CAP(USERHOST_IN_NAMES)) != 0;
    buf_put(out, has_hosts ? member->user->prefix : member->user->nick);
}

void
send_names(struct call *call, const struct channel *channel)
{
    struct str symbol = channel_has_mode(channel, CHANNEL_MODE_SECRET) ? STR("@") : STR("=");
    size_t head = call->hub->config->server_name.len + call_client_name(call).len +
                  channel->name.len + sizeof(": 353  =  :");
    struct buf names;
    struct buf name;
    buf_init(&names, LIMIT_LINE_BYTES - head);
    buf_init(&name, LIMIT_MASK_BYTES + RANK_COUNT);
    bool is_member = user_membership(call->user, channel) != NULL;
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (!is_member && !user_is_visible_to(member->user, call->user))
            continue;
        buf_clear(&name);
        put_name(&name, call, member);
        if (name.len + 1 > buf_room(&names)) {
            reply_text(call, RPL_NAMREPLY, symbol, channel->name, buf_str(&names));
            buf_clear(&names);
        }
        if (names.len > 0)
            buf_put_byte(&names, ' ');
        buf_put(&names, buf_str(&name));
    }
    if (names.len > 0)
        reply_text(call, RPL_NAMREPLY, symbol, channel->name, buf_str(&names));
    reply(call, RPL_ENDOFNAMES, channel->name);
    buf_deinit(&names);
    buf_deinit(&name);
}

/*
 * The first channel only, as TARGMAX says: clients wait for one end of list that names one channel.
 * SPEC: RFC 2812 3.2.5 lists everybody when no channel is given; nobody can use that.
 */
void
cmd_names(struct call *call)
{
    struct str names = call_param(call, 0);
    struct str name = str_cut(&names, ',');
    const struct channel *channel = channel_find(call->hub, name);
    if (channel != NULL && channel_is_visible_to(channel, call->user))
        send_names(call, channel);
    else
        reply(call, RPL_ENDOFNAMES, name.len == 0 ? STR("*") : name);
}

/* --- LIST --- */

/* What LIST was asked for: ELIST=CMNTU. */
struct list_filter {
    uint32_t users_above; /* ">n" */
    uint32_t users_below; /* "<n", UINT32_MAX: none */
    int64_t created_after_ms;
    int64_t created_before_ms;
    int64_t topic_after_ms;
    int64_t topic_before_ms;

    struct list_mask {
        bool is_negative; /* "!mask" */
        struct folded folded;
    } masks[LIMIT_LIST_MASKS];

    size_t mask_count;
};

/* ">n", "<n", "C>n", "C<n", "T>n", "T<n"; n of C and T in minutes ago. False when it is none. */
static bool
parse_filter_item(const struct hub *hub, struct str item, struct list_filter *filter)
{
    char what = 'U';
    if (item.len > 1 && (ascii_upper(item.ptr[0]) == 'C' || ascii_upper(item.ptr[0]) == 'T')) {
        what = ascii_upper(item.ptr[0]);
        item = str_skip(item, 1);
    }
    if (item.len < 2 || (item.ptr[0] != '<' && item.ptr[0] != '>'))
        return false;
    bool is_more = item.ptr[0] == '>';
    uint64_t number;
    if (!number_parse_u64(str_skip(item, 1), 100000000, &number))
        return false;
    int64_t moment_ms = hub->now_ms - (int64_t)number * 60000;
    if (what == 'U' && is_more)
        filter->users_above = (uint32_t)number;
    else if (what == 'U')
        filter->users_below = (uint32_t)number;
    else if (what == 'C' && is_more) /* more minutes ago: before that moment */
        filter->created_before_ms = moment_ms;
    else if (what == 'C')
        filter->created_after_ms = moment_ms;
    else if (is_more)
        filter->topic_before_ms = moment_ms;
    else
        filter->topic_after_ms = moment_ms;
    return true;
}

/* Adds a name, a mask or "!mask". False when there are too many. */
static bool
add_list_mask(struct list_filter *filter, struct str mask)
{
    if (filter->mask_count == LIMIT_LIST_MASKS)
        return false;
    struct list_mask *item = &filter->masks[filter->mask_count++];
    item->is_negative = mask.len > 1 && mask.ptr[0] == '!';
    if (!name_fold(item->is_negative ? str_skip(mask, 1) : mask, &item->folded))
        item->folded.len = 0; /* no channel is called so */
    return true;
}

/* True for no masks at all; "!mask" refuses, the others accept. */
static bool
masks_accept(const struct list_filter *filter, const struct channel *channel)
{
    bool has_positive = false;
    bool is_accepted = false;
    for (size_t i = 0; i < filter->mask_count; i++) {
        const struct list_mask *mask = &filter->masks[i];
        bool is_match = mask_matches(folded_str(&mask->folded), channel->folded_name);
        if (mask->is_negative && is_match)
            return false;
        has_positive = has_positive || !mask->is_negative;
        is_accepted = is_accepted || (!mask->is_negative && is_match);
    }
    return is_accepted || !has_positive;
}

static bool
filter_accepts(const struct list_filter *filter, const struct channel *channel)
{
    bool has_topic_filter = filter->topic_after_ms != 0 || filter->topic_before_ms != INT64_MAX;
    if (has_topic_filter && (channel->topic_ms == 0 || channel->topic_ms < filter->topic_after_ms ||
                             channel->topic_ms > filter->topic_before_ms))
        return false;
    return channel->member_count > filter->users_above &&
           channel->member_count < filter->users_below &&
           channel->created_ms >= filter->created_after_ms &&
           channel->created_ms <= filter->created_before_ms && masks_accept(filter, channel);
}

static void
list_item(struct call *call, void *item, const struct listing *listing)
{
    (void)listing;
    const struct channel *channel = item;
    if (!channel_is_visible_to(channel, call->user))
        return;
    struct buf count;
    buf_init(&count, 16);
    buf_put_u64(&count, channel->member_count);
    reply_text(call, RPL_LIST, channel->name, buf_str(&count), channel->topic);
    buf_deinit(&count);
}

static void
list_end(struct call *call, const struct listing *listing)
{
    (void)listing;
    reply_plain(call, RPL_LISTEND);
}

void
cmd_list(struct call *call)
{
    struct list_filter filter = {
        .users_below = UINT32_MAX,
        .created_before_ms = INT64_MAX,
        .topic_before_ms = INT64_MAX,
    };
    for (size_t i = 0; i < 2; i++) { /* names, then conditions; both are taken in both places */
        struct str items = call_param(call, i);
        while (items.ptr != NULL) {
            struct str item = str_cut(&items, ',');
            if (item.len == 0 || parse_filter_item(call->hub, item, &filter) ||
                add_list_mask(&filter, item))
                continue;
            reply(call, ERR_TOOMANYTARGETS, item);
            items = STR_NONE;
        }
    }

    reply(call, RPL_LISTSTART, STR("Channel"));
    struct listing *listing = listing_new(list_item, list_end, true, STR_NONE, STR_NONE);
    for (struct map_node *node = map_first(&call->hub->channels_by_name); node != NULL;
         node = map_next(node)) {
        const struct channel *channel = CONTAINER_OF(node, struct channel, by_name);
        if (filter_accepts(&filter, channel))
            listing_add(listing, channel->id);
    }
    listing_start(call, listing);
}

void
channel_kick(struct call *call, struct channel *channel, struct user *user, struct str reason)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_KICK, STR("KICK"));
    spec.params = (const struct str[]){channel->name, user->nick, reason};
    spec.param_count = 3;
    spec.is_last_text = true;
    announce_in_channel(call, channel, spec);
    channel_remove_member(call->hub, channel, user);
}

/* --- KICK and INVITE --- */

static void
kick(struct call *call, struct channel *channel, uint32_t rank, struct str nick, struct str reason)
{
    struct user *user = user_find(call->hub, nick);
    if (user == NULL) {
        reply(call, ERR_NOSUCHNICK, nick);
        return;
    }
    struct member *member = user_membership(user, channel);
    if (member == NULL) {
        reply(call, ERR_USERNOTINCHANNEL, user->nick, channel->name);
        return;
    }
    if (rank_highest(member->ranks) > rank) {
        reply_about(call, ERR_CHANOPRIVSNEEDED, channel->name, "%.*s has a higher rank than you",
                    STR_ARG(user->nick));
        return;
    }
    channel_kick(call, channel, user, reason);
}

/* Kicks one user from one channel, when the caller may. */
static void
kick_from(struct call *call, struct str name, struct str nick, struct str reason)
{
    struct channel *channel = find_visible(call, name);
    if (channel == NULL)
        return;
    const struct member *member = user_membership(call->user, channel);
    uint32_t rank = member == NULL ? 0 : rank_highest(member->ranks);
    if (user_may(call->user, PRIVILEGE_OVERRIDE))
        rank = RANK_FOUNDER;
    if (member == NULL && rank == 0) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
    } else if (rank < RANK_HALFOP) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
                   STR("Only half operators and above can kick"));
    } else {
        kick(call, channel, rank, nick, reason);
    }
}

/* One channel and many nicks, or as many channels as nicks (RFC 2812 3.2.8). */
void
cmd_kick(struct call *call)
{
    struct str reason = utf8_take(call_param(call, 2), LIMIT_REASON_BYTES);
    if (reason.len == 0)
        reason = call->user->nick;
    struct str names = call_param(call, 0);
    struct str nicks = call_param(call, 1);
    struct str name = str_cut(&names, ',');
    for (size_t i = 0; nicks.ptr != NULL; i++) {
        struct str nick = str_cut(&nicks, ',');
        if (i >= LIMIT_JOIN_TARGETS) {
            reply(call, ERR_TOOMANYTARGETS, nick);
            return;
        }
        kick_from(call, name, nick, reason);
        if (names.ptr != NULL)
            name = str_cut(&names, ',');
    }
}

static void
list_invites(struct call *call)
{
    const struct user *user = call->user;
    for (size_t i = 0; i < user->invite_count; i++) {
        const struct channel *channel = slots_find(&call->hub->channels, user->invites[i]);
        if (channel != NULL)
            reply(call, RPL_INVITELIST, channel->name);
    }
    reply_plain(call, RPL_ENDOFINVITELIST);
}

/* The INVITE to the invited, and to those members who may invite and want to know. */
static void
announce_invite(struct call *call, struct channel *channel, const struct user *guest)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_INVITE, STR("INVITE"));
    spec.params = (const struct str[]){guest->nick, channel->name};
    spec.param_count = 2;
    struct event *event = event_new(&spec);
    if (!shield_silences(guest, call->user))
        post_to_user(call->hub, guest, event);
    event_unref(&event);

    spec.needs = CAP(INVITE_NOTIFY);
    spec.origin = call->session->id;
    event = event_new(&spec);
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (rank_highest(member->ranks) >= RANK_HALFOP)
            post_to_user(call->hub, member->user, event);
    }
    event_unref(&event);
}

void
cmd_invite(struct call *call)
{
    if (call->msg->param_count == 0) {
        list_invites(call);
        return;
    }
    if (call->msg->param_count == 1) {
        reply_text(call, ERR_NEEDMOREPARAMS, call->command,
                   STR("Not enough parameters: INVITE <nick> <channel>"));
        return;
    }
    struct user *guest = user_find(call->hub, call_param(call, 0));
    if (guest == NULL) {
        reply(call, ERR_NOSUCHNICK, call_param(call, 0));
        return;
    }
    struct channel *channel = find_visible(call, call_param(call, 1));
    if (channel == NULL)
        return;
    const struct member *member = user_membership(call->user, channel);
    if (member == NULL) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
        return;
    }
    bool may_open = rank_highest(member->ranks) >= RANK_HALFOP ||
                    channel_has_mode(channel, CHANNEL_MODE_FREE_INVITE);
    if (channel_has_mode(channel, CHANNEL_MODE_INVITE_ONLY) && !may_open) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
                   STR("Only half operators and above invite here (+i)"));
        return;
    }
    if (channel_has_mode(channel, CHANNEL_MODE_NO_INVITES)) {
        reply_text(call, ERR_NOINVITE, channel->name,
                   STR("Nobody is invited here (+V): an operator of the channel can change that"));
        return;
    }
    if (user_membership(guest, channel) != NULL) {
        reply(call, ERR_USERONCHANNEL, guest->nick, channel->name);
        return;
    }
    if (!rate_allows(call, RATE_INVITES, "You invite too many people", guest->nick))
        return;
    /* From others it is a word to a friend: it does not open what a key or a ban closes. */
    if (may_open)
        user_invite(call->hub, guest, channel->id);
    announce_invite(call, channel, guest);
    reply(call, RPL_INVITING, guest->nick, channel->name);
    if (guest->away.len > 0)
        reply_text(call, RPL_AWAY, guest->nick, guest->away);
}
