#ifndef CONFAB_HUB_CONFIRM_H
#define CONFAB_HUB_CONFIRM_H

#include "hub/state.h"

/*
 * What is done around each call of the hub that may answer a session, on what it has put into the
 * outbox, so that handlers know nothing of it: answers get the label of the command (label.h), and
 * those that say that something is done (call->is_confirmed) come when it is on disk.
 *
 * That is when the last record that the call has put is settled; what others see of it waits for
 * nothing. A row is never lost: when it could not be written, the session gets the answers all the
 * same, and behind them that it is tried again. Where the call has put nothing on record, and with
 * the durability none, nothing waits.
 */
struct confirm {
    size_t first;         /* where the answers begin in the outbox of the session's home */
    uint64_t ticket;      /* the last one before the call */
    uint64_t row_changes; /* hub->row_changes before the call */
};

/* Before the call does anything. */
struct confirm confirm_begin(const struct call *call);

/* After it. The session must still be there. */
void confirm_end(struct call *call, const struct confirm *confirm);

#endif
