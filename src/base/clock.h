#ifndef CONFAB_CLOCK_H
#define CONFAB_CLOCK_H

#include <stdint.h>

/*
 * The only place that reads clocks. Never used by the hub: times come in to it. Any thread.
 */

/* Since an unknown point, never backwards: for deadlines and intervals. */
int64_t clock_monotonic_ns(void);
int64_t clock_monotonic_ms(void);

/* Since 1970-01-01 UTC: for what people and logs see. May jump. */
int64_t clock_wall_ms(void);

/* Seconds that local time is ahead of UTC at the given moment (the zone of the process). */
int32_t clock_utc_offset_s(int64_t wall_ms);

#endif
