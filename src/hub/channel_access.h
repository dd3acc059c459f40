#ifndef CONFAB_HUB_CHANNEL_ACCESS_H
#define CONFAB_HUB_CHANNEL_ACCESS_H

#include "hub/state.h"

/*
 * Which accounts have ranks in a channel whenever they come: in a registered channel those that
 * its founder has given ranks to; in any other those who had ranks when the server ended, until
 * they are back. Part of the hub's state, guarded by its lock.
 */
struct access_entry {
    struct str account; /* owned, as registered */
    uint32_t ranks;     /* RANK_ bits, not 0 */
};

/* 0 for an account that has none, and for no account. */
uint32_t access_ranks(const struct channel *channel, struct str account);

/* ranks: 0 takes the entry away. False when there are LIMIT_CHANNEL_ACCESS entries already. */
CF_NODISCARD bool access_set(struct channel *channel, struct str account, uint32_t ranks);

/* The account, which has no entry, has that of `old` now, if there is one. Returns whether. */
bool access_rename(struct channel *channel, struct str old, struct str account);

/* Takes all entries away. */
void access_clear(struct channel *channel);

/* Whether a channel is registered: it has a founder, and stays when it is empty. */
bool channel_is_registered(const struct channel *channel);

#endif
