#ifndef CONFAB_FLOOD_LIMITS_H
#define CONFAB_FLOOD_LIMITS_H

#include "hub/state.h"

/*
 * What a channel's modes +W (slow) and +j (join throttle) allow, told to clients that know it, so
 * that they can wait by themselves: CHANLIMITS <channel> channel:join=n/seconds
 * user:message=1/seconds, or "*" for no limits, as for members who may speak at any time.
 * Spec: draft channel-flood-limits (ircv3-specifications pull request 589).
 *
 * SPEC: bots may set limits of their own with CHANLIMITS. They are refused: what is not enforced
 * here is not announced either, and what is enforced has modes.
 */

/* To the call's session, which has joined, when there are limits. */
void flood_limits_tell(struct call *call, const struct channel *channel);

/* They have changed: to all members. */
void flood_limits_changed(struct hub *hub, const struct channel *channel);

/* The rank of a member has changed, perhaps what it is exempt from. */
void flood_limits_changed_for(struct hub *hub, const struct channel *channel,
                              const struct member *member, uint32_t ranks_before);

#endif
