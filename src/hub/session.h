#ifndef CONFAB_SESSION_H
#define CONFAB_SESSION_H

#include "hub/state.h"

/*
 * Sessions: connections, from their first line to their last. Part of the hub's state, guarded by
 * its lock.
 */

/* A new session that has yet to register; NULL when the hub is full. */
struct session *session_new(struct hub *hub, const struct hub_attach *attach);

/*
 * Where it comes from, and what others see of that: a cloak, or the address itself; "localhost" for
 * what never left the machine. host: is shown instead when it is not empty.
 */
void session_set_address(const struct hub *hub, struct session *session, struct str address,
                         struct str host);

/*
 * Ends a session: tells it and, when it was its user's last, all who share a channel with that
 * user; frees both. A user who stays (presence.h) is absent then, and nobody is told.
 * `quit_reason` is what others see, `error_reason` what the session sees.
 */
void session_close(struct hub *hub, struct session *session, struct str quit_reason,
                   struct str error_reason);

/* The same for one that is thrown out: it leaves no absent user behind, but for other sessions. */
void session_expel(struct hub *hub, struct session *session, struct str quit_reason,
                   struct str error_reason);

/* Ends a user without sessions, who is no resident any more: all who share a channel are told. */
void user_leave(struct hub *hub, struct user *user, struct str reason);

/* Whether it never left this machine: a Unix socket, the console. */
bool session_is_local(const struct session *session);

/* Whether it is the terminal of the server itself, whose user is an operator. */
bool session_is_console(const struct session *session);

/* Frees a session without a word, as the hub ends. */
void session_free(struct hub *hub, struct session *session);

/* Puts the session to a user who is there or has just been made. presence_session_came is for when
 * the session has been told whom it belongs to, and what channels it is in. */
void session_set_user(struct hub *hub, struct session *session, struct user *user);

/*
 * Moves a session of somebody to another user who is there: in a late login, from a guest to whom
 * the account is. Others see the guest quit when that was its only session; the session itself has
 * been told of nothing; and presence_session_came, likewise, is left to the caller.
 */
void session_move(struct hub *hub, struct session *session, struct user *user, struct str reason);

/* Gives up what was said before registration. */
void registration_free(struct session *session);

/* How the client is addressed: its nick, or "*" before it has one. */
struct str session_client_name(const struct session *session);

/* The session waits no longer. */
void session_resume(struct hub *hub, struct session *session);

#endif
