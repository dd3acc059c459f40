#ifndef CONFAB_HUB_ACCOUNT_LOST_H
#define CONFAB_HUB_ACCOUNT_LOST_H

#include "base/map.h"
#include "hub/state.h"

/*
 * Names of accounts that are in the store but not here: their rows are damaged, of a newer server,
 * or say that they have a name of another account. The rows are left alone, and what belongs to
 * such an account (its channels, what it has said) goes by its name: so nobody gets that, neither
 * as an account nor as a nick. Nothing of it is kept: the rows are there at the next start, too,
 * and whoever mends or removes them gets the names back. As many as there are such rows and what
 * they are named by. Part of the hub's state, guarded by its lock.
 */
struct lost_name {
    struct map_node by_name; /* in hub->lost_names; key: folded */
    struct str folded;       /* owned */
};

/* The row of an account makes no sense: its key, and all names that can still be read in it. */
void account_lost_add(struct hub *hub, struct str key, struct str value);

/* After all rows: if any were lost, so may be the later names of those accounts, by which channels
 * name their founders and those who have ranks. */
void account_lost_restored(struct hub *hub);

/* Whether it is such a name, and not that of an account that is here. */
bool account_is_lost(const struct hub *hub, struct str name);

/* Frees all, as the hub ends. */
void account_lost_deinit(struct hub *hub);

#endif
