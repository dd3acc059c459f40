/* How accounts end; see account_end.h. */
#include "hub/account_end.h"

#include "hub/account_row.h"
#include "hub/account_setting.h"
#include "hub/chanserv.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/metadata.h"
#include "hub/post.h"
#include "hub/read_marker.h"
#include "hub/shield.h"
#include "hub/txn.h"

#include <assert.h>

void
account_drop_rows(struct hub *hub, struct account *account)
{
    chanserv_forget_account(hub, account);
    shield_forget_account(hub, account);
    read_markers_drop(hub, account);
    metadata_drop_of_account(hub, account);
    txn_drop_of_account(hub, account);
    account_settings_drop(hub, account);
    device_drop_all(hub, account);
    factors_row_drop(hub, account);
    (void)account_row_drop(hub, account);
}

void
account_give_up(struct hub *hub, struct account *account)
{
    assert(account->is_unverified);
    assert(!account->is_suspended);
    note(hub, NULL, "account given up", {"account", account->name});
    account_drop_rows(hub, account);
    account_remove(hub, account);
}

bool
account_is_own_try(const struct account *account, const struct session *session)
{
    return account->is_unverified && !account->is_suspended &&
           account->credentials_id == session->registered;
}

void
account_note_own_try(const struct account *account, struct session *session)
{
    session->registered = account->credentials_id;
}

static void
lapsed(struct hub *hub, struct hub_timer *timer)
{
    struct account *account = CONTAINER_OF(timer, struct account, lapse);
    if (account->is_unverified && !account->is_suspended)
        account_give_up(hub, account);
}

void
account_await_proof(struct hub *hub, struct account *account)
{
    account->is_unverified = true;
    account->lapse.fired = lapsed;
    int64_t created_ms = account->created_ms;
    if (created_ms > INT64_MAX - LIMIT_MAIL_CODE_MS) /* a row that was damaged */
        created_ms = INT64_MAX - LIMIT_MAIL_CODE_MS;
    timers_set(&hub->timers, &account->lapse.timer, created_ms + LIMIT_MAIL_CODE_MS);
}

void
account_take_proof(struct hub *hub, struct account *account)
{
    account->is_unverified = false;
    account->is_email_proved = true;
    timers_clear(&hub->timers, &account->lapse.timer);
}
