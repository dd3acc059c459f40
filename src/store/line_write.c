/* What is kept, as JSON lines: how they are written; see line.h. */
#include "store/line.h"

#include "base/civil.h"
#include "base/msgid.h"
#include "hub/row_layout.h"
#include "store/form.h"
#include "wire/base64.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>

#define BASE64_BYTES_MAX (2 * LINE_VALUE_BYTES_MAX)

/* --- values --- */

static json_t *
text_value(struct str text)
{
    json_t *value = json_stringn(text.len == 0 ? "" : text.ptr, text.len);
    if (value != NULL)
        return value;
    struct buf coded;
    buf_init(&coded, BASE64_BYTES_MAX);
    base64_put(&coded, text);
    value = json_object();
    (void)json_object_set_new(value, "base64", json_stringn(buf_str(&coded).ptr, coded.len));
    buf_deinit(&coded);
    return value;
}

/* jansson fails for want of memory only, as all of these do: a line would lack something. */
static void
set(json_t *object, const char *name, json_t *value)
{
    int result = json_object_set_new(object, name, value);
    assert(result == 0);
}

static void
set_text(json_t *object, const char *name, struct str text)
{
    if (text.len > 0)
        set(object, name, text_value(text));
}

/* Takes it over; what is empty is not written. */
static void
set_array(json_t *object, const char *name, json_t *array)
{
    if (json_array_size(array) > 0)
        set(object, name, array);
    else
        json_decref(array);
}

static void
set_number(json_t *object, const char *name, uint64_t number)
{
    char digits[24];
    if (number > INT64_MAX) {
        (void)snprintf(digits, sizeof digits, "%" PRIu64, number); /* it fits */
        set(object, name, json_string(digits));
    } else if (number != 0) {
        set(object, name, json_integer((json_int_t)number));
    }
}

static void
set_time(json_t *object, const char *name, uint64_t wall_ms)
{
    struct buf text;
    if (wall_ms == 0 || wall_ms > LINE_ISO_MS_MAX) {
        set_number(object, name, wall_ms);
        return;
    }
    buf_init(&text, 32);
    civil_put_iso(&text, (int64_t)wall_ms);
    set_text(object, name, buf_str(&text));
    buf_deinit(&text);
}

static int
put_bytes(const char *bytes, size_t len, void *out)
{
    buf_put(out, (struct str){.ptr = bytes, .len = len});
    return 0;
}

/* Appends the object as a line, and frees it. */
static void
put_line(struct buf *out, json_t *object)
{
    int result = json_dump_callback(object, put_bytes, out, JSON_COMPACT);
    assert(result == 0);
    buf_put_byte(out, '\n');
    json_decref(object);
}

void
line_put_header(struct buf *out, int64_t wall_ms)
{
    json_t *object = json_object();
    set_text(object, "type", STR(LINE_TYPE_HEADER));
    set_number(object, "version", LINE_VERSION);
    set_time(object, "time", (uint64_t)wall_ms);
    put_line(out, object);
}

static json_t *
texts_value(const struct str *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        int result = json_array_append_new(array, text_value(texts[i]));
        assert(result == 0);
    }
    return array;
}

static json_t *
names_value(struct str names)
{
    json_t *array = json_array();
    while (names.ptr != NULL) {
        int result = json_array_append_new(array, text_value(str_cut(&names, ',')));
        assert(result == 0);
    }
    return array;
}

/* The parameters behind the target. */
static void
set_params(json_t *object, const struct event *event)
{
    size_t first = form_has_target(event) ? 1 : 0;
    const struct str *params = event->params + first;
    size_t count = event->param_count - first;
    if (event->kind != EVENT_MESSAGE) {
        if (count > 0)
            set(object, "params", texts_value(params, count));
        if (event->is_last_text)
            set(object, "last-is-text", json_true());
    } else if (event->joints.len > 0) {
        set(object, "lines", texts_value(params, count));
        set_text(object, "joints", event->joints);
    } else if (count > 0) {
        set_text(object, "text", params[0]);
    }
}

void
line_put_event(struct buf *out, const struct event *event, struct str names)
{
    char msgid[MSGID_TEXT_LEN];
    json_t *object = json_object();
    set_text(object, "type",
             event->kind == EVENT_MESSAGE ? STR(LINE_TYPE_MESSAGE) : STR(LINE_TYPE_EVENT));
    if (event->msgid != 0) {
        msgid_to_text(event->msgid, msgid);
        set_text(object, "msgid", (struct str){.ptr = msgid, .len = sizeof msgid});
    }
    set_time(object, "time", (uint64_t)event->wall_ms);
    set(object, "in", names_value(names));
    set_number(object, "seq", event->seq);
    set_text(object, "source", event->source);
    set_text(object, "account", event->account);
    if (event->is_bot)
        set(object, "bot", json_true());
    if (event->is_operator)
        set(object, "operator", json_true());
    set_text(object, "command", event->command);
    if (form_has_target(event))
        set_text(object, "target", event->params[0]);
    set_params(object, event);
    set_text(object, "tags", event->client_tags);
    put_line(out, object);
}

static void
set_flags(json_t *object, const struct row_field *field, uint64_t bits)
{
    json_t *array = json_array();
    char number[8];
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(bits >> bit & 1))
            continue;
        struct str name = bit < ROW_FLAGS_MAX ? field->flags[bit] : STR("");
        (void)snprintf(number, sizeof number, "%u", bit); /* it fits */
        int result =
            json_array_append_new(array, text_value(name.len > 0 ? name : str_from_nul(number)));
        assert(result == 0);
    }
    set_array(object, field->name.ptr, array);
}

static void set_fields(json_t *object, const struct row_field *fields, size_t count,
                       struct unpack *from, bool has_secrets);

static void
set_list(json_t *object, const struct row_field *field, struct unpack *from, bool has_secrets)
{
    json_t *array = json_array();
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        json_t *item = json_object();
        set_fields(item, field->items, field->item_count, from, has_secrets);
        int result = json_array_append_new(array, item);
        assert(result == 0);
    }
    set_array(object, field->name.ptr, array);
}

static void
set_group(json_t *object, const struct row_field *field, struct unpack *from, bool has_secrets)
{
    json_t *group = json_object();
    set_fields(group, field->items, field->item_count, from, has_secrets);
    if (json_object_size(group) > 0)
        set(object, field->name.ptr, group);
    else
        json_decref(group);
}

/* Zeros alone are nothing, as those of a verifier that was never made. */
static void
set_bytes(json_t *object, const char *name, struct str bytes)
{
    struct buf coded;
    size_t zeros = 0;
    while (zeros < bytes.len && bytes.ptr[zeros] == '\0')
        zeros++;
    if (zeros == bytes.len)
        return;
    buf_init(&coded, 256);
    base64_put(&coded, bytes);
    set_text(object, name, buf_str(&coded));
    buf_deinit(&coded);
}

/* The names of fields are literals, and so NUL-terminated. */
static void
set_field(json_t *object, const struct row_field *field, struct unpack *from, bool has_secrets)
{
    switch (field->type) {
    case ROW_FIELD_NUMBER:
        set_number(object, field->name.ptr, unpack_number(from));
        break;
    case ROW_FIELD_TIME:
        set_time(object, field->name.ptr, unpack_number(from));
        break;
    case ROW_FIELD_FLAGS:
        set_flags(object, field, unpack_number(from));
        break;
    case ROW_FIELD_TEXT:
        set_text(object, field->name.ptr, unpack_text(from));
        break;
    case ROW_FIELD_BYTES:
        set_bytes(object, field->name.ptr, str_take(from->rest, field->byte_count));
        from->rest = str_skip(from->rest, field->byte_count);
        break;
    case ROW_FIELD_GROUP:
        set_group(object, field, from, has_secrets);
        break;
    case ROW_FIELD_LIST:
        set_list(object, field, from, has_secrets);
        break;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the layouts are, two levels
static void
set_fields(json_t *object, const struct row_field *fields, size_t count, struct unpack *from,
           bool has_secrets)
{
    for (size_t i = 0; i < count; i++) {
        set_field(object, &fields[i], from, has_secrets);
        if (fields[i].is_secret && !has_secrets)
            (void)json_object_del(object, fields[i].name.ptr); /* it may not be there */
    }
}

static void
put_plain_row(struct buf *out, uint32_t row, struct str key, struct str value)
{
    json_t *object = json_object();
    struct buf coded;
    buf_init(&coded, BASE64_BYTES_MAX);
    base64_put(&coded, value);
    set_text(object, "type", STR(LINE_TYPE_ROW));
    set_number(object, "row", row);
    set_text(object, "key", key);
    set(object, "value", text_value(buf_str(&coded)));
    put_line(out, object);
    buf_deinit(&coded);
}

void
line_put_row(struct buf *out, uint32_t row, struct str key, struct str value, bool has_secrets)
{
    const struct row_layout *layout = row_layout_of(row);
    if (layout == NULL || layout->key == ROW_KEY_FREE || !row_layout_fits(layout, value)) {
        if (has_secrets) /* nobody knows what is in it */
            put_plain_row(out, row, key, value);
        return;
    }
    json_t *object = json_object();
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    set_text(object, "type", layout->name);
    for (size_t i = 0; i < layout->field_count; i++) {
        if (layout->fields[i].since <= form)
            set_fields(object, &layout->fields[i], 1, &from, has_secrets);
    }
    put_line(out, object);
}
