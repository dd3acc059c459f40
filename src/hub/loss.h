#ifndef CONFAB_HUB_LOSS_H
#define CONFAB_HUB_LOSS_H

#include "hub/event.h"
#include "hub/state.h"

/*
 * Telling those who get no echo that a message of theirs could not be stored; others learn it in
 * the place of the echo. As long as the store works, nothing is held back for that: only the ticket
 * of a session's last message is noted. When the store begins to fail, those whose last message may
 * be among the first that are lost are told if it is; until it works again, each message is
 * followed by a delivery that comes only if its record is lost. There is one for a session in
 * LIMIT_LOSS_TOLD_MS at most.
 */

/* A message of the session of the call, which gets no echo, has been put on record. */
void loss_expect(struct call *call, const struct event *event, uint64_t ticket);

/* The store begins to fail, and what it has lost begins with that ticket: for each session. */
void loss_tell_last(struct call *call, uint64_t lost_from);

#endif
