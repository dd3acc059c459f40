/* E-mail addresses by message; see nickserv_email.h. */
#include "hub/nickserv_email.h"

#include "hub/account_row.h"
#include "hub/login.h"
#include "hub/mail.h"
#include "hub/network_rate.h"
#include "hub/nickserv.h"
#include "hub/nickserv_oper.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/register.h"
#include "hub/user.h"

/* --- a password that was forgotten --- */

bool
nickserv_check_new_password(struct call *call, struct str new_password)
{
    if (new_password.len < call->hub->config->account_password_min) {
        service_say(call, &nickserv, "The new password is too short: it needs %u bytes or more",
                    (unsigned)call->hub->config->account_password_min);
        return false;
    }
    if (new_password.len > LIMIT_PASSWORD_BYTES ||
        str_find_byte(new_password, ' ') < new_password.len) {
        service_say(call, &nickserv, "The new password can't be used: no spaces, %u bytes at most",
                    (unsigned)LIMIT_PASSWORD_BYTES);
        return false;
    }
    return true;
}

/* False, and it has been said, when so many letters have been asked for from where this one is. */
static bool
may_ask_for_letter(struct call *call)
{
    int64_t wait_ms = network_rate_wait_ms(call, NETWORK_RATE_LETTERS);
    if (wait_ms > 0)
        service_say(call, &nickserv,
                    "Too many letters were asked for from your address: try again in %lld seconds",
                    (long long)(wait_ms + 999) / 1000);
    return wait_ms == 0;
}

/* Who has forgotten it has a letter sent; the answer tells nothing of the account. */
void
nickserv_sendpass(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    if (!call->hub->config->sends_mail) {
        service_say(call, &nickserv,
                    "This server sends no letters: ask its administrators for a new password");
        return;
    }
    if (!rate_allows_work(call) || !may_ask_for_letter(call))
        return;
    if (account != NULL && account_has_proved_email(account) && !account->is_suspended &&
        !mail_is_soon(call->hub, account, MAIL_RESET) && mail_has_room(call->hub, MAIL_RESET))
        mail_send(call, account, MAIL_RESET, LOGIN_RESET);
    service_say(call, &nickserv,
                "If there is an account %.*s with a confirmed e-mail address, a "
                "letter with a code is on "
                "its way, unless one was sent a moment ago",
                STR_ARG(service_call->words[0]));
}

void
nickserv_resetpass(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, service_call->words[0]);
    if (!nickserv_check_new_password(call, service_call->words[2]))
        return;
    if (account == NULL || !account_has_proved_email(account) ||
        !mail_is_code(call->hub, account, MAIL_RESET, service_call->words[1])) {
        service_say(call, &nickserv, "That is not the code of this account, or it is too old");
        login_count_failure(call);
    } else {
        login_reset(call, LOGIN_RESET, account->name, service_call->words[2]);
    }
}

void
nickserv_verify(const struct service_call *service_call)
{
    register_verify(service_call->call, LOGIN_NICKSERV, service_call->words[0],
                    service_call->words[1]);
}

/* --- another address --- */

void
nickserv_say_email(struct call *call, const struct account *account)
{
    if (account->email.len > 0)
        service_say(call, &nickserv, "E-mail: %.*s%s", STR_ARG(account->email),
                    account_has_proved_email(account) ? "" : " (not confirmed)");
    if (account->new_email.len > 0)
        service_say(call, &nickserv, "It is to be %.*s: VERIFYEMAIL <code>, from the letter there",
                    STR_ARG(account->new_email));
}

/* False, and it has been said, when the address that the account has so far can't be told. */
static bool
may_change_address(struct call *call, const struct account *account)
{
    if (!account_has_proved_email(account) || !call->hub->config->sends_mail ||
        mail_has_room(call->hub, MAIL_CHANGED))
        return true;
    service_say(call, &nickserv, "Too many letters have been sent in this minute: try again later");
    return false;
}

/* Without letters it is taken as it is given; codes that have gone to other addresses, for either
 * purpose, are none any more. */
static void
take_unproved(struct call *call, struct account *account, struct str address)
{
    if (account_has_proved_email(account))
        mail_tell_of_change(call, account, account->email);
    str_replace(&account->email, address);
    account->is_email_proved = false;
    mail_void_codes(account);
    (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
    if (address.len > 0)
        service_say(call, &nickserv, "The address of your account is %.*s", STR_ARG(address));
    else
        service_say(call, &nickserv, "Your account has no e-mail address");
}

/* Whether the address has got a letter with a code a moment ago, perhaps before a restart. Another
 * one waits for nothing: the last may have been mistyped. */
static bool
was_sent_lately(const struct hub *hub, const struct account *account, struct str address)
{
    return mail_is_soon_to(hub, MAIL_NEW_ADDRESS, address) ||
           (mail_is_soon(hub, account, MAIL_NEW_ADDRESS) &&
            str_equal_ascii_nocase(account->new_email, address));
}

void
nickserv_set_email(struct call *call, struct str address)
{
    struct hub *hub = call->hub;
    struct account *account = account_find(hub, call->user->account);
    bool is_none = str_equal_ascii_nocase(address, STR("none")) || str_equal(address, STR("*"));
    if (is_none && hub->config->mail_required) {
        service_say(call, &nickserv, "This server wants an e-mail address: give another one");
    } else if (!is_none && !mail_is_address(address)) {
        service_say(call, &nickserv, "EMAIL is an address like name@example.org, or none");
    } else if (is_none || !hub->config->sends_mail) {
        if (may_change_address(call, account))
            take_unproved(call, account, is_none ? STR("") : address);
    } else if (was_sent_lately(hub, account, address) || !mail_has_room(hub, MAIL_NEW_ADDRESS)) {
        service_say(call, &nickserv, "A letter was sent a moment ago: try again in ten minutes");
    } else if (rate_allows_work(call) && may_ask_for_letter(call)) {
        str_replace(&account->new_email, address);
        mail_send(call, account, MAIL_NEW_ADDRESS, LOGIN_RESET);
        service_say(call, &nickserv,
                    "A letter with a code is on its way to %.*s: VERIFYEMAIL <code> makes it yours",
                    STR_ARG(address));
    }
}

void
nickserv_saset_email(struct call *call, struct account *account, struct str address)
{
    bool is_none = str_equal_ascii_nocase(address, STR("none")) || str_equal(address, STR("*"));
    if (account->is_unverified) {
        service_say(call, &nickserv, "%.*s waits for the code of its first letter: SAVERIFY first",
                    STR_ARG(account->name));
    } else if (!is_none && !mail_is_address(address)) {
        service_say(call, &nickserv, "EMAIL is an address like name@example.org, or none");
    } else if (nickserv_may_rule(call, account) && may_change_address(call, account)) {
        if (account_has_proved_email(account))
            mail_tell_of_change(call, account, account->email);
        str_replace(&account->email, is_none ? STR("") : address);
        account->is_email_proved = !is_none;
        mail_void_codes(account);
        (void)account_row_keep(call->hub, account); /* what waits: confirm.h */
        note(call->hub, call->session, "e-mail address changed", {"account", account->name},
             {"by", call->user->nick});
        service_say(call, &nickserv, "The address of %.*s is %.*s", STR_ARG(account->name),
                    STR_ARG(is_none ? STR("none") : account->email));
    }
}

void
nickserv_verifyemail(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, call->user->account);
    if (account->new_email.len == 0) {
        service_say(call, &nickserv, "There is no address to confirm: SET EMAIL <address> first");
    } else if (!mail_is_code(call->hub, account, MAIL_NEW_ADDRESS, service_call->words[0])) {
        service_say(call, &nickserv, "That is not the code of the letter, or it is too old");
        login_count_failure(call);
    } else if (may_change_address(call, account)) {
        if (account_has_proved_email(account))
            mail_tell_of_change(call, account, account->email);
        str_replace(&account->email, account->new_email);
        account->is_email_proved = true;
        mail_drop_codes(call->hub, account); /* one for a password went to the former address */
        note(call->hub, call->session, "e-mail address changed", {"account", account->name});
        service_say(call, &nickserv, "The address of your account is %.*s",
                    STR_ARG(account->email));
    }
}
