#ifndef CONFAB_PACE_H
#define CONFAB_PACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * How much is done at a time, of work that others wait for meanwhile: what takes longer than it may
 * is done in smaller steps from then on, what is done sooner in larger ones. One slow step, as any
 * disk has them, makes the next one no smaller than half, and takes a few to be made up for.
 */
struct pace {
    size_t min;
    size_t max;
    size_t size; /* of the next step */
};

/* 0 < min <= max; it begins with the least. */
struct pace pace_of(size_t min, size_t max);

/* A step of `size` has taken so long, and may take may_ns, which is above 0. */
void pace_note(struct pace *pace, int64_t took_ns, int64_t may_ns);

#endif
