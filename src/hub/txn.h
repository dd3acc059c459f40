#ifndef CONFAB_HUB_TXN_H
#define CONFAB_HUB_TXN_H

#include "base/buf.h"
#include "hub/message.h"

/*
 * Messages that are sent once (confab.chat/txn, docs/extensions.md): a client gives a message a
 * name, and when its connection breaks before the echo has come, sends it again under the same
 * name. What was sent already is not sent twice: the client gets the echo of the first one, with
 * its msgid.
 *
 * A name belongs to an account and a target; users without an account have none. Each account has
 * the last LIMIT_ACCOUNT_TXNS of LIMIT_TXN_MS, all together LIMIT_TXNS; those that were sent
 * first go first, and sending one of these again sends another message. Of messages that are kept
 * they are rows (ROW_TXN), in the same record as the message: both are on disk, or none. Part of
 * the hub's state, guarded by its lock.
 */
struct txn {
    struct map_node by_key; /* in hub->txns */
    struct list in_all;     /* hub->txn_order, by the time of sending */
    struct list in_account; /* account->txns, likewise */
    struct account *account;
    struct str key;  /* owned: "account target name", folded but for the name */
    uint64_t msgid;  /* of the message */
    uint64_t seq;    /* likewise; 0: none */
    uint64_t digest; /* of what it says */
    uint64_t ticket; /* of its record; 0: none, or before a restart */
    bool has_row;
};

/* Names have 1 to LIMIT_TXN_BYTES letters, digits and "-_.:". Pure. */
bool txn_name_is_valid(struct str name);

/* Makes what a message to the target is found by; nothing when it can't have a name. */
void txn_put_key(struct buf *out, const struct call *call, struct str target, struct str name);

/* Of all that a message says. */
uint64_t txn_digest(const struct message *message);

/* NULL when there was none of that key, or it was too long ago. */
const struct txn *txn_find(const struct hub *hub, struct str key);

/* Appends the row of a message that is about to be kept. */
void txn_put_row(struct buf *out, const struct message *message, const struct event *event);

/* The message has been sent. has_row: its row has been put on record. */
void txn_add(struct call *call, const struct message *message, const struct event *event,
             uint64_t ticket, bool has_row);

/* The account ends, and with it all rows of its own. */
void txn_drop_of_account(struct hub *hub, struct account *account);

/* Frees them; what is in the store stays there. */
void txn_deinit_of_account(struct hub *hub, struct account *account);

/* A row that was kept, when its account is there already. False when it makes no sense. */
CF_NODISCARD bool txn_restore(struct hub *hub, struct str key, struct str value);

/* All rows are back: puts them into their order, and takes away what is too old. */
void txns_restored(struct hub *hub);

#endif
