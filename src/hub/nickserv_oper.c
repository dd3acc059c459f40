/* Accounts for operators; see nickserv_oper.h. */
#include "hub/nickserv_oper.h"

#include "base/buf.h"
#include "hub/account_end.h"
#include "hub/account_lost.h"
#include "hub/account_name.h"
#include "hub/account_row.h"
#include "hub/command.h"
#include "hub/mail.h"
#include "hub/nickserv.h"
#include "hub/nickserv_email.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/user.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <string.h>

#define LIST_MAX 100

static bool
may_do_all(const struct call *call)
{
    const struct office *office = call->user->office; /* NULL: no operator meanwhile */
    return office != NULL && office->privileges == PRIVILEGES_ALL;
}

/* False, and it has been said, when the name is that of an operator block: who has its account is
 * that operator, so nobody gives it away who may not do all anyway. */
static bool
check_not_of_block(struct call *call, struct str name)
{
    if (!operator_has_account(call->hub, name) || may_do_all(call))
        return true;
    service_say(call, &nickserv,
                "%.*s is the account of an operator block: an operator with all privileges may "
                "do that",
                STR_ARG(name));
    return false;
}

/* False, and it has been said, when the name is that of an account that could not be restored. */
static bool
check_not_lost(struct call *call, struct str name)
{
    if (!account_is_lost(call->hub, name))
        return true;
    service_say(call, &nickserv,
                "%.*s is the name of an account that could not be read when the server started: "
                "the log says which, and nobody else gets its name",
                STR_ARG(name));
    return false;
}

/* --- SAREGISTER --- */

/* False, and it has been said, when no account can be made of that name. */
static bool
check_new_account(struct call *call, struct str name)
{
    if (!name_is_nick(name)) {
        service_say(call, &nickserv, "No account can be called %.*s", STR_ARG(name));
    } else if (account_find(call->hub, name) != NULL) {
        service_say(call, &nickserv, "There is an account %.*s already", STR_ARG(name));
    } else if (map_count(&call->hub->accounts) >= call->hub->config->accounts_max) {
        service_say(call, &nickserv, "There are too many accounts: accounts.max says how many");
    } else {
        return check_not_lost(call, name) && check_not_of_block(call, name);
    }
    return false;
}

static void
add(struct call *call, struct str name, const struct credentials *credentials)
{
    const struct account *account = account_add(call->hub, name, STR(""), credentials);
    (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
    note(call->hub, call->session, "account registered", {"account", name},
         {"by", call->user->nick});
    if (nickserv_has_password(account))
        service_say(call, &nickserv,
                    "There is an account %.*s now: its owner logs in with IDENTIFY %.*s <password>",
                    STR_ARG(account->name), STR_ARG(account->name));
    else
        service_say(call, &nickserv,
                    "There is an account %.*s now. It has no password: SAPASSWD %.*s <password> "
                    "gives it one",
                    STR_ARG(account->name), STR_ARG(account->name));
}

void
nickserv_saregister(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str name = service_call->words[0];
    struct str password = service_call->word_count > 1 ? service_call->words[1] : STR("");
    if (!check_new_account(call, name))
        return;
    if (password.len == 0) { /* its owner gets in with a certificate, or not yet */
        const struct credentials none = {.password_hash = ""};
        add(call, name, &none);
    } else if (password.len > LIMIT_PASSWORD_BYTES ||
               password.len < call->hub->config->account_password_min ||
               str_find_byte(password, ' ') < password.len) {
        service_say(call, &nickserv, "That password can't be used: no spaces, from %u to %u bytes",
                    (unsigned)call->hub->config->account_password_min,
                    (unsigned)LIMIT_PASSWORD_BYTES);
    } else {
        login_register(call, LOGIN_SAREGISTER, name, STR(""), password);
    }
}

void
nickserv_saregistered(struct call *call, struct str name, const struct credentials *credentials)
{
    if (credentials == NULL)
        service_say(call, &nickserv, "The server is busy: try again in a minute");
    else if (check_new_account(call, name)) /* others have gone on meanwhile */
        add(call, name, credentials);
}

/* --- SAPASSWD --- */

bool
nickserv_may_rule(struct call *call, const struct account *account)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_list_names(account, names);
    if (account->is_operator && !may_do_all(call)) {
        service_say(call, &nickserv,
                    "%.*s is the account of an operator: one with all privileges may do that",
                    STR_ARG(account->name));
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!check_not_of_block(call, names[i].folded))
            return false;
    }
    return true;
}

/* NULL, and it has been said, when the password is not the operator's to set. */
static struct account *
find_for_password(struct call *call, struct str name)
{
    struct account *account = account_find(call->hub, name);
    if (account == NULL) {
        if (check_not_lost(call, name))
            service_say(call, &nickserv, "There is no account %.*s", STR_ARG(name));
        return NULL;
    }
    return nickserv_may_rule(call, account) ? account : NULL;
}

void
nickserv_sapasswd(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    const struct account *account = find_for_password(call, service_call->words[0]);
    if (account != NULL && nickserv_check_new_password(call, service_call->words[1]))
        login_reset(call, LOGIN_SAPASSWD, account->name, service_call->words[1]);
}

void
nickserv_sapasswd_made(struct call *call, struct str name, enum login_result result,
                       const struct credentials *credentials)
{
    if (result == LOGIN_BUSY) {
        service_say(call, &nickserv, "The server is busy: try again in a minute");
        return;
    }
    if (result != LOGIN_OK) {
        service_say(call, &nickserv,
                    "The password of %.*s has changed meanwhile, or it is no more: nothing is done",
                    STR_ARG(name));
        return;
    }
    struct account *account = find_for_password(call, name); /* blocks may be others by now */
    if (account == NULL)
        return;
    account_set_credentials(call->hub, account, credentials);
    if (!account->is_unverified) /* else it is the code of its first letter, not one for this */
        mail_drop_codes(call->hub, account);
    note(call->hub, call->session, "password changed", {"account", account->name},
         {"by", call->user->nick});
    nickserv_end_other_sessions(call, account);
    service_say(call, &nickserv,
                "The password of %.*s is another now, and its sessions have ended; what it has "
                "besides (CERT, APPPASS, TOTP) stays",
                STR_ARG(account->name));
}

/* --- SAVERIFY --- */

void
nickserv_saverify(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    if (account == NULL) {
        service_say(call, &nickserv, "There is no account %.*s", STR_ARG(service_call->words[0]));
    } else if (!account->is_unverified) {
        service_say(call, &nickserv, "Account %.*s waits for no confirmation",
                    STR_ARG(account->name));
    } else if (nickserv_may_rule(call, account)) {
        account_take_proof(call->hub, account);
        mail_drop_codes(call->hub, account);
        (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
        note(call->hub, call->session, "account verified", {"account", account->name},
             {"by", call->user->nick});
        service_say(call, &nickserv, "Account %.*s is confirmed: its owner can log in",
                    STR_ARG(account->name));
    }
}

/* --- RENAME --- */

/* False, and it has been said, when the account can't have the name. Who is logged in to it may
 * have it as a nick. */
static bool
check_other_name(struct call *call, const struct account *account, struct str name)
{
    const struct account *holder = account_find(call->hub, name);
    const struct user *user = user_find(call->hub, name);
    if (!name_is_nick(name)) {
        service_say(call, &nickserv, "No account can be called %.*s", STR_ARG(name));
    } else if (holder != NULL && holder != account) {
        service_say(call, &nickserv, "Account %.*s has, or had, this name", STR_ARG(holder->name));
    } else if (user != NULL && !str_equal(user->account, account->name)) {
        service_say(call, &nickserv, "Somebody else is called %.*s at the moment", STR_ARG(name));
    } else if (str_equal(name, account->name)) {
        service_say(call, &nickserv, "It is called that already");
    } else {
        return check_not_lost(call, name) && check_not_of_block(call, name);
    }
    return false;
}

void
nickserv_rename(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    struct str name = service_call->words[1];
    if (account == NULL) {
        service_say(call, &nickserv, "There is no account %.*s", STR_ARG(service_call->words[0]));
        return;
    }
    if (!check_other_name(call, account, name) || !nickserv_may_rule(call, account))
        return;
    struct str old = str_dup(account->name);
    if (account_rename(call, account, name)) {
        note(call->hub, call->session, "account renamed", {"account", old}, {"to", name},
             {"by", call->user->nick});
        service_say(call, &nickserv,
                    "Account %.*s is called %.*s from now on; %.*s logs in to it, too, and nobody "
                    "else gets that name",
                    STR_ARG(old), STR_ARG(name), STR_ARG(old));
    } else {
        service_say(call, &nickserv, "It has had %d names: it can go back to one of them",
                    LIMIT_ACCOUNT_NAMES + 1);
    }
    str_free(&old);
}

/* --- LIST --- */

void
nickserv_list(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str mask = service_call->word_count > 0 ? service_call->words[0] : STR("*");
    size_t found = 0;
    for (struct map_node *node = map_first(&call->hub->accounts); node != NULL;
         node = map_next(node)) {
        const struct account *account = CONTAINER_OF(node, struct account, by_key);
        if (!mask_matches(mask, account->name))
            continue;
        if (++found <= LIST_MAX)
            service_say(call, &nickserv, "%.*s%s%s", STR_ARG(account->name),
                        account->is_suspended ? ", suspended" : "",
                        account->is_unverified ? ", not verified" : "");
    }
    service_say(call, &nickserv, "%zu accounts%s", found,
                found > LIST_MAX ? "; these are the first 100: give a mask" : "");
}

/* --- GHOST --- */

void
nickserv_ghost(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct str own = call->user->account;
    const struct account *account = account_find(call->hub, own);
    struct user *user = user_find(call->hub, service_call->words[0]);
    if (user == NULL) {
        service_say(call, &nickserv, "There is nobody called %.*s",
                    STR_ARG(service_call->words[0]));
    } else if (user == call->user) {
        service_say(call, &nickserv, "That is you; CLIENTS LOGOUT ends one client of yours");
    } else if (account == NULL || (account_find(call->hub, user->nick) != account &&
                                   account_find(call->hub, user->account) != account)) {
        service_say(call, &nickserv, "%.*s is not yours: it belongs to another account, or none",
                    STR_ARG(user->nick));
    } else {
        note(call->hub, call->session, "ghost ended", {"nick", user->nick}, {"account", own});
        service_say(call, &nickserv, "%.*s is gone", STR_ARG(user->nick));
        user_kill(call->hub, user, STR("Ended by the owner of the account (GHOST)"));
    }
}
