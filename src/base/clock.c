/* Reading clocks; see clock.h. */
#include "base/clock.h"

#include <assert.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
    struct timespec now;
    int result = clock_gettime(id, &now);
    assert(result == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_ms(void)
{
    return read_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t
clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

int32_t
clock_utc_offset_s(int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL)
        return 0;
    return (int32_t)local.tm_gmtoff;
}
