/* Logging in by PASS; see pass_login.h. */
#include "hub/pass_login.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/command.h"
#include "hub/device.h"
#include "hub/post.h"
#include "hub/reply.h"
#include "hub/session.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/*
 * The account that is meant, and in *password only what belongs to it; NULL: none. A password may
 * have a ':' itself. Who names an account that is not there is told so.
 */
static const struct account *
find_account(struct call *call, struct str *password)
{
    struct hub *hub = call->hub;
    struct str rest = *password;
    struct str name = str_cut(&rest, ':');
    bool is_name = rest.ptr != NULL;
    if (is_name)
        name = device_take(call->session, name);
    const struct account *account = is_name ? account_find(hub, name) : NULL;
    if (account != NULL) {
        *password = rest;
        return account;
    }
    account = account_find(hub, str_from_nul(call->session->registration->nick));
    if (account == NULL && is_name && name_is_nick(name))
        reply_notice_format(call, "Login failed: there is no account %.*s", STR_ARG(name));
    return account;
}

bool
pass_login_begin(struct call *call)
{
    struct registration *registration = call->session->registration;
    assert(registration->nick != NULL);
    if (registration->password == NULL || call->hub->config->password_hash.len > 0 ||
        registration->account.len > 0)
        return false;
    char *given = registration->password;
    registration->password = NULL;
    struct str password = str_from_nul(given);
    const struct account *account = find_account(call, &password);
    if (account != NULL)
        login_compare(call, LOGIN_PASS, account->name, password, STR(""));
    explicit_bzero(given, strlen(given));
    cf_free(given);
    return account != NULL;
}

void
pass_login_compared(struct call *call, struct str name, enum login_result result)
{
    if (result == LOGIN_OK) {
        call->session->login_failures = 0;
        account_log_in(call, account_find(call->hub, name));
    } else {
        struct buf text;
        buf_init(&text, LIMIT_LINE_BYTES);
        login_put_reason(&text, call->hub, name, result);
        note(call->hub, call->session, "login refused", {"addr", call->session->address},
             {"reason", buf_str(&text)});
        reply_notice(call, buf_str(&text));
        buf_deinit(&text);
        login_count_failure(call);
    }
    if (call->verdict != HUB_CLOSED)
        registration_try(call);
}
