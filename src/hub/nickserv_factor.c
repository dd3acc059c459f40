/* App passwords and the second factor, by message; see nickserv_factor.h. */
#include "hub/nickserv_factor.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/secret.h"
#include "hub/factor.h"
#include "hub/nickserv.h"
#include "hub/nickserv_oper.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>
#include <string.h>

/* --- APPPASS --- */

static void
list_passwords(struct call *call, const struct account *account)
{
    const struct factors *factors = account->factors;
    size_t count = factors == NULL ? 0 : factors->password_count;
    for (size_t i = 0; i < count; i++) {
        struct buf when;
        buf_init(&when, 64);
        if (factors->passwords[i].used_ms > 0)
            civil_put_human(&when, factors->passwords[i].used_ms);
        else
            buf_put(&when, STR("never"));
        service_say(call, &nickserv, "%.*s, last used: %.*s", STR_ARG(factors->passwords[i].name),
                    STR_ARG(buf_str(&when)));
        buf_deinit(&when);
    }
    service_say(call, &nickserv, "%zu app passwords", count);
}

static void
add_password(struct call *call, struct account *account, struct str name)
{
    char text[SECRET_TEXT_LEN];
    switch (app_password_add(call->hub, account, name, text)) {
    case APP_PASSWORD_OK:
        note(call->hub, call->session, "app password added", {"account", account->name},
             {"name", name});
        service_say(call, &nickserv,
                    "The password for %.*s, which is shown this once: %.*s - give it to that "
                    "program in the place of yours, and delete it when you do not need it",
                    STR_ARG(name), SECRET_TEXT_LEN, text);
        break;
    case APP_PASSWORD_BAD_NAME:
        service_say(call, &nickserv, "A name has 1 to 32 letters, digits, - _ and .");
        break;
    case APP_PASSWORD_TAKEN:
        service_say(call, &nickserv, "There is one of that name: DEL it first");
        break;
    case APP_PASSWORD_FULL:
        service_say(call, &nickserv, "There are %d already: DEL one first", LIMIT_APP_PASSWORDS);
        break;
    }
    explicit_bzero(text, sizeof text);
}

/* Clients that it has logged in end, but for the one that says so. */
static unsigned
end_sessions_of(struct call *call, const struct account *account, uint64_t app_password)
{
    struct str reason = STR("The app password of this client has been deleted");
    uint32_t cursor = 0;
    struct session *session;
    unsigned count = 0;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (session->app_password != app_password || session == call->session ||
            !str_equal(account_of_session(session), account->name))
            continue;
        session_close(call->hub, session, reason, reason);
        count++;
    }
    return count;
}

static void
remove_password(struct call *call, struct account *account, struct str name)
{
    uint64_t app_password = app_password_find(account, name);
    if (!app_password_remove(call->hub, account, name)) {
        service_say(call, &nickserv, "There is none of that name: APPPASS LIST");
        return;
    }
    note(call->hub, call->session, "app password deleted", {"account", account->name},
         {"name", name});
    unsigned count = end_sessions_of(call, account, app_password);
    if (count == 0)
        service_say(call, &nickserv, "That password logs in no more");
    else
        service_say(call, &nickserv, "That password logs in no more; %u client%s of yours %s ended",
                    count, count == 1 ? "" : "s", count == 1 ? "has" : "have");
}

void
nickserv_apppass(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, call->user->account);
    struct str action = service_call->words[0];
    bool has_name = service_call->word_count > 1;
    assert(account != NULL);
    if (str_equal_ascii_nocase(action, STR("LIST"))) {
        list_passwords(call, account);
    } else if (has_name && str_equal_ascii_nocase(action, STR("ADD"))) {
        add_password(call, account, service_call->words[1]);
    } else if (!has_name || !str_equal_ascii_nocase(action, STR("DEL"))) {
        service_say(call, &nickserv, "APPPASS ADD <name>, APPPASS DEL <name> or APPPASS LIST");
    } else {
        remove_password(call, account, service_call->words[1]);
    }
}

/* --- TOTP --- */

void
nickserv_say_factor(struct call *call, const struct account *account)
{
    if (factor_is_needed(account))
        service_say(call, &nickserv,
                    "A code has to stand behind its password (TOTP); app passwords need none");
}

static void
begin_totp(struct call *call, struct account *account)
{
    if (factor_is_needed(account)) {
        service_say(call, &nickserv, "It is on already");
        return;
    }
    struct buf uri;
    buf_init(&uri, LIMIT_LINE_BYTES);
    factor_begin_totp(call->hub, account);
    totp_put_uri(&uri, account->factors->totp_key, call->hub->config->network_name, account->name);
    service_say(call, &nickserv, "Open this address with your app, or type the secret in it: %.*s",
                STR_ARG(buf_str(&uri)));
    service_say(call, &nickserv, "Then give the code that it shows: TOTP CONFIRM <code>");
    explicit_bzero(uri.ptr, uri.len);
    buf_deinit(&uri);
}

static void
show_recovery_codes(struct call *call, struct account *account)
{
    char texts[FACTOR_RECOVERY_CODES][FACTOR_TEXT_BYTES];
    factor_make_recovery_codes(call->hub, account, texts);
    service_say(call, &nickserv,
                "Codes for the day that your phone is lost, each for one login; they are shown "
                "this once:");
    for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
        service_say(call, &nickserv, "%s", texts[i]);
    explicit_bzero(texts, sizeof texts);
}

static void
confirm_totp(struct call *call, struct account *account, struct str code)
{
    if (factor_is_needed(account) || account->factors == NULL ||
        !account->factors->is_totp_pending) {
        service_say(call, &nickserv, "There is nothing to confirm: TOTP ON first");
    } else if (factor_confirm_totp(call->hub, account, code)) {
        note(call->hub, call->session, "second factor on", {"account", account->name});
        service_say(call, &nickserv,
                    "From now on your password needs a code behind it, after a space; programs "
                    "that can't ask for one get an app password: APPPASS ADD <name>");
        show_recovery_codes(call, account);
    } else {
        service_say(call, &nickserv, "That is not the code of the moment: is the clock right?");
    }
}

/* OFF and CODES: for whoever has the phone, or a recovery code. */
static bool
check_code(struct call *call, struct account *account, struct str code)
{
    if (!factor_is_needed(account)) {
        service_say(call, &nickserv, "It is off");
        return false;
    }
    if (account_seconds_until_try(call->hub, account) > 0) {
        service_say(call, &nickserv, "Too many wrong codes: try again in %u seconds",
                    (unsigned)account_seconds_until_try(call->hub, account));
        return false;
    }
    if (factor_take_code(call->hub, account, code))
        return true;
    account_count_failure(call->hub, account);
    service_say(call, &nickserv, "That is not the code of the moment, or it was used already");
    return false;
}

static void
end_totp(struct call *call, struct account *account)
{
    factor_end_totp(call->hub, account);
    note(call->hub, call->session, "second factor off", {"account", account->name},
         {"by", call->user->nick});
    service_say(call, &nickserv, "No code is asked for any more");
}

/* By an operator, for somebody who has lost all. */
static void
reset_totp(struct call *call, struct str name)
{
    struct account *account = account_find(call->hub, name);
    if (!user_may(call->user, PRIVILEGE_BAN))
        service_say(call, &nickserv, "This is for operators of the server: become one with /OPER");
    else if (account == NULL || !factor_is_needed(account))
        service_say(call, &nickserv, "%.*s has no second factor", STR_ARG(name));
    else if (nickserv_may_rule(call, account))
        end_totp(call, account);
}

void
nickserv_totp(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, call->user->account);
    struct str action = service_call->words[0];
    bool has_word = service_call->word_count > 1;
    struct str word = has_word ? service_call->words[1] : STR("");
    assert(account != NULL);
    if (str_equal_ascii_nocase(action, STR("ON"))) {
        begin_totp(call, account);
    } else if (has_word && str_equal_ascii_nocase(action, STR("CONFIRM"))) {
        confirm_totp(call, account, word);
    } else if (has_word && str_equal_ascii_nocase(action, STR("RESET"))) {
        reset_totp(call, word);
    } else if (has_word && str_equal_ascii_nocase(action, STR("OFF"))) {
        if (check_code(call, account, word))
            end_totp(call, account);
    } else if (has_word && str_equal_ascii_nocase(action, STR("CODES"))) {
        if (check_code(call, account, word))
            show_recovery_codes(call, account);
    } else {
        service_say(call, &nickserv, "TOTP ON, CONFIRM <code>, CODES <code> or OFF <code>");
    }
}
