/*
 * What users say of themselves and ask of others in one line: AWAY SETNAME USERHOST USERIP ISON.
 * Spec: modern.ircdocs "User-Based Queries", "Optional Messages"; IRCv3 away-notify, pre-away,
 * setname.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/filter.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/user.h"

#include <string.h>

#define USERHOST_NICKS_MAX 5 /* RFC 2812 4.8 */

/* Before there is a user to be away: kept until there is. Spec: IRCv3 pre-away. */
static void
away_before_registration(struct call *call)
{
    struct registration *registration = call->session->registration;
    if (!(call->session->caps & CAP(PRE_AWAY))) {
        reply_plain(call, ERR_NOTREGISTERED);
        return;
    }
    struct str text = utf8_take(call_param(call, 0), LIMIT_AWAY_BYTES);
    cf_free(registration->away);
    registration->away = NULL;
    registration->has_said_away = true;
    if (text.len > 0) {
        registration->away = cf_alloc(text.len + 1);
        memcpy(registration->away, text.ptr, text.len);
        registration->away[text.len] = '\0';
    }
    reply_plain(call, text.len > 0 ? RPL_NOWAWAY : RPL_UNAWAY);
}

void
away_set(struct hub *hub, struct user *user, const struct session *own_session, struct str away)
{
    str_replace(&user->away, away);
    struct event_spec spec = spec_from_user(hub, user, EVENT_AWAY, STR("AWAY"));
    spec.needs = CAP(AWAY_NOTIFY);
    spec.params = &user->away;
    spec.param_count = user->away.len > 0 ? 1 : 0;
    spec.is_last_text = user->away.len > 0;
    announce_about_user(hub, user, own_session, spec);
    presence_changed(hub, user);
}

/*
 * AWAY * says that nobody is at this session, as if it were not connected: where the user's others
 * say something else, or the server knows a better word (presence.h), that holds.
 * Spec: IRCv3 pre-away.
 */
static bool
is_only_unattended(struct call *call, struct str away)
{
    bool is_star = str_equal(away, STR("*"));
    call->session->is_unattended = is_star;
    if (!is_star)
        return false;
    const struct user *user = call->user;
    bool is_alone = user->sessions.next == user->sessions.prev && user->residence == NULL;
    presence_attention_changed(call->hub, call->user, call->session);
    return !is_alone && (user->away.len > 0 || presence_is_attended(user));
}

void
cmd_away(struct call *call)
{
    struct user *user = call->user;
    if (user == NULL) {
        away_before_registration(call);
        return;
    }
    if (!rate_allows(call, RATE_PROFILE, "You come and go too often", STR_NONE))
        return;
    struct str away = utf8_take(call_param(call, 0), LIMIT_AWAY_BYTES);
    if (away.len > 0 && !filter_allows(call, FILTER_IN_AWAY, away))
        return;
    if (!is_only_unattended(call, away)) {
        presence_forget_auto_away(user);
        away_set(call->hub, user, call->session, away);
    }
    reply_plain(call, away.len > 0 ? RPL_NOWAWAY : RPL_UNAWAY);
}

void
cmd_setname(struct call *call)
{
    struct str realname = call_param(call, 0);
    if (realname.len == 0 || realname.len > LIMIT_REALNAME_BYTES) {
        refuse(call, &(struct refusal){
                         .code = STR("INVALID_REALNAME"),
                         .text = STR("A real name has 1 to 150 bytes"),
                         .is_always_standard = true, /* as the text of setname wants it */
                     });
        return;
    }
    if (!rate_allows(call, RATE_PROFILE, "You change your real name too often", STR_NONE) ||
        !filter_allows(call, FILTER_IN_REALNAME, realname))
        return;
    str_replace(&call->user->realname, realname);
    call->user->identity_version++;
    presence_changed(call->hub, call->user);
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_SETNAME, STR("SETNAME"));
    spec.needs = CAP(SETNAME);
    spec.params = &call->user->realname;
    spec.param_count = 1;
    spec.is_last_text = true;
    announce_user(call, spec);
}

/* "nick=+user@host" for up to five nicks. The address of others only operators see. */
static void
reply_hosts(struct call *call, enum numeric numeric, bool wants_address)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < call->msg->param_count && i < USERHOST_NICKS_MAX; i++) {
        const struct user *user = user_find(call->hub, call->msg->params[i]);
        if (user == NULL)
            continue;
        if (text.len > 0)
            buf_put_byte(&text, ' ');
        struct str host = user->host;
        const struct session *session = user_first_session(user);
        if (wants_address &&
            ((user != call->user && !user_is_operator(call->user)) || session == NULL))
            host = STR(HIDDEN_ADDRESS);
        else if (wants_address)
            host = session->address;
        buf_printf(&text, "%.*s%s=%c%.*s@%.*s", STR_ARG(user->nick),
                   user_is_operator(user) ? "*" : "", user->away.len > 0 ? '-' : '+',
                   STR_ARG(user->username), STR_ARG(host));
    }
    reply_text(call, numeric, buf_str(&text));
    buf_deinit(&text);
}

void
cmd_userhost(struct call *call)
{
    reply_hosts(call, RPL_USERHOST, false);
}

void
cmd_userip(struct call *call)
{
    reply_hosts(call, RPL_USERIP, true);
}

void
cmd_ison(struct call *call)
{
    size_t head = call->hub->config->server_name.len + LIMIT_NICK_BYTES + sizeof(": 303  :");
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES - head);
    for (size_t i = 0; i < call->msg->param_count; i++) {
        struct str words = call->msg->params[i];
        while (words.len > 0) {
            const struct user *user = user_find(call->hub, str_cut_word(&words));
            if (user == NULL || user->nick.len + 1 > buf_room(&text))
                continue;
            if (text.len > 0)
                buf_put_byte(&text, ' ');
            buf_put(&text, user->nick);
        }
    }
    reply_text(call, RPL_ISON, buf_str(&text));
    buf_deinit(&text);
}
