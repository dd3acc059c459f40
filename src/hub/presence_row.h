#ifndef CONFAB_HUB_PRESENCE_ROW_H
#define CONFAB_HUB_PRESENCE_ROW_H

#include "hub/state.h"

/*
 * Users who stay (presence.h) as rows: a packed value under the folded name of the account, with
 * the nick, what was said of the user, and its channels and ranks. All that has changed in a round
 * is written once, at its end.
 */

/* The row of a resident is to be written at the end of the round. */
void presence_row_change(struct hub *hub, struct residence *residence);

/* Puts the rows of all who have changed on record. */
void presence_rows_keep(struct hub *hub);

/* There is no resident of that account any more. */
void presence_row_drop(struct hub *hub, struct str folded_account);

/* Frees residence->lost: its places in channels that could not be restored. They are written with
 * its row as they were read, so that it is in them when they are there again. */
void presence_row_forget_lost(struct residence *residence);

/*
 * A row that was kept, after those of accounts and channels: the user is there again, in its
 * channels, and absent. Nobody is told. False when the row makes no sense.
 */
CF_NODISCARD bool presence_row_restore(struct hub *hub, struct str value);

#endif
