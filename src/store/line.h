#ifndef CONFAB_LINE_H
#define CONFAB_LINE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "hub/event.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is kept, as lines of text: each is a JSON object, whose "type" says what it is. People and
 * other programs can read them, and confab can take them back (docs/export.md describes them). A
 * field that is empty, zero or false is not written. Text that is no UTF-8 is {"base64": "..."}.
 * line_read.c and line_write.c are what knows the library for JSON (jansson). Pure; any thread.
 */

/* Values of "type" besides the names of layouts (hub/row_layout.h). */
#define LINE_TYPE_HEADER  "confab-export"
#define LINE_TYPE_MESSAGE "message" /* what somebody said */
#define LINE_TYPE_EVENT   "event"   /* what else happened */
#define LINE_TYPE_ROW     "row"     /* one without a layout */

/* Times are texts up to the end of the year 9999; behind it, numbers. */
#define LINE_ISO_MS_MAX INT64_C(253402300799999)

/* The value of a row takes no more than this; the largest is that of a channel. */
#define LINE_VALUE_BYTES_MAX ((size_t)2 * 1024 * 1024)

/* What a line takes at most; for buf_init of what lines are put into, one at a time. */
#define LINE_BYTES_MAX ((size_t)32 * 1024 * 1024)

/* The version of the form: "version" of the header. */
#define LINE_VERSION 1

/* The first line: {"type":"confab-export"...}. wall_ms: when it was made. */
void line_put_header(struct buf *out, int64_t wall_ms);

/* names: what the event is kept under (hub/record.h), with commas between. */
void line_put_event(struct buf *out, const struct event *event, struct str names);

/*
 * A row. Without secrets, what proves who one is (passwords' hashes) is left out. A row of a kind
 * that has no layout, or that does not fit its own, is put with its bytes in base64.
 */
void line_put_row(struct buf *out, uint32_t row, struct str key, struct str value,
                  bool has_secrets);

enum line_kind {
    LINE_HEADER,
    LINE_EVENT,
    LINE_ROW,
};

/* What a line says; zeroed it is none. */
struct line {
    enum line_kind kind;
    struct event *event; /* LINE_EVENT: one reference; its msgid is what the line says, or 0 */
    struct buf names;    /* LINE_EVENT: what it is to be kept under, as in a record */
    uint32_t row;        /* LINE_ROW */
    struct buf key;
    struct buf value;
};

void line_init(struct line *line);
void line_deinit(struct line *line);

/*
 * Reads one line, over what *line had. 0, or the code in err, whose text says what is wrong with
 * it: -EINVAL. What it gives can be kept: names, sizes and texts of events are checked; whether a
 * row makes sense is up to the hub.
 */
CF_NODISCARD int line_read(struct str text, struct line *line, struct cf_err *err);

#endif
