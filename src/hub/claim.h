#ifndef CONFAB_CLAIM_H
#define CONFAB_CLAIM_H

#include "hub/state.h"

/*
 * Accounts that are operators of the server, with all privileges, and how the first of them comes
 * to be: the server shows a secret to whoever has started it, and who is logged in and knows it
 * claims the server, once. Such an account is an operator whenever somebody logs in to it. Part of
 * the hub, guarded by its lock.
 */

/* Whether there is any operator: a block in the configuration, or an account. */
bool claim_is_made(const struct hub *hub);

/* How many accounts are operators. */
size_t claim_count(const struct hub *hub);

/* The one that may be claimed with from now on, until somebody does. Copied. */
void claim_offer(struct hub *hub, struct str secret);

/* Nothing may be claimed any more. */
void claim_withdraw(struct hub *hub);

/* The user of the call is what its account is: an operator, or not only by an account that it
 * has no more. Nothing for a session that has no user yet. */
void claim_follow(struct call *call);

#endif
