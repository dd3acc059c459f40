/* The times of messages; see server_time.h. */
#include "base/server_time.h"

#include "base/number.h"

/* Takes `digits` digits and the separator behind them. */
static bool
take_number(struct str *rest, size_t digits, char separator, uint64_t min, uint64_t max,
            int64_t *out)
{
    uint64_t number;
    if (rest->len <= digits || rest->ptr[digits] != separator ||
        !number_parse_u64(str_take(*rest, digits), max, &number) || number < min)
        return false;
    *rest = str_skip(*rest, digits + 1);
    *out = (int64_t)number;
    return true;
}

/* Days since 1970-01-01: the year is taken to begin in March, so that the leap day is its last. */
static int64_t
days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t era = march_year / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t march_month = (month + 9) % 12;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool
server_time_parse(struct str text, int64_t *wall_ms_out)
{
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t millisecond;
    struct str rest = text;
    bool is_time =
        take_number(&rest, 4, '-', 1970, 9999, &year) &&
        take_number(&rest, 2, '-', 1, 12, &month) && take_number(&rest, 2, 'T', 1, 31, &day) &&
        take_number(&rest, 2, ':', 0, 23, &hour) && take_number(&rest, 2, ':', 0, 59, &minute) &&
        take_number(&rest, 2, '.', 0, 60, &second) &&
        take_number(&rest, 3, 'Z', 0, 999, &millisecond) && rest.len == 0;
    if (!is_time)
        return false;
    int64_t seconds =
        days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *wall_ms_out = seconds * 1000 + millisecond;
    return true;
}
