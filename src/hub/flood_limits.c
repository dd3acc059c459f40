/* CHANLIMITS; see flood_limits.h. */
#include "hub/flood_limits.h"

#include "base/buf.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/user.h"

static bool
is_exempt(uint32_t ranks)
{
    return rank_highest(ranks) >= RANK_VOICE; /* as speech_wait_s has it */
}

static void
tell(struct hub *hub, const struct session *session, const struct channel *channel, uint32_t ranks)
{
    struct buf join;
    struct buf speech;
    buf_init(&join, 64);
    buf_init(&speech, 64);
    struct str params[3] = {channel->name};
    size_t count = 1;
    if (channel->throttle.joins_max > 0) {
        buf_printf(&join, "channel:join=%u/%u", channel->throttle.joins_max,
                   channel->throttle.seconds);
        params[count++] = buf_str(&join);
    }
    if (channel->slow_s > 0 && !is_exempt(ranks)) {
        buf_printf(&speech, "user:message=1/%u", channel->slow_s);
        params[count++] = buf_str(&speech);
    }
    if (count == 1)
        params[count++] = STR("*");
    tell_session(hub, session,
                 (struct event_spec){
                     .kind = EVENT_CONTROL,
                     .command = STR("CHANLIMITS"),
                     .needs = CAP(FLOOD_LIMITS),
                     .params = params,
                     .param_count = count,
                 });
    buf_deinit(&join);
    buf_deinit(&speech);
}

static void
tell_member(struct hub *hub, const struct channel *channel, const struct member *member)
{
    list_for_each(node, &member->user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (session->caps & CAP(FLOOD_LIMITS))
            tell(hub, session, channel, member->ranks);
    }
}

void
flood_limits_tell(struct call *call, const struct channel *channel)
{
    bool has_limits = channel->slow_s > 0 || channel->throttle.joins_max > 0;
    const struct member *member = user_membership(call->user, channel);
    if (has_limits && member != NULL && (call->session->caps & CAP(FLOOD_LIMITS)))
        tell(call->hub, call->session, channel, member->ranks);
}

void
flood_limits_changed(struct hub *hub, const struct channel *channel)
{
    list_for_each(node, &channel->members) {
        tell_member(hub, channel, CONTAINER_OF(node, struct member, in_channel));
    }
}

void
flood_limits_changed_for(struct hub *hub, const struct channel *channel,
                         const struct member *member, uint32_t ranks_before)
{
    if (channel->slow_s > 0 && is_exempt(ranks_before) != is_exempt(member->ranks))
        tell_member(hub, channel, member);
}

void
cmd_chanlimits(struct call *call)
{
    const struct channel *channel = channel_find(call->hub, call_param(call, 0));
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, call_param(call, 0));
        return;
    }
    const struct member *member = user_membership(call->user, channel);
    bool is_op = member != NULL && rank_highest(member->ranks) >= RANK_OP;
    refuse(call, &(struct refusal){
                     .code = is_op ? STR("INVALID_PARAMS") : STR("CHANOP_NEEDED"),
                     .context = channel->name,
                     .text = is_op ? STR("Limits are set with MODE <channel> +W <seconds> and "
                                         "+j <joins>:<seconds>")
                                   : STR("Only operators of the channel set limits there"),
                     .is_always_standard = true,
                 });
}
