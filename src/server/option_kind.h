#ifndef CONFAB_OPTION_KIND_H
#define CONFAB_OPTION_KIND_H

#include "base/buf.h"
#include "server/config.h"
#include "server/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How values of each type of option are read and written. For option_value.c, which finds the
 * fields; everybody else uses that. Constant; reading has the threads of the config.
 */

/* A text on its way into a field. */
struct option_input {
    const struct option *option;
    struct str text; /* lives as long as config */
    struct config *config;
    struct buf *why;
};

/* What min and max of an option bound. */
enum option_range {
    OPTION_RANGE_NONE,
    OPTION_RANGE_VALUE,
    OPTION_RANGE_BYTES,
    OPTION_RANGE_ITEMS,
};

struct option_kind {
    const char *noun;   /* for people: "a duration" */
    size_t field_bytes; /* of a field, or of one item of a list */
    enum option_range range;
    bool is_text;  /* may hold any characters */
    bool is_words; /* some words, with commas */

    /* Writes the field, or appends to why what is wrong and what to write instead. */
    bool (*read)(const struct option_input *in, void *field);

    /* Appends the field as text that read takes. */
    void (*put)(const void *field, struct buf *out);

    /* Appends min or max; of OPTION_RANGE_VALUE only. */
    void (*put_number)(uint64_t number, struct buf *out);
};

/* How values of the option are read and written. Never NULL. */
const struct option_kind *option_kind(const struct option *option);

/* "1s to 1d"; of OPTION_RANGE_VALUE only. */
void option_kind_put_bounds(const struct option *option, struct buf *out);

/* "2m": with the largest unit that divides it. */
void option_kind_put_duration(int64_t value_ms, struct buf *out);

#endif
