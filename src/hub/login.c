/* Waiting for passwords, credentials and tokens; see login.h. */
#include "hub/login.h"

#include "base/alloc.h"
#include "hub/account_end.h"
#include "hub/command.h"
#include "hub/factor.h"
#include "hub/nickserv.h"
#include "hub/nickserv_oper.h"
#include "hub/pass_login.h"
#include "hub/post.h"
#include "hub/register.h"
#include "hub/sasl.h"
#include "hub/session.h"
#include "wire/verifier_text.h"

#include <assert.h>
#include <string.h>

struct login {
    enum login_purpose purpose;
    struct str account;      /* owned; LOGIN_TOKEN: what the client has said, or nothing */
    uint64_t credentials_id; /* of the account, when it was asked; 0: there is none yet */
    struct str email;        /* owned */
    struct str new_password; /* owned, wiped: of LOGIN_CHANGE */
    struct str code;         /* owned, wiped: of the second factor; empty: none was given */
};

static void
wipe(struct str *secret)
{
    if (secret->len > 0)
        explicit_bzero((void *)(uintptr_t)secret->ptr, secret->len); /* a copy of ours */
    str_free(secret);
}

static void
login_free(struct login **login_ptr)
{
    struct login *login = *login_ptr;
    *login_ptr = NULL;
    if (login == NULL)
        return;
    str_free(&login->account);
    str_free(&login->email);
    wipe(&login->new_password);
    wipe(&login->code);
    cf_free(login);
}

void
login_forget(struct session *session)
{
    login_free(&session->login);
}

void
login_count_failure(struct call *call)
{
    if (++call->session->login_failures < LIMIT_LOGIN_FAILURES)
        return;
    session_close(call->hub, call->session, STR("Too many failed logins"),
                  STR("Too many failed logins: connect again when you know the password"));
    call->verdict = HUB_CLOSED;
}

struct str
login_reason(enum login_result result)
{
    switch (result) {
    case LOGIN_WRONG:
        return STR("Login failed: account or password is wrong");
    case LOGIN_SUSPENDED:
        return STR("Login failed: this account is suspended, ask the administrators");
    case LOGIN_UNVERIFIED:
        return STR("Login failed: confirm your e-mail address first, with VERIFY, or "
                   "REGISTER again with another one");
    case LOGIN_BUSY:
        return STR("The server is busy checking passwords: try again in a minute");
    case LOGIN_NO_CODE:
        return STR("Login failed: give the code of your app behind the password, after a space, or "
                   "use an app password");
    case LOGIN_WRONG_CODE:
        return STR("Login failed: the password is right, but the code behind it is wrong, or was "
                   "used already");
    case LOGIN_OK:
    case LOGIN_TOO_MANY:
        break;
    }
    cf_unreachable("no reason to fail");
}

void
login_put_reason(struct buf *out, const struct hub *hub, struct str account,
                 enum login_result result)
{
    if (result == LOGIN_TOO_MANY)
        buf_printf(out, "Too many failed logins to this account: try again in %u seconds",
                   (unsigned)account_seconds_until_try(hub, account_find(hub, account)));
    else
        buf_put(out, login_reason(result));
}

static void
ask(struct call *call, enum question_kind kind, struct str secret, const char *against)
{
    call->session->waiting = WAIT_LOGIN;
    call->verdict = HUB_WAIT;
    outbox_ask_about_secret(&call->hub->outbox, kind, call->session->id, secret,
                            str_from_nul(against));
}

static struct login *
remember(struct call *call, enum login_purpose purpose, struct str name)
{
    assert(call->session->login == NULL);
    const struct account *account = account_find(call->hub, name);
    struct login *login = cf_calloc_array(1, sizeof *login);
    login->purpose = purpose;
    login->account = str_dup(name);
    login->credentials_id = account == NULL ? 0 : account->credentials_id;
    call->session->login = login;
    return login;
}

/* --- comparing --- */

/* What goes on when it is known whether the password is right. */
static void
compared(struct call *call, enum login_purpose purpose, struct str name, enum login_result result,
         struct str new_password)
{
    if (result == LOGIN_UNVERIFIED)
        account_note_own_try(account_find(call->hub, name), call->session);
    switch (purpose) {
    case LOGIN_SASL:
        sasl_compared(call, name, result);
        break;
    case LOGIN_IDENTIFY:
        nickserv_identified(call, name, result);
        break;
    case LOGIN_PASS:
        pass_login_compared(call, name, result);
        break;
    case LOGIN_CHANGE:
        if (result != LOGIN_OK) {
            nickserv_password_changed(call, name, result, NULL);
            break;
        }
        (void)remember(call, LOGIN_CHANGE, name);
        ask(call, QUESTION_CREDENTIALS, new_password, "");
        break;
    case LOGIN_REGISTER:
    case LOGIN_NICKSERV:
    case LOGIN_RESET:
    case LOGIN_FIRST:
    case LOGIN_SAREGISTER:
    case LOGIN_SAPASSWD:
    case LOGIN_TOKEN:
        cf_unreachable("no password to compare");
    }
}

enum login_result
login_result_for(const struct account *account)
{
    if (account_may_log_in(account))
        return LOGIN_OK;
    return account->is_suspended ? LOGIN_SUSPENDED : LOGIN_UNVERIFIED;
}

/* The id of one for a program, 0 for others: that is all it needs, known at once. Nobody guesses
 * one, so guesses at the account's password keep nobody from it. */
static uint64_t
match_app_password(struct call *call, enum login_purpose purpose, struct str name,
                   struct str password)
{
    struct account *account = account_find(call->hub, name);
    if (purpose == LOGIN_CHANGE || account == NULL)
        return 0;
    return app_password_match(call->hub, account, password);
}

/* After too many wrong passwords; who is logged in to the account does not wait for strangers. */
static bool
must_wait(const struct hub *hub, const struct account *account, enum login_purpose purpose)
{
    return purpose != LOGIN_CHANGE && account_seconds_until_try(hub, account) > 0;
}

/* What a password is compared with: its hash, or without one its verifier; nothing when there is
 * neither. */
static void
put_check(struct buf *out, const struct credentials *credentials)
{
    if (credentials->password_hash[0] == '\0' && credentials->sha_256.iterations > 0)
        verifier_text_put(out, &credentials->sha_256);
    else
        buf_put(out, str_from_nul(credentials->password_hash));
}

void
login_compare(struct call *call, enum login_purpose purpose, struct str name, struct str password,
              struct str new_password)
{
    const struct account *account = account_find(call->hub, name);
    enum login_result result = LOGIN_OK;
    struct str code = STR("");
    struct buf check;
    uint64_t app_password = match_app_password(call, purpose, name, password);
    if (purpose != LOGIN_CHANGE)
        call->session->app_password = app_password;
    if (app_password != 0) {
        compared(call, purpose, name, login_result_for(account), new_password);
        return;
    }
    if (account != NULL && purpose != LOGIN_CHANGE && factor_is_needed(account))
        factor_cut(&password, &code);
    buf_init(&check, VERIFIER_TEXT_BYTES_MAX);
    if (account != NULL)
        put_check(&check, &account->credentials);
    if (check.len == 0 || password.len == 0)
        result = LOGIN_WRONG;
    else if (must_wait(call->hub, account, purpose))
        result = LOGIN_TOO_MANY;
    if (result == LOGIN_OK) {
        struct login *login = remember(call, purpose, account->name);
        login->new_password = str_dup(new_password);
        login->code = str_dup(code);
        ask(call, QUESTION_PASSWORD, password, buf_nul_terminated(&check));
    } else {
        compared(call, purpose, name, result, new_password);
    }
    if (check.ptr != NULL)
        explicit_bzero(check.ptr, check.len);
    buf_deinit(&check);
}

static enum login_result
result_of(struct hub *hub, const struct login *login, enum hub_answer answer)
{
    struct account *account = account_find_unchanged(hub, login->account, login->credentials_id);
    if (answer == HUB_ANSWER_BUSY)
        return LOGIN_BUSY;
    if (account == NULL) /* erased meanwhile, or the password has changed */
        return LOGIN_WRONG;
    if (must_wait(hub, account, login->purpose)) /* of many that were asked at once */
        return LOGIN_TOO_MANY;
    if (answer == HUB_ANSWER_NO) {
        account_count_failure(hub, account);
        return LOGIN_WRONG;
    }
    if (login->purpose == LOGIN_CHANGE || !factor_is_needed(account))
        return login_result_for(account);
    if (login->code.len == 0)
        return LOGIN_NO_CODE;
    if (factor_take_code(hub, account, login->code))
        return login_result_for(account);
    account_count_failure(hub, account);
    return LOGIN_WRONG_CODE; /* without one it is known already that the password is right */
}

/* --- making --- */

void
login_register(struct call *call, enum login_purpose purpose, struct str account, struct str email,
               struct str password)
{
    assert(purpose == LOGIN_REGISTER || purpose == LOGIN_NICKSERV || purpose == LOGIN_SAREGISTER);
    struct login *login = remember(call, purpose, account);
    login->email = str_dup(email);
    ask(call, QUESTION_CREDENTIALS, password, "");
}

void
login_reset(struct call *call, enum login_purpose purpose, struct str account, struct str password)
{
    assert(purpose == LOGIN_RESET || purpose == LOGIN_FIRST || purpose == LOGIN_SAPASSWD);
    (void)remember(call, purpose, account);
    ask(call, QUESTION_CREDENTIALS, password, "");
}

void
login_mail(struct call *call, enum login_purpose purpose, struct str account, struct str letter,
           struct str address)
{
    struct buf text;
    buf_init(&text, LIMIT_EMAIL_BYTES + 1);
    buf_put(&text, address);
    (void)remember(call, purpose, account);
    ask(call, QUESTION_MAIL, letter, buf_nul_terminated(&text));
    buf_deinit(&text);
}

/* What came of changing a password; the old one was right. */
static enum login_result
result_of_change(const struct hub *hub, const struct login *login,
                 const struct credentials *credentials)
{
    if (credentials == NULL)
        return LOGIN_BUSY;
    bool is_there = account_find_unchanged(hub, login->account, login->credentials_id) != NULL;
    return is_there ? LOGIN_OK : LOGIN_WRONG;
}

/* What goes on when the credentials are there; NULL: nobody had the time to make them. */
static void
made(struct call *call, const struct login *login, const struct credentials *credentials)
{
    switch (login->purpose) {
    case LOGIN_REGISTER:
    case LOGIN_NICKSERV:
        register_credentials_made(call, login->purpose, login->account, login->email, credentials);
        break;
    case LOGIN_SAREGISTER:
        nickserv_saregistered(call, login->account, credentials);
        break;
    case LOGIN_SAPASSWD:
        nickserv_sapasswd_made(call, login->account,
                               result_of_change(call->hub, login, credentials), credentials);
        break;
    case LOGIN_RESET:
    case LOGIN_FIRST:
    case LOGIN_CHANGE:
        nickserv_password_changed(call, login->account,
                                  result_of_change(call->hub, login, credentials), credentials);
        break;
    case LOGIN_SASL:
    case LOGIN_TOKEN:
    case LOGIN_IDENTIFY:
    case LOGIN_PASS:
        cf_unreachable("logging in makes no credentials");
    }
}

/* What the session has waited for; it waits no longer. The caller's to free. */
static struct login *
take_login(struct session *session)
{
    assert(session->waiting == WAIT_LOGIN);
    assert(session->login != NULL);
    struct login *login = session->login;
    session->login = NULL;
    session->waiting = WAIT_NOTHING;
    return login;
}

/* Unless there is one more question, or the session is gone. */
static void
go_on(struct call *call)
{
    if (call->verdict == HUB_NEXT)
        post_session_change(call->hub, call->session, DELIVERY_SESSION_RESUME);
}

void
login_verify_token(struct call *call, struct str authzid, struct str token)
{
    assert(str_find_byte(token, '\0') == token.len);
    (void)remember(call, LOGIN_TOKEN, authzid);
    ask(call, QUESTION_TOKEN, token, "");
}

void
login_token_verified(struct call *call, enum jwt_result result, struct str account)
{
    struct login *login = take_login(call->session);
    assert(login->purpose == LOGIN_TOKEN);
    sasl_token_verified(call, login->account, result, account);
    login_free(&login);
    go_on(call);
}

void
login_answered(struct call *call, enum question_kind kind, enum hub_answer answer,
               const struct credentials *credentials)
{
    struct login *login = take_login(call->session);
    if (login->purpose == LOGIN_REGISTER)
        call->command = STR("REGISTER"); /* in its refusals */
    if (kind == QUESTION_MAIL) {
        register_mailed(call, login->purpose,
                        account_find_unchanged(call->hub, login->account, login->credentials_id),
                        answer == HUB_ANSWER_YES);
    } else if (kind == QUESTION_CREDENTIALS) {
        made(call, login, answer == HUB_ANSWER_YES ? credentials : NULL);
    } else {
        compared(call, login->purpose, login->account, result_of(call->hub, login, answer),
                 login->new_password);
    }
    login_free(&login);
    go_on(call);
}
