#ifndef CONFAB_RENAME_H
#define CONFAB_RENAME_H

#include "hub/state.h"

/*
 * RENAME: another name for a channel, with all that is in it. Members whose clients have
 * channel-rename get RENAME; the others leave the old name and join the new one. For
 * LIMIT_REDIRECT_MS whoever wants to join the old name is told of the new one, or taken there,
 * unless the channel ends. A channel has its LIMIT_CHANNEL_REDIRECTS last names remembered so,
 * whatever others are renamed; a name leads to the last channel that had it. They are in the row of
 * the channel (channel_row.h): a restart would give the name of a registered one to anybody.
 * Spec: IRCv3 channel-rename. Part of the hub's state, guarded by its lock.
 */

/* The channel that had this name until lately; NULL when there is none. The name must be free. */
struct channel *rename_find(const struct hub *hub, struct str name);

/*
 * Whether the user may make another channel of the channel's former name: a member, who knows of
 * the other name and means a new one; of a registered channel its founder only, or an operator with
 * PRIVILEGE_OVERRIDE, so that nobody gets those who look for it.
 */
bool rename_leaves_name_to(const struct channel *channel, const struct user *user);

/* Tells where the channel has gone that the call wants to join. True when it is to be joined. */
bool rename_follow(struct call *call, struct str name, const struct channel *channel);

/* A row says that the name leads to the channel for so long; by one name, to the channel for which
 * that is longest. Never for longer than LIMIT_REDIRECT_MS, whatever it says. */
void rename_restore(struct hub *hub, struct channel *channel, struct str name, int64_t until_ms);

/* No name leads to the channel any more, which ends. */
void rename_forget(struct hub *hub, struct channel *channel);

#endif
