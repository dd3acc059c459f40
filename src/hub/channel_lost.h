#ifndef CONFAB_HUB_CHANNEL_LOST_H
#define CONFAB_HUB_CHANNEL_LOST_H

#include "base/map.h"
#include "hub/state.h"

/*
 * Names of channels that are in the store but not here: their rows are damaged, or of a newer
 * server. What belongs to such a channel (its history, metadata, invite links, members who stay)
 * goes by its name, and whoever had that would write over its row: so nobody makes a channel of
 * that name, or gives it to another. All rows are left alone: they are there at the next start,
 * too, and whoever mends or removes the channel's gets the name back. As many as there are such
 * rows, with two names each at most. Part of the hub's state, guarded by its lock.
 *
 * The lobby of the configuration is made all the same, as it is whatever a row says of its name.
 * See account_lost.h for accounts.
 */
struct lost_channel {
    struct map_node by_name; /* in hub->lost_channels; key: folded */
    struct str folded;       /* owned */
};

/* The row of a channel makes no sense: its key, and the name in it if that can still be read. */
void channel_lost_add(struct hub *hub, struct str key, struct str value);

/* After all rows: names that another row has made a channel of are no longer such. */
void channels_lost_restored(struct hub *hub);

/* Whether it is such a name. */
bool channel_is_lost(const struct hub *hub, struct str name);

/* Frees all, as the hub ends. */
void channels_lost_deinit(struct hub *hub);

#endif
