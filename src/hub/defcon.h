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
 * Operators and connections that never left this machine are not concerned. Part of the hub's
 * state, guarded by its lock; a restart begins with 5.
 */
#define DEFCON_NORMAL       5
#define DEFCON_NO_NEW       4
#define DEFCON_NO_STRANGERS 3
#define DEFCON_QUIET        2
#define DEFCON_CLOSED       1

/* What a level means, for people; 1..5. */
struct str defcon_text(uint32_t level);

/* Whether a session may not register now. account: empty when it is not logged in. */
bool defcon_refuses(const struct hub *hub, const struct session *session, struct str account);

/* Whether no accounts are made now. */
bool defcon_refuses_accounts(const struct hub *hub);

/* Whether the user may not make channels, or not speak without voice. */
bool defcon_refuses_channels(const struct hub *hub, const struct user *user);
bool defcon_mutes(const struct hub *hub, const struct user *user);

#endif
