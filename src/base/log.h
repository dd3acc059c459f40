#ifndef CONFAB_LOG_H
#define CONFAB_LOG_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Log lines: one event, one line, one write(), logfmt:
 *     ts=2026-11-23T19:24:05.123Z level=info module=net msg="client connected" conn=12 addr=::1
 * Never called by the hub or with a lock held. No text of users above debug, never secrets.
 * Any thread; never blocks but for the write itself.
 */
enum log_level {
    LOG_DEBUG,
    LOG_INFO,  /* life cycle */
    LOG_WARN,  /* odd, but handled */
    LOG_ERROR, /* a human must act */
};

struct log_field {
    const char *key;
    struct str text; /* when ptr is not NULL */
    int64_t number;  /* else */
};

#define LOG_STR(name, value) ((struct log_field){.key = (name), .text = (value)})
#define LOG_NUM(name, value) ((struct log_field){.key = (name), .number = (int64_t)(value)})
/* For an errno code, positive. */
#define LOG_ERRNO(code)      ((struct log_field){.key = "error", .text = str_from_nul(errno_text(code))})

/* log_line(LOG_INFO, "net", "client connected", LOG_NUM("conn", 12)); at least one field. */
#define log_line(level, module, message, ...)                                   \
    log_fields(level, module, message, (const struct log_field[]){__VA_ARGS__}, \
               sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* What log_line calls. Strings are borrowed; a line that gets too long is cut. */
void log_fields(enum log_level level, const char *module, const char *message,
                const struct log_field *fields, size_t field_count);

/* Once at start, before threads: lines under `level` are dropped; fd stays the caller's. */
void log_open(int fd, enum log_level level);

/* May be called at any time from any thread. */
void log_set_level(enum log_level level);

/* "debug", "info", "warn", "error"; false when it is none of them. */
CF_NODISCARD bool log_level_parse(struct str text, enum log_level *level_out);

/* A guard against the same line a thousand times a second. Zeroed at first. One owner thread. */
struct log_limiter {
    int64_t last_ms;
    uint64_t skipped;
};

/*
 * Whether the caller may log now: at most once a second. *skipped_out, written only then, counts
 * the calls since the last time. now_ms: monotonic.
 */
bool log_limiter_allows(struct log_limiter *limiter, int64_t now_ms, uint64_t *skipped_out);

#endif
