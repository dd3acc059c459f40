#ifndef CONFAB_ROUND_H
#define CONFAB_ROUND_H

#include "base/buf.h"
#include "net/entry.h"
#include "net/gate.h"
#include "net/roster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A round of reading: lines are cut from what has come for the connections that are ready, and all
 * of them are executed under one lock of the hub. A round is bounded by its memory, its lines and
 * by how many sessions they go to; what does not fit has its turn in the next one, before those
 * who had one in this.
 *
 * Belongs to one worker and its thread.
 */
struct round_line;

struct round_options {
    struct roster *roster; /* these three: borrowed */
    struct entry *entry;
    struct gate *gate;
    bool is_small;    /* for one connection */
    bool fires_ticks; /* calls hub_tick when it is due */
};

struct round {
    struct round_options options; /* immutable */
    uint32_t home;                /* the worker's; set by it before the first round */
    char *scratch;                /* what is read, until the lines have been executed */
    size_t scratch_bytes;
    struct round_line *lines;
    size_t line_capacity;
    size_t line_count;
    struct conn_array conns;
    size_t listing_count; /* of these, those that go on with a long answer */
    struct buf answer;    /* of a door */
};

/* Zeroed memory. */
void round_init(struct round *round, const struct round_options *options);
void round_deinit(struct round *round);

/* Takes connections that are ready, and cuts their lines, until the round is full. */
void round_collect(struct round *round);

/* All that this worker wants of the hub in this round, under one lock: takes the gate. */
void round_visit_hub(struct round *round);

/* What becomes of the connections after their lines have been executed. */
void round_finish(struct round *round);

#endif
