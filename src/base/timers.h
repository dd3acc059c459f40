#ifndef CONFAB_TIMERS_H
#define CONFAB_TIMERS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Deadlines in a binary heap, embedded in what they belong to. Ties fire in the order they were
 * set, so that replay is exact. A zeroed timer is not set. One owner (thread or lock).
 */
struct timer {
    int64_t deadline_ms; /* in whatever clock the owner uses */
    uint64_t serial;
    size_t position; /* in the heap, 1-based; 0: not set */
};

struct timers {
    struct timer **heap;
    size_t count;
    size_t capacity;
    uint64_t next_serial;
};

/* A zeroed struct timers is empty and ready. Frees the heap, not the timers. */
void timers_deinit(struct timers *timers);

/* Sets or moves the timer; it stays owned by the caller, who must clear it before freeing it. */
void timers_set(struct timers *timers, struct timer *timer, int64_t deadline_ms);

/* Does nothing when it is not set. */
void timers_clear(struct timers *timers, struct timer *timer);

bool timer_is_set(const struct timer *timer);

/* Earliest deadline, or INT64_MAX when none is set. */
int64_t timers_next_ms(const struct timers *timers);

/* Takes out and returns the earliest timer that is due at now_ms, or NULL. */
struct timer *timers_take_due(struct timers *timers, int64_t now_ms);

#endif
