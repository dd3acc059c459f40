/* Settings by message; see nickserv_set.h. */
#include "hub/nickserv_set.h"

#include "base/buf.h"
#include "hub/capability.h"
#include "hub/nickserv.h"
#include "hub/nickserv_email.h"
#include "hub/nickserv_factor.h"
#include "hub/nickserv_oper.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/user.h"

#include <assert.h>

/* --- showing --- */

/* What a switch comes to by the server's policy; NULL where there is none. */
static const char *
effect_of(const struct call *call, const struct account *account, enum account_setting setting)
{
    const struct hub *hub = call->hub;
    const struct user *resident = presence_find(hub, account);
    uint32_t auto_away = account->settings[ACCOUNT_SETTING_AUTO_AWAY];
    switch (setting) {
    case ACCOUNT_SETTING_ALWAYS_ON:
        if (resident != NULL)
            return "you stay while no client of yours is connected";
        return presence_is_wanted(hub, account)
                   ? "you do not stay yet: there is no room for more users who do, or nobody is "
                     "logged in"
                   : "you do not stay when your last client leaves";
    case ACCOUNT_SETTING_AUTO_AWAY:
        return presence_is_wanted(hub, account) &&
                       hub_policy_allows(hub->config->auto_away, auto_away)
                   ? "you are away while no client of yours is connected"
                   : "it changes nothing";
    case ACCOUNT_SETTING_MULTICLIENT:
    case ACCOUNT_SETTING_ENFORCE:
    case ACCOUNT_SETTING_AUTOREPLAY_LINES:
    case ACCOUNT_SETTING_AUTOREPLAY_MISSED:
    case ACCOUNT_SETTING_REPLAY_JOINS:
    case ACCOUNT_SETTING_DM_HISTORY:
    case ACCOUNT_SETTING_COUNT:
        break;
    }
    return NULL;
}

static void
say_setting(struct call *call, const struct account *account, enum account_setting setting)
{
    struct buf value;
    buf_init(&value, 64);
    account_setting_put(&value, setting, account->settings[setting]);
    const char *effect = effect_of(call, account, setting);
    service_say(call, &nickserv, "%.*s is %.*s%s%s", STR_ARG(account_setting_row(setting)->name),
                STR_ARG(buf_str(&value)), effect == NULL ? "" : ": ", effect == NULL ? "" : effect);
    buf_deinit(&value);
}

static void
say_all(struct call *call, const struct account *account)
{
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++)
        say_setting(call, account, (enum account_setting)i);
    nickserv_say_email(call, account);
    nickserv_say_factor(call, account);
}

static void
say_choice(struct call *call, enum account_setting setting)
{
    const struct account_setting_row *row = account_setting_row(setting);
    struct buf choices;
    buf_init(&choices, 128);
    account_setting_put_choices(&choices, setting);
    service_say(call, &nickserv, "SET %.*s %.*s - %.*s", STR_ARG(row->name),
                STR_ARG(buf_str(&choices)), STR_ARG(row->help));
    buf_deinit(&choices);
}

static void
say_choice_of_email(struct call *call)
{
    service_say(call, &nickserv, "SET email <address or none> - where letters go to");
}

void
nickserv_say_choices(struct call *call)
{
    for (size_t i = 0; i < ACCOUNT_SETTING_COUNT; i++)
        say_choice(call, (enum account_setting)i);
    say_choice_of_email(call);
}

/* The address is no row of the table, but set and shown like one. */
static bool
is_email(struct str name)
{
    return str_equal_ascii_nocase(name, STR("EMAIL"));
}

static void
show_email(struct call *call, const struct account *account)
{
    if (account->email.len == 0)
        service_say(call, &nickserv, "email is none");
    nickserv_say_email(call, account);
}

/* False, and it has been said, when there is no such setting. */
static bool
find_setting(struct call *call, struct str name, enum account_setting *setting_out)
{
    bool is_there = account_setting_find(name, setting_out);
    if (!is_there && str_equal_ascii_nocase(name, STR("PASSWORD")))
        service_say(call, &nickserv,
                    "A password is no setting: PASSWD <old> <new> changes yours, and operators set "
                    "others' with SAPASSWD <account> <new password>");
    else if (!is_there)
        service_say(call, &nickserv, "There is no setting %.*s: SET alone lists them",
                    STR_ARG(name));
    return is_there;
}

/* --- changing --- */

static void
tell_all(struct call *call, const struct account *account)
{
    uint32_t cursor = 0;
    const struct session *session;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (session != call->session && session->user != NULL &&
            (session->caps & CAP(PERSISTENCE)) && str_equal(session->user->account, account->name))
            persistence_tell(call->hub, session, account);
    }
}

void
setting_change(struct call *call, struct account *account, enum account_setting setting,
               uint32_t value)
{
    if (account->settings[setting] != value)
        account_setting_set(call->hub, account, setting, value);
    presence_settle_account(call->hub, account);
    if (call->user != NULL && str_equal(call->user->account, account->name))
        presence_settle(call->hub, call->user); /* it stays, if nobody of that account does */
    if (setting == ACCOUNT_SETTING_ALWAYS_ON)
        tell_all(call, account);
}

/* False, and it has been said, when it can't be changed to that. */
static bool
change(struct call *call, struct account *account, struct str name, struct str text)
{
    enum account_setting setting;
    uint32_t value;
    if (!find_setting(call, name, &setting))
        return false;
    if (!account_setting_parse(setting, text, &value)) {
        struct buf choices;
        buf_init(&choices, 128);
        account_setting_put_choices(&choices, setting);
        service_say(call, &nickserv, "%.*s is %.*s", STR_ARG(account_setting_row(setting)->name),
                    STR_ARG(buf_str(&choices)));
        buf_deinit(&choices);
        return false;
    }
    setting_change(call, account, setting, value);
    say_setting(call, account, setting);
    if (setting == ACCOUNT_SETTING_ALWAYS_ON && (call->session->caps & CAP(PERSISTENCE)) &&
        str_equal(call->user->account, account->name))
        persistence_tell(call->hub, call->session, account);
    return true;
}

/* --- the commands --- */

/* SET <setting>: what it can be, and what it is. */
static void
say_one(struct call *call, const struct account *account, struct str name)
{
    enum account_setting setting;
    if (is_email(name)) {
        say_choice_of_email(call);
        show_email(call, account);
    } else if (find_setting(call, name, &setting)) {
        say_choice(call, setting);
        say_setting(call, account, setting);
    }
}

void
nickserv_set(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = account_find(call->hub, call->user->account);
    if (service_call->word_count == 0)
        nickserv_say_choices(call);
    else if (service_call->word_count == 1)
        say_one(call, account, service_call->words[0]);
    else if (is_email(service_call->words[0]))
        nickserv_set_email(call, service_call->words[1]);
    else
        (void)change(call, account, service_call->words[0], service_call->words[1]);
}

static void
show(const struct service_call *service_call, size_t at, const struct account *account)
{
    enum account_setting setting;
    if (service_call->word_count <= at)
        say_all(service_call->call, account);
    else if (is_email(service_call->words[at]))
        show_email(service_call->call, account);
    else if (find_setting(service_call->call, service_call->words[at], &setting))
        say_setting(service_call->call, account, setting);
}

void
nickserv_get(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    show(service_call, 0, account_find(call->hub, call->user->account));
}

/* NULL, and it has been said, when there is none of that name. */
static struct account *
find_account(const struct service_call *service_call)
{
    struct account *account = account_find(service_call->call->hub, service_call->words[0]);
    if (account == NULL)
        service_say(service_call->call, &nickserv, "There is no account %.*s",
                    STR_ARG(service_call->words[0]));
    return account;
}

void
nickserv_saset(const struct service_call *service_call)
{
    struct call *call = service_call->call;
    struct account *account = find_account(service_call);
    if (account == NULL)
        return;
    if (is_email(service_call->words[1])) {
        nickserv_saset_email(call, account, service_call->words[2]);
        return;
    }
    if (nickserv_may_rule(call, account) &&
        change(call, account, service_call->words[1], service_call->words[2]))
        note(call->hub, call->session, "account setting changed", {"account", account->name},
             {"by", call->user->nick}, {"setting", service_call->words[1]},
             {"value", service_call->words[2]});
}

void
nickserv_saget(const struct service_call *service_call)
{
    const struct account *account = find_account(service_call);
    if (account != NULL)
        show(service_call, 1, account);
}
