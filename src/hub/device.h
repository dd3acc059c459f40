#ifndef CONFAB_HUB_DEVICE_H
#define CONFAB_HUB_DEVICE_H

#include "hub/account.h"

/*
 * Devices of accounts: names that clients give themselves when they log in, "alice@phone", so that
 * the server knows when each was last there and replays what it has missed (replay.h). A client
 * without such a name is the device "". Each is a row (ROW_DEVICE). Part of the hub's state, guarded
 * by its lock.
 *
 * Where a name may be: SASL (authcid), USER, and NickServ IDENTIFY, as in Ergo.
 */
struct device {
    struct list in_account; /* the one that was seen last is last */
    struct str name;        /* owned; empty: clients that gave none */
    int64_t seen_ms;
};

/* Takes "@device" off a name, if that is a valid one, and remembers it for the session. */
struct str device_take(struct session *session, struct str name);

/* Whether behind an '@' something stands that can be no device, so that the whole is no account
 * either: a question of spelling only, which tells nothing of what there is. */
bool device_is_misspelt(struct str name);

/* When the account's device of that name was last there; 0: never. */
int64_t device_seen_ms(const struct account *account, struct str name);

/* It is there now. The LIMIT_ACCOUNT_DEVICES that were there last are remembered. */
void device_see(struct hub *hub, struct account *account, struct str name);

/* The device of a session that is about to leave its user. */
void device_see_session(struct hub *hub, const struct session *session);

/* The session of the call has come to a user who was there: what its device has missed comes. */
void device_returned(struct call *call);

/* Whether a client of that name is logged in to the account. */
bool device_is_connected(const struct hub *hub, const struct account *account,
                         const struct device *device);

/* Frees them, and with device_drop_all their rows go, too. */
void devices_deinit(struct account *account);
void device_drop_all(struct hub *hub, const struct account *account);

/* A row that was kept. False when it makes no sense. */
CF_NODISCARD bool device_restore(struct hub *hub, struct str value);

#endif
