/*
 * Lines of what is kept (store/line.h): what can be read is written as a line that says the same,
 * is written the same again, and can be kept.
 */
#include "fuzz.h"
#include "hub/record.h"
#include "hub/row_check.h"
#include "store/form.h"
#include "store/line.h"

#include <assert.h>

/* What the line says, as a line. */
static void
put(struct buf *out, const struct line *line)
{
    if (line->kind == LINE_EVENT)
        line_put_event(out, line->event, buf_str(&line->names));
    else
        line_put_row(out, line->row, buf_str(&line->key), buf_str(&line->value), true);
}

/* The form on disk has no texts but those of the event. */
static void
check_form(const struct event *event)
{
    struct buf body;
    buf_init(&body, FORM_BYTES_MAX);
    form_put(&body, event, STR("#other"));
    struct event *again = form_read(buf_str(&body), &(struct form_columns){
                                                        .msgid = event->msgid,
                                                        .source = event->source,
                                                        .account = event->account,
                                                        .target_name = STR("#other"),
                                                    });
    assert(again != NULL);
    assert(event_is_same(event, again));
    event_unref(&again);
    buf_deinit(&body);
}

/* Whatever is in a row: it is sound, or something can be said about it. */
static void
check_row(const struct line *line)
{
    const struct row_layout *layout = row_layout_of(line->row);
    struct row_fault fault;
    struct buf text;
    buf_init(&text, 1024);
    if (layout != NULL && !row_check(layout, buf_str(&line->key), buf_str(&line->value), &fault)) {
        row_fault_put(&text, &fault);
        assert(text.len > 0 && !text.is_truncated);
    }
    buf_deinit(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct line line;
    struct line again;
    struct cf_err err;
    line_init(&line);
    line_init(&again);
    struct buf text;
    struct buf text_again;
    buf_init(&text, LINE_BYTES_MAX);
    int result = line_read((struct str){.ptr = (const char *)data, .len = size}, &line, &err);
    if (result == 0 && line.kind != LINE_HEADER) {
        if (line.kind == LINE_ROW)
            check_row(&line);
        put(&text, &line);
        result = line_read(buf_str(&text), &again, &err);
        assert(result == 0);
        assert(again.kind == line.kind);
        assert(again.row == line.row);
        assert(str_equal(buf_str(&again.names), buf_str(&line.names)));
        assert(str_equal(buf_str(&again.key), buf_str(&line.key)));
        buf_init(&text_again, LINE_BYTES_MAX);
        put(&text_again, &again);
        assert(str_equal(buf_str(&text_again), buf_str(&text)));
        buf_deinit(&text_again);
        if (line.kind == LINE_EVENT) {
            assert(event_is_same(line.event, again.event));
            check_form(line.event);
        }
    }
    buf_deinit(&text);
    line_deinit(&again);
    line_deinit(&line);
    return 0;
}
