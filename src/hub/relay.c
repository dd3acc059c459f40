/* RELAYMSG; see relay.h. */
#include "hub/relay.h"

#include "base/buf.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/message.h"
#include "hub/reply.h"
#include "hub/user.h"

#include <assert.h>

#define RELAYED_USERNAME "relay"

static bool
is_relayed_nick(struct str nick)
{
    if (nick.len == 0 || nick.len > LIMIT_NICK_BYTES)
        return false;
    for (size_t i = 0; i < nick.len; i++) {
        const struct str reserved = STR("!+%@&#$:'\"?*,.");
        if ((unsigned char)nick.ptr[i] <= ' ' || nick.ptr[i] == 0x7F ||
            str_find_byte(reserved, nick.ptr[i]) < reserved.len)
            return false;
    }
    return str_find_byte(nick, RELAY_SEPARATOR) < nick.len;
}

static void
refuse_relaying(struct call *call, struct str code, struct str text)
{
    refuse(call, &(struct refusal){.code = code, .text = text, .is_always_standard = true});
}

static void
relay(struct call *call, struct str channel, struct str nick, struct str text)
{
    struct buf source;
    buf_init(&source, LIMIT_MASK_BYTES);
    buf_printf(&source, "%.*s!" RELAYED_USERNAME "@%.*s", STR_ARG(nick),
               STR_ARG(call->hub->config->server_name));
    assert(!source.is_truncated);
    struct buf tags;
    buf_init(&tags, LIMIT_CLIENT_TAG_BYTES + 1);
    message_put_client_tags(&tags, call);
    message_send(call,
                 &(struct message){
                     .kind = MESSAGE_PRIVMSG,
                     .lines = &text,
                     .line_count = 1,
                     .client_tags = buf_str(&tags),
                     .relayed = buf_str(&source),
                 },
                 channel);
    buf_deinit(&tags);
    buf_deinit(&source);
}

void
cmd_relaymsg(struct call *call)
{
    struct str nick = call_param(call, 1);
    struct str text = call_param(call, 2);
    const struct channel *channel = channel_find(call->hub, call_param(call, 0));
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, call_param(call, 0));
        return;
    }
    const struct member *member = user_membership(call->user, channel);
    if (member == NULL || rank_highest(member->ranks) < RANK_OP)
        refuse_relaying(call, STR("PRIVS_NEEDED"),
                        STR("Only operators of the channel relay messages there"));
    else if (!is_relayed_nick(nick))
        refuse_relaying(call, STR("INVALID_NICK"),
                        STR("A relayed nick has a / in it, at most 32 bytes, and none of "
                            "!+%@&#$:'\"?*,. or spaces"));
    else if (text.len == 0)
        reply_plain(call, ERR_NOTEXTTOSEND);
    else
        relay(call, channel->name, nick, text);
}
