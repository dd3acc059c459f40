#ifndef CONFAB_SHIELD_H
#define CONFAB_SHIELD_H

#include "hub/message.h"
#include "hub/state.h"

/*
 * What users keep from themselves: SILENCE (masks whose messages they never see), user mode +g
 * (caller-id: only those on their ACCEPT list and operators of the server reach them), +R (only
 * these and who has an account), and the modes that refuse what a message is or how it comes.
 *
 * SILENCE is not told to the one who is silenced: that is what it is for. All the others are.
 * Part of the hub's state, guarded by its lock. Spec: modern.ircdocs "CALLERID", "SILENCE".
 */
struct shield;

/* Whether the receiver has silenced the sender. */
bool shield_silences(const struct user *receiver, const struct user *sender);

/*
 * Whether the message may reach the receiver, silence aside; else the sender has been told why
 * not. A receiver with +g is told once a minute that somebody tries.
 */
bool shield_admits(struct call *call, struct user *receiver, const struct message *message);

/* A user with +g or +R who writes to somebody hears the answer. */
void shield_expect_answer(struct user *sender, const struct user *receiver);

/* The masks that the user has silenced; NULL: none. */
const struct mask_list *shield_silenced(const struct user *user);

/* Silences a mask that was kept; nothing happens when it is there, or there are too many. */
void shield_restore(struct hub *hub, struct user *user, struct str mask);

/* Frees and sets *shield to NULL; nothing when it is NULL already. */
void shield_free(struct shield **shield);

#endif
