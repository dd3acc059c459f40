/* Changes of hosts; see host.h. */
#include "hub/host.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/user.h"

#include <assert.h>

static bool
has_only(struct str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) &&
            str_find_byte(str_from_nul(others), byte) == str_from_nul(others).len)
            return false;
    }
    return true;
}

bool
host_is_valid(struct str host)
{
    return host.len > 0 && host.len <= LIMIT_HOST_BYTES && host.ptr[0] != ':' &&
           has_only(host, ".-:/_");
}

bool
host_is_username(struct str username)
{
    struct str name = str_starts_with(username, STR("~")) ? str_skip(username, 1) : username;
    return name.len > 0 && username.len <= LIMIT_USER_BYTES && has_only(name, ".-_");
}

/* --- for those without chghost --- */

/* The user's own sessions are not to see it leave and come back. */
static void
move_own_sessions(struct hub *hub, const struct user *user, enum delivery_kind kind)
{
    for (size_t i = 0; i < user->membership_count; i++) {
        list_for_each(node, &user->sessions) {
            post_audience_change(hub, CONTAINER_OF(node, struct session, in_user),
                                 user->memberships[i].channel, kind);
        }
    }
}

static void
show_leaving(struct hub *hub, const struct user *user)
{
    struct event_spec spec = spec_from_user(hub, user, EVENT_QUIT, STR("QUIT"));
    spec.params = (const struct str[]){STR("Changing host")};
    spec.param_count = 1;
    spec.is_last_text = true;
    spec.unless = CAP(CHGHOST);
    struct slot_id *channels = spec_add_channels(&spec, user);
    struct event *event = event_new(&spec);
    post_to_channels(hub, event);
    event_unref(&event);
    cf_free(channels);
}

static void
post_spec(struct hub *hub, const struct channel *channel, const struct event_spec *spec)
{
    struct event *event = event_new(spec);
    post_to_channel(hub, channel, event);
    event_unref(&event);
}

static void
show_ranks(struct hub *hub, const struct user *user, const struct membership *membership)
{
    struct str params[2 + RANK_COUNT];
    struct buf letters;
    buf_init(&letters, 1 + RANK_COUNT);
    buf_put_byte(&letters, '+');
    size_t count = 2;
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (!(membership->member->ranks & rank_row_at(i)->rank))
            continue;
        buf_put_byte(&letters, rank_row_at(i)->letter);
        params[count++] = user->nick;
    }
    if (count > 2) {
        params[0] = membership->channel->name;
        params[1] = buf_str(&letters);
        struct event_spec spec = spec_from_server(hub, EVENT_MODE, STR("MODE"));
        spec.params = params;
        spec.param_count = count;
        spec.unless = CAP(CHGHOST);
        post_spec(hub, membership->channel, &spec);
    }
    buf_deinit(&letters);
}

static void
show_return(struct hub *hub, const struct user *user, const struct membership *membership)
{
    struct event_spec spec = spec_from_user(hub, user, EVENT_JOIN, STR("JOIN"));
    spec.params =
        (const struct str[]){membership->channel->name,
                             user->account.len > 0 ? user->account : STR("*"), user->realname};
    spec.param_count = 3;
    spec.is_last_text = true;
    spec.unless = CAP(CHGHOST);
    post_spec(hub, membership->channel, &spec);
    show_ranks(hub, user, membership);
    if (user->away.len == 0)
        return;
    struct event_spec away = spec_from_user(hub, user, EVENT_AWAY, STR("AWAY"));
    away.needs = CAP(AWAY_NOTIFY);
    away.unless = CAP(CHGHOST);
    away.params = &user->away;
    away.param_count = 1;
    away.is_last_text = true;
    post_spec(hub, membership->channel, &away);
}

/* --- */

static void
tell_visible_host(struct hub *hub, const struct user *user)
{
    list_for_each(node, &user->sessions) {
        tell_session(hub, CONTAINER_OF(node, struct session, in_user),
                     (struct event_spec){
                         .kind = EVENT_REPLY,
                         .numeric = RPL_VISIBLEHOST,
                         .params = (const struct str[]){user->nick, user->host,
                                                        numeric_text(RPL_VISIBLEHOST)},
                         .param_count = 3,
                         .is_last_text = true,
                     });
    }
}

void
host_change(struct hub *hub, struct user *user, const struct session *own_session,
            struct str username, struct str host)
{
    assert(host_is_username(username));
    assert(host_is_valid(host));
    if (str_equal(user->username, username) && str_equal(user->host, host))
        return;
    struct event_spec spec = spec_from_user(hub, user, EVENT_CHGHOST, STR("CHGHOST"));
    spec.params = (const struct str[]){username, host};
    spec.param_count = 2;
    spec.needs = CAP(CHGHOST);
    announce_about_user(hub, user, own_session, spec);
    if (user->membership_count > 0) {
        move_own_sessions(hub, user, DELIVERY_AUDIENCE_LEAVE);
        show_leaving(hub, user);
    }
    user_set_host(hub, user, username, host);
    for (size_t i = 0; i < user->membership_count; i++)
        show_return(hub, user, &user->memberships[i]);
    move_own_sessions(hub, user, DELIVERY_AUDIENCE_JOIN);
    tell_visible_host(hub, user);
}

/* --- the commands --- */

static void
change_for(struct call *call, struct user *user, struct str username, struct str host)
{
    if (!host_is_valid(host)) {
        refuse(call, &(struct refusal){
                         .code = STR("INVALID_HOST"),
                         .context = host,
                         .text = STR("A host has 1 to 64 letters, digits and . - : / _"),
                     });
        return;
    }
    if (!host_is_username(username)) {
        refuse(call, &(struct refusal){
                         .code = STR("INVALID_USERNAME"),
                         .context = username,
                         .text = STR("A user name has 1 to 12 letters, digits and . - _"),
                     });
        return;
    }
    bool is_own = user == call->user;
    host_change(call->hub, user, is_own ? call->session : NULL, username, host);
    note(call->hub, call->session, "host changed", {"nick", user->nick}, {"by", call->user->nick},
         {"user", user->username}, {"host", user->host});
    if (!is_own)
        reply_notice_format(call, "%.*s is %.*s@%.*s now", STR_ARG(user->nick),
                            STR_ARG(user->username), STR_ARG(user->host));
}

void
cmd_sethost(struct call *call)
{
    change_for(call, call->user, call->user->username, call_param(call, 0));
}

void
cmd_setident(struct call *call)
{
    change_for(call, call->user, call_param(call, 0), call->user->host);
}

void
cmd_chghost(struct call *call)
{
    struct user *user = user_find(call->hub, call_param(call, 0));
    if (user == NULL)
        reply(call, ERR_NOSUCHNICK, call_param(call, 0));
    else
        change_for(call, user, user->username, call_param(call, 1));
}

void
cmd_chgident(struct call *call)
{
    struct user *user = user_find(call->hub, call_param(call, 0));
    if (user == NULL)
        reply(call, ERR_NOSUCHNICK, call_param(call, 0));
    else
        change_for(call, user, call_param(call, 1), user->host);
}
