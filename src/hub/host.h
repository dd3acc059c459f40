#ifndef CONFAB_HOST_H
#define CONFAB_HOST_H

#include "hub/state.h"

/*
 * Changes of a user's shown user name and host while the user is there: cloaks, and the commands
 * SETHOST, SETIDENT, CHGHOST and CHGIDENT of operators. Whoever shares a channel with the user and
 * has chghost gets CHGHOST; all others see the user leave and come back, with the same ranks.
 * Spec: IRCv3 chghost. Part of the hub's state, guarded by its lock.
 */

/*
 * Both valid (host_is_valid, host_is_username). own_session: the user's session whose command this
 * is; NULL when it is none's. Nothing happens when nothing changes.
 */
void host_change(struct hub *hub, struct user *user, const struct session *own_session,
                 struct str username, struct str host);

/* Letters, digits and . - : / _, not beginning with ':', at most LIMIT_HOST_BYTES. */
bool host_is_valid(struct str host);

/* Letters, digits and . - _, perhaps behind '~', at most LIMIT_USER_BYTES. */
bool host_is_username(struct str username);

#endif
