#ifndef CONFAB_CIVIL_H
#define CONFAB_CIVIL_H

#include "base/buf.h"

#include <stdint.h>

/*
 * Calendar dates from milliseconds since 1970-01-01 UTC: pure arithmetic on the proleptic
 * Gregorian calendar, without libc's zones and locale, so that the hub may use it.
 */
struct civil {
    int32_t year;
    uint8_t month;
    uint8_t day;
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
    uint8_t weekday; /* 0 = Sunday */
    uint16_t millisecond;
};

/* Any moment: a local time may lie before 1970 while the machine's clock is not set yet. */
struct civil civil_from_ms(int64_t wall_ms);

/*
 * "2026-11-23T19:24:05.123Z": 24 bytes, as IRCv3 server-time asks. Stands still outside the years
 * 0000 to 9999, which have no such text.
 */
void civil_put_iso(struct buf *out, int64_t wall_ms);

/* "Mon Nov 23 2026 19:24:05 UTC", for people (RPL_CREATED, RPL_TIME). */
void civil_put_human(struct buf *out, int64_t wall_ms);

#endif
