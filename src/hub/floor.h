#ifndef CONFAB_FLOOR_H
#define CONFAB_FLOOR_H

#include "hub/state.h"

/*
 * Half duplex: taking turns in a channel with mode +H [seconds]. Whoever spoke last may not speak
 * again until another member has spoken. The turn is free at the start, when the last speaker is
 * alone in the channel or has left, and after so many seconds of silence.
 *
 * PRIVMSG and NOTICE to the channel count as speaking; TAGMSG and messages to a rank (@#channel)
 * are always allowed. Sessions with the capability confab.chat/floor are told in lines of their
 * own: FLOOR FREE <channel> <reason> when the turn becomes free, and FLOOR HELD <channel> <nick>
 * <seconds> (whoever spoke last, and the seconds of mode +H) when they join or ask. That somebody
 * spoke, they see by the message itself.
 *
 * Part of the hub's state, guarded by its lock.
 */

/* Switches it on, or sets another silence; the turn is free. silence_s: 0 for none. */
void floor_enable(struct hub *hub, struct channel *channel, uint32_t silence_s);
void floor_disable(struct hub *hub, struct channel *channel);

/* Whether the user may speak now; true in a channel without +H. */
bool floor_is_free_for(const struct hub *hub, const struct channel *channel,
                       const struct user *user);

/* The user has spoken: the turn passes to the others. */
void floor_take(struct hub *hub, struct channel *channel, const struct user *user);

/* The user is no longer a member: the turn is free if it was the last speaker. */
void floor_member_left(struct hub *hub, struct channel *channel, const struct user *user);

/* A member is absent from now on (presence.h): the turn is free if nobody else is there. */
void floor_member_absent(struct hub *hub, struct channel *channel);

/* Refuses a message out of turn: says for whom the sender waits. */
void floor_refuse(struct call *call, const struct channel *channel);

/* Tells the call's session how the floor stands, when it can understand it. */
void floor_tell(struct call *call, const struct channel *channel);

/* The command FLOOR STATUS|SKIP <channel>. */
void cmd_floor(struct call *call);

#endif
