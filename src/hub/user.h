#ifndef CONFAB_USER_H
#define CONFAB_USER_H

#include "hub/state.h"

/*
 * Users: those with a nick. Part of the hub's state, guarded by its lock.
 */

/* What a nick, user name and host make: nick!username@host. All borrowed. */
struct user_identity {
    struct str nick; /* valid and free */
    struct str username;
    struct str host;
};

/* A new user without sessions; the nick must be free. */
struct user *user_new(struct hub *hub, const struct user_identity *identity, struct str realname);

/* The user must have no sessions and no memberships left. Remembers it for WHOWAS. */
void user_free(struct hub *hub, struct user *user, struct str address);

/* NULL when nobody has that nick, in any case and width. */
struct user *user_find(const struct hub *hub, struct str nick);

/* Gives the user a new nick, which must be free or its own in another case. */
void user_rename(struct hub *hub, struct user *user, struct str nick, struct str address);

/* Gives the user another user name and host; see host.h for the telling. */
void user_set_host(struct hub *hub, struct user *user, struct str username, struct str host);

/* The first session of the user: its oldest connection; NULL when it is absent (presence.h). */
const struct session *user_first_session(const struct user *user);

bool user_is_operator(const struct user *user);

/* Whether it is an operator of the server with this privilege. user may be NULL. */
bool user_may(const struct user *user, uint32_t privilege);

/* Whether all its sessions came over TLS, or never left the machine; true of an absent user. */
bool user_is_secure(const struct user *user);

/* Whether the session may be one of the user's: a channel that is for secure connections only stays
 * so for each of them. */
bool user_may_have_session(const struct user *user, const struct session *session);

/* Replaces all modes (USER_MODE_*) and keeps the counts of LUSERS right. Tells nobody. */
void user_set_modes(struct hub *hub, struct user *user, uint32_t modes);

/* "+iw" */
void user_put_modes(struct buf *out, const struct user *user);

/* NULL when the user is not in the channel. */
struct member *user_membership(const struct user *user, const struct channel *channel);

/* Whether `seen` may be shown to `viewer` where it was not asked for by its nick: not invisible,
 * oneself, in a common channel, or the viewer is an operator. viewer may be NULL. */
bool user_is_visible_to(const struct user *seen, const struct user *viewer);

/* Invitations, oldest first, at most LIMIT_INVITES_PER_USER. */
void user_invite(struct hub *hub, struct user *user, struct slot_id channel);
bool user_is_invited(const struct user *user, struct slot_id channel);
void user_uninvite(struct hub *hub, struct user *user, struct slot_id channel);

/* Remembers a nick that is no longer used. */
void whowas_add(struct hub *hub, const struct user *user, struct str address);
void whowas_deinit(struct hub *hub);

#endif
