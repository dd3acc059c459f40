#ifndef CONFAB_FLEET_H
#define CONFAB_FLEET_H

#include "base/err.h"
#include "net/gate.h"
#include "net/listener.h"
#include "net/settings.h"
#include "net/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fleet: all workers of the server, in one of two models.
 *   FLEET_SHARED      N workers, each with its share of the connections. One: the asynchronous
 *                     server, whose one thread also accepts.
 *   FLEET_PER_CLIENT  a thread for each client, and one that accepts.
 * The first worker accepts for all and calls hub_tick. Made, started and stopped by the main
 * thread; the rest happens on the workers.
 */
struct fleet;

enum fleet_model {
    FLEET_SHARED,
    FLEET_PER_CLIENT,
};

struct fleet_options {
    enum fleet_model model;
    uint32_t worker_count; /* of FLEET_SHARED: 1..LIMIT_WORKERS */
    struct net_settings settings;
    struct tls_server *tls;  /* borrowed; NULL: no listener is one of TLS */
    struct commits *commits; /* these two: borrowed */
    struct writer *writer;
    struct listener *listeners; /* taken over: closed by the fleet; the array is borrowed */
    size_t listener_count;
    struct str stop_reason; /* what users are told when the fleet stops; lives as long as it */
};

/* Starts the workers. NULL with a reason in err when the system refuses threads or descriptors. */
CF_NODISCARD struct fleet *fleet_start(struct gate *gate, const struct fleet_options *options,
                                       struct cf_err *err);

/* New settings for connections from now on. Any thread. */
void fleet_configure(struct fleet *fleet, const struct net_settings *settings);

/* Takes over a connected socket as if it had been accepted, as the operator's console. */
void fleet_add_console(struct fleet *fleet, int fd, const struct door *door);

/* hub_next_tick_ms has changed. Any thread. */
void fleet_wake_ticker(struct fleet *fleet);

/*
 * Stops: no more connections are accepted, everybody is told why, what is waiting is written, and
 * all threads are joined. Takes at most about 5 seconds.
 */
void fleet_stop(struct fleet *fleet);

/*
 * After fleet_stop, and when nobody else enters the gate any more: whoever has left it may still be
 * about to wake a worker. Frees the fleet and sets *fleet to NULL.
 */
void fleet_free(struct fleet **fleet);

#endif
