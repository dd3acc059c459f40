/*
 * KNOCK: asking for an invitation to a channel that can't be joined.
 * Spec: the numerics 710 to 714 as ircds in use have them; there is no text of it.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/extban.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/user.h"

/* A channel hears one knock in this time; how often a user may knock, the rates say. */
#define KNOCK_INTERVAL_MS 60000

/* Whether there is anything that an invitation would overcome. */
static bool
is_closed(const struct channel *channel)
{
    return channel_has_mode(channel, CHANNEL_MODE_INVITE_ONLY) || channel->key.len > 0 ||
           (channel->limit > 0 && channel->member_count >= channel->limit);
}

/* To those who may invite. */
static void
announce_knock(struct call *call, const struct channel *channel, struct str reason)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put(&text, STR("has asked for an invitation"));
    if (reason.len > 0)
        buf_printf(&text, ": %.*s", STR_ARG(reason));
    struct event_spec spec = spec_from_server(call->hub, EVENT_REPLY, STR(""));
    spec.numeric = RPL_KNOCK;
    /* The channel where a client's name would stand: the same line for all. */
    spec.params =
        (const struct str[]){channel->name, channel->name, call->user->prefix, buf_str(&text)};
    spec.param_count = 4;
    spec.is_last_text = true;
    struct event *event = event_new(&spec);
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (rank_highest(member->ranks) >= RANK_HALFOP)
            post_to_user(call->hub, member->user, event);
    }
    event_unref(&event);
    buf_deinit(&text);
}

static bool
was_lately(const struct hub *hub, int64_t moment_ms)
{
    return moment_ms != 0 && hub->now_ms - moment_ms < KNOCK_INTERVAL_MS;
}

void
cmd_knock(struct call *call)
{
    struct str name = call_param(call, 0);
    struct channel *channel = channel_find(call->hub, name);
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, name);
        return;
    }
    if (user_membership(call->user, channel) != NULL) {
        reply(call, ERR_KNOCKONCHAN, channel->name);
    } else if (!is_closed(channel) || user_is_invited(call->user, channel->id)) {
        reply(call, ERR_CHANOPEN, channel->name);
    } else if (channel_has_mode(channel, CHANNEL_MODE_NO_KNOCKS)) {
        reply_text(call, ERR_CANNOTSENDTOCHAN, channel->name,
                   STR("Cannot knock (+K): ask a member to invite you"));
    } else if (channel_bans(channel, call->user, BAN_JOIN)) {
        reply_text(call, ERR_CANNOTSENDTOCHAN, channel->name,
                   STR("Cannot knock (+b): you are banned, ask an operator of the channel"));
    } else if (was_lately(call->hub, channel->knocked_ms)) {
        reply(call, ERR_TOOMANYKNOCK, channel->name);
    } else if (rate_allows(call, RATE_INVITES, "You knock at too many channels", channel->name)) {
        channel->knocked_ms = call->hub->now_ms;
        announce_knock(call, channel, utf8_take(call_param(call, 1), LIMIT_KNOCK_BYTES));
        reply(call, RPL_KNOCKDLVR, channel->name);
    }
}
