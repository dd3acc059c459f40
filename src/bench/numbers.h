#ifndef CONFAB_BENCH_NUMBERS_H
#define CONFAB_BENCH_NUMBERS_H

#include "base/attr.h"
#include "server/command_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Command lines of benchmarks whose options are numbers, and the middle of what they measure. */
struct bench_number {
    const char *name;
    uint64_t *value; /* keeps what it has without the option */
    uint64_t min;
    uint64_t max;
    const char *text; /* used by bench_numbers_read */
};

/* Reads them, with others besides. False when it is wrong, and that has been said, or has been
 * answered: then *status_out is the exit status. */
CF_NODISCARD bool bench_numbers_read(const char *usage, struct bench_number *numbers, size_t count,
                                     const struct command_option *others, size_t other_count,
                                     int argc, char **argv, int *status_out);

/* Sorts them. count: 1 or more. */
double bench_median(double *values, size_t count);

#endif
