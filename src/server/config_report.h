#ifndef CONFAB_CONFIG_REPORT_H
#define CONFAB_CONFIG_REPORT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is wrong with a configuration: all of it, so that `confab check` can tell in one go. Owns
 * its texts. One owner thread.
 */

/* Where in a file; both count from 1, columns in characters. Zeroed: nowhere in particular. */
struct config_place {
    uint32_t line;
    uint32_t column;
};

enum config_severity {
    CONFIG_ERROR,
    CONFIG_WARNING, /* allowed, but the administrator may not have meant it */
};

struct config_problem {
    enum config_severity severity;
    struct config_place place;
    char *text; /* "file:line:column: what is wrong; what to write instead" */
};

struct config_report {
    struct config_problem problems[LIMIT_CONFIG_PROBLEMS];
    size_t count;
    size_t error_count;
};

void config_report_init(struct config_report *report);
void config_report_deinit(struct config_report *report);

/*
 * Adds a problem, in the order of their places. source: the file, or the option of the command
 * line, which then has no place. Does nothing when the report is full.
 */
void config_report_add(struct config_report *report, enum config_severity severity,
                       const char *source, struct config_place place, const char *format, ...)
    CF_PRINTF(5, 6);

/* Whether it is not worth looking for more. */
bool config_report_is_full(const struct config_report *report);

/* The first error, and how many more there are; there must be one. Returns err->code. */
int config_report_get_err(const struct config_report *report, struct cf_err *err);

#endif
