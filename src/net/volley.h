#ifndef CONFAB_VOLLEY_H
#define CONFAB_VOLLEY_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * A volley: writes to many sockets, each once, with one system call for all where the kernel has
 * io_uring and allows it (containers often do not), else with one for each. None of them waits
 * for a socket, and all are over when volley_send returns: nobody but the caller ever owns the
 * bytes. Measured, that saves a fifth to a quarter of the CPU time of a write on loopback
 * (docs/performance.md).
 *
 * Reading stays with the poller. One owner thread, which also calls volley_init.
 */
struct volley_ring;

/* Pieces of one write; what has more is written alone. */
#define VOLLEY_PIECES_MAX 8

struct shot {
    int fd;
    struct iovec pieces[VOLLEY_PIECES_MAX];
    size_t piece_count;
    ssize_t result; /* bytes that the kernel has taken, or -errno */

    /* The volley's own: */
    struct msghdr message;
};

struct volley {
    struct volley_ring *ring; /* NULL: one system call for each */
};

/* Writes of one volley. */
#define VOLLEY_SHOTS_MAX 128

/* wants_ring: false leaves io_uring alone. Never fails. */
void volley_init(struct volley *volley, bool wants_ring);
void volley_deinit(struct volley *volley);

/* Sends each shot's pieces and sets its result. The sockets differ. count: <= VOLLEY_SHOTS_MAX */
void volley_send(struct volley *volley, struct shot *shots, size_t count);

/* One write of its own, for what needs no volley. Bytes taken, or -errno. */
CF_NODISCARD ssize_t volley_send_alone(int fd, struct iovec *pieces, size_t count);

#endif
