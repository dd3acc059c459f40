#ifndef CONFAB_HUB_ACCOUNT_ROW_H
#define CONFAB_HUB_ACCOUNT_ROW_H

#include "base/attr.h"
#include "hub/account.h"
#include "wire/name.h"

/*
 * Accounts as rows of the store: the key is the folded name, the value all else, packed. The
 * credentials are part of it, so whoever can read the database can try passwords.
 */

/* Puts the account on record as it is now; returns the ticket. */
uint64_t account_row_keep(struct hub *hub, const struct account *account);

/* It is to be there no more; returns the ticket. */
uint64_t account_row_drop(struct hub *hub, const struct account *account);

struct account_row_name {
    struct folded name;
    int64_t since_ms; /* as of a held_name */
};

/* All names of a row's account, its key first (account_name.h). Returns how many; 0: it makes no
 * sense. Pure. */
size_t account_row_list_names(struct str value,
                              struct account_row_name out[LIMIT_ACCOUNT_NAMES + 1]);

/* Makes the account of a row again, as the server starts. False for a row that makes no sense. */
CF_NODISCARD bool account_row_restore(struct hub *hub, struct str value);

#endif
