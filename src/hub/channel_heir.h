#ifndef CONFAB_HUB_CHANNEL_HEIR_H
#define CONFAB_HUB_CHANNEL_HEIR_H

#include "hub/state.h"

/*
 * Whom a registered channel has been offered to (ChanServ TRANSFER): its heir, an account that may
 * take the founder's place. Offers stay until they are taken, declined or taken back, also over a
 * restart (channel_row.h). Part of the hub's state, guarded by its lock.
 */

/* Another heir; empty: none. account: borrowed, of an account. The row is the caller's to keep. */
void channel_set_heir(struct hub *hub, struct channel *channel, struct str account);

/* The next channel behind `channel` (NULL: the first) that the account has been offered; NULL when
 * there is none. Walks channels that are offered, no others. */
struct channel *channel_next_of_heir(const struct hub *hub, struct str account,
                                     const struct channel *channel);

#endif
