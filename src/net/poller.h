#ifndef CONFAB_POLLER_H
#define CONFAB_POLLER_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waiting for file descriptors: epoll behind the smallest interface that the worker needs, so that
 * another backend can stand in. One owner thread; poller_wait is its only blocking call.
 *
 * Connections are edge-triggered and registered once, for both directions: nothing is changed on
 * the hot path. Whoever has been told "readable" remembers it until a read finds nothing more.
 * Listeners and eventfds are level-triggered.
 */
struct poller {
    int epoll_fd;
};

struct poller_event {
    void *tag;
    bool is_readable;
    bool is_ending; /* the peer has sent all it will, or there is an error: reads will tell */
    bool is_writable;
};

/* Most events taken at a time. */
#define POLLER_EVENTS_MAX 256

/* 0 or -errno. */
CF_NODISCARD int poller_init(struct poller *poller);
void poller_deinit(struct poller *poller);

/*
 * tag: given back with events; fd stays the caller's. Before it is closed it has to be removed:
 * while another process holds it, too - one that was made and has not begun its program yet -
 * closing it here does not end its events. 0 or -errno.
 */
CF_NODISCARD int poller_add_connection(struct poller *poller, int fd, void *tag);
CF_NODISCARD int poller_add_level(struct poller *poller, int fd, void *tag);

/* There are no events of the fd any more. Nothing happens when it is not watched. */
void poller_remove(struct poller *poller, int fd);

/* Stops and starts watching a level-triggered fd. */
void poller_pause_level(struct poller *poller, int fd, void *tag);
void poller_resume_level(struct poller *poller, int fd, void *tag);

/* Waits at most timeout_ms (-1: for ever). Returns how many events are in `events`. */
size_t poller_wait(struct poller *poller, int timeout_ms,
                   struct poller_event events[POLLER_EVENTS_MAX]);

#endif
