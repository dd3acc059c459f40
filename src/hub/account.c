/* Accounts; see account.h. */
#include "hub/account.h"

#include "base/alloc.h"
#include "hub/account_cert.h"
#include "hub/account_end.h"
#include "hub/account_name.h"
#include "hub/account_row.h"
#include "hub/capability.h"
#include "hub/claim.h"
#include "hub/command.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/metadata_watch.h"
#include "hub/naming.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/read_marker.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/txn.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

struct account *
account_find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->accounts, folded_str(&folded));
    return node == NULL ? account_find_by_later_name(hub, folded_str(&folded))
                        : CONTAINER_OF(node, struct account, by_key);
}

struct account *
account_find_unchanged(const struct hub *hub, struct str name, uint64_t credentials_id)
{
    struct account *account = account_find(hub, name);
    return account != NULL && account->credentials_id == credentials_id ? account : NULL;
}

struct account *
account_add(struct hub *hub, struct str name, struct str email,
            const struct credentials *credentials)
{
    assert(account_find(hub, name) == NULL);
    struct folded folded;
    bool folds = name_fold(name, &folded);
    assert(folds);
    struct account *account = cf_calloc_array(1, sizeof *account);
    account->name = str_dup(name);
    account->key = str_dup(folded_str(&folded));
    account->email = str_dup(email);
    account->credentials = *credentials;
    account->credentials_id = ++hub->last_credentials_id;
    account->created_ms = hub->now_ms;
    list_init(&account->later_names);
    list_init(&account->certs);
    list_init(&account->devices);
    list_init(&account->txns);
    map_insert(&hub->accounts, &account->by_key, account->key);
    naming_add(hub, &hub->account_looks, account->key);
    return account;
}

void
account_remove(struct hub *hub, struct account *account)
{
    timers_clear(&hub->timers, &account->lapse.timer);
    account_remove_certs(hub, account);
    account_names_deinit(hub, account);
    map_remove(&hub->accounts, &account->by_key);
    naming_remove(hub, &hub->account_looks, account->key);
    str_free(&account->name);
    str_free(&account->key);
    str_free(&account->email);
    str_free(&account->new_email);
    str_free(&account->suspend_reason);
    read_markers_deinit(&account->read_markers);
    metadata_deinit(&account->metadata);
    txn_deinit_of_account(hub, account);
    devices_deinit(account);
    factors_deinit(account);
    explicit_bzero(&account->credentials, sizeof account->credentials);
    cf_free(account);
}

void
account_remove_all(struct hub *hub)
{
    struct map_node *node;
    while ((node = map_first(&hub->accounts)) != NULL)
        account_remove(hub, CONTAINER_OF(node, struct account, by_key));
}

void
account_set_credentials(struct hub *hub, struct account *account,
                        const struct credentials *credentials)
{
    account->credentials = *credentials;
    account->credentials_id = ++hub->last_credentials_id;
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
}

bool
account_has_proved_email(const struct account *account)
{
    return account->is_email_proved && account->email.len > 0;
}

bool
account_may_log_in(const struct account *account)
{
    return !account->is_suspended && !account->is_unverified;
}

void
account_suspend(struct hub *hub, struct account *account, struct str reason)
{
    account->is_suspended = true;
    str_replace(&account->suspend_reason, reason);
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
}

void
account_unsuspend(struct hub *hub, struct account *account)
{
    account->is_suspended = false;
    if (account->is_unverified)
        account_await_proof(hub, account); /* its time may be over */
    str_free(&account->suspend_reason);
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
}

struct str
account_of_session(const struct session *session)
{
    if (session->user != NULL)
        return session->user->account;
    return session->registration == NULL ? STR("") : session->registration->account;
}

struct str
account_key_of(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    return account == NULL ? STR("") : account->key;
}

bool
account_reserves_nick(const struct hub *hub, struct str nick, const struct session *session)
{
    const struct account *account = account_find(hub, nick);
    return account != NULL && account->settings[ACCOUNT_SETTING_ENFORCE] != ENFORCE_NONE &&
           !account_is_own_try(account, session) &&
           !str_equal(account->name, account_of_session(session));
}

/* --- in and out --- */

void
account_set_of_user(struct user *user, const struct account *account)
{
    str_free(&user->account);
    str_free(&user->former_accounts);
    user->identity_version++; /* bans of accounts may match now */
    if (account == NULL)
        return;
    struct buf former;
    buf_init(&former, (LIMIT_ACCOUNT_NAMES + 1) * (LIMIT_FOLDED_BYTES + 1));
    account_put_former_names(&former, account);
    user->account = str_dup(account->name);
    user->former_accounts = str_dup(buf_str(&former));
    buf_deinit(&former);
}

/* Tells those who asked for it: ACCOUNT name, or "*" for none. Spec: IRCv3 account-notify. */
static void
announce(struct hub *hub, const struct user *user, struct session *own_session)
{
    struct str shown = user->account.len > 0 ? user->account : STR("*");
    struct event_spec spec = spec_from_user(hub, user, EVENT_ACCOUNT, STR("ACCOUNT"));
    spec.params = &shown;
    spec.param_count = 1;
    spec.needs = CAP(ACCOUNT_NOTIFY);
    announce_about_user(hub, user, own_session, spec);
}

static void
set_account(struct call *call, struct str name)
{
    if (call->user == NULL) {
        str_replace(&call->session->registration->account, name);
        return;
    }
    struct account *account = account_find(call->hub, name);
    metadata_account_changes(call->hub, call->user, account);
    presence_end(call->hub, call->user); /* of the account that it had */
    account_set_of_user(call->user, account);
    announce(call->hub, call->user, call->session);
    claim_follow(call);
    presence_settle(call->hub, call->user);
}

/* nick!user@host as far as it is known: "*" for what is not. */
static void
put_mask(struct buf *out, const struct call *call)
{
    if (call->user != NULL) {
        buf_put(out, call->user->prefix);
        return;
    }
    const struct registration *registration = call->session->registration;
    const char *username = registration->username;
    buf_printf(out, "%.*s!%s@%.*s", STR_ARG(call_client_name(call)),
               username == NULL ? "*" : username, STR_ARG(call->session->host));
}

/* 900 for a session of the account. */
static void
tell_logged_in(struct call *call, const struct account *account)
{
    struct buf mask;
    struct buf text;
    buf_init(&mask, LIMIT_MASK_BYTES);
    buf_init(&text, LIMIT_LINE_BYTES);
    put_mask(&mask, call);
    buf_printf(&text, "You are now logged in as %.*s", STR_ARG(account->name));
    reply_text(call, RPL_LOGGEDIN, buf_str(&mask), account->name, buf_str(&text));
    buf_deinit(&text);
    buf_deinit(&mask);
}

/* The user that the session of somebody else is to belong to once it is logged in; NULL: none. */
static struct user *
find_adopter(const struct call *call, const struct account *account)
{
    if (call->user == NULL)
        return NULL;
    struct user *user = presence_user_for(call->hub, account->name, account->name);
    bool is_another = user != NULL && user != call->user;
    return is_another && user_may_have_session(user, call->session) ? user : NULL;
}

/* Who logs in does it for itself: other sessions of a user that was logged out, or logged in to
 * something else, have not shown that this account is theirs. */
static void
close_other_sessions(struct call *call)
{
    struct str reason = STR("Another session of yours has logged in: connect again, and log in");
    list_for_each_safe(node, &call->user->sessions) {
        struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (session != call->session)
            session_close(call->hub, session, reason, reason);
    }
}

void
account_log_in(struct call *call, const struct account *account)
{
    bool is_other = !str_equal(account_of_session(call->session), account->name);
    tell_logged_in(call, account);
    if (is_other && find_adopter(call, account) == NULL) {
        if (call->user != NULL)
            close_other_sessions(call);
        set_account(call, account->name);
    }
    note(call->hub, call->session, "logged in", {"account", account->name},
         {"addr", call->session->address});
}

/* What the session is shown of the user that it was, before it is somebody else. */
static void
show_leaving(struct call *call, const struct user *user)
{
    const struct user *guest = call->user;
    for (size_t i = 0; i < guest->membership_count; i++) {
        tell_session(call->hub, call->session,
                     (struct event_spec){
                         .kind = EVENT_PART,
                         .command = STR("PART"),
                         .source = guest->prefix,
                         .params = &guest->memberships[i].channel->name,
                         .param_count = 1,
                     });
    }
    tell_session(call->hub, call->session,
                 (struct event_spec){
                     .kind = EVENT_NICK,
                     .command = STR("NICK"),
                     .source = guest->prefix,
                     .params = &user->nick,
                     .param_count = 1,
                 });
}

/* The session of the call is one of that user's from now on. reason: what others see of the user
 * that it was, if this was its only session. */
static void
move_to(struct call *call, struct user *user, struct str reason)
{
    bool is_console = session_is_console(call->session) && call->user->office != NULL &&
                      call->user->office->origin == OFFICE_OF_CONSOLE;
    show_leaving(call, user);
    struct metadata early = call->user->metadata; /* nothing, when it had another account */
    call->user->metadata = (struct metadata){.count = 0};
    session_move(call->hub, call->session, user, reason);
    call->user = user;
    metadata_adopt(call, &early, false);
    for (size_t i = 0; i < user->membership_count; i++)
        channel_show(call, user->memberships[i].channel);
    presence_session_came(call->hub, user);
    device_returned(call);
    if (is_console)
        operator_grant_console(call);
    claim_follow(call);
}

void
account_adopt(struct call *call, const struct account *account)
{
    struct user *user = find_adopter(call, account);
    if (user != NULL)
        move_to(call, user, STR("Logged in"));
}

void
account_join_user(struct call *call, struct user *user)
{
    assert(call->user != user);
    assert(call->user->account.len > 0);
    assert(str_equal(call->user->account, user->account));
    note(call->hub, call->session, "client joined its user", {"nick", call->user->nick},
         {"user", user->nick}, {"account", user->account});
    move_to(call, user, STR("Is with the other clients of its account now"));
}

/* 901 for one session, and why when it did not ask for it. */
static void
tell_logged_out(const struct call *call, struct session *session, struct str why)
{
    struct call theirs = *call;
    theirs.session = session;
    struct buf mask;
    buf_init(&mask, LIMIT_MASK_BYTES);
    put_mask(&mask, &theirs);
    reply_text(&theirs, RPL_LOGGEDOUT, buf_str(&mask), STR("You are now logged out"));
    buf_deinit(&mask);
    if (why.len > 0)
        reply_notice(&theirs, why);
}

void
account_log_out(struct call *call, struct str why)
{
    assert(account_of_session(call->session).len > 0);
    note(call->hub, call->session, "logged out", {"account", account_of_session(call->session)});
    if (call->user == NULL) {
        tell_logged_out(call, call->session, why);
    } else {
        list_for_each(node, &call->user->sessions) {
            tell_logged_out(call, CONTAINER_OF(node, struct session, in_user), why);
        }
    }
    set_account(call, STR(""));
}

void
account_log_out_all(struct call *call, const struct account *account, struct str why)
{
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (!str_equal(account_of_session(session), account->name))
            continue;
        struct call theirs = *call;
        theirs.session = session;
        theirs.user = session->user;
        account_log_out(&theirs, why);
    }
    presence_leave(call->hub, account, why); /* of those who are absent */
}

void
account_end_users(struct hub *hub, const struct account *account, struct str why)
{
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        if (str_equal(user->account, account->name))
            user_kill(hub, user, why);
    }
    cursor = 0;
    struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) { /* not registered yet */
        if (str_equal(account_of_session(session), account->name))
            session_close(hub, session, why, why);
    }
}

/* --- another name --- */

static void
rename_users(struct hub *hub, const struct account *account, struct str old)
{
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        if (!str_equal(user->account, old))
            continue;
        account_set_of_user(user, account);
        if (user->office != NULL && user->office->origin == OFFICE_OF_ACCOUNT)
            str_replace(&user->office->name, account->name);
        presence_changed(hub, user);
        announce(hub, user, NULL);
    }
}

void
account_renamed(struct call *call, const struct account *account, struct str old)
{
    struct hub *hub = call->hub;
    uint32_t cursor = 0;
    struct session *session;
    rename_users(hub, account, old);
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        if (session->user == NULL && str_equal(account_of_session(session), old))
            str_replace(&session->registration->account, account->name);
        if (!str_equal(account_of_session(session), account->name))
            continue;
        struct call theirs = *call;
        theirs.session = session;
        theirs.user = session->user;
        tell_logged_in(&theirs, account);
    }
}

/* --- guessing --- */

uint32_t
account_seconds_until_try(const struct hub *hub, const struct account *account)
{
    int64_t left_ms = account->failures_ms + LIMIT_LOGIN_WINDOW_MS - hub->now_ms;
    if (account->failures < LIMIT_LOGIN_FAILURES || left_ms <= 0)
        return 0;
    return (uint32_t)((left_ms + 999) / 1000);
}

void
account_count_failure(struct hub *hub, struct account *account)
{
    if (hub->now_ms - account->failures_ms >= LIMIT_LOGIN_WINDOW_MS) {
        account->failures_ms = hub->now_ms;
        account->failures = 0;
    }
    account->failures++;
}
