#ifndef CONFAB_HUB_CHANNEL_ROW_H
#define CONFAB_HUB_CHANNEL_ROW_H

#include "base/attr.h"
#include "hub/state.h"

/*
 * Channels as rows of the store: name, modes, lists, topic, the ranks of accounts, and the former
 * names that still lead to it, so that a channel is after a restart what it was before. The
 * permanent one of the configuration (the lobby) has none.
 *
 * A channel that is restored sleeps until somebody joins it. One that nobody has registered is
 * given up when it has slept for LIMIT_CHANNEL_SLEEP_MS, seen at the next start; its history goes
 * with it. When the last member leaves while the server runs, an unregistered channel ends at once.
 */

/* Something of the channel has changed that is in its row: it is put on record with the round. */
void channel_row_change(struct hub *hub, struct channel *channel);

/* Puts on record what has changed since the last call. */
void channel_rows_keep(struct hub *hub);

/* The channel ends, or has no row any more. */
void channel_row_drop(struct hub *hub, const struct channel *channel);

/* Makes the channel of a row again, as the server starts. False for a row that makes no sense. */
CF_NODISCARD bool channel_row_restore(struct hub *hub, struct str value);

/* The name that stands in a value of which perhaps only the beginning can be read, in the value;
 * empty: there is none. */
struct str channel_row_name(struct str value);

/* The first account that is not there of those to which a row gives the channel or ranks in it, in
 * the row; empty: all are, or the row makes no sense. */
struct str channel_row_find_stranger(const struct hub *hub, struct str value);

#endif
