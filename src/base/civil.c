/* Calendar arithmetic; see civil.h. Method: days to civil by 400-year eras, March first. */
#include "base/civil.h"

#define MS_PER_DAY        86400000
#define DAYS_PER_ERA      146097 /* 400 years */
#define DAYS_TO_ERA_START 719468 /* 0000-03-01 to 1970-01-01 */

/* First and last moment of the years 0000 and 9999. */
#define ISO_MS_MIN INT64_C(-62167219200000)
#define ISO_MS_MAX INT64_C(253402300799999)

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Division that rounds down, also before 1970; divisor: above 0. */
static int64_t
floor_divide(int64_t number, int32_t divisor)
{
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

/* What is left by it: 0..divisor - 1. */
static int32_t
floor_rest(int64_t number, int32_t divisor)
{
    int32_t rest = (int32_t)(number % divisor);
    return rest < 0 ? rest + divisor : rest;
}

struct civil
civil_from_ms(int64_t wall_ms)
{
    int64_t days = floor_divide(wall_ms, MS_PER_DAY);
    int32_t rest_ms = floor_rest(wall_ms, MS_PER_DAY);

    int64_t shifted = days + DAYS_TO_ERA_START;
    int64_t era = floor_divide(shifted, DAYS_PER_ERA);
    int32_t day_of_era = floor_rest(shifted, DAYS_PER_ERA);
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int32_t year = (int32_t)era * 400 + year_of_era + (month <= 2 ? 1 : 0);

    return (struct civil){
        .year = year,
        .month = (uint8_t)month,
        .day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (uint8_t)(rest_ms / 3600000),
        .minute = (uint8_t)(rest_ms / 60000 % 60),
        .second = (uint8_t)(rest_ms / 1000 % 60),
        .weekday = (uint8_t)floor_rest(days + 4, 7), /* 1970-01-01 was a Thursday */
        .millisecond = (uint16_t)(rest_ms % 1000),
    };
}

static void
put_digits(char *out, int32_t number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Written by hand: it is rendered for every message, and printf costs five times as much. */
void
civil_put_iso(struct buf *out, int64_t wall_ms)
{
    if (wall_ms < ISO_MS_MIN)
        wall_ms = ISO_MS_MIN;
    if (wall_ms > ISO_MS_MAX)
        wall_ms = ISO_MS_MAX;
    struct civil at = civil_from_ms(wall_ms);
    char text[] = "0000-00-00T00:00:00.000Z";
    put_digits(text, at.year, 4);
    put_digits(text + 5, at.month, 2);
    put_digits(text + 8, at.day, 2);
    put_digits(text + 11, at.hour, 2);
    put_digits(text + 14, at.minute, 2);
    put_digits(text + 17, at.second, 2);
    put_digits(text + 20, at.millisecond, 3);
    buf_put(out, (struct str){.ptr = text, .len = sizeof text - 1});
}

void
civil_put_human(struct buf *out, int64_t wall_ms)
{
    struct civil at = civil_from_ms(wall_ms);
    buf_printf(out, "%s %s %02d %d %02d:%02d:%02d UTC", weekdays[at.weekday], months[at.month - 1],
               at.day, at.year, at.hour, at.minute, at.second);
}
