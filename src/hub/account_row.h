#ifndef CONFAB_HUB_ACCOUNT_ROW_H
#define CONFAB_HUB_ACCOUNT_ROW_H

#include "base/attr.h"
#include "hub/account.h"

/*
 * Accounts as rows of the store: the key is the folded name, the value all else, packed. The
 * credentials are part of it, so whoever can read the database can try passwords.
 */

/* Puts the account on record as it is now; returns the ticket. */
uint64_t account_row_keep(struct hub *hub, const struct account *account);

/* It is to be there no more; returns the ticket. */
uint64_t account_row_drop(struct hub *hub, const struct account *account);

/* Makes the account of a row again, as the server starts. False for a row that makes no sense. */
CF_NODISCARD bool account_row_restore(struct hub *hub, struct str value);

#endif
