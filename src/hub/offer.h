#ifndef CONFAB_OFFER_H
#define CONFAB_OFFER_H

#include "hub/state.h"

/*
 * Which capabilities a session is offered, and the lines of CAP that say so. The configuration can
 * switch capabilities off; when a reload changes that, clients with cap-notify are told by CAP NEW
 * and CAP DEL.
 * Spec: IRCv3 capability-negotiation. Part of the hub's state, guarded by its lock.
 */

/* The set that the session may ask for. */
uint64_t offer_for(const struct hub_config *config, const struct session *session);

/* Appends the names in the set, aliases included, with their values by the configuration; none
 * where that is NULL. */
void offer_put_names(struct buf *out, uint64_t set, const struct hub_config *values_of);

/*
 * Sends "CAP <client> <subcommand> :<words>" in as many lines as it takes. Lines before the last
 * say so with "*" where is_continued (LS and LIST for clients with 302; no others have that).
 */
void offer_send(struct hub *hub, const struct session *session, struct str subcommand,
                struct str words, bool is_continued);

/* The same in one line: words that do not fit are left out. */
void offer_send_line(struct hub *hub, const struct session *session, struct str subcommand,
                     struct str words);

/* After a reload: takes away what is no longer offered, and tells of that and of what is new. */
void offer_changed(struct hub *hub, const struct hub_config *before);

#endif
