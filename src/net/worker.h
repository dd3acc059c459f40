#ifndef CONFAB_WORKER_H
#define CONFAB_WORKER_H

#include "net/admission.h"
#include "net/commits.h"
#include "net/gate.h"
#include "net/listener.h"
#include "net/mailbox.h"
#include "net/settings.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A worker: a thread with an event loop that owns connections. One round of the loop:
 *   wait -> take mail -> read and cut lines -> enter the hub, execute them all -> take mail
 *   (again while there is more to read, for 2 ms at most)
 *   -> write once to each session with output -> fire timers.
 * What is done in it is in files of its own: acceptor, entry, round, flusher, and the roster of the
 * connections, which all of them share; the worker has the mail and puts the rest together.
 *
 * The same code serves thousands of connections on one thread, a few on each of N threads, or a
 * single one on a thread of its own.
 *
 * A worker with listeners accepts for all: it hands connections to the fleet (fleet.h), which says
 * who serves them.
 */
struct worker;

/* What a worker asks of the fleet; called on the worker's thread. */
struct worker_hooks {
    void *context;
    /*
     * A connection has been accepted and admitted: whose is it? True when it is `self`'s; else it
     * has been handed on (worker_assign), or closed and given back to the admission.
     */
    bool (*assign)(void *context, struct worker *self, const struct order *order);
    void (*reap)(void *context, struct worker *worker);  /* ORDER_REAP has come */
    void (*stop)(void *context, struct worker *worker);  /* ORDER_STOP has come */
    void (*ended)(void *context, struct worker *worker); /* the last act of a small worker */
    void (*get_settings)(void *context, struct net_settings *settings_out);
};

struct worker_options {
    struct gate *gate;
    struct admission *admission;
    struct tls_server *tls; /* NULL: no listener is one of TLS */
    struct commits *commits;
    struct writer *writer;
    const struct worker_hooks *hooks; /* lives as long as the worker */
    struct listener *listeners;       /* borrowed; closed by the worker at ORDER_STOP */
    size_t listener_count;
    const char *name; /* of the thread; static */
    bool is_small;    /* for one connection: ends with it */
    bool fires_ticks; /* calls hub_tick when it is due */
};

/* NULL when there are no file descriptors left. Does not start a thread. */
CF_NODISCARD struct worker *worker_new(const struct worker_options *options);

/* The thread must have been joined. Sets *worker to NULL. */
void worker_free(struct worker **worker);

/* Starts the thread; again after it has ended and been joined. 0 or -errno. */
CF_NODISCARD int worker_start(struct worker *worker);
void worker_join(struct worker *worker);

/* Hands a connection (ORDER_ADOPT) to the worker, and counts it in its load. Any thread. */
void worker_assign(struct worker *worker, const struct order *order);

/* Counts a connection that the worker has kept for itself, or is about to get in an order. */
void worker_count_load(struct worker *worker);

/* It did not come to that. */
void worker_discount_load(struct worker *worker);

/* Lives as long as the worker. Any thread. */
struct mailbox *worker_mailbox(struct worker *worker);

/* How many connections it serves. Any thread; a moment ago. */
uint32_t worker_load(const struct worker *worker);

#endif
