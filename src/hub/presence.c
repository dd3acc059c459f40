/* Users who stay; see presence.h. */
#include "hub/presence.h"

#include "base/alloc.h"
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/nickserv_set.h"
#include "hub/post.h"
#include "hub/presence_row.h"
#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>

/* --- looking --- */

struct user *
presence_find(const struct hub *hub, const struct account *account)
{
    return slots_find(&hub->users, account->resident);
}

bool
user_is_absent(const struct user *user)
{
    return list_is_empty(&user->sessions);
}

bool
presence_is_wanted(const struct hub *hub, const struct account *account)
{
    return account_may_log_in(account) &&
           hub_policy_allows(hub->config->always_on, account->settings[ACCOUNT_SETTING_ALWAYS_ON]);
}

static bool
has_auto_away(const struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    return account != NULL &&
           hub_policy_allows(hub->config->auto_away, account->settings[ACCOUNT_SETTING_AUTO_AWAY]);
}

/* Whether the user, who may be NULL, is of that account and may have one more session. */
static bool
takes_session_of(const struct user *user, const struct account *account)
{
    return user != NULL && str_equal(user->account, account->name) &&
           (account->settings[ACCOUNT_SETTING_MULTICLIENT] != SETTING_OFF || user_is_absent(user));
}

struct user *
presence_user_for(const struct hub *hub, struct str name, struct str nick)
{
    const struct account *account = account_find(hub, name);
    if (account == NULL)
        return NULL;
    struct user *user = presence_find(hub, account);
    if (user == NULL)
        user = user_find(hub, nick);
    return takes_session_of(user, account) ? user : NULL;
}

struct user *
presence_user_named(const struct hub *hub, struct str name, struct str nick)
{
    const struct account *account = account_find(hub, name);
    struct user *user = user_find(hub, nick);
    return account != NULL && takes_session_of(user, account) ? user : NULL;
}

/* --- away --- */

bool
presence_is_attended(const struct user *user)
{
    list_for_each(node, &user->sessions) {
        if (!CONTAINER_OF(node, struct session, in_user)->is_unattended)
            return true;
    }
    return false;
}

static void
update_away(struct hub *hub, struct user *user, const struct session *own_session)
{
    struct residence *residence = user->residence;
    if (residence == NULL || hub->is_ending)
        return;
    bool is_away = has_auto_away(hub, user) && !presence_is_attended(user);
    if (is_away == residence->is_auto_away || (is_away && user->away.len > 0))
        return;
    residence->is_auto_away = is_away;
    away_set(hub, user, own_session,
             is_away ? STR("Not connected at the moment: it will be read later") : STR(""));
}

void
presence_forget_auto_away(struct user *user)
{
    if (user->residence != NULL)
        user->residence->is_auto_away = false;
}

void
presence_attention_changed(struct hub *hub, struct user *user, const struct session *own_session)
{
    update_away(hub, user, own_session);
}

/* --- beginning and ending --- */

static void
resident_expired(struct hub *hub, struct hub_timer *timer)
{
    struct user *user = CONTAINER_OF(timer, struct residence, expiry)->user;
    assert(user_is_absent(user));
    note(hub, NULL, "absent user expired", {"nick", user->nick}, {"account", user->account});
    presence_end(hub, user);
    user_leave(hub, user, STR("Was away for too long"));
}

static void
set_expiry(struct hub *hub, struct residence *residence)
{
    int64_t expiry_ms = hub->config->always_on_expiry_ms;
    if (residence->absent_ms == 0 || expiry_ms == 0)
        timers_clear(&hub->timers, &residence->expiry.timer);
    else
        timers_set(&hub->timers, &residence->expiry.timer, residence->absent_ms + expiry_ms);
}

void
presence_begin(struct hub *hub, struct account *account, struct user *user, int64_t absent_ms)
{
    assert(user->residence == NULL);
    assert(presence_find(hub, account) == NULL);
    assert(str_equal(user->account, account->name));
    struct residence *residence = cf_calloc_array(1, sizeof *residence);
    residence->user = user;
    residence->absent_ms = absent_ms;
    residence->expiry.fired = resident_expired;
    user->residence = residence;
    account->resident = user->id;
    hub->resident_count++;
    set_expiry(hub, residence);
    update_away(hub, user, NULL);
    presence_row_change(hub, residence);
}

void
presence_end(struct hub *hub, struct user *user)
{
    struct residence *residence = user->residence;
    if (residence == NULL)
        return;
    struct account *account = account_find(hub, user->account);
    assert(account != NULL);
    assert(slot_id_equal(account->resident, user->id));
    assert(hub->resident_count > 0);
    timers_clear(&hub->timers, &residence->expiry.timer);
    account->resident = SLOT_ID_NONE;
    hub->resident_count--;
    user->residence = NULL;
    presence_row_forget_lost(residence);
    cf_free(residence);
    if (!hub->is_ending)
        presence_row_drop(hub, account->key);
}

void
presence_leave(struct hub *hub, const struct account *account, struct str reason)
{
    struct user *user = presence_find(hub, account);
    if (user == NULL)
        return;
    presence_end(hub, user);
    if (user_is_absent(user))
        user_leave(hub, user, reason);
}

void
presence_settle(struct hub *hub, struct user *user)
{
    struct account *account = account_find(hub, user->account);
    if (account == NULL)
        return;
    bool is_wanted = presence_is_wanted(hub, account);
    if (is_wanted && user->residence == NULL && presence_find(hub, account) == NULL &&
        hub->resident_count < hub->config->always_on_max)
        presence_begin(hub, account, user, 0);
    else if (!is_wanted && user->residence != NULL)
        presence_leave(hub, account, STR("Is not always-on any more"));
    else
        update_away(hub, user, NULL);
}

void
presence_settle_account(struct hub *hub, const struct account *account)
{
    struct user *user = presence_find(hub, account);
    if (user != NULL)
        presence_settle(hub, user);
}

/* --- coming and going --- */

void
presence_session_came(struct hub *hub, struct user *user)
{
    struct residence *residence = user->residence;
    if (residence == NULL)
        return;
    if (residence->absent_ms != 0) {
        residence->absent_ms = 0;
        set_expiry(hub, residence);
        presence_row_change(hub, residence);
    }
    update_away(hub, user, NULL);
}

void
presence_session_went(struct hub *hub, struct user *user)
{
    struct residence *residence = user->residence;
    if (residence == NULL)
        return;
    if (user_is_absent(user)) {
        residence->absent_ms = hub->now_ms;
        set_expiry(hub, residence);
        presence_row_change(hub, residence);
    }
    update_away(hub, user, NULL);
}

void
presence_changed(struct hub *hub, const struct user *user)
{
    if (user->residence != NULL && !hub->is_ending)
        presence_row_change(hub, user->residence);
}

/* --- all of them --- */

/* To those of the user's sessions that know PERSISTENCE: whether it stays is another thing now. */
static void
tell_of_change(struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    assert(account != NULL);
    list_for_each(node, &user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (session->caps & CAP(PERSISTENCE))
            persistence_tell(hub, session, account);
    }
}

void
presence_configure(struct hub *hub)
{
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        struct slot_id id = user->id;
        bool was_resident = user->residence != NULL;
        if (was_resident)
            set_expiry(hub, user->residence);
        presence_settle(hub, user);
        user = slots_find(&hub->users, id);
        if (user != NULL && was_resident != (user->residence != NULL))
            tell_of_change(hub, user);
    }
}

void
presence_deinit(struct hub *hub)
{
    assert(hub->is_ending);
    uint32_t cursor = 0;
    struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        presence_end(hub, user);
        user_leave(hub, user, STR(""));
    }
    cf_free(hub->changed_residents);
}
