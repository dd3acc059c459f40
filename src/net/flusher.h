#ifndef CONFAB_FLUSHER_H
#define CONFAB_FLUSHER_H

#include "base/list.h"
#include "net/roster.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes what the distributor has for connections: what is for few at once, large fan-outs in
 * slices, and many writes with one system call where the kernel has io_uring.
 *
 * Large fan-outs are written in passes, each over all recipients that have something when it
 * begins, in slices between which other work is done; what comes for them afterwards waits for the
 * next pass. A pass begins a moment after the first message of a busy channel, and while there is
 * more to read a little later, so that what all its senders are about to say goes out with one
 * write: else the first recipients would be written to twice. Nothing out of the blue waits.
 *
 * Belongs to one worker and its thread.
 */
struct salvo;

struct flusher {
    struct roster *roster; /* borrowed */
    struct salvo *salvo;   /* owned; NULL: writes one by one */
    struct list pass;      /* recipients of large fan-outs that are being written to */
    int64_t gathering_ns;  /* since when others wait for the next pass; 0: none do */
};

/* Zeroed memory. */
void flusher_init(struct flusher *flusher, struct roster *roster);

/* From now on with io_uring, if the kernel allows it. The ring belongs to the calling thread, which
 * also has to close it. */
void flusher_open_ring(struct flusher *flusher);

/* Nothing happens when there is none. */
void flusher_close_ring(struct flusher *flusher);

/* Writes what is to be written in this round. has_more_input: something can be read at once. */
void flusher_write(struct flusher *flusher, bool has_more_input);

#endif
