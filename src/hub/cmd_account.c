/* REGISTER and VERIFY; see register.h. */
#include "base/buf.h"
#include "base/utf8.h"
#include "hub/account_row.h"
#include "hub/command.h"
#include "hub/defcon.h"
#include "hub/nickserv.h"
#include "hub/post.h"
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

/* An address as far as it can be told without sending to it. */
static bool
is_email(struct str email)
{
    size_t at = str_find_byte(email, '@');
    struct str domain = str_skip(email, at + 1);
    return at > 0 && at < email.len && email.len <= LIMIT_EMAIL_BYTES && utf8_is_valid(email) &&
           name_is_host(domain) && str_find_byte(domain, '.') < domain.len;
}

static bool
is_nick_of_somebody_else(const struct call *call, struct str name)
{
    const struct user *holder = user_find(call->hub, name);
    return holder != NULL && holder != call->user;
}

/* False, and the client told, when the name can't become an account's. */
static bool
check_name(struct call *call, const struct register_request *request, struct str name)
{
    enum login_purpose purpose = request->purpose;
    struct str nick = call_client_name(call);
    if (str_equal(nick, STR("*"))) {
        refuse_request(call, purpose, STR("NEED_NICK"), STR("*"),
                       STR("Choose your nick first: NICK <nick>"));
    } else if (account_of_session(call->session).len > 0) {
        refuse_request(call, purpose, STR("ALREADY_AUTHENTICATED"),
                       account_of_session(call->session),
                       STR("You are logged in to an account already"));
    } else if (!name_equal(name, nick)) {
        refuse_request(call, purpose, STR("ACCOUNT_NAME_MUST_BE_NICK"), name,
                       STR("The account has your nick's name: change your nick first"));
    } else if (account_find(call->hub, name) != NULL || is_nick_of_somebody_else(call, name)) {
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
    if (request->email.len == 0 || str_equal(request->email, STR("*")) || is_email(request->email))
        return true;
    refuse_request(call, request->purpose, STR("INVALID_EMAIL"), name,
                   STR("This is no e-mail address: give one like name@example.org, or *"));
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
check_opening(struct call *call, const struct register_request *request)
{
    const struct hub_config *config = call->hub->config;
    struct str code = STR("TEMPORARILY_UNAVAILABLE");
    struct str text = STR("This server takes no new accounts: ask its administrators for one");
    if (config->takes_accounts) {
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
    if (check_opening(call, request) && check_name(call, request, name) &&
        check_email(call, request, name) && check_password(call, request, name)) {
        struct str email = str_equal(request->email, STR("*")) ? STR("") : request->email;
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
    if (!check_opening(call, &request) || !check_name(call, &request, name))
        return;
    const struct account *account = account_add(call->hub, name, email, credentials);
    uint64_t ticket = account_row_keep(call->hub, account);
    note(call->hub, call->session, "account registered", {"account", name},
         {"addr", call->session->address});
    if (purpose == LOGIN_NICKSERV) {
        service_say(call, &nickserv, "Account %.*s is yours now", STR_ARG(account->name));
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
