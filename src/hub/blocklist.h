#ifndef CONFAB_BLOCKLIST_H
#define CONFAB_BLOCKLIST_H

#include "base/attr.h"
#include "hub/state.h"

/*
 * Block lists in DNS: before somebody becomes a user, it is asked (QUESTION_DNSBL) whether a list
 * has the address; the configuration says for each list whether that keeps the address out or is
 * told to the operators. Who comes from this machine is not looked up. Nobody is kept out because
 * there was no answer. Part of the hub's state, guarded by its lock.
 *
 * A client of the IRC door waits for the answer. A guest is a user at once; it goes when the answer
 * says so.
 */

/* "reject", "mark": by enum dnsbl_action. */
extern const struct str blocklist_action_words[DNSBL_ACTION_COUNT];

/* Asks about the session's address, if there is something to ask: then true. */
bool blocklist_asks(struct call *call);

/* The answer has come: the zone of the list that has the address, or nothing. */
void blocklist_answered(struct call *call, struct str zone);

/* The configuration is another one: counts begin anew. */
void blocklist_configure(struct hub *hub);

/* STATS n */
void blocklist_stats(struct call *call);

#endif
