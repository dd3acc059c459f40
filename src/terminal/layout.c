/* Rows and columns of a wrapped text; see layout.h. */
#include "terminal/layout.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>

/* Walks a text: where its next character lies. */
struct place {
    size_t at; /* byte */
    size_t row;
    size_t column;
};

/* The bytes and columns of the character at `at`. A byte that is no UTF-8 counts as one column. */
static size_t
measure(struct str text, size_t at, size_t *width_out)
{
    uint32_t code_point = 0;
    size_t len = utf8_decode(str_skip(text, at), &code_point);
    *width_out = len == 0 ? 1 : utf8_code_point_columns(code_point);
    return len == 0 ? 1 : len;
}

/* Moves to the next row when the character at the place does not fit into this one. */
static void
wrap(struct str text, struct place *place, size_t columns)
{
    if (place->at == text.len) {
        if (place->column == columns) {
            place->row++;
            place->column = 0;
        }
        return;
    }
    size_t width;
    (void)measure(text, place->at, &width); /* only the width */
    bool is_combining = width == 0;
    if (!is_combining && place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
}

static void
advance(struct str text, struct place *place)
{
    size_t width;
    place->at += measure(text, place->at, &width);
    place->column += width;
}

struct layout
layout_measure(struct str text, size_t cursor, size_t columns)
{
    assert(columns >= 2);
    assert(cursor <= text.len);
    struct layout layout = {.rows = 1};
    struct place place = {.at = 0};
    for (;;) {
        wrap(text, &place, columns);
        if (place.at <= cursor) {
            layout.cursor_row = place.row;
            layout.cursor_column = place.column;
        }
        if (place.at >= text.len)
            break;
        advance(text, &place);
    }
    /* A combining character behind a full row: the cursor stays at the edge. */
    if (layout.cursor_column == columns)
        layout.cursor_column = columns - 1;
    layout.rows = place.row + 1;
    return layout;
}

struct str
layout_rows(struct str text, size_t columns, size_t first, size_t count, size_t *start_out)
{
    assert(columns >= 2);
    assert(count > 0);
    struct place place = {.at = 0};
    size_t start = text.len;
    size_t end = text.len;
    bool has_start = false;
    while (place.at < text.len) {
        wrap(text, &place, columns);
        if (!has_start && place.row >= first) {
            start = place.at;
            has_start = true;
        }
        if (place.row >= first + count) {
            end = place.at;
            break;
        }
        advance(text, &place);
    }
    *start_out = start;
    return str_take(str_skip(text, start), end - start);
}
