/* What is kept, as JSON lines: how they are read; see line.h. */
#include "store/line.h"

#include "base/limits.h"
#include "base/msgid.h"
#include "base/number.h"
#include "base/server_time.h"
#include "hub/page.h"
#include "hub/row_layout.h"
#include "store/form.h"
#include "wire/base64.h"
#include "wire/irc_line.h"
#include "wire/name.h"
#include "wire/scram.h"
#include "wire/tags.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define NAMES_BYTES_MAX ((size_t)256 * 1024)
#define KEY_BYTES_MAX   4096
#define PARAMS_MAX      (LIMIT_MULTILINE_LINES + LIMIT_PARAMS)

void
line_init(struct line *line)
{
    *line = (struct line){.event = NULL};
    buf_init(&line->names, NAMES_BYTES_MAX);
    buf_init(&line->key, KEY_BYTES_MAX);
    buf_init(&line->value, LINE_VALUE_BYTES_MAX);
}

void
line_deinit(struct line *line)
{
    event_unref(&line->event);
    buf_deinit(&line->names);
    buf_deinit(&line->key);
    if (line->value.ptr != NULL)
        explicit_bzero(line->value.ptr, line->value.len);
    buf_deinit(&line->value);
}

static int
is_wrong(struct cf_err *err, const char *name, const char *what)
{
    return cf_err_set(err, -EINVAL, "\"%s\" %s", name, what);
}

/* Text that was put by text_value; `scratch` gets what was in base64. */
static int
take_text(const json_t *value, const char *name, struct buf *scratch, struct str *text_out,
          struct cf_err *err)
{
    *text_out = STR("");
    if (value == NULL)
        return 0;
    if (json_is_string(value)) {
        *text_out = (struct str){.ptr = json_string_value(value), .len = json_string_length(value)};
        return 0;
    }
    const json_t *coded = json_object_get(value, "base64"); /* NULL for what is no object */
    size_t start = scratch->len;
    if (!json_is_string(coded) || json_object_size(value) != 1 ||
        !base64_take(scratch, str_from_nul(json_string_value(coded))))
        return is_wrong(err, name, "must be a text");
    *text_out = str_skip(buf_str(scratch), start);
    return 0;
}

static int
take_number(const json_t *value, const char *name, uint64_t *number_out, struct cf_err *err)
{
    *number_out = 0;
    if (value == NULL)
        return 0;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *number_out = (uint64_t)json_integer_value(value);
        return 0;
    }
    if (json_is_string(value) &&
        number_parse_u64(str_from_nul(json_string_value(value)), UINT64_MAX, number_out))
        return 0;
    return is_wrong(err, name, "must be a number, and not below 0");
}

static int
take_time(const json_t *value, const char *name, uint64_t *wall_ms_out, struct cf_err *err)
{
    int64_t wall_ms;
    if (!json_is_string(value))
        return take_number(value, name, wall_ms_out, err);
    if (!server_time_parse(str_from_nul(json_string_value(value)), &wall_ms) || wall_ms < 0)
        return is_wrong(err, name, "must be a time such as 2026-11-23T19:24:05.123Z");
    *wall_ms_out = (uint64_t)wall_ms;
    return 0;
}

/* What is not known would be lost without a word: it is a mistake, or of a newer server. */
static int
check_known(json_t *object, const char *const *names, size_t count, struct cf_err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(names[i], name) != 0)
            i++;
        if (i == count)
            return cf_err_set(err, -EINVAL, "\"%s\" is no field that this confab knows", name);
    }
    return 0;
}

/* --- rows --- */

static int pack_fields(const json_t *object, const struct row_field *fields, size_t count,
                       struct buf *out, struct cf_err *err);

static int
pack_flags(const json_t *value, const struct row_field *field, struct buf *out, struct cf_err *err)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        uint64_t bit = 0;
        while (name != NULL && bit < ROW_FLAGS_MAX &&
               !str_equal(field->flags[bit], str_from_nul(name)))
            bit++;
        if (name == NULL ||
            (bit == ROW_FLAGS_MAX && !number_parse_u64(str_from_nul(name), 63, &bit)))
            return is_wrong(err, field->name.ptr, "has a flag that this confab does not know");
        bits |= UINT64_C(1) << bit;
    }
    pack_number(out, bits);
    return 0;
}

static int
pack_bytes(const json_t *value, const struct row_field *field, struct buf *out, struct cf_err *err)
{
    static const char zeros[SCRAM_KEY_BYTES_MAX];
    size_t start = out->len;
    if (value == NULL)
        buf_put(out, (struct str){.ptr = zeros, .len = field->byte_count});
    else if (!json_is_string(value) || !base64_take(out, str_from_nul(json_string_value(value))))
        return is_wrong(err, field->name.ptr, "must be base64");
    if (out->len - start != field->byte_count)
        return is_wrong(err, field->name.ptr, "has not the right number of bytes");
    return 0;
}

static int
pack_list(const json_t *value, const struct row_field *field, struct buf *out, struct cf_err *err)
{
    int result = 0;
    pack_number(out, json_array_size(value));
    for (size_t i = 0; i < json_array_size(value) && result == 0; i++)
        result = pack_fields(json_array_get(value, i), field->items, field->item_count, out, err);
    return result;
}

static int
pack_field(const json_t *value, const struct row_field *field, struct buf *out, struct cf_err *err)
{
    uint64_t number;
    struct str text;
    struct buf scratch;
    int result = 0;
    bool has_items = field->type == ROW_FIELD_FLAGS || field->type == ROW_FIELD_LIST;
    if (has_items && value != NULL && !json_is_array(value))
        return is_wrong(err, field->name.ptr, "must be a list");
    switch (field->type) {
    case ROW_FIELD_NUMBER:
    case ROW_FIELD_TIME:
        result = field->type == ROW_FIELD_TIME ? take_time(value, field->name.ptr, &number, err)
                                               : take_number(value, field->name.ptr, &number, err);
        if (result == 0)
            pack_number(out, number);
        return result;
    case ROW_FIELD_FLAGS:
        return pack_flags(value, field, out, err);
    case ROW_FIELD_TEXT:
        buf_init(&scratch, LINE_VALUE_BYTES_MAX);
        result = take_text(value, field->name.ptr, &scratch, &text, err);
        if (result == 0)
            pack_text(out, text);
        buf_deinit(&scratch);
        return result;
    case ROW_FIELD_BYTES:
        return pack_bytes(value, field, out, err);
    case ROW_FIELD_GROUP:
        return pack_fields(value, field->items, field->item_count, out, err);
    case ROW_FIELD_LIST:
        return pack_list(value, field, out, err);
    }
    cf_unreachable("type of a field");
}

/* Whether a name is that of one of these fields. */
static bool
is_field(const char *name, const struct row_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(fields[i].name, str_from_nul(name)))
            return true;
    }
    return false;
}

/* object: NULL, all are empty. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as the layouts are, two levels
static int
pack_fields(const json_t *object, const struct row_field *fields, size_t count, struct buf *out,
            struct cf_err *err)
{
    const char *name;
    json_t *value;
    if (object != NULL && !json_is_object(object))
        return cf_err_set(err, -EINVAL, "the fields \"%s\" and so on must be those of an object",
                          fields[0].name.ptr);
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!is_field(name, fields, count))
            return cf_err_set(err, -EINVAL, "\"%s\" is no field that this confab knows", name);
    }
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = pack_field(json_object_get(object, fields[i].name.ptr), &fields[i], out, err);
    return result;
}

static int
read_row(json_t *object, const struct row_layout *layout, struct line *line, struct cf_err *err)
{
    line->kind = LINE_ROW;
    line->row = (uint32_t)layout->row;
    (void)json_object_del(object, "type"); /* it has been read */
    pack_number(&line->value, layout->form);
    int result = pack_fields(object, layout->fields, layout->field_count, &line->value, err);
    if (result != 0)
        return result;
    if (line->value.is_truncated)
        return cf_err_set(err, -EINVAL, "it is too long");
    if (!row_layout_put_key(layout, buf_str(&line->value), &line->key) || line->key.is_truncated)
        return is_wrong(err, layout->fields[0].name.ptr, "can't be the name of it");
    return 0;
}

/* A row that could have been written by its fields must have the key that these give. */
static bool
has_right_key(const struct line *line)
{
    const struct row_layout *layout = row_layout_of(line->row);
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    bool is_right = layout == NULL || layout->key == ROW_KEY_FREE ||
                    !row_layout_fits(layout, buf_str(&line->value)) ||
                    (row_layout_put_key(layout, buf_str(&line->value), &key) &&
                     str_equal(buf_str(&key), buf_str(&line->key)));
    buf_deinit(&key);
    return is_right;
}

static int
read_plain_row(json_t *object, struct line *line, struct cf_err *err)
{
    static const char *const names[] = {"type", "row", "key", "value"};
    uint64_t row = 0;
    struct str key;
    int result = check_known(object, names, ARRAY_LEN(names), err);
    if (result == 0)
        result = take_number(json_object_get(object, "row"), "row", &row, err);
    struct buf scratch;
    buf_init(&scratch, KEY_BYTES_MAX);
    if (result == 0)
        result = take_text(json_object_get(object, "key"), "key", &scratch, &key, err);
    if (result == 0)
        buf_put(&line->key, key);
    buf_deinit(&scratch);
    if (result != 0)
        return result;
    const char *value = json_string_value(json_object_get(object, "value"));
    if (row == 0 || row > UINT32_MAX || line->key.len == 0 || line->key.is_truncated ||
        value == NULL || !base64_take(&line->value, str_from_nul(value)))
        return cf_err_set(err, -EINVAL, "\"row\", \"key\" and \"value\" must be what was written");
    line->kind = LINE_ROW;
    line->row = (uint32_t)row;
    return has_right_key(line) ? 0 : is_wrong(err, "key", "is not that of the value");
}

/* --- events --- */

/* What an event is made of, as it is read. */
struct draft {
    struct event_spec spec;
    struct str params[PARAMS_MAX + 1];
    struct buf scratch; /* texts that were in base64 */
};

static bool
has_byte_of(struct str text, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (str_find_byte(text, bytes.ptr[i]) < text.len)
            return true;
    }
    return false;
}

/* What can stand at the end of a line of IRC. */
static bool
is_text(struct str text)
{
    return text.len <= LIMIT_LINE_BYTES && irc_line_can_hold(text);
}

/* What can stand within one. */
static bool
is_word(struct str text)
{
    return text.len > 0 && text.ptr[0] != ':' && is_text(text) && !has_byte_of(text, STR(" "));
}

static bool
are_client_tags(struct str tags)
{
    struct tag tag;
    if (tags.len > LIMIT_CLIENT_TAG_BYTES || has_byte_of(tags, STR("\0\r\n ")))
        return false;
    while (tags_next(&tags, &tag)) {
        if (tag.key.ptr[0] != '+' || !tags_key_is_valid(tag.key))
            return false;
    }
    return true;
}

/* A name as it is folded. */
static bool
is_folded(struct str name)
{
    struct folded folded;
    return name_fold(name, &folded) && str_equal(folded_str(&folded), name);
}

/* An account, or a nick behind '~'. */
static bool
is_party(struct str name)
{
    struct str nick = str_starts_with(name, STR("~")) ? str_skip(name, 1) : name;
    return name_is_nick(nick) && is_folded(nick);
}

/* What an event can be kept under: see hub/record.h. */
static bool
is_kept_name(struct str name)
{
    if (name_looks_like_channel(name))
        return name_is_channel(name) && is_folded(name);
    struct str second = name;
    struct str first = str_cut(&second, ' ');
    return second.ptr != NULL && is_party(first) && is_party(second) &&
           str_compare(first, second) <= 0;
}

static int
read_names(const json_t *value, struct line *line, struct cf_err *err)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return is_wrong(err, "in", "must be a list of channels and conversations");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        struct str name = STR("");
        if (json_is_string(item))
            name = str_from_nul(json_string_value(item));
        if (!is_kept_name(name))
            return is_wrong(err, "in",
                            "must be folded names of channels, or of two accounts in order with a "
                            "space between");
        if (i > 0)
            buf_put_byte(&line->names, ',');
        buf_put(&line->names, name);
    }
    return line->names.is_truncated ? is_wrong(err, "in", "is too long") : 0;
}

static int
read_texts(const json_t *value, const char *name, size_t max, struct draft *draft,
           struct cf_err *err)
{
    if (value == NULL)
        return 0;
    if (!json_is_array(value) || json_array_size(value) > max)
        return is_wrong(err, name, "must be a list, and not so long");
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct str text;
        int result = take_text(json_array_get(value, i), name, &draft->scratch, &text, err);
        if (result != 0)
            return result;
        draft->params[draft->spec.param_count++] = text;
    }
    return 0;
}

/* The parameters behind the target, with what says how they are put. */
static int
read_params(json_t *object, struct draft *draft, struct cf_err *err)
{
    struct event_spec *spec = &draft->spec;
    const json_t *text = json_object_get(object, "text");
    const json_t *lines = json_object_get(object, "lines");
    const json_t *params = json_object_get(object, "params");
    bool is_speech = spec->kind == EVENT_MESSAGE && spec->needs == 0;
    int result = 0;
    if ((text != NULL) + (lines != NULL) + (params != NULL) > 1)
        return cf_err_set(err, -EINVAL,
                          "only one of \"text\", \"lines\" and \"params\" may be there");
    if (is_speech && params != NULL)
        return is_wrong(err, "params", "is not for messages; they have \"text\" or \"lines\"");
    if (!is_speech && (text != NULL || lines != NULL))
        return cf_err_set(err, -EINVAL, "%.*s has no \"text\" and no \"lines\"",
                          STR_ARG(spec->command));
    spec->is_last_text = is_speech || json_is_true(json_object_get(object, "last-is-text"));
    if (is_speech && lines == NULL) {
        result = take_text(text, "text", &draft->scratch, &draft->params[spec->param_count], err);
        spec->param_count++;
        return result;
    }
    result = read_texts(lines, "lines", LIMIT_MULTILINE_LINES, draft, err);
    if (result == 0)
        result = read_texts(params, "params", LIMIT_PARAMS - 1, draft, err);
    if (result == 0)
        result = take_text(json_object_get(object, "joints"), "joints", &draft->scratch,
                           &spec->joints, err);
    return result;
}

/* Whether it can be on the wire again. */
static int
check_event(const struct draft *draft, struct cf_err *err)
{
    const struct event_spec *spec = &draft->spec;
    size_t first = form_kind_has_target(spec->kind) ? 1 : 0;
    size_t bytes = 0;
    if (!is_word(spec->source))
        return is_wrong(err, "source", "must be who it is from, such as nick!user@host");
    if (spec->account.len > 0 && !name_is_nick(spec->account))
        return is_wrong(err, "account", "is no name of an account");
    if (first == 1 && !is_word(spec->params[0]))
        return is_wrong(err, "target", "must be a channel or a nick");
    if (!are_client_tags(spec->client_tags))
        return is_wrong(err, "tags", "must be client-only tags, such as +draft/reply=...");
    for (size_t i = first; i < spec->param_count; i++) {
        bool is_free = spec->joints.len > 0 || (spec->is_last_text && i + 1 == spec->param_count);
        bytes += spec->params[i].len;
        if (!(is_free ? is_text(spec->params[i]) : is_word(spec->params[i])))
            return cf_err_set(err, -EINVAL, "the text has what no line of IRC can have");
    }
    if (bytes > LIMIT_MULTILINE_BYTES + LIMIT_MULTILINE_LINES)
        return cf_err_set(err, -EINVAL, "the text is too long");
    bool has_joints = spec->joints.len > 0;
    for (size_t i = 0; i < spec->joints.len; i++)
        has_joints = has_joints && (spec->joints.ptr[i] == '0' || spec->joints.ptr[i] == '1');
    if (has_joints != (spec->joints.len > 0) ||
        (has_joints && spec->joints.len != spec->param_count - first))
        return is_wrong(err, "joints", "must be 0 or 1 for each line");
    if (spec->seq > INT64_MAX)
        return is_wrong(err, "seq", "is too large");
    return 0;
}

/* Its id, or what can be made of its time. */
static int
read_msgid(json_t *object, struct event_spec *spec, struct cf_err *err)
{
    const json_t *value = json_object_get(object, "msgid");
    uint64_t wall_ms = 0;
    int result = take_time(json_object_get(object, "time"), "time", &wall_ms, err);
    if (result != 0)
        return result;
    if (value != NULL) {
        if (!json_is_string(value) ||
            !msgid_from_text(str_from_nul(json_string_value(value)), &spec->msgid) ||
            spec->msgid == 0 || spec->msgid >= PAGE_BEFORE_MAX)
            return is_wrong(err, "msgid", "is no message id of confab");
    } else {
        spec->msgid = wall_ms > LINE_ISO_MS_MAX ? 0 : msgid_first_at((int64_t)wall_ms);
        if (spec->msgid == 0)
            return is_wrong(err, "time", "must be there and after 2025 when \"msgid\" is not");
    }
    spec->wall_ms = msgid_wall_ms(spec->msgid);
    return 0;
}

static int
read_draft(json_t *object, struct draft *draft, struct cf_err *err)
{
    static const char *const names[] = {"type",   "msgid", "time",         "in",      "seq",
                                        "source", "bot",   "operator",     "account", "command",
                                        "target", "text",  "last-is-text", "lines",   "joints",
                                        "params", "tags"};
    struct event_spec *spec = &draft->spec;
    struct str command;
    spec->params = draft->params;
    spec->is_bot = json_is_true(json_object_get(object, "bot"));
    spec->is_operator = json_is_true(json_object_get(object, "operator"));
    int result = check_known(object, names, ARRAY_LEN(names), err);
    if (result == 0)
        result = read_msgid(object, spec, err);
    if (result == 0)
        result = take_text(json_object_get(object, "command"), "command", &draft->scratch, &command,
                           err);
    if (result == 0 && !form_find_command(command, spec))
        result = is_wrong(err, "command", "must be PRIVMSG, NOTICE, JOIN or what else is kept");
    if (result == 0)
        result = take_number(json_object_get(object, "seq"), "seq", &spec->seq, err);
    if (result == 0)
        result = take_text(json_object_get(object, "source"), "source", &draft->scratch,
                           &spec->source, err);
    if (result == 0)
        result = take_text(json_object_get(object, "account"), "account", &draft->scratch,
                           &spec->account, err);
    if (result == 0)
        result = take_text(json_object_get(object, "tags"), "tags", &draft->scratch,
                           &spec->client_tags, err);
    if (result == 0 && form_kind_has_target(spec->kind))
        result = take_text(json_object_get(object, "target"), "target", &draft->scratch,
                           &draft->params[spec->param_count++], err);
    if (result == 0)
        result = read_params(object, draft, err);
    return result == 0 ? check_event(draft, err) : result;
}

static int
read_event(json_t *object, struct line *line, struct cf_err *err)
{
    struct draft draft = {.spec = {.kind = EVENT_MESSAGE}};
    buf_init(&draft.scratch, FORM_BYTES_MAX);
    /* Texts point into it: it must not move. */
    bool has_room = buf_reserve(&draft.scratch, FORM_BYTES_MAX) != NULL;
    assert(has_room);
    int result = read_draft(object, &draft, err);
    if (result == 0)
        result = read_names(json_object_get(object, "in"), line, err);
    if (result == 0) {
        line->kind = LINE_EVENT;
        line->event = event_new(&draft.spec);
    }
    buf_deinit(&draft.scratch);
    return result;
}

/* --- lines --- */

static int
read_header(json_t *object, struct line *line, struct cf_err *err)
{
    uint64_t version = 0;
    int result = take_number(json_object_get(object, "version"), "version", &version, err);
    if (result != 0)
        return result;
    if (version > LINE_VERSION)
        return cf_err_set(err, -EINVAL,
                          "it was written by a newer confab: its form has version %" PRIu64
                          ", and this program knows %d",
                          version, LINE_VERSION);
    line->kind = LINE_HEADER;
    return 0;
}

static int
read_object(json_t *object, struct line *line, struct cf_err *err)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    if (type == NULL)
        return cf_err_set(err, -EINVAL, "it is no JSON object with a \"type\"");
    if (strcmp(type, LINE_TYPE_HEADER) == 0)
        return read_header(object, line, err);
    if (strcmp(type, LINE_TYPE_MESSAGE) == 0 || strcmp(type, LINE_TYPE_EVENT) == 0)
        return read_event(object, line, err);
    if (strcmp(type, LINE_TYPE_ROW) == 0)
        return read_plain_row(object, line, err);
    const struct row_layout *layout = row_layout_find(str_from_nul(type));
    if (layout == NULL || layout->key == ROW_KEY_FREE)
        return is_wrong(err, type, "is no type that this confab knows");
    return read_row(object, layout, line, err);
}

int
line_read(struct str text, struct line *line, struct cf_err *err)
{
    json_error_t error;
    event_unref(&line->event);
    buf_clear(&line->names);
    buf_clear(&line->key);
    buf_clear(&line->value);
    json_t *object =
        json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (object == NULL)
        return cf_err_set(err, -EINVAL, "it is no JSON: %s, at byte %d", error.text,
                          error.position);
    int result = read_object(object, line, err);
    json_decref(object);
    return result;
}
