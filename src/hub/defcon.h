#ifndef CONFAB_DEFCON_H
#define CONFAB_DEFCON_H

#include "hub/state.h"

/*
 * Closing the server to newcomers step by step, when it is flooded: levels as in Ergo.
 *   5  all is as usual
 *   4  no new channels and no new accounts
 *   3  and nobody comes in without an account
 *   2  and who has none speaks in channels only with voice
 *   1  and nobody comes in at all
 * Operators and connections that never left this machine are not concerned. Kept as a row
 * (ROW_DEFCON) while it is another level than 5. Part of the hub's state, guarded by its lock.
 */
#define DEFCON_NORMAL       5
#define DEFCON_NO_NEW       4
#define DEFCON_NO_STRANGERS 3
#define DEFCON_QUIET        2
#define DEFCON_CLOSED       1

/* What a level means, for people; 1..5. */
struct str defcon_text(uint32_t level);

/* From now on. by: the operator who wants it. */
void defcon_set(struct hub *hub, uint32_t level, struct str by);

/* The row that was kept; false when it makes no sense. */
bool defcon_restore(struct hub *hub, struct str value);

/* After all rows: says in the log that the server is still closed, if it is. */
void defcon_restored(struct hub *hub);

/* Whether a session may not register now. account: empty when it is not logged in. */
bool defcon_refuses(const struct hub *hub, const struct session *session, struct str account);

/* Whether no accounts are made now. */
bool defcon_refuses_accounts(const struct hub *hub);

/* Whether the user may not make channels, or not speak without voice. */
bool defcon_refuses_channels(const struct hub *hub, const struct user *user);
bool defcon_mutes(const struct hub *hub, const struct user *user);

#endif
