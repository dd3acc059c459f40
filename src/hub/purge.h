#ifndef CONFAB_HUB_PURGE_H
#define CONFAB_HUB_PURGE_H

#include "base/map.h"
#include "hub/state.h"

/*
 * Channels that the operators of the server have closed for good (ChanServ PURGE): nobody makes a
 * channel of that name, gives it to another, or joins one that is there all the same, since it was
 * imported or an operator has forced somebody into it (SAJOIN). Only the channel that the
 * configuration wants is open whatever is closed. Kept as rows (ROW_PURGE), by folded name. Part of
 * the hub's state, guarded by its lock.
 */
struct purge {
    struct map_node by_name; /* in hub->purges; key: folded */
    struct str folded;       /* all owned */
    struct str name;
    struct str reason; /* may be empty */
    struct str by;
    int64_t set_ms;
};

/* NULL when it is not closed. */
const struct purge *purge_find(const struct hub *hub, struct str name);

/* Whether nobody may join the channel, which is there. */
bool purge_closes(const struct hub *hub, const struct channel *channel);

/* Closes a name, which is one of a channel and is not closed; the channel itself stays as it is.
 * False when there are LIMIT_PURGES. */
CF_NODISCARD bool purge_add(struct hub *hub, struct str name, struct str reason, struct str by);

/* Opens it again. False when it is not closed. */
CF_NODISCARD bool purge_remove(struct hub *hub, struct str name);

/* A row that was kept. False when it makes no sense. */
CF_NODISCARD bool purge_restore(struct hub *hub, struct str value);

/* After all rows: users who stay are in no channel that is closed. The channels stay as they are,
 * asleep, so that an import can't erase anything. */
void purges_restored(struct hub *hub);

/* Frees all, as the hub ends. */
void purges_deinit(struct hub *hub);

#endif
