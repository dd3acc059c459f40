/* How much is done at a time; see pace.h. */
#include "store/pace.h"

#include <assert.h>

struct pace
pace_of(size_t min, size_t max)
{
    assert(min > 0);
    assert(min <= max);
    return (struct pace){.min = min, .max = max, .size = min};
}

void
pace_note(struct pace *pace, int64_t took_ns, int64_t may_ns)
{
    assert(pace->size >= pace->min);
    assert(may_ns > 0);
    size_t least = pace->size / 2;
    size_t most = pace->size + pace->size / 4 + 1;
    /* As a fraction, since what it takes is not known to be more than nothing. */
    double ratio = took_ns > 0 ? (double)may_ns / (double)took_ns : 2;
    double fitting = (double)pace->size * ratio;
    size_t size = fitting < (double)most ? (size_t)fitting : most;
    if (took_ns < may_ns && size == pace->size)
        size++; /* else what is constant would keep it where it is */
    size = size < least ? least : size;
    size = size > pace->max ? pace->max : size;
    pace->size = size < pace->min ? pace->min : size;
}
