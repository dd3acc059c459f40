#ifndef CONFAB_GATE_H
#define CONFAB_GATE_H

#include "base/mutex.h"
#include "hub/hub.h"
#include "net/mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The gate: the one lock around the hub, and the way out of it. Workers enter, execute the lines
 * of a round, and leave; leaving posts what the hub has put out.
 *
 * Deliveries go into the mailboxes before the lock is released: posted afterwards, those of two
 * workers could overtake each other, and the members of a channel would see its messages in
 * different orders. It costs one short append for each home that is concerned. Wake-ups, log lines
 * and everything else come after the release.
 */
struct gate;

/* What the server does with what is not for a worker. Called by any worker; but for the first one
 * without the lock. */
struct gate_hooks {
    void *context;
    /* With the lock, so that the store's order is the hub's: takes all out, never blocks. */
    void (*records)(void *context, struct records *records);
    void (*question)(void *context, struct question *question); /* takes over */
    void (*request)(void *context, const struct request *request);
    void (*note)(void *context, const struct note *note);
    void (*tick)(void *context); /* hub_next_tick_ms has changed */
    bool holds_all; /* what comes of a record is for nobody before the record is settled */
};

/* hub: taken over. */
struct gate *gate_new(struct hub *hub, const struct gate_hooks *hooks);

/* Frees it and the hub; no worker may be left. */
void gate_free(struct gate **gate);

/*
 * A home for a worker's mailbox. The mailbox must live longer than the home: a wake-up may still
 * be on its way when gate_remove_home returns.
 */
uint32_t gate_add_home(struct gate *gate, struct mailbox *mailbox);

/* No session may be left at that home. */
void gate_remove_home(struct gate *gate, uint32_t home);

/* Takes the lock. The hub may be used until gate_leave. */
struct hub *gate_enter(struct gate *gate);

/* Posts what came out and releases the lock. self: the caller's home, which is not woken; or
 * GATE_NO_HOME. */
#define GATE_NO_HOME UINT32_MAX
void gate_leave(struct gate *gate, uint32_t self);

/* The time and entropy for the next input. Any thread. */
struct hub_moment gate_moment(void);

/* Wall time of the hub's next tick, INT64_MAX for none. Any thread, without the lock. */
int64_t gate_next_tick_ms(const struct gate *gate);

struct gate_stats {
    uint64_t entered;   /* times the lock was taken */
    uint64_t contended; /* times somebody had to wait for it */
    uint64_t held_ns;   /* in all */
};

/* Since the start. Takes the lock. */
struct gate_stats gate_stats(struct gate *gate);

#endif
