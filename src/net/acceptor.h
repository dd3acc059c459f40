#ifndef CONFAB_ACCEPTOR_H
#define CONFAB_ACCEPTOR_H

#include "base/attr.h"
#include "base/log.h"
#include "base/timers.h"
#include "net/listener.h"
#include "net/mailbox.h"
#include "net/roster.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes connections from listeners and asks whether they are let in. Who serves them is not its
 * business: it makes the order for whoever that is. Without file descriptors it keeps one to refuse
 * with, so that nobody hangs unanswered and no listener spins.
 *
 * Belongs to the one worker with listeners, and its thread; others have an empty one.
 */
struct listener_tag;

struct acceptor {
    struct roster *roster; /* borrowed: for time, settings, timers and admission */
    struct listener *listeners;
    size_t listener_count;
    struct listener_tag *tags; /* owned; what the poller gives back begins with TAG_LISTENER */
    bool is_open;              /* it has listeners, and they have not been closed */
    int spare_fd;              /* given up to accept and refuse when there are no others */
    struct timer timer;        /* to be given to acceptor_resume when it fires */
    struct log_limiter failures;
};

enum accept_result {
    ACCEPT_NONE,     /* nobody is there any more */
    ACCEPT_REFUSED,  /* somebody was, and is not let in; or has gone again */
    ACCEPT_ADMITTED, /* the order is filled */
};

/* Zeroed memory; listeners: borrowed until acceptor_close, which closes them. Puts them into the
 * roster's poller: 0 or -errno. acceptor_deinit also when that fails. */
CF_NODISCARD int acceptor_init(struct acceptor *acceptor, struct roster *roster,
                               struct listener *listeners, size_t count);

/* Closes what is still open. */
void acceptor_deinit(struct acceptor *acceptor);

/*
 * The next connection at the listener whose tag the poller gave. An admitted one is counted by the
 * admission, and the socket in *order_out is the caller's.
 */
CF_NODISCARD enum accept_result acceptor_next(struct acceptor *acceptor, struct listener_tag *tag,
                                              struct order *order_out);

/* The timer has fired: there may be file descriptors again. */
void acceptor_resume(struct acceptor *acceptor);

/* The server stops: closes the listeners. Nothing happens when they are closed. */
void acceptor_close(struct acceptor *acceptor);

#endif
