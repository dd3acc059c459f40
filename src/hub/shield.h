#ifndef CONFAB_SHIELD_H
#define CONFAB_SHIELD_H

#include "hub/account.h"
#include "hub/message.h"
#include "hub/state.h"

/*
 * What users keep from themselves: SILENCE (masks whose messages they never see), user mode +g
 * (caller-id: only those on their ACCEPT list and operators of the server reach them), +R (only
 * these and who has an account), and the modes that refuse what a message is or how it comes. Who
 * is accepted while logged in to an account is so whenever it is.
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
void shield_expect_answer(struct hub *hub, struct user *sender, const struct user *receiver);

/* The masks that the user has silenced; NULL: none. */
const struct mask_list *shield_silenced(const struct user *user);

/* Silences a mask that was kept; nothing happens when it is there, or there are too many. */
void shield_restore(struct hub *hub, struct user *user, struct str mask);

/* The accounts, by their keys, of those whom the user accepts: what is kept of its ACCEPT list.
 * Returns how many; valid until that changes. */
size_t shield_accepted_accounts(const struct user *user, struct str out[LIMIT_ACCEPT_ENTRIES]);

/* Accepts an account that was kept; nothing happens when it is no more, or there are too many. */
void shield_restore_accepted(const struct hub *hub, struct user *user, struct str account);

/* The account is about to be erased: whoever has its name next is somebody else. */
void shield_forget_account(struct hub *hub, const struct account *account);

/* Frees and sets *shield to NULL; nothing when it is NULL already. */
void shield_free(struct shield **shield);

#endif
