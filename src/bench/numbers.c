/* Options that are numbers, and medians; see numbers.h. */
#include "bench/numbers.h"

#include "base/number.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

bool
bench_numbers_read(const char *usage, struct bench_number *numbers, size_t count,
                   const struct command_option *others, size_t other_count, int argc, char **argv,
                   int *status_out)
{
    struct command_option options[COMMAND_OPTIONS_MAX];
    assert(count + other_count <= COMMAND_OPTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        options[i] = (struct command_option){.name = numbers[i].name, .text = &numbers[i].text};
    for (size_t i = 0; i < other_count; i++)
        options[count + i] = others[i];
    const struct command_line line = {usage, options, count + other_count};
    int rest;
    if (!command_line_read(&line, argc, argv, stdout, stderr, &rest, status_out))
        return false;
    *status_out = 2;
    if (rest < argc) {
        (void)fprintf(stderr, "%s: no option: %s\n", argv[0], argv[rest]);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (numbers[i].text == NULL)
            continue;
        if (!number_parse_u64(str_from_nul(numbers[i].text), numbers[i].max, numbers[i].value) ||
            *numbers[i].value < numbers[i].min) {
            (void)fprintf(stderr, "%s: --%s must be from %llu to %llu\n", argv[0], numbers[i].name,
                          (unsigned long long)numbers[i].min, (unsigned long long)numbers[i].max);
            return false;
        }
    }
    return true;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

double
bench_median(double *values, size_t count)
{
    assert(count > 0);
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
