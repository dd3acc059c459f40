#ifndef CONFAB_ROSTER_H
#define CONFAB_ROSTER_H

#include "base/alloc.h"
#include "base/list.h"
#include "base/log.h"
#include "base/timers.h"
#include "net/admission.h"
#include "net/conn.h"
#include "net/distributor.h"
#include "net/poller.h"
#include "net/settings.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The roster of a worker: its connections, all of them in the distributor's peers. It knows which
 * have something to do, when each has to be looked at again, and of which the hub has yet to be
 * told that they have come or are over; and it leads them to their end:
 *
 *   roster_leave -> the hub is told, and closes the session -> what is left is written
 *   -> the peer hangs up, or is given up -> dead -> freed between two rounds
 *
 * Those that the hub does not know begin to close at once. Whatever ends a connection goes through
 * here, so that nobody else has to know how far it has come.
 *
 * Belongs to one worker and its thread, as everything here.
 */
struct conn_array {
    struct conn **items;
    size_t count;
    size_t capacity;
};

struct roster {
    struct poller *poller;       /* borrowed, as the next two */
    struct admission *admission; /* counts them */
    struct writer *writer;

    struct net_settings settings; /* set by the worker, as is the time of the round */
    int64_t now_ms;
    struct distributor distributor;
    struct timers timers;
    struct list ready;           /* those with something to do */
    struct conn_array arrivals;  /* not yet known to the hub */
    struct conn_array leaving;   /* with a detach_reason */
    struct conn_array dead;      /* not freed yet: somebody may still look at them in this round */
    struct log_limiter unwanted; /* who was not let in */
};

/* Adds a connection at the end. */
static inline void
conn_array_add(struct conn_array *array, struct conn *conn)
{
    array->items =
        cf_array_reserve(array->items, &array->capacity, array->count + 1, sizeof(struct conn *));
    array->items[array->count++] = conn;
}

/* Zeroed memory; settings and time are set later. What it is given lives longer. */
void roster_init(struct roster *roster, struct poller *poller, struct admission *admission,
                 struct writer *writer);

/* All connections must have been freed. */
void roster_deinit(struct roster *roster);

/* --- what is to be done --- */

/* The connection has its turn in the next round; once, and not any more when it is dead. */
void roster_serve_soon(struct roster *roster, struct conn *conn);

/* The hub is to be told, in the next round, that the connection has come. */
void roster_arrive(struct roster *roster, struct conn *conn);

/*
 * Sets the connection's timer when its next deadline is earlier than what it is set to; a later one
 * is found when it fires. So input does not move timers.
 */
void roster_arm(struct roster *roster, struct conn *conn);

/*
 * A connection's timer has fired: does what is due, if it still is. What has been done is no longer
 * a deadline afterwards, or the timer would fire again in the same round, without end.
 */
void roster_take_timer(struct roster *roster, struct conn *conn);

/* --- ends --- */

/*
 * The connection is over: the hub is to be told in the next round; one that it does not know is
 * turned away. reason: static. Nothing happens when it is closing already.
 */
void roster_leave(struct roster *roster, struct conn *conn, const char *reason);

/* Ends a connection that the hub does not know, and says in the log why. */
void roster_turn_away(struct roster *roster, struct conn *conn, const char *reason);

/* The line of the log about somebody who is not let in; there are not more of them than the log
 * can stand. */
void roster_log_unwanted(struct roster *roster, const char *message, const struct address *address,
                         const char *reason);

/* From now on the connection is only written to, until all is written or its time is over. */
void roster_begin_closing(struct roster *roster, struct conn *conn);

/* A closing connection: goes on towards its end as far as it can now. */
void roster_proceed_closing(struct roster *roster, struct conn *conn);

/* Nothing more can be done with it: it is freed at the end of the round. */
void roster_bury(struct roster *roster, struct conn *conn);

/* The server stops: who has not got to the hub yet will not be told by it. */
void roster_drop_entering(struct roster *roster);

/* The time for a decent end is over: drops the connections that are left. */
void roster_drop_all(struct roster *roster);

/* Between rounds: frees the dead. Returns how many they were. */
uint32_t roster_free_dead(struct roster *roster);

#endif
