#ifndef CONFAB_HUB_ROW_LIMIT_H
#define CONFAB_HUB_ROW_LIMIT_H

#include "base/str.h"

#include <stdint.h>

/*
 * Rows that are sound, and more than there may be: an import may bring them, or a server that had a
 * higher limit. hub_restore takes none beyond a limit; they stay in the store, and are taken at a
 * later start when others are gone. Under the hub's lock.
 *
 * Accounts and channels have no such limit: what the configuration says of them is for new ones.
 */
struct hub;

/* The limit that a further row like this one would be beyond: so many there may be of its kind, on
 * the server or in its channel. 0: none, as far as that can be told of it. */
uint32_t row_limit_reached(const struct hub *hub, uint32_t row, struct str value);

#endif
