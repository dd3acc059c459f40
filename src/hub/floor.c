/* Half duplex; see floor.h. */
#include "hub/floor.h"

#include "base/buf.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/reply.h"
#include "hub/user.h"

#include <assert.h>

static void
set_free(struct hub *hub, struct channel *channel)
{
    channel->floor.last_speaker = SLOT_ID_NONE;
    timers_clear(&hub->timers, &channel->floor.timer.timer);
}

/* Says that the turn has become free, and why: one word. */
static void
announce_free(struct hub *hub, const struct channel *channel, struct str reason)
{
    struct event_spec spec = spec_from_server(hub, EVENT_FLOOR, STR("FLOOR"));
    spec.needs = CAP(FLOOR);
    spec.params = (const struct str[]){STR("FREE"), channel->name, reason};
    spec.param_count = 3;
    struct event *event = event_new(&spec);
    post_to_channel(hub, channel, event);
    event_unref(&event);
}

static void
silence_is_over(struct hub *hub, struct hub_timer *timer)
{
    struct channel *channel = CONTAINER_OF(timer, struct channel, floor.timer);
    assert(channel->floor.is_on);
    set_free(hub, channel);
    announce_free(hub, channel, STR("silence"));
}

void
floor_enable(struct hub *hub, struct channel *channel, uint32_t silence_s)
{
    set_free(hub, channel);
    channel->floor.is_on = true;
    channel->floor.timer.fired = silence_is_over;
    channel->floor.silence_s = silence_s;
}

void
floor_disable(struct hub *hub, struct channel *channel)
{
    set_free(hub, channel);
    channel->floor.is_on = false;
    channel->floor.silence_s = 0;
}

bool
floor_is_free_for(const struct hub *hub, const struct channel *channel, const struct user *user)
{
    const struct floor *floor = &channel->floor;
    if (!floor->is_on || !slot_id_equal(floor->last_speaker, user->id))
        return true;
    return floor->silence_s > 0 &&
           hub->now_ms - floor->last_spoken_ms >= (int64_t)floor->silence_s * 1000;
}

/* How many members could answer the user, who may have spoken from outside, or be gone: those who
 * are not absent (presence.h). At most `max` are counted. */
static uint32_t
count_others(const struct channel *channel, struct slot_id user, uint32_t max)
{
    uint32_t count = 0;
    list_for_each(node, &channel->members) {
        const struct user *other = CONTAINER_OF(node, struct member, in_channel)->user;
        count += slot_id_equal(other->id, user) || user_is_absent(other) ? 0 : 1;
        if (count == max)
            break;
    }
    return count;
}

void
floor_take(struct hub *hub, struct channel *channel, const struct user *user)
{
    struct floor *floor = &channel->floor;
    if (!floor->is_on)
        return;
    if (count_others(channel, user->id, 1) == 0) /* nobody heard it, nobody can answer */
        return;
    floor->last_speaker = user->id;
    floor->last_spoken_ms = hub->now_ms;
    if (floor->silence_s > 0)
        timers_set(&hub->timers, &floor->timer.timer,
                   hub->now_ms + (int64_t)floor->silence_s * 1000);
}

void
floor_member_left(struct hub *hub, struct channel *channel, const struct user *user)
{
    const struct floor *floor = &channel->floor;
    if (!floor->is_on || slot_id_is_none(floor->last_speaker))
        return;
    if (slot_id_equal(floor->last_speaker, user->id)) {
        set_free(hub, channel);
        announce_free(hub, channel, STR("left"));
    } else {
        floor_member_absent(hub, channel);
    }
}

void
floor_member_absent(struct hub *hub, struct channel *channel)
{
    const struct floor *floor = &channel->floor;
    if (!floor->is_on || slot_id_is_none(floor->last_speaker) ||
        count_others(channel, floor->last_speaker, 1) > 0)
        return;
    set_free(hub, channel);
    announce_free(hub, channel, STR("left"));
}

/* Who has to speak next: the one other member, or how many there are. */
static void
put_awaited(struct buf *out, const struct channel *channel, const struct user *speaker,
            struct str *only_other_out)
{
    *only_other_out = STR("*");
    uint32_t others = count_others(channel, speaker->id, UINT32_MAX);
    if (others != 1) {
        buf_printf(out, "one of the other %u members", others);
        return;
    }
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        if (member->user != speaker && !user_is_absent(member->user)) {
            *only_other_out = member->user->nick;
            buf_put(out, member->user->nick);
        }
    }
}

void
floor_refuse(struct call *call, const struct channel *channel)
{
    struct buf awaited;
    struct str only_other;
    buf_init(&awaited, LIMIT_LINE_BYTES);
    put_awaited(&awaited, channel, call->user, &only_other);

    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text,
               "Not your turn (+H), your text was not sent: you spoke last, waiting for %.*s",
               STR_ARG(buf_str(&awaited)));
    if (channel->floor.silence_s > 0) {
        int64_t free_at = channel->floor.last_spoken_ms + channel->floor.silence_s * INT64_C(1000);
        int64_t left_s = (free_at - call->hub->now_ms + 999) / 1000;
        buf_printf(&text, " or for %lld s of silence", (long long)left_s);
    }
    refuse(call, &(struct refusal){
                     .code = STR("FLOOR_REQUIRED"),
                     .numeric = ERR_CANNOTSENDTOCHAN,
                     .context = channel->name,
                     .detail = only_other,
                     .text = buf_str(&text),
                 });
    buf_deinit(&text);
    buf_deinit(&awaited);
}

/* FLOOR HELD or FREE to the session of the call. */
static void
send_status(struct call *call, const struct channel *channel)
{
    const struct user *speaker = slots_find(&call->hub->users, channel->floor.last_speaker);
    struct buf seconds;
    buf_init(&seconds, 16);
    buf_put_u64(&seconds, channel->floor.silence_s);
    const struct str held[] = {STR("HELD"), channel->name,
                               speaker == NULL ? STR("*") : speaker->nick, buf_str(&seconds)};
    const struct str free_turn[] = {STR("FREE"), channel->name, STR("start")};
    struct event_spec spec = spec_from_server(call->hub, EVENT_FLOOR, STR("FLOOR"));
    spec.params = speaker == NULL ? free_turn : held;
    spec.param_count = speaker == NULL ? ARRAY_LEN(free_turn) : ARRAY_LEN(held);
    tell_session(call->hub, call->session, spec);
    buf_deinit(&seconds);
}

void
floor_tell(struct call *call, const struct channel *channel)
{
    if (channel->floor.is_on && (call->session->caps & CAP(FLOOR)))
        send_status(call, channel);
}

static void
skip(struct call *call, struct channel *channel, const struct member *member)
{
    bool may_skip = (member != NULL && rank_highest(member->ranks) >= RANK_OP) ||
                    user_may(call->user, PRIVILEGE_OVERRIDE);
    if (!may_skip) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
                   STR("Only an operator of the channel can skip a turn"));
        return;
    }
    set_free(call->hub, channel);
    announce_free(call->hub, channel, STR("skipped"));
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "The turn in %.*s is free", STR_ARG(channel->name));
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

/* What clients without the capability get for STATUS. */
static void
tell_in_words(struct call *call, const struct channel *channel)
{
    const struct user *speaker = slots_find(&call->hub->users, channel->floor.last_speaker);
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    if (speaker == NULL)
        buf_printf(&text, "%.*s: the turn is free", STR_ARG(channel->name));
    else
        buf_printf(&text, "%.*s: %.*s spoke last; everybody else may speak", STR_ARG(channel->name),
                   STR_ARG(speaker->nick));
    reply_notice(call, buf_str(&text));
    buf_deinit(&text);
}

void
cmd_floor(struct call *call)
{
    struct str what = call_param(call, 0);
    struct channel *channel = channel_find(call->hub, call_param(call, 1));
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, call_param(call, 1));
        return;
    }
    const struct member *member = user_membership(call->user, channel);
    if (member == NULL && !user_may(call->user, PRIVILEGE_OVERRIDE)) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
        return;
    }
    if (!channel->floor.is_on) {
        refuse(call, &(struct refusal){
                         .code = STR("NOT_ENABLED"),
                         .context = channel->name,
                         .text = STR("This channel is full duplex: an operator of it can change "
                                     "that with MODE <channel> +H"),
                     });
    } else if (str_equal_ascii_nocase(what, STR("SKIP"))) {
        skip(call, channel, member);
    } else if (str_equal_ascii_nocase(what, STR("STATUS"))) {
        if (call->session->caps & CAP(FLOOR))
            send_status(call, channel);
        else
            tell_in_words(call, channel);
    } else {
        refuse(call, &(struct refusal){
                         .code = STR("INVALID_PARAMS"),
                         .context = what,
                         .text = STR("FLOOR knows STATUS <channel> and SKIP <channel>"),
                     });
    }
}
