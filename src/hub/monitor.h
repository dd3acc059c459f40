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
void monitor_announce_online(struct hub *hub, const struct user *user);
void monitor_announce_offline(struct hub *hub, const struct user *user);

/*
 * An event about a user (AWAY, ACCOUNT, CHGHOST, SETNAME) for those who monitor it and do not get
 * it in a common channel. spec.needs says which capability the event itself needs.
 */
void monitor_announce(struct hub *hub, const struct user *user, struct event_spec spec);

/* Forgets all that a session monitors. */
void monitor_forget_session(struct hub *hub, struct session *session);

#endif
