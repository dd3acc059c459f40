/*
 * From connecting to being a user, and the end of it: PASS NICK USER QUIT PING PONG.
 * Spec: modern.ircdocs "Connection Registration", RFC 2812 3.1.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/account_lost.h"
#include "hub/blocklist.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/chanserv_transfer.h"
#include "hub/claim.h"
#include "hub/command.h"
#include "hub/defcon.h"
#include "hub/device.h"
#include "hub/extban.h"
#include "hub/filter.h"
#include "hub/invite_link.h"
#include "hub/metadata_watch.h"
#include "hub/monitor.h"
#include "hub/naming.h"
#include "hub/pass_login.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/sasl.h"
#include "hub/server_ban.h"
#include "hub/server_notice.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* PASS: of the server, or what logs in to an account; see pass_login.h. */
#define PASSWORD_BYTES_MAX (LIMIT_NICK_BYTES + 1 + LIMIT_DEVICE_BYTES + 1 + LIMIT_PASSWORD_BYTES)

/* An owned NUL-terminated copy in place of *old, which is freed. */
static void
replace_text(char **old, struct str text)
{
    cf_free(*old);
    char *copy = cf_alloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *old = copy;
}

static struct str
text_or_empty(const char *text)
{
    return text == NULL ? STR("") : str_from_nul(text);
}

void
cmd_pass(struct call *call)
{
    struct registration *registration = call->session->registration;
    if (registration->password != NULL)
        explicit_bzero(registration->password, strlen(registration->password));
    struct buf given; /* many clients send what has spaces without a colon before it */
    buf_init(&given, PASSWORD_BYTES_MAX);
    for (size_t i = 0; i < call->msg->param_count; i++) {
        if (i > 0)
            buf_put_byte(&given, ' ');
        buf_put(&given, call_param(call, i));
    }
    replace_text(&registration->password, buf_str(&given));
    if (given.len > 0)
        explicit_bzero(given.ptr, given.len);
    buf_deinit(&given);
}

static void
refuse_taken(struct call *call, struct str nick)
{
    if (call->session->registration != NULL)
        replace_text(&call->session->registration->refused_nick, nick);
    reply_text(call, ERR_NICKNAMEINUSE, nick,
               STR("Nickname is already in use: choose another with NICK"));
}

/* By both, for those who know standard replies: clients rely on the numeric. */
static void
refuse_kept(struct call *call, struct str nick, enum numeric numeric, struct str code,
            struct str text)
{
    if (call->session->caps & CAP(STANDARD_REPLIES))
        refuse(call, &(struct refusal){.code = code, .context = nick, .text = text});
    reply_text(call, numeric, nick, text);
}

/* False, and the client told, when the nick is kept for an account that it is not logged in to, or
 * that nobody can log in to. */
static bool
check_reserved(struct call *call, struct str nick)
{
    bool is_lost = account_is_lost(call->hub, nick);
    if (!is_lost && !account_reserves_nick(call->hub, nick, call->session))
        return true;
    if (is_lost)
        refuse_kept(call, nick, ERR_NICKNAMEINUSE, STR("NICKNAME_RESERVED"),
                    STR("The account of this nick could not be read when the server started: "
                        "choose another nick, or ask its administrators"));
    else
        refuse_kept(call, nick, ERR_NICKNAMEINUSE, STR("NICKNAME_RESERVED"),
                    STR("This nick belongs to an account: log in to it with SASL, or take "
                        "another nick and /msg NickServ IDENTIFY <account> <password>"));
    return false;
}

/* Whether a login may make it one's own: the nick of an account or of somebody with one, or any,
 * since whoever is logged in to an account that stays (presence.h) gets the nick that it has. */
static bool
may_turn_out_own(const struct call *call, struct str nick, const struct user *holder)
{
    return account_find(call->hub, nick) != NULL || (holder != NULL && holder->account.len > 0) ||
           presence_user_for(call->hub, account_of_session(call->session), nick) != NULL;
}

/*
 * True when the nick may be taken by the call's session; else it has been told why not. is_final:
 * false while a login may still come.
 */
static bool
check_nick(struct call *call, const struct user *user, struct str nick, bool is_final)
{
    if (nick.len == 0) {
        reply_plain(call, ERR_NONICKNAMEGIVEN);
        return false;
    }
    if (nick.len > LIMIT_NICK_BYTES) {
        reply_about(call, ERR_ERRONEUSNICKNAME, nick,
                    "Nickname is too long: at most %d bytes, try a shorter one", LIMIT_NICK_BYTES);
        return false;
    }
    if (!name_is_nick(nick)) {
        reply_text(call, ERR_ERRONEUSNICKNAME, nick,
                   STR("Nickname is not valid: letters, digits and -_[]{}\\|^` are allowed, "
                       "no digit or - at its start"));
        return false;
    }
    if (account_is_lost(call->hub, nick)) /* whoever it looks like */
        return check_reserved(call, nick);
    const struct user *holder = user_find(call->hub, nick);
    if (!is_final && may_turn_out_own(call, nick, holder))
        return true; /* who it is will be known when registration completes */
    if (holder != NULL && holder != user) {
        refuse_taken(call, nick);
        return false;
    }
    enum naming_verdict verdict =
        naming_check_nick(call, nick, user == NULL ? STR_NONE : user->nick);
    if (verdict != NAMING_FREE)
        naming_refuse_nick(call, nick, verdict);
    return verdict == NAMING_FREE && check_reserved(call, nick);
}

bool
nick_check(struct call *call, const struct user *user, struct str nick)
{
    return check_nick(call, user, nick, true);
}

/* False, and the user told, when one of its channels does not allow it. Who is banned keeps the
 * nick, since a ban by nick would be left behind. */
static bool
may_change_nick(struct call *call, struct str nick)
{
    if (!rate_allows(call, RATE_NICKS, "You change your nick too often", STR_NONE))
        return false;
    for (size_t i = 0; i < call->user->membership_count; i++) {
        const struct channel *channel = call->user->memberships[i].channel;
        struct member *member = call->user->memberships[i].member;
        uint32_t rank = rank_highest(member->ranks);
        if (rank < RANK_VOICE && channel_bans_member(channel, member, BAN_NICK)) {
            reply(call, ERR_BANNICKCHANGE, nick, channel->name);
            return false;
        }
        if (rank < RANK_HALFOP && channel_has_mode(channel, CHANNEL_MODE_NO_NICK_CHANGES)) {
            reply(call, ERR_NONICKCHANGE, channel->name);
            return false;
        }
    }
    return true;
}

void
nick_change(struct call *call, struct str nick)
{
    struct user *user = call->user;
    if (str_equal(user->nick, nick))
        return;
    struct event_spec spec = spec_from_user(call->hub, user, EVENT_NICK, STR("NICK"));
    spec.params = &nick;
    spec.param_count = 1;
    announce_user(call, spec);
    bool is_other_nick = !name_equal(user->nick, nick);
    if (is_other_nick)
        monitor_announce_offline(call->hub, user);
    user_rename(call->hub, user, nick,
                call->session == NULL ? STR(HIDDEN_ADDRESS) : call->session->address);
    if (is_other_nick)
        monitor_announce_online(call->hub, user);
}

/* False, and the client told, when the user's channels are not for this connection. */
static bool
check_secure(struct call *call, const struct user *own)
{
    bool may_join = user_may_have_session(own, call->session);
    if (!may_join)
        reply_text(call, ERR_NICKNAMEINUSE, own->nick,
                   STR("You are in a channel for secure connections only (+z): connect with TLS, "
                       "or choose another nick"));
    return may_join;
}

/* Asks for the nick of another user of its account: the session becomes a client of that user, or
 * has been told why not. False when it is no such nick. */
static bool
join_other_user(struct call *call, struct str nick)
{
    struct user *other = presence_user_named(call->hub, call->user->account, nick);
    if (other == NULL || other == call->user)
        return false;
    if (call->user->residence != NULL) /* its channels would be left to nobody */
        reply_text(call, ERR_NICKNAMEINUSE, nick,
                   STR("Another client of yours has this nick, and you are always-on under your "
                       "own: let that client come here, with NICK"));
    else if (check_secure(call, other) &&
             rate_allows(call, RATE_NICKS, "You change your nick too often", STR_NONE))
        account_join_user(call, other);
    return true;
}

void
cmd_nick(struct call *call)
{
    struct str nick = call_param(call, 0);
    if (call->user != NULL && join_other_user(call, nick))
        return;
    if (!check_nick(call, call->user, nick, call->user != NULL) ||
        !filter_allows(call, FILTER_IN_NICK, nick))
        return;
    if (call->user != NULL) {
        if (str_equal(call->user->nick, nick) || may_change_nick(call, nick))
            nick_change(call, nick);
        return;
    }
    replace_text(&call->session->registration->nick, nick);
    registration_try(call);
}

/* Letters and digits of what was given, behind "~": nobody has checked it (no RFC 1413). */
static void
put_username(struct buf *out, struct str given)
{
    buf_put_byte(out, '~');
    for (size_t i = 0; i < given.len && buf_room(out) > 0; i++) {
        char byte = given.ptr[i];
        if (ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '-' || byte == '_' ||
            byte == '.')
            buf_put_byte(out, byte);
    }
}

void
cmd_user(struct call *call)
{
    struct registration *registration = call->session->registration;
    struct str given = device_take(call->session, call_param(call, 0));
    struct str realname = call_param(call, 3);
    if (given.len == 0 || realname.len == 0) {
        reply_text(call, ERR_NEEDMOREPARAMS, call->command,
                   STR("Not enough parameters: USER <username> 0 * :<real name>, none empty"));
        return;
    }
    realname = utf8_take(realname, LIMIT_REALNAME_BYTES);
    if (!filter_allows(call, FILTER_IN_REALNAME, realname))
        return;
    struct buf username;
    buf_init(&username, LIMIT_USER_BYTES);
    put_username(&username, given);
    if (username.len == 1) {
        reply_plain(call, ERR_INVALIDUSERNAME);
    } else {
        replace_text(&registration->username, buf_str(&username));
        replace_text(&registration->realname, realname);
        registration_try(call);
    }
    buf_deinit(&username);
}

/* The password of the server is asked for: a question, since hashing is slow. */
static void
ask_password(struct call *call)
{
    struct session *session = call->session;
    session->waiting = WAIT_SERVER_PASSWORD;
    outbox_ask_about_secret(&call->hub->outbox, QUESTION_PASSWORD, session->id,
                            text_or_empty(session->registration->password),
                            call->hub->config->password_hash);
    call->verdict = HUB_WAIT;
}

/* What the configuration gives everybody. */
static void
set_first_modes(struct hub *hub, struct user *user)
{
    struct str letters = hub->config->user_modes;
    uint32_t modes = 0;
    for (size_t i = 0; i < letters.len; i++) {
        const struct user_mode_row *row = user_mode_find(letters.ptr[i]);
        if (row != NULL && row->is_set_by_user)
            modes |= row->bit;
    }
    user_set_modes(hub, user, modes);
}

/* What was said by AWAY before there was a user: nothing, that nobody is at this session ("*"), or
 * whether the user is away. Spec: IRCv3 pre-away. */
static void
take_away(struct call *call, struct user *user, bool has_said_it, struct str away)
{
    if (!has_said_it || call->session->is_unattended)
        return;
    presence_forget_auto_away(user);
    if (!str_equal(user->away, away))
        away_set(call->hub, user, NULL, away);
}

/* What was set by METADATA before there was a user. */
static struct metadata
take_metadata(struct registration *registration)
{
    struct metadata early = registration->metadata;
    registration->metadata = (struct metadata){.count = 0};
    return early;
}

/* One more session of somebody who is here, or absent: it learns where it is. */
static void
join_user(struct call *call, struct user *user)
{
    struct session *session = call->session;
    bool has_said_away = session->registration->has_said_away;
    struct str away = str_dup(text_or_empty(session->registration->away));
    session->is_unattended = str_equal(away, STR("*"));
    struct metadata early = take_metadata(session->registration);
    session_set_user(call->hub, session, user);
    call->user = user;
    metadata_adopt(call, &early, true); /* it has been accepted, so it counts */
    note(call->hub, session, "client registered", {"nick", user->nick}, {"host", user->host},
         {"addr", session->address}, {"account", user->account});
    send_welcome(call);
    for (size_t i = 0; i < user->membership_count; i++)
        channel_show(call, user->memberships[i].channel);
    presence_session_came(call->hub, user);
    take_away(call, user, has_said_away, away);
    str_free(&away);
    device_returned(call);
}

static void
complete_registration(struct call *call)
{
    struct session *session = call->session;
    struct registration *registration = session->registration;
    struct metadata early = take_metadata(registration);
    struct user *user = user_new(call->hub,
                                 &(struct user_identity){
                                     .nick = text_or_empty(registration->nick),
                                     .username = text_or_empty(registration->username),
                                     .host = session->host,
                                 },
                                 text_or_empty(registration->realname));
    set_first_modes(call->hub, user);
    user->away = str_dup(text_or_empty(registration->away));
    session->is_unattended = str_equal(user->away, STR("*"));
    account_set_of_user(user, account_find(call->hub, registration->account));
    session_set_user(call->hub, session, user);
    call->user = user;
    monitor_announce_online(call->hub, user);
    metadata_adopt(call, &early, true); /* it has been accepted, so it counts */
    presence_settle(call->hub, user);
    note(call->hub, session, "client registered", {"nick", user->nick}, {"host", user->host},
         {"addr", session->address});
    server_notify(call->hub, SERVER_NOTICE_CONNECTIONS, "Connect: %.*s [%.*s] (%.*s)",
                  STR_ARG(user->prefix), STR_ARG(session->address), STR_ARG(user->realname));
}

static void
tell_of_crowd(struct call *call)
{
    struct buf before;
    buf_init(&before, 64);
    if (server_notice_is_due(call->hub, &call->hub->crowds, &before))
        server_notify(call->hub, SERVER_NOTICE_FLOODS, "Flood: %.*s meets rates.registrations%.*s",
                      STR_ARG(call->session->address), STR_ARG(buf_str(&before)));
    buf_deinit(&before);
}

/* True, and the session closed, while too many users come at a time. */
static bool
refuse_crowd(struct call *call)
{
    int64_t wait_ms = rate_registration_wait_ms(call->hub);
    if (wait_ms == 0)
        return false;
    tell_of_crowd(call);
    struct buf reason;
    buf_init(&reason, 128);
    buf_put(&reason, STR("Too many people are connecting: try again in "));
    rate_put_wait(&reason, wait_ms);
    session_close(call->hub, call->session, STR(""), buf_str(&reason));
    call->verdict = HUB_CLOSED;
    buf_deinit(&reason);
    return true;
}

/* True, and the session told and closed, when the server does not take it. */
static bool
is_kept_out(struct call *call)
{
    struct session *session = call->session;
    const struct registration *registration = session->registration;
    struct server_ban *ban =
        server_ban_of_identity(call->hub, &(struct server_ban_identity){
                                              .session = session,
                                              .nick = text_or_empty(registration->nick),
                                              .username = text_or_empty(registration->username),
                                              .account = account_of_session(session),
                                          });
    if (ban != NULL) {
        server_notify(call->hub, SERVER_NOTICE_BANS, "%.*s!%.*s@%.*s [%.*s] has met a ban on %.*s",
                      STR_ARG(text_or_empty(registration->nick)),
                      STR_ARG(text_or_empty(registration->username)), STR_ARG(session->host),
                      STR_ARG(session->address), STR_ARG(ban->target));
        server_ban_close(call->hub, session, ban);
    } else if (defcon_refuses(call->hub, session, account_of_session(session))) {
        struct str reason = STR("The server takes no newcomers at the moment: try again later");
        reply_text(call, ERR_YOUREBANNEDCREEP, reason);
        session_close(call->hub, session, STR(""), reason);
    } else {
        return false;
    }
    call->verdict = HUB_CLOSED;
    return true;
}

void
registration_try(struct call *call)
{
    struct registration *registration = call->session->registration;
    assert(registration != NULL);
    if (registration->nick == NULL || registration->username == NULL ||
        registration->is_negotiating)
        return;
    if (call->hub->config->password_hash.len > 0 && !registration->is_password_right) {
        ask_password(call);
        return;
    }
    if (pass_login_begin(call))
        return; /* it goes on by itself */
    if (!registration->is_looked_up && blocklist_asks(call)) {
        call->session->waiting = WAIT_DNSBL;
        call->verdict = HUB_WAIT;
        return;
    }
    struct str nick = str_from_nul(registration->nick);
    struct user *own = presence_user_for(call->hub, account_of_session(call->session), nick);
    if (own != NULL && !name_equal(own->nick, nick) && !user_may_have_session(own, call->session))
        own = NULL; /* it has asked for another nick, and is another user */
    /* Taken since NICK was sent, if it is not one's own. */
    if (own == NULL ? !check_nick(call, NULL, nick, true) : !check_secure(call, own)) {
        cf_free(registration->nick);
        registration->nick = NULL;
        return;
    }
    if (is_kept_out(call) || refuse_crowd(call))
        return;
    sasl_abort(call);
    struct str link = registration->link;
    registration->link = STR_NONE;
    if (own != NULL) {
        join_user(call, own);
    } else {
        complete_registration(call);
        send_welcome(call);
    }
    claim_follow(call);
    chanserv_tell_offers(call);
    if (link.len > 0)
        invite_link_use(call, link);
    str_free(&link);
}

void
registration_go_on(struct call *call)
{
    struct session *session = call->session;
    session->waiting = WAIT_NOTHING;
    registration_try(call);
    if (call->verdict == HUB_NEXT) /* else it has ended, or waits for something else by now */
        post_session_change(call->hub, session, DELIVERY_SESSION_RESUME);
}

void
registration_password_checked(struct call *call, enum hub_answer answer)
{
    struct session *session = call->session;
    assert(session->waiting == WAIT_SERVER_PASSWORD);
    if (answer == HUB_ANSWER_YES) {
        session->registration->is_password_right = true;
        registration_go_on(call);
        return;
    }
    session_resume(call->hub, session);
    struct str reason = STR("This server asks for a password: connect with PASS <password>");
    if (answer == HUB_ANSWER_BUSY)
        reason = STR("The server is busy checking passwords: try again in a minute");
    else
        reply_plain(call, ERR_PASSWDMISMATCH);
    session_close(call->hub, session, STR(""), reason);
    call->verdict = HUB_CLOSED;
}

/* Whether a guest may be called so; nobody asks it whether it is the owner of an account. */
static bool
is_guest_nick(const struct hub *hub, struct str nick)
{
    return user_find(hub, nick) == NULL && account_find(hub, nick) == NULL &&
           !account_is_lost(hub, nick);
}

/* "guest-4711": the first number that is free, starting from entropy. A nick that does not end in
 * '-' is taken as it is while nobody has it. */
static void
put_guest_nick(struct buf *out, struct call *call, struct str wanted)
{
    bool wants_number = str_ends_with(wanted, STR("-"));
    if (!wants_number && is_guest_nick(call->hub, wanted)) {
        buf_put(out, wanted);
        return;
    }
    for (uint64_t number = call->entropy % 9000 + 1000;; number++) {
        buf_clear(out);
        buf_put(out, utf8_take(wanted, LIMIT_NICK_BYTES / 2));
        if (!wants_number)
            buf_put_byte(out, '-');
        buf_put_u64(out, number);
        if (is_guest_nick(call->hub, buf_str(out)))
            return;
    }
}

void
nick_release(struct call *call)
{
    if (!account_reserves_nick(call->hub, call->user->nick, call->session))
        return;
    struct buf nick;
    buf_init(&nick, LIMIT_NICK_BYTES);
    put_guest_nick(&nick, call, STR("guest-"));
    nick_change(call, buf_str(&nick));
    buf_deinit(&nick);
}

void
registration_guest(struct call *call, const struct hub_attach *attach)
{
    if (!attach->is_operator && refuse_crowd(call))
        return;
    struct buf nick;
    buf_init(&nick, LIMIT_NICK_BYTES);
    put_guest_nick(&nick, call, attach->guest);
    struct registration *registration = call->session->registration;
    replace_text(&registration->nick, buf_str(&nick));
    replace_text(&registration->username, attach->is_operator ? STR("console") : STR("guest"));
    replace_text(&registration->realname, buf_str(&nick));
    buf_deinit(&nick);
    if (is_kept_out(call))
        return;
    complete_registration(call);
    if (!attach->is_operator)
        (void)blocklist_asks(call); /* the guest is in already: it goes when the answer says so */
    reply_format(call, RPL_WELCOME, "Welcome to %.*s, you are %.*s; /help lists the commands",
                 STR_ARG(call->hub->config->network_name), STR_ARG(call->user->nick));
    if (attach->is_operator)
        operator_grant(call, CONSOLE_OPERATOR, OFFICE_OF_CONSOLE, PRIVILEGES_ALL);
    if (call->hub->config->lobby.len > 0)
        channel_join(call, call->hub->config->lobby, STR_NONE,
                     attach->is_operator ? JOIN_AS_CONSOLE : JOIN_ASKED);
}

void
cmd_quit(struct call *call)
{
    struct str given = utf8_take(call_param(call, 0), LIMIT_REASON_BYTES);
    if (given.len > 0 && !filter_allows(call, FILTER_IN_QUIT, given))
        given = STR_NONE; /* it goes without a word */
    if (call->verdict == HUB_CLOSED)
        return;
    struct buf reason;
    buf_init(&reason, LIMIT_REASON_BYTES + sizeof("Quit: "));
    buf_put(&reason, STR("Quit"));
    if (given.len > 0)
        buf_printf(&reason, ": %.*s", STR_ARG(given));
    session_close(call->hub, call->session, buf_str(&reason), buf_str(&reason));
    call->verdict = HUB_CLOSED;
    buf_deinit(&reason);
}

void
cmd_ping(struct call *call)
{
    struct str token = call_param(call, 0);
    if (token.len == 0) {
        reply_plain(call, ERR_NOORIGIN);
        return;
    }
    size_t overhead = 2 * call->hub->config->server_name.len + sizeof(": PONG  :") - 1;
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_CONTROL,
                     .command = STR("PONG"),
                     .params = (const struct str[]){call->hub->config->server_name,
                                                    utf8_take(token, LIMIT_LINE_BYTES - overhead)},
                     .param_count = 2,
                     .is_last_text = true,
                 });
}

void
cmd_pong(struct call *call)
{
    (void)call; /* that something came is all that counts, and the worker has seen that */
}
