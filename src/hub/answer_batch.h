#ifndef CONFAB_ANSWER_BATCH_H
#define CONFAB_ANSWER_BATCH_H

#include "hub/state.h"

/*
 * Batches of answers to the session of a call: all that it is told between the opening and the
 * closing belongs to the batch. Without the capability batch the answers come without one.
 * Spec: IRCv3 batch. One at a time; opened and closed within one call of the hub.
 */

/* param: behind the type; empty for none. */
void answer_batch_open(struct call *call, struct str type, struct str param);

/* Nothing when none is open. */
void answer_batch_close(struct call *call);

#endif
