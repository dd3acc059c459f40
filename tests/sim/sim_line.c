/* What is kept can be written as a line, and read again as what it was: store/line.h. */
#include "hub/hub.h"
#include "hub/row.h"
#include "hub/row_check.h"
#include "hub/row_layout.h"
#include "sim/sim.h"
#include "store/line.h"

#include <inttypes.h>

static bool
is_same(const struct record *record, const struct line *line)
{
    if (record->kind == RECORD_EVENT)
        return line->kind == LINE_EVENT && event_is_same(record->event, line->event) &&
               record->event->seq == line->event->seq &&
               str_equal(record->targets, buf_str(&line->names));
    return line->kind == LINE_ROW && line->row == record->row &&
           str_equal(record->key, buf_str(&line->key)) &&
           str_equal(record->value, buf_str(&line->value));
}

static void
follow(struct sim *sim, const struct record *record, struct buf *text, struct line *line)
{
    struct cf_err err;
    buf_clear(text);
    if (record->kind == RECORD_EVENT) {
        line_put_event(text, record->event, record->targets);
    } else if (record->kind == RECORD_ROW) {
        const struct row_layout *layout = row_layout_of(record->row);
        struct row_fault fault = {.why = "is not in row_layout.c"};
        if (layout == NULL || !row_check(layout, record->key, record->value, &fault))
            sim_fail(sim, "the row \"%.*s\" of kind %" PRIu32 ": \"%.*s\" %s", STR_ARG(record->key),
                     record->row, STR_ARG(fault.field), fault.why);
        line_put_row(text, record->row, record->key, record->value, true);
    } else {
        return;
    }
    if (line_read(buf_str(text), line, &err) != 0)
        sim_fail(sim, "what is kept can't be read as a line: %s: %.*s", err.text,
                 STR_ARG(buf_str(text)));
    if (!is_same(record, line))
        sim_fail(sim, "what is kept is something else as a line: %.*s", STR_ARG(buf_str(text)));
}

void
sim_line_posting(struct sim *sim)
{
    const struct records *records = &hub_outbox(sim->rig->hub)->records;
    if (records->count == 0)
        return;
    struct buf text;
    struct line line;
    buf_init(&text, LINE_BYTES_MAX);
    line_init(&line);
    for (size_t i = 0; i < records->count; i++)
        follow(sim, &records->items[i], &text, &line);
    line_deinit(&line);
    buf_deinit(&text);
}
