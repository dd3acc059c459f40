#ifndef CONFAB_BATCH_H
#define CONFAB_BATCH_H

#include "hub/message.h"
#include "hub/state.h"

/*
 * Batches that clients send: BATCH +ref draft/multiline <target>, lines with the tag batch=ref,
 * BATCH -ref. The lines are collected and sent as one message when the batch is closed. The first
 * fault is told by FAIL BATCH, and the rest of the batch ignored. A label that came with the
 * opening belongs to the answer, which comes at the end.
 * Spec: IRCv3 client-batch, multiline. One batch at a time for each session.
 */

/* True when the line belongs to a batch of the session and has been dealt with. */
bool batch_takes_line(struct call *call, enum message_kind kind);

/* Forgets the session's batch; nothing when there is none. */
void batch_forget(struct session *session);

#endif
