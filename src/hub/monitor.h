#ifndef CONFAB_MONITOR_H
#define CONFAB_MONITOR_H

#include "hub/post.h"
#include "hub/state.h"

/*
 * MONITOR: sessions that want to know when a nick comes and goes, and with extended-monitor what
 * its user does in between. By folded nick, whether or not somebody has it. At most
 * LIMIT_MONITOR_ENTRIES for each session.
 * Spec: IRCv3 monitor, extended-monitor. Part of the hub's state, guarded by its lock.
 */

/* The user has just come to its nick, or is about to leave it. */
void monitor_announce_online(struct hub *hub, struct user *user);
void monitor_announce_offline(struct hub *hub, const struct user *user);

/*
 * An event about a user (AWAY, ACCOUNT, CHGHOST, SETNAME) for those who monitor it and do not get
 * it in a common channel. spec.needs says which capability the event itself needs.
 */
void monitor_announce(struct hub *hub, const struct user *user, struct event_spec spec);

/* Calls `told` for each session that monitors the user's nick. */
typedef void monitor_told_fn(const struct session *session, void *context);
void monitor_for_each(const struct hub *hub, const struct user *user, monitor_told_fn *told,
                      void *context);

/* Calls `found` for each user who is there and whom the session monitors. */
typedef void monitor_found_fn(struct user *user, void *context);
void monitor_for_each_user(const struct hub *hub, const struct session *session,
                           monitor_found_fn *found, void *context);

/* Forgets all that a session monitors. */
void monitor_forget_session(struct hub *hub, struct session *session);

#endif
