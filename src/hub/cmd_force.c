/*
 * What operators of the server make others do: SAJOIN SAPART SANICK SAMODE.
 * They are no standard, but the same in InspIRCd, UnrealIRCd and Ergo.
 */
#include "base/utf8.h"
#include "hub/channel.h"
#include "hub/channel_lost.h"
#include "hub/command.h"
#include "hub/naming.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* A call as if the user had sent it from its oldest connection, which gets the answers; an absent
 * user has none. */
static struct call
call_of(const struct call *call, struct user *user)
{
    struct call other = *call;
    other.session =
        user_is_absent(user) ? NULL : CONTAINER_OF(user->sessions.next, struct session, in_user);
    other.user = user;
    return other;
}

/* The user that is named first, else 401. */
static struct user *
find_target(struct call *call)
{
    struct user *user = user_find(call->hub, call_param(call, 0));
    if (user == NULL)
        reply(call, ERR_NOSUCHNICK, call_param(call, 0));
    return user;
}

/* For the log, and for the other operators. */
static void
tell_of(const struct call *call, struct str whom, struct str what)
{
    note(call->hub, call->session, "forced", {"by", call->user->nick}, {"command", call->command},
         {"target", whom}, {"what", what});
    server_notify(call->hub, SERVER_NOTICE_OPERATORS, "%.*s by %.*s: %.*s %.*s",
                  STR_ARG(call->command), STR_ARG(call->user->nick), STR_ARG(whom), STR_ARG(what));
}

void
cmd_sajoin(struct call *call)
{
    struct user *user = find_target(call);
    if (user == NULL)
        return;
    struct str name = call_param(call, 1);
    const struct channel *channel = channel_find(call->hub, name);
    if (!name_is_channel(name)) {
        channel_refuse_name(call, name);
        return;
    }
    if (channel != NULL && user_membership(user, channel) != NULL) {
        reply(call, ERR_USERONCHANNEL, user->nick, channel->name);
        return;
    }
    if (channel == NULL && channel_is_lost(call->hub, name)) {
        naming_refuse_channel(call, name, NAMING_LOST);
        return;
    }
    if (user_is_absent(user)) {
        reply_notice_format(call, "%.*s is absent, and joins nothing before it is back",
                            STR_ARG(user->nick));
        return;
    }
    tell_of(call, user->nick, name);
    struct call other = call_of(call, user);
    channel_join(&other, name, STR_NONE, JOIN_FORCED);
}

void
cmd_sapart(struct call *call)
{
    struct user *user = find_target(call);
    if (user == NULL)
        return;
    struct channel *channel = channel_find(call->hub, call_param(call, 1));
    if (channel == NULL) {
        reply(call, ERR_NOSUCHCHANNEL, call_param(call, 1));
        return;
    }
    if (user_membership(user, channel) == NULL) {
        reply(call, ERR_USERNOTINCHANNEL, user->nick, channel->name);
        return;
    }
    tell_of(call, user->nick, channel->name);
    struct call other = call_of(call, user);
    channel_part(&other, channel, utf8_take(call_param(call, 2), LIMIT_REASON_BYTES));
}

void
cmd_sanick(struct call *call)
{
    struct user *user = find_target(call);
    struct str nick = call_param(call, 1);
    if (user == NULL || !nick_check(call, user, nick))
        return;
    tell_of(call, user->nick, nick);
    struct call other = call_of(call, user);
    nick_change(&other, nick);
}

void
cmd_samode(struct call *call)
{
    tell_of(call, call_param(call, 0), call_param(call, 1));
    mode_force(call);
}
