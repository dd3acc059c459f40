#ifndef CONFAB_LABEL_H
#define CONFAB_LABEL_H

#include "hub/state.h"

/*
 * Labeled responses: what a command makes the hub say to the session that sent it, is marked with
 * the label that came with the command. One answer carries the label itself, several are put into
 * a batch that does, none becomes ACK. An answer that takes more than one call of the hub (a
 * listing, a password) keeps its label, and its batch open, until the last of them.
 * Spec: IRCv3 labeled-response, batch.
 *
 * The handlers know nothing of it: it is done around them, on what they have put into the outbox.
 */

/* Before a command runs: takes the label from its tags. */
void label_take(struct call *call);

/* Before each call that may answer: notes where its answers will begin. Returns that place. */
size_t label_begin(const struct call *call);

/* After it: marks the answers from `start` on. The session must still be there. */
void label_end(struct call *call, size_t start);

/* The next of the answers to the call's session at or after `index` in its home's part of the
 * outbox; the count of what is there when there is none. */
size_t label_find_answer(const struct call *call, size_t index);

/* The session loses the capability: ends its open batch; what is yet to come, comes unmarked. */
void label_drop(struct hub *hub, struct session *session);

#endif
