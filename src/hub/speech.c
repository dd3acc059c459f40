/* Who may say what; see speech.h. */
#include "hub/speech.h"

#include "base/buf.h"
#include "hub/channel.h"
#include "hub/defcon.h"
#include "hub/extban.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/clean_text.h"

#include <assert.h>

#define CTCP_MARK "\001"

bool
text_is_ctcp(struct str text)
{
    return str_starts_with(text, STR(CTCP_MARK)) &&
           !str_starts_with(text, STR(CTCP_MARK "ACTION "));
}

bool
message_is_ctcp(const struct message *message)
{
    return message->kind != MESSAGE_TAGMSG && text_is_ctcp(message->lines[0]);
}

static bool
has_formatting(const struct message *message)
{
    for (size_t i = 0; i < message->line_count; i++) {
        if (clean_text_has_formatting(message->lines[i]))
            return true;
    }
    return false;
}

/* What the channel takes from nobody, whoever it is. */
static const struct speech_obstacle *
find_form_obstacle(const struct channel *channel, const struct message *message)
{
    static const struct speech_obstacle no_ctcp = {
        "Cannot send to channel (+C): no CTCP here but ACTION", false};
    static const struct speech_obstacle no_formatting = {
        "Cannot send to channel (+c): no colours or formatting here, send it without", false};
    static const struct speech_obstacle no_notices = {
        "Cannot send to channel (+T): no notices here, send a message", false};

    if (channel_has_mode(channel, CHANNEL_MODE_NO_CTCP) && message_is_ctcp(message))
        return &no_ctcp;
    if (channel_has_mode(channel, CHANNEL_MODE_NO_FORMATTING) && has_formatting(message))
        return &no_formatting;
    if (channel_has_mode(channel, CHANNEL_MODE_NO_NOTICES) && message->kind == MESSAGE_NOTICE)
        return &no_notices;
    return NULL;
}

/* What keeps those quiet who have no rank. */
static const struct speech_obstacle *
find_moderation(const struct hub *hub, const struct channel *channel, const struct user *user,
                struct member *member)
{
    static const struct speech_obstacle moderated = {
        "Cannot send to channel (+m): only members with voice speak, ask an operator for it", true};
    static const struct speech_obstacle registered = {
        "Cannot send to channel (+M): log in to an account, or ask an operator for voice", true};
    static const struct speech_obstacle closed = {
        "Cannot send to channel: the server is closing down, only voice and accounts speak", true};
    static const struct speech_obstacle banned = {
        "Cannot send to channel (+b): you are banned, ask an operator of it", true};

    if (channel_has_mode(channel, CHANNEL_MODE_MODERATED))
        return &moderated;
    if (channel_has_mode(channel, CHANNEL_MODE_REGISTERED_SPEAK) && user->account.len == 0)
        return &registered;
    if (defcon_mutes(hub, user))
        return &closed;
    bool is_banned = member != NULL ? channel_bans_member(channel, member, BAN_SPEAK)
                                    : channel_bans(channel, user, BAN_SPEAK);
    return is_banned ? &banned : NULL;
}

const struct speech_obstacle *
speech_find_obstacle(const struct call *call, const struct channel *channel,
                     const struct message *message)
{
    static const struct speech_obstacle outside = {"Cannot send to channel (+n): JOIN it first",
                                                   false};

    struct member *member = user_membership(call->user, channel);
    if (member == NULL && channel_has_mode(channel, CHANNEL_MODE_NO_EXTERNAL))
        return &outside;
    const struct speech_obstacle *obstacle = find_form_obstacle(channel, message);
    if (obstacle != NULL || (member != NULL && rank_highest(member->ranks) >= RANK_VOICE))
        return obstacle;
    return find_moderation(call->hub, channel, call->user, member);
}

/* --- slow channels --- */

/* When the user last spoke in the channel, 0 for never or long ago. */
static int64_t
last_spoken_ms(const struct channel *channel, const struct user *user, const struct member *member)
{
    if (member != NULL)
        return member->spoke_ms;
    return slot_id_equal(user->slow_channel, channel->id) ? user->slow_spoke_ms : 0;
}

uint32_t
speech_wait_s(const struct hub *hub, const struct channel *channel, const struct user *user)
{
    const struct member *member = user_membership(user, channel);
    if (channel->slow_s == 0 || (member != NULL && rank_highest(member->ranks) >= RANK_VOICE))
        return 0;
    int64_t spoken_ms = last_spoken_ms(channel, user, member);
    int64_t free_at_ms = spoken_ms + channel->slow_s * INT64_C(1000);
    if (spoken_ms == 0 || free_at_ms <= hub->now_ms)
        return 0;
    return (uint32_t)((free_at_ms - hub->now_ms + 999) / 1000);
}

void
speech_count(struct hub *hub, const struct channel *channel, struct user *user)
{
    if (channel->slow_s == 0)
        return;
    struct member *member = user_membership(user, channel);
    if (member != NULL) {
        member->spoke_ms = hub->now_ms;
    } else {
        user->slow_channel = channel->id;
        user->slow_spoke_ms = hub->now_ms;
    }
}

void
speech_member_joined(const struct channel *channel, struct member *member)
{
    assert(member->spoke_ms == 0);
    member->spoke_ms = last_spoken_ms(channel, member->user, NULL);
}

void
speech_member_leaves(const struct channel *channel, const struct member *member)
{
    if (channel->slow_s == 0 || member->spoke_ms == 0)
        return;
    member->user->slow_channel = channel->id;
    member->user->slow_spoke_ms = member->spoke_ms;
}

void
speech_refuse_slow(struct call *call, const struct channel *channel, uint32_t wait_s)
{
    assert(wait_s > 0);
    struct buf seconds;
    struct buf text;
    buf_init(&seconds, 16);
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_put_u64(&seconds, wait_s);
    buf_printf(&text,
               "This channel is slow (+W), your text was not sent: you can speak again in "
               "%u s",
               wait_s);
    refuse(call, &(struct refusal){
                     .code = STR("SLOWMODE"),
                     .numeric = ERR_CANNOTSENDTOCHAN,
                     .context = channel->name,
                     .detail = buf_str(&seconds),
                     .text = buf_str(&text),
                 });
    buf_deinit(&seconds);
    buf_deinit(&text);
}
