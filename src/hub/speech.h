#ifndef CONFAB_SPEECH_H
#define CONFAB_SPEECH_H

#include "hub/message.h"
#include "hub/state.h"

/*
 * Who may say what in a channel, by its modes and bans; whose turn it is in one with +H is in
 * floor.h. Part of the hub's state, guarded by its lock.
 *
 * Slow channels (+W): who has no voice waits so many seconds after a message. Leaving does not end
 * the wait: the last such channel that a user has left is remembered with the user.
 */
struct speech_obstacle {
    const char *text;   /* of the refusal: what is in the way, and what to do */
    bool is_moderation; /* with +U the message is shown to half operators and above */
};

/* NULL when the call's user may send this to the channel. */
const struct speech_obstacle *speech_find_obstacle(const struct call *call,
                                                   const struct channel *channel,
                                                   const struct message *message);

/* The seconds for which the user has to wait still; 0 when it may speak. */
uint32_t speech_wait_s(const struct hub *hub, const struct channel *channel,
                       const struct user *user);

/* The user has spoken in the channel: its wait begins. */
void speech_count(struct hub *hub, const struct channel *channel, struct user *user);

/* The user has become a member, or is about to be none: the wait goes with it. */
void speech_member_joined(const struct channel *channel, struct member *member);
void speech_member_leaves(const struct channel *channel, const struct member *member);

/* Refuses a message that comes too early: FAIL SLOWMODE with the seconds, or 404. */
void speech_refuse_slow(struct call *call, const struct channel *channel, uint32_t wait_s);

#endif
