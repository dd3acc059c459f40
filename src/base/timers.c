/* Binary heap of deadlines; see timers.h. */
#include "base/timers.h"

#include "base/alloc.h"

#include <assert.h>

void
timers_deinit(struct timers *timers)
{
    cf_free(timers->heap);
    *timers = (struct timers){0};
}

static bool
is_before(const struct timer *a, const struct timer *b)
{
    if (a->deadline_ms != b->deadline_ms)
        return a->deadline_ms < b->deadline_ms;
    return a->serial < b->serial;
}

/* Positions are 1-based: children of p are 2p and 2p+1. */
static void
put_at(struct timers *timers, size_t position, struct timer *timer)
{
    timers->heap[position - 1] = timer;
    timer->position = position;
}

static void
sift_up(struct timers *timers, struct timer *timer)
{
    size_t at = timer->position;
    while (at > 1) {
        struct timer *parent = timers->heap[at / 2 - 1];
        if (!is_before(timer, parent))
            break;
        put_at(timers, at, parent);
        at /= 2;
    }
    put_at(timers, at, timer);
}

static void
sift_down(struct timers *timers, struct timer *timer)
{
    size_t at = timer->position;
    for (;;) {
        size_t child = at * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && is_before(timers->heap[child], timers->heap[child - 1]))
            child++;
        if (!is_before(timers->heap[child - 1], timer))
            break;
        put_at(timers, at, timers->heap[child - 1]);
        at = child;
    }
    put_at(timers, at, timer);
}

void
timers_set(struct timers *timers, struct timer *timer, int64_t deadline_ms)
{
    timers_clear(timers, timer);
    timers->heap = cf_array_reserve(timers->heap, &timers->capacity, timers->count + 1,
                                    sizeof(struct timer *));
    timer->deadline_ms = deadline_ms;
    timer->serial = timers->next_serial++;
    timers->count++;
    put_at(timers, timers->count, timer);
    sift_up(timers, timer);
}

void
timers_clear(struct timers *timers, struct timer *timer)
{
    if (timer->position == 0)
        return;
    assert(timer->position <= timers->count);
    assert(timers->heap[timer->position - 1] == timer);
    size_t hole = timer->position;
    struct timer *last = timers->heap[timers->count - 1];
    timers->count--;
    timer->position = 0;
    if (last == timer)
        return;
    put_at(timers, hole, last);
    sift_up(timers, last);
    sift_down(timers, last);
}

bool
timer_is_set(const struct timer *timer)
{
    return timer->position != 0;
}

int64_t
timers_next_ms(const struct timers *timers)
{
    return timers->count == 0 ? INT64_MAX : timers->heap[0]->deadline_ms;
}

struct timer *
timers_take_due(struct timers *timers, int64_t now_ms)
{
    if (timers->count == 0 || timers->heap[0]->deadline_ms > now_ms)
        return NULL;
    struct timer *due = timers->heap[0];
    timers_clear(timers, due);
    return due;
}
