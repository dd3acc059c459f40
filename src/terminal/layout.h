#ifndef CONFAB_LAYOUT_H
#define CONFAB_LAYOUT_H

#include "base/str.h"

#include <stddef.h>

/*
 * How a text lies on a screen that wraps it: which row and column a byte of it is at, with wide
 * (CJK) characters two columns wide and never cut in two at the edge. This is what the line of
 * input is drawn and erased by. Pure, any thread.
 *
 * The text is valid UTF-8 without control characters.
 */
struct layout {
    size_t rows;          /* that the text takes, at least 1 */
    size_t cursor_row;    /* from 0 */
    size_t cursor_column; /* from 0, always below the number of columns */
};

/*
 * columns: at least 2. cursor: byte of text, at most text.len. A cursor behind a full row is at
 * the start of the next one, which counts as a row.
 */
struct layout layout_measure(struct str text, size_t cursor, size_t columns);

/*
 * The part of text that lies in `count` rows from `first` on; less when there are fewer.
 * *start_out: the byte of text at which it starts.
 */
struct str layout_rows(struct str text, size_t columns, size_t first, size_t count,
                       size_t *start_out);

#endif
