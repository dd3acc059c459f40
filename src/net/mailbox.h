#ifndef CONFAB_MAILBOX_H
#define CONFAB_MAILBOX_H

#include "base/mutex.h"
#include "hub/outbox.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What others leave for a worker: the hub's deliveries, in the hub's order, and orders of the
 * server. Any thread puts in, the owner alone takes out, all at once. The owner sleeps in its
 * poller; the eventfd there is written only when the mailbox goes from empty to not empty.
 * A mailbox outlives the worker that uses it: somebody may still be about to wake it.
 *
 * Bounded by what makes it grow: deliveries by the rounds of the other workers, which execute no
 * further lines than LIMIT_ROUND_LINES and LIMIT_ROUND_REACH say before they let the lock go;
 * orders by accepted sockets.
 */
struct door;

enum order_kind {
    ORDER_ADOPT,     /* a connection to serve from now on: takes over fd */
    ORDER_TICK,      /* the hub's next deadline has changed */
    ORDER_CONFIGURE, /* take the settings anew */
    ORDER_STOP,      /* close listeners; end when the last connection has */
    ORDER_SETTLED,   /* records have been settled: look whether sessions waited for them */
    ORDER_REAP,      /* a worker with one client has ended: join its thread */
};

struct order {
    enum order_kind kind;
    int fd;                  /* ORDER_ADOPT */
    const struct door *door; /* ORDER_ADOPT */
    struct address peer;     /* ORDER_ADOPT */
    bool has_proxy;          /* ORDER_ADOPT: begins with the header of a proxy */
    bool is_tls;             /* ORDER_ADOPT: begins with a handshake */
    bool is_local;           /* ORDER_ADOPT: never leaves this machine */
    bool is_console;         /* ORDER_ADOPT: the operator's own terminal */
    void *worker;            /* ORDER_REAP */
};

struct mailbox {
    struct cf_mutex mutex;
    struct deliveries deliveries CF_GUARDED_BY(mutex);
    struct order *orders CF_GUARDED_BY(mutex);
    size_t order_count CF_GUARDED_BY(mutex);
    size_t order_capacity CF_GUARDED_BY(mutex);
    bool is_signalled CF_GUARDED_BY(mutex); /* the owner has been woken, or need not be */
    int event_fd;                           /* immutable */
};

/* What a worker has taken out; it keeps one and passes it in again. */
struct mail {
    struct deliveries deliveries;
    struct order *orders;
    size_t order_count;
    size_t order_capacity;
};

/* 0, or -errno from eventfd. */
CF_NODISCARD int mailbox_init(struct mailbox *mailbox);

/* Drops what is left; closes sockets in orders. */
void mailbox_deinit(struct mailbox *mailbox);

/* Moves all of `from` in. True when the owner has to be woken (mailbox_wake), which may be done
 * after other locks have been released. */
CF_NODISCARD bool mailbox_put(struct mailbox *mailbox, struct deliveries *from);

/* Puts an order in and wakes the owner. */
void mailbox_order(struct mailbox *mailbox, const struct order *order);

/* Any thread; never blocks. */
void mailbox_wake(struct mailbox *mailbox);

/* The owner: takes all, into the empty `mail`. has_signal: the poller has seen the eventfd
 * readable, so it is read; without that a system call is saved. */
void mailbox_take(struct mailbox *mailbox, struct mail *mail, bool has_signal);

void mail_deinit(struct mail *mail);

#endif
