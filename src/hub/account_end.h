#ifndef CONFAB_HUB_ACCOUNT_END_H
#define CONFAB_HUB_ACCOUNT_END_H

#include "hub/account.h"

/*
 * How accounts end: what of them is in other rows than their own, and those that nobody has
 * confirmed. Part of the hub's state, guarded by its lock.
 */

/* Drops all that is kept of it; its channels are nobody's. The account itself is there until
 * account_remove. Nobody may be logged in to it. */
void account_drop_rows(struct hub *hub, struct account *account);

/* Its e-mail address is to be proved from now on (see mail.h): when nobody has done so
 * LIMIT_MAIL_CODE_MS after it was made it ends, unless it is suspended. */
void account_await_proof(struct hub *hub, struct account *account);

/* It is proved. The caller keeps the row. */
void account_take_proof(struct hub *hub, struct account *account);

/* Whether the account, which nobody has confirmed, is the session's own: it has registered it, or
 * knows its password. So it may have its nick, and register it again with another address. */
bool account_is_own_try(const struct account *account, const struct session *session);

/* The session has registered it, or given its password. */
void account_note_own_try(const struct account *account, struct session *session);

/* Ends an account that nobody has confirmed. */
void account_give_up(struct hub *hub, struct account *account);

#endif
