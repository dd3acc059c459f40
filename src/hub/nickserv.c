/* NickServ; see nickserv.h. */
#include "hub/nickserv.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/utf8.h"
#include "hub/account_cert.h"
#include "hub/account_end.h"
#include "hub/account_lost.h"
#include "hub/account_name.h"
#include "hub/account_row.h"
#include "hub/chanserv_transfer.h"
#include "hub/command.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/keep.h"
#include "hub/mail.h"
#include "hub/nickserv_clients.h"
#include "hub/nickserv_email.h"
#include "hub/nickserv_factor.h"
#include "hub/nickserv_oper.h"
#include "hub/nickserv_set.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/register.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

static void
say_no_account(const struct service_call *service_call, struct str name)
{
    if (account_is_lost(service_call->call->hub, name))
        service_say(service_call->call, &nickserv,
                    "Account %.*s could not be read when the server started: its administrators "
                    "find in the log what to do",
                    STR_ARG(name));
    else
        service_say(service_call->call, &nickserv, "There is no account %.*s", STR_ARG(name));
}

/* --- coming and going --- */

static void
run_register(const struct service_call *service_call)
{
    register_begin(service_call->call,
                   &(struct register_request){
                       .account = STR("*"),
                       .email = service_call->word_count > 1 ? service_call->words[1] : STR(""),
                       .password = service_call->words[0],
                       .purpose = LOGIN_NICKSERV,
                   });
}

/* IDENTIFY <password> is for the account of the nick that one has. */
static void
run_identify(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    bool is_named = service_call->word_count > 1;
    struct str account = is_named ? service_call->words[0] : call->user->nick;
    struct str password = service_call->words[is_named ? 1 : 0];
    if (call->user->account.len > 0) {
        service_say(call, &nickserv, "You are logged in as %.*s already: LOGOUT first",
                    STR_ARG(call->user->account));
        return;
    }
    login_compare(call, LOGIN_IDENTIFY, device_take(call->session, account), password, STR(""));
}

/* Says why it was not LOGIN_OK. */
static void
say_result(struct call *call, struct str name, enum login_result result)
{
    const struct account *account = account_find(call->hub, name);
    switch (result) {
    case LOGIN_OK:
        break;
    case LOGIN_WRONG:
        service_say(call, &nickserv, "Account or password is wrong");
        break;
    case LOGIN_SUSPENDED:
        service_say(call, &nickserv,
                    "This account is suspended: ask the administrators (reason: %.*s)",
                    STR_ARG(account->suspend_reason));
        break;
    case LOGIN_UNVERIFIED:
        service_say(call, &nickserv,
                    "Confirm your e-mail address first: VERIFY %.*s <code>; if it was mistyped, "
                    "take the nick %.*s and REGISTER again",
                    STR_ARG(name), STR_ARG(name));
        break;
    case LOGIN_TOO_MANY:
        service_say(call, &nickserv,
                    "Too many wrong passwords for this account: try again in %u seconds",
                    (unsigned)account_seconds_until_try(call->hub, account));
        break;
    case LOGIN_BUSY:
        service_say(call, &nickserv, "The server is busy: try again in a minute");
        break;
    case LOGIN_NO_CODE:
        service_say(call, &nickserv,
                    "Give the code of your app behind the password: IDENTIFY <account> <password> "
                    "<code>, or use an app password");
        break;
    case LOGIN_WRONG_CODE:
        service_say(call, &nickserv,
                    "The password is right, but the code behind it is wrong, or was used already");
        break;
    }
}

void
nickserv_identified(struct call *call, struct str name, enum login_result result)
{
    if (result == LOGIN_OK) {
        call->session->login_failures = 0;
        const struct account *account = account_find(call->hub, name);
        account_log_in(call, account);
        account_adopt(call, account);
        chanserv_tell_offers(call);
        return;
    }
    say_result(call, name, result);
    login_count_failure(call);
}

/* All clients of a user are logged in, or none is: so it is for who has one only. And who stays
 * would lose its channels by it. */
static void
run_logout(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    bool may_stop_staying = call->hub->config->always_on != HUB_POLICY_MANDATORY;
    if (call->user->residence != NULL) {
        service_say(call, &nickserv,
                    "You are always-on: for this client just quit; CLIENTS LOGOUT <number or all> "
                    "ends clients%s",
                    may_stop_staying ? "; to be logged out for good, SET always-on off first" : "");
    } else if (call->user->sessions.next != call->user->sessions.prev) {
        service_say(call, &nickserv,
                    "Other clients of yours are here, who would be logged out, too: for this one "
                    "just quit; CLIENTS LOGOUT <number or all> ends clients");
    } else {
        account_log_out(call, STR(""));
        nick_release(call);
    }
}

/* --- the password --- */

bool
nickserv_has_password(const struct account *account)
{
    return account->credentials.password_hash[0] != '\0' ||
           account->credentials.sha_256.iterations > 0;
}

/* One that was made by a token or an operator has no old password to give. */
static void
run_passwd(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    const struct account *account = account_find(call->hub, call->user->account);
    bool has_old = service_call->word_count > 1;
    struct str new_password = service_call->words[has_old ? 1 : 0];
    assert(account != NULL);
    if (has_old != nickserv_has_password(account)) {
        service_say(call, &nickserv,
                    has_old ? "Your account has no password yet: PASSWD <new> gives it one"
                            : "Give the password that you have, too: PASSWD <old> <new>");
    } else if (!nickserv_check_new_password(call, new_password)) {
        return;
    } else if (has_old) {
        login_compare(call, LOGIN_CHANGE, call->user->account, service_call->words[0],
                      new_password);
    } else {
        login_reset(call, LOGIN_FIRST, account->name, new_password);
    }
}

/* Who changes a password mistrusts those who know the old one. */
void
nickserv_end_other_sessions(struct call *call, const struct account *account)
{
    struct str reason = STR("The password of your account has changed: connect again, and log in");
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (session != call->session && str_equal(account_of_session(session), account->name))
            session_close(call->hub, session, reason, reason);
    }
}

void
nickserv_password_changed(struct call *call, struct str name, enum login_result result,
                          const struct credentials *credentials)
{
    if (result != LOGIN_OK) {
        say_result(call, name, result);
        return;
    }
    struct account *account = account_find(call->hub, name);
    assert(account != NULL);
    assert(credentials != NULL);
    account_set_credentials(call->hub, account, credentials);
    mail_drop_codes(call->hub, account);
    note(call->hub, call->session, "password changed", {"account", account->name},
         {"addr", call->session->address});
    nickserv_end_other_sessions(call, account);
    if (str_equal(call->user->account, account->name))
        service_say(call, &nickserv, "Your password has been changed");
    else
        service_say(call, &nickserv,
                    "Your password has been changed: IDENTIFY %.*s <new password> logs you in",
                    STR_ARG(account->name));
    if (account->cert_count > 0 ||
        (account->factors != NULL && account->factors->password_count > 0))
        service_say(call, &nickserv,
                    "Certificates and app passwords log in as before: CERT LIST and APPPASS LIST "
                    "show them");
}

/* --- looking --- */

static void
run_info(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str name = service_call->word_count > 0 ? service_call->words[0] : call->user->account;
    const struct account *account = account_find(call->hub, name);
    if (name.len == 0) {
        service_say(call, &nickserv, "You are not logged in; of another account: INFO <account>");
        return;
    }
    if (account == NULL) {
        say_no_account(service_call, name);
        return;
    }
    struct buf when;
    buf_init(&when, 64);
    civil_put_human(&when, account->created_ms);
    service_say(call, &nickserv, "Account %.*s, registered %.*s", STR_ARG(account->name),
                STR_ARG(buf_str(&when)));
    buf_deinit(&when);
    bool is_own = str_equal(account->name, call->user->account);
    if (is_own || user_may(call->user, PRIVILEGE_SEE))
        nickserv_say_email(call, account);
    if (is_own || user_may(call->user, PRIVILEGE_BAN))
        nickserv_say_factor(call, account);
    struct buf former;
    buf_init(&former, (LIMIT_ACCOUNT_NAMES + 1) * (LIMIT_FOLDED_BYTES + 1));
    account_put_former_names(&former, account);
    if (former.len > 0)
        service_say(call, &nickserv, "It was called %.*s", (int)former.len - 1, former.ptr);
    buf_deinit(&former);
    if (account->is_suspended)
        service_say(call, &nickserv, "It is suspended: %.*s", STR_ARG(account->suspend_reason));
}

/* --- certificates --- */

static void
say_certs(struct call *call, const struct account *account)
{
    list_for_each(node, &account->certs) {
        service_say(call, &nickserv, "Certificate %.*s",
                    STR_ARG(CONTAINER_OF(node, struct account_cert, in_account)->fingerprint));
    }
    service_say(call, &nickserv, "%u certificates log in to %.*s", (unsigned)account->cert_count,
                STR_ARG(account->name));
}

static void
add_cert(struct call *call, struct account *account, struct str fingerprint)
{
    switch (account_add_cert(call->hub, account, fingerprint)) {
    case CERT_OK:
        (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
        service_say(call, &nickserv, "This certificate logs in to %.*s now (SASL EXTERNAL): %.*s",
                    STR_ARG(account->name), STR_ARG(fingerprint));
        break;
    case CERT_TAKEN:
        service_say(call, &nickserv, "This certificate belongs to an account already");
        break;
    case CERT_FULL:
        service_say(call, &nickserv, "There are %d certificates already: DEL one first",
                    LIMIT_ACCOUNT_CERTS);
        break;
    }
}

/* As it is kept: without colons, in lower case. */
static void
put_fingerprint(struct buf *out, struct str given)
{
    for (size_t i = 0; i < given.len; i++) {
        if (given.ptr[i] != ':')
            buf_put_byte(out, ascii_lower(given.ptr[i]));
    }
}

static void
run_cert(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, call->user->account);
    struct str action = service_call->words[0];
    struct str given =
        service_call->word_count > 1 ? service_call->words[1] : call->session->fingerprint;
    struct buf fingerprint;
    buf_init(&fingerprint, LIMIT_LINE_BYTES);
    put_fingerprint(&fingerprint, given);
    bool is_adding = str_equal_ascii_nocase(action, STR("ADD"));
    if (str_equal_ascii_nocase(action, STR("LIST"))) {
        say_certs(call, account);
    } else if (!is_adding && !str_equal_ascii_nocase(action, STR("DEL"))) {
        service_say(call, &nickserv, "CERT ADD, CERT DEL or CERT LIST");
    } else if (!cert_is_fingerprint(buf_str(&fingerprint))) {
        service_say(call, &nickserv,
                    "Connect with a certificate, or give its SHA-256 fingerprint: "
                    "64 hexadecimal digits");
    } else if (is_adding) {
        add_cert(call, account, buf_str(&fingerprint));
    } else if (account_remove_cert(call->hub, account, buf_str(&fingerprint))) {
        (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
        service_say(call, &nickserv, "This certificate logs in no more");
    } else {
        service_say(call, &nickserv, "Your account has no such certificate");
    }
    buf_deinit(&fingerprint);
}

/* --- the end of an account --- */

static unsigned
confirmation_code(const struct account *account)
{
    return (unsigned)((uint64_t)account->created_ms % SERVICE_CODE_LIMIT);
}

/* What goes and what stays, and the code. */
static void
say_what_ends(struct call *call, const struct account *account, bool is_with_messages)
{
    service_say(call, &nickserv,
                "This ends the account for ever and erases its passwords, certificates, settings, "
                "devices, read markers and metadata; its channels are nobody's then");
    if (is_with_messages)
        service_say(call, &nickserv,
                    "It erases all that the account has said and done, too, in channels and in "
                    "private, and from searches. What others have said to it stays theirs, and "
                    "backups, logs and exports stay with the administrators. To do it: ERASE %.*s "
                    "%u",
                    STR_ARG(account->name), confirmation_code(account));
    else
        service_say(call, &nickserv,
                    "What it has said stays; ERASE instead of UNREGISTER erases that, too. To do "
                    "it: UNREGISTER %.*s %u",
                    STR_ARG(account->name), confirmation_code(account));
}

/* All that is there of it, and in the end that is said: what is kept goes in that order, too. */
static void
end_account(struct call *call, struct account *account, bool is_with_messages)
{
    struct hub *hub = call->hub;
    account_log_out_all(call, account, STR("Your account has been erased"));
    account_drop_rows(hub, account);
    bool has_messages = is_with_messages && hub->config->has_store;
    if (has_messages)
        keep_nothing_of_account(hub, account);
    service_say(call, &nickserv, "Account %.*s is no more%s", STR_ARG(account->name),
                has_messages ? ", and all that it has said is erased" : "");
    account_remove(hub, account);
}

static void
run_end(const struct service_call *service_call, bool is_with_messages)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    bool is_own = account != NULL && str_equal(account->name, call->user->account);
    if (account == NULL) {
        say_no_account(service_call, service_call->words[0]);
        return;
    }
    if (!is_own && !user_may(call->user, PRIVILEGE_BAN)) {
        service_say(call, &nickserv, "You are not logged in to %.*s", STR_ARG(account->name));
        return;
    }
    if (!is_own && !nickserv_may_rule(call, account))
        return;
    if (!service_is_confirmed(service_call, 1, confirmation_code(account))) {
        say_what_ends(call, account, is_with_messages);
        return;
    }
    note(call->hub, call->session, "account erased", {"account", account->name},
         {"by", call->user->nick}, {"messages", is_with_messages ? STR("yes") : STR("no")});
    end_account(call, account, is_with_messages);
}

static void
run_unregister(const struct service_call *service_call)
{
    run_end(service_call, false);
}

static void
run_erase(const struct service_call *service_call)
{
    run_end(service_call, true);
}

static void
run_suspend(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    if (account == NULL) {
        say_no_account(service_call, service_call->words[0]);
        return;
    }
    bool has_reason = service_call->word_count > 1;
    if (account->is_suspended && !has_reason) {
        service_say(call, &nickserv,
                    "Account %.*s is suspended already (reason: %.*s); SUSPEND %.*s <reason> gives "
                    "another",
                    STR_ARG(account->name), STR_ARG(account->suspend_reason),
                    STR_ARG(account->name));
        return;
    }
    if (!nickserv_may_rule(call, account))
        return;
    if (str_equal(account->name, call->user->account)) { /* nobody may be there to lift it */
        service_say(call, &nickserv,
                    "%.*s is your own account, and you could not log in to it any more: ask "
                    "another operator to suspend it",
                    STR_ARG(account->name));
        return;
    }
    struct str reason = has_reason ? service_call->words[1] : STR("no reason");
    reason = utf8_take(reason, LIMIT_REASON_BYTES);
    account_suspend(call->hub, account, reason);
    note(call->hub, call->session, "account suspended", {"account", account->name},
         {"by", call->user->nick}, {"reason", reason});
    account_end_users(call->hub, account, STR("Your account has been suspended"));
    service_say(call, &nickserv, "Account %.*s is suspended", STR_ARG(account->name));
}

static void
run_unsuspend(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    if (account == NULL) {
        say_no_account(service_call, service_call->words[0]);
        return;
    }
    if (!account->is_suspended) {
        service_say(call, &nickserv, "Account %.*s is not suspended", STR_ARG(account->name));
        return;
    }
    if (!nickserv_may_rule(call, account))
        return;
    account_unsuspend(call->hub, account);
    note(call->hub, call->session, "account resumed", {"account", account->name},
         {"by", call->user->nick});
    service_say(call, &nickserv, "Account %.*s can be used again", STR_ARG(account->name));
}

static const struct service_command commands[] = {
    SERVICE_COMMAND("REGISTER", run_register, 1, 2, 0, "<password> [email]",
                    "Makes an account of your nick's name, which is yours from then on"),
    SERVICE_COMMAND("IDENTIFY", run_identify, 1, 2, 0, "<password> | <account> <password> [code]",
                    "Logs you in; without an account, to that of your nick"),
    SERVICE_COMMAND("LOGOUT", run_logout, 0, 0, SERVICE_LOGGED_IN, "",
                    "Logs your client out, if it is the only one and you are not always-on"),
    SERVICE_COMMAND("PASSWD", run_passwd, 1, 2, SERVICE_LOGGED_IN, "[old] <new>",
                    "Changes your password, or sets the first; your other sessions end"),
    SERVICE_COMMAND("VERIFY", nickserv_verify, 2, 2, 0, "<account> <code>",
                    "Confirms the e-mail address of a new account"),
    SERVICE_COMMAND("VERIFYEMAIL", nickserv_verifyemail, 1, 1, SERVICE_LOGGED_IN, "<code>",
                    "Confirms the address that you have given with SET EMAIL"),
    SERVICE_COMMAND("SENDPASS", nickserv_sendpass, 1, 1, 0, "<account>",
                    "Sends a code to the account's e-mail address, to set a new password with"),
    SERVICE_COMMAND("RESETPASS", nickserv_resetpass, 3, 3, 0, "<account> <code> <new password>",
                    "Sets a new password, with that code"),
    SERVICE_COMMAND("CERT", run_cert, 1, 2, SERVICE_LOGGED_IN, "ADD|DEL|LIST [fingerprint]",
                    "Certificates of your clients that log you in"),
    SERVICE_COMMAND("APPPASS", nickserv_apppass, 1, 2, SERVICE_LOGGED_IN, "ADD|DEL <name> | LIST",
                    "Passwords for single programs, which you can take away one by one"),
    SERVICE_COMMAND("TOTP", nickserv_totp, 1, 2, SERVICE_LOGGED_IN,
                    "ON | CONFIRM <code> | CODES <code> | OFF <code> | RESET <account>",
                    "A second factor: codes of an app on your phone"),
    SERVICE_COMMAND("INFO", run_info, 0, 1, 0, "[account]", "Tells about an account"),
    SERVICE_COMMAND("SET", nickserv_set, 0, 2, SERVICE_LOGGED_IN, "[setting value]",
                    "Changes a setting of your account; alone, lists them"),
    SERVICE_COMMAND("GET", nickserv_get, 0, 1, SERVICE_LOGGED_IN, "[setting]",
                    "Shows a setting, or all"),
    SERVICE_COMMAND("SASET", nickserv_saset, 3, 3, SERVICE_OPERATOR, "<account> <setting> <value>",
                    "Changes a setting of somebody's account"),
    SERVICE_COMMAND("SAGET", nickserv_saget, 1, 2, SERVICE_OPERATOR, "<account> [setting]",
                    "Shows a setting of somebody's account, or all"),
    SERVICE_COMMAND("SESSIONS", nickserv_sessions, 0, 1, SERVICE_LOGGED_IN, "[nick]",
                    "Lists your clients, and your devices that are not connected"),
    SERVICE_COMMAND("CLIENTS", nickserv_clients, 1, 3, SERVICE_LOGGED_IN,
                    "LIST [nick] | LOGOUT [nick] <number or all>",
                    "Lists your clients, or ends one"),
    SERVICE_COMMAND("UNREGISTER", run_unregister, 1, 2, 0, "<account> [code]",
                    "Erases your account"),
    SERVICE_COMMAND("ERASE", run_erase, 1, 2, 0, "<account> [code]",
                    "Erases your account and all that it has said"),
    SERVICE_COMMAND("GHOST", nickserv_ghost, 1, 1, SERVICE_LOGGED_IN, "<nick>",
                    "Ends who has your account's nick, or is logged in to it"),
    SERVICE_COMMAND("LIST", nickserv_list, 0, 1, SERVICE_OPERATOR, "[mask]", "Lists accounts"),
    SERVICE_COMMAND("SAREGISTER", nickserv_saregister, 1, 2, SERVICE_OPERATOR,
                    "<account> [password]", "Makes an account for somebody else"),
    SERVICE_COMMAND("SAPASSWD", nickserv_sapasswd, 2, 2, SERVICE_OPERATOR,
                    "<account> <new password>",
                    "Sets the password of somebody's account; its sessions end"),
    SERVICE_COMMAND("SAVERIFY", nickserv_saverify, 1, 1, SERVICE_OPERATOR, "<account>",
                    "Confirms an account without the code of its letter"),
    SERVICE_COMMAND("RENAME", nickserv_rename, 2, 2, SERVICE_OPERATOR, "<account> <new name>",
                    "Gives an account another name; it keeps the old one besides"),
    SERVICE_COMMAND("SUSPEND", run_suspend, 1, 2, SERVICE_OPERATOR, "<account> [reason]",
                    "Lets nobody log in to an account, and ends its sessions"),
    SERVICE_COMMAND("UNSUSPEND", run_unsuspend, 1, 1, SERVICE_OPERATOR, "<account>",
                    "Lets an account be used again"),
};

const struct service nickserv = {
    .nick = STR_INIT("NickServ"),
    .about = STR_INIT("NickServ registers accounts and logs you in: /msg NickServ <command>"),
    .commands = commands,
    .command_count = ARRAY_LEN(commands),
};
