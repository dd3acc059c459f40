/* REGISTER and VERIFY; see register.h. */
#include "base/buf.h"
#include "hub/account_end.h"
#include "hub/account_lost.h"
#include "hub/account_row.h"
#include "hub/command.h"
#include "hub/defcon.h"
#include "hub/invite_link.h"
#include "hub/mail.h"
#include "hub/naming.h"
#include "hub/network_rate.h"
#include "hub/nickserv.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/register.h"
#include "hub/reply.h"
#include "hub/service.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* FAIL REGISTER <code> <account> :text, or the same as a notice of NickServ. */
static void
refuse_request(struct call *call, enum login_purpose purpose, struct str code, struct str account,
               struct str text)
{
    if (purpose == LOGIN_NICKSERV) {
        service_say(call, &nickserv, "%.*s", STR_ARG(text));
        return;
    }
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = account,
                     .text = text,
                     .is_always_standard = true,
                 });
}

/* By NickServ, to those whose client may not know how to log in. */
static void
say_is_yours(struct call *call, const struct account *account)
{
    service_say(call, &nickserv,
                "Account %.*s is yours now. The next time let your client log in (SASL), or come "
                "with another nick and /msg NickServ IDENTIFY %.*s <password>",
                STR_ARG(account->name), STR_ARG(account->name));
}

static bool
is_nick_of_somebody_else(const struct call *call, struct str name)
{
    const struct user *holder = user_find(call->hub, name);
    return holder != NULL && holder != call->user;
}

/* Whether the name is free: an account that nobody has verified makes room for whoever tries again,
 * after a while, if it was not the same one. */
static bool
is_free(const struct call *call, struct str name)
{
    const struct account *account = account_find(call->hub, name);
    return account == NULL || account_is_own_try(account, call->session) ||
           (account->is_unverified && !account->is_suspended &&
            !mail_is_soon(call->hub, account, MAIL_VERIFY));
}

/* False, and the client told, when the name can't become an account's. */
static bool
check_name(struct call *call, const struct register_request *request, struct str name)
{
    enum login_purpose purpose = request->purpose;
    struct str nick = call_client_name(call);
    const struct registration *registration = call->session->registration;
    if (str_equal(nick, STR("*")) && registration->refused_nick != NULL) {
        refuse_request(call, purpose, STR("ACCOUNT_EXISTS"),
                       str_from_nul(registration->refused_nick),
                       STR("Somebody has this name already: choose another with NICK"));
    } else if (str_equal(nick, STR("*"))) {
        refuse_request(call, purpose, STR("NEED_NICK"), STR("*"),
                       STR("Choose your nick first: NICK <nick>"));
    } else if (account_of_session(call->session).len > 0) {
        refuse_request(call, purpose, STR("ALREADY_AUTHENTICATED"),
                       account_of_session(call->session),
                       STR("You are logged in to an account already"));
    } else if (!name_equal(name, nick)) {
        refuse_request(call, purpose, STR("ACCOUNT_NAME_MUST_BE_NICK"), name,
                       STR("The account has your nick's name: change your nick first"));
    } else if (operator_has_account(call->hub, name)) {
        refuse_request(call, purpose, STR("ACCOUNT_EXISTS"), name,
                       STR("This name is kept for an operator of the server: choose another with "
                           "NICK"));
    } else if (account_is_lost(call->hub, name)) {
        refuse_request(call, purpose, STR("ACCOUNT_EXISTS"), name,
                       STR("The account of this name could not be read when the server started: "
                           "ask its administrators, or choose another name with NICK"));
    } else if (!is_free(call, name) || is_nick_of_somebody_else(call, name)) {
        refuse_request(call, purpose, STR("ACCOUNT_EXISTS"), name,
                       STR("Somebody has this name already: choose another with NICK"));
    } else {
        return true;
    }
    return false;
}

static bool
check_email(struct call *call, const struct register_request *request, struct str name)
{
    bool is_given = request->email.len > 0 && !str_equal(request->email, STR("*"));
    if (is_given && call->hub->config->sends_mail && !mail_has_room(call->hub, MAIL_VERIFY)) {
        refuse_request(call, request->purpose, STR("TEMPORARILY_UNAVAILABLE"), name,
                       STR("Too many letters have been sent in this minute: try again later"));
        return false;
    }
    if (is_given && call->hub->config->sends_mail &&
        mail_is_soon_to(call->hub, MAIL_VERIFY, request->email)) {
        refuse_request(call, request->purpose, STR("TEMPORARILY_UNAVAILABLE"), name,
                       STR("A letter was sent to this address a moment ago: try again in ten "
                           "minutes"));
        return false;
    }
    if (is_given ? mail_is_address(request->email) : !call->hub->config->mail_required)
        return true;
    if (!is_given) {
        refuse_request(call, request->purpose, STR("INVALID_EMAIL"), name,
                       request->purpose == LOGIN_NICKSERV
                           ? STR("This server wants an e-mail address: REGISTER <password> "
                                 "<address>")
                           : STR("This server wants an e-mail address: REGISTER * <address> "
                                 "<password>"));
        return false;
    }
    refuse_request(call, request->purpose, STR("INVALID_EMAIL"), name,
                   call->hub->config->mail_required
                       ? STR("This is no e-mail address: give one like name@example.org")
                       : STR("This is no e-mail address: give one like name@example.org, or *"));
    return false;
}

static bool
check_password(struct call *call, const struct register_request *request, struct str name)
{
    struct str password = request->password;
    if (password.len < call->hub->config->account_password_min) {
        struct buf text;
        buf_init(&text, LIMIT_LINE_BYTES);
        buf_printf(&text, "The password is too short: it needs %u bytes or more",
                   (unsigned)call->hub->config->account_password_min);
        refuse_request(call, request->purpose, STR("WEAK_PASSWORD"), name, buf_str(&text));
        buf_deinit(&text);
        return false;
    }
    if (password.len > LIMIT_PASSWORD_BYTES || str_equal(password, STR("*")) ||
        str_find_byte(password, ' ') < password.len) {
        refuse_request(call, request->purpose, STR("UNACCEPTABLE_PASSWORD"), name,
                       STR("This password can't be used: no spaces, 300 bytes at most, not *"));
        return false;
    }
    return true;
}

bool
register_is_open_early(const struct hub_config *config)
{
    return config->registers_before_connect && config->password_hash.len == 0;
}

/* Whether accounts may be registered now, by whoever this is. */
static bool
check_opening(struct call *call, const struct register_request *request, struct str name)
{
    const struct hub_config *config = call->hub->config;
    struct str code = STR("TEMPORARILY_UNAVAILABLE");
    struct str text = STR("This server takes no new accounts: ask its administrators for one");
    const struct account *account = account_find(call->hub, name);
    if (config->takes_accounts || invite_link_may_register(call) ||
        (account != NULL && account_is_own_try(account, call->session))) {
        bool is_early = call->user == NULL && !register_is_open_early(config);
        if (!is_early && map_count(&call->hub->accounts) < config->accounts_max)
            return true;
        if (is_early) {
            code = STR("COMPLETE_CONNECTION_REQUIRED");
            text = STR("Complete the connection first: NICK, USER, CAP END");
        }
    }
    refuse_request(call, request->purpose, code, STR("*"), text);
    return false;
}

static void
refuse_for(struct call *call, const struct register_request *request, struct str name,
           const char *what, int64_t wait_ms)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "%s from your address: try again in ", what);
    rate_put_wait(&text, wait_ms);
    refuse_request(call, request->purpose, STR("TEMPORARILY_UNAVAILABLE"), name, buf_str(&text));
    buf_deinit(&text);
}

/* Whether one more may be registered from where this one is: it counts from now on, and so does
 * its letter; who is refused either has used none of both. */
static bool
check_rates(struct call *call, const struct register_request *request, struct str name,
            struct str email)
{
    bool has_letter = email.len > 0 && call->hub->config->sends_mail;
    int64_t wait_ms = has_letter ? network_rate_ask_ms(call, NETWORK_RATE_LETTERS) : 0;
    if (wait_ms > 0) {
        refuse_for(call, request, name, "Too many letters were asked for", wait_ms);
        return false;
    }
    wait_ms = network_rate_wait_ms(call, NETWORK_RATE_ACCOUNTS);
    if (wait_ms > 0) {
        refuse_for(call, request, name, "Too many accounts were registered", wait_ms);
        return false;
    }
    wait_ms = has_letter ? network_rate_wait_ms(call, NETWORK_RATE_LETTERS) : 0;
    assert(wait_ms == 0); /* as it was asked for */
    return true;
}

void
register_begin(struct call *call, const struct register_request *request)
{
    struct str name = request->account;
    if (str_equal(name, STR("*")))
        name = call_client_name(call);
    if (defcon_refuses_accounts(call->hub)) {
        refuse_request(call, request->purpose, STR("TEMPORARILY_UNAVAILABLE"), name,
                       STR("No new accounts are made at the moment: try again later"));
        return;
    }
    struct str email = str_equal(request->email, STR("*")) ? STR("") : request->email;
    if (check_opening(call, request, name) && check_name(call, request, name) &&
        check_email(call, request, name) && check_password(call, request, name) &&
        check_rates(call, request, name, email)) {
        login_register(call, request->purpose, call_client_name(call), email, request->password);
    }
}

void
register_credentials_made(struct call *call, enum login_purpose purpose, struct str name,
                          struct str email, const struct credentials *credentials)
{
    if (credentials == NULL) {
        refuse_request(call, purpose, STR("TEMPORARILY_UNAVAILABLE"), name,
                       STR("The server is busy hashing passwords: try again in a minute"));
        return;
    }
    /* Once more: others have gone on meanwhile, and so have other sessions of the same user. */
    const struct register_request request = {.account = name, .email = email, .purpose = purpose};
    if (!check_opening(call, &request, name) || !check_name(call, &request, name) ||
        !check_email(call, &request, name))
        return;
    struct account *unverified = account_find(call->hub, name);
    bool is_again = unverified != NULL && account_is_own_try(unverified, call->session);
    if (unverified != NULL)
        account_give_up(call->hub, unverified);
    if (!call->hub->config->takes_accounts && !is_again) /* else its link is paid */
        invite_link_register(call);
    struct account *account = account_add(call->hub, name, email, credentials);
    if (email.len > 0 && call->hub->config->sends_mail) {
        account_await_proof(call->hub, account);
        account_note_own_try(account, call->session);
        mail_send(call, account, MAIL_VERIFY, purpose);
        return;
    }
    uint64_t ticket = account_row_keep(call->hub, account);
    note(call->hub, call->session, "account registered", {"account", name},
         {"addr", call->session->address});
    if (purpose == LOGIN_NICKSERV) {
        say_is_yours(call, account);
    } else {
        const struct str params[] = {STR("SUCCESS"), account->name,
                                     STR("Account successfully registered")};
        struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("REGISTER"));
        spec.params = params;
        spec.param_count = ARRAY_LEN(params);
        spec.is_last_text = true;
        struct event *event = event_new(&spec);
        post_durable_to_session(call->hub, call->session, event, ticket);
        event_unref(&event);
    }
    account_log_in(call, account);
}

struct account *
register_for_token(struct call *call, struct str name, struct str *why_out)
{
    static const struct credentials none = {.password_hash = ""};
    struct hub *hub = call->hub;
    struct str own = call->user == NULL ? STR_NONE : call->user->nick;
    if (defcon_refuses_accounts(hub)) {
        *why_out = STR("No new accounts are made at the moment: try again later");
    } else if (map_count(&hub->accounts) >= hub->config->accounts_max) {
        *why_out = STR("This server takes no new accounts: ask its administrators for one");
    } else if (account_is_lost(hub, name)) {
        *why_out = STR("Login failed: the account of the name in your token could not be read when "
                       "the server started, ask its administrators");
    } else if (is_nick_of_somebody_else(call, name)) {
        *why_out = STR("Login failed: somebody else is here under the name in your token");
    } else if (operator_has_account(hub, name) ||
               naming_check_nick(call, name, own) != NAMING_FREE) {
        *why_out = STR("Login failed: no account can have the name in your token");
    } else {
        struct account *account = account_add(hub, name, STR(""), &none);
        (void)account_row_keep(hub, account); /* what waits: confirm.h */
        note(hub, call->session, "account registered", {"account", name},
             {"addr", call->session->address}, {"by", STR("token")});
        return account;
    }
    return NULL;
}

/* REGISTER or VERIFY: what it has come to. */
static void
tell_state(struct call *call, struct str command, const char *state, struct str account,
           struct str text)
{
    const struct str params[] = {str_from_nul(state), account, text};
    struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, command);
    spec.params = params;
    spec.param_count = ARRAY_LEN(params);
    spec.is_last_text = true;
    tell_session(call->hub, call->session, spec);
}

void
register_mailed(struct call *call, enum login_purpose purpose, struct account *account,
                bool is_sent)
{
    struct str text = STR("Confirm your e-mail address with the code in the letter to it");
    if (account == NULL || !account->is_unverified)
        return; /* it has been verified, or is another one, meanwhile */
    if (!is_sent) {
        call->session->link.has_registered = false; /* what a link has cost stays paid */
        mail_was_not_sent(call->hub, MAIL_VERIFY, account->email);
        refuse_request(call, purpose, STR("TEMPORARILY_UNAVAILABLE"), account->name,
                       STR("The letter could not be sent: try again later"));
        if (!account->is_suspended)
            account_give_up(call->hub, account);
    } else if (purpose == LOGIN_NICKSERV) {
        service_say(call, &nickserv, "%.*s: /msg NickServ VERIFY %.*s <code>", STR_ARG(text),
                    STR_ARG(account->name));
    } else {
        tell_state(call, STR("REGISTER"), "VERIFICATION_REQUIRED", account->name, text);
    }
}

static void
refuse_code(struct call *call, enum login_purpose purpose, struct str code, struct str name,
            struct str text)
{
    call->command = STR("VERIFY");
    refuse_request(call, purpose, code, name, text);
}

void
register_verify(struct call *call, enum login_purpose purpose, struct str name, struct str code)
{
    struct hub *hub = call->hub;
    struct account *account = account_find(hub, name);
    struct str own = account_of_session(call->session);
    if (own.len > 0) {
        refuse_code(call, purpose, STR("ALREADY_AUTHENTICATED"), own,
                    STR("You are logged in to an account already"));
        return;
    }
    if (account == NULL || !account->is_unverified ||
        !mail_is_code(hub, account, MAIL_VERIFY, code)) {
        refuse_code(call, purpose, STR("INVALID_CODE"), name,
                    STR("That is not the code of this account, or it is too old"));
        login_count_failure(call);
        return;
    }
    mail_drop_codes(hub, account);
    account_take_proof(hub, account);
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
    note(hub, call->session, "account verified", {"account", account->name},
         {"addr", call->session->address});
    if (purpose == LOGIN_NICKSERV)
        say_is_yours(call, account);
    else
        tell_state(call, STR("VERIFY"), "SUCCESS", account->name,
                   STR("Account successfully verified"));
    if (login_result_for(account) == LOGIN_OK)
        account_log_in(call, account);
}

void
cmd_verify(struct call *call)
{
    register_verify(call, LOGIN_REGISTER, call_param(call, 0), call_param(call, 1));
}

void
cmd_register(struct call *call)
{
    register_begin(call, &(struct register_request){
                             .account = call_param(call, 0),
                             .email = call_param(call, 1),
                             .password = call_param(call, 2),
                             .purpose = LOGIN_REGISTER,
                         });
}
