/* Whether rows make sense; see row_check.h. */
#include "hub/row_check.h"

#include "hub/mail.h"
#include "hub/mode.h"
#include "hub/service.h"
#include "wire/irc_line.h"
#include "wire/name.h"

#include <assert.h>

/* --- texts --- */

/* NULL when it may be so. */
static const char *
why_not(const struct row_field *field, struct str text)
{
    if (text.len == 0)
        return field->is_needed ? "is missing" : NULL;
    if (text.len > field->max)
        return "is too long";
    switch (field->text) {
    case ROW_TEXT_BYTES:
        return NULL;
    case ROW_TEXT_LINE:
        return irc_line_can_hold(text) ? NULL : "has a line end or a zero byte in it";
    case ROW_TEXT_ACCOUNT:
        if (service_find(text) != NULL)
            return "is the name of a service";
        return name_is_kept_nick(text) ? NULL : "is no name that an account can have";
    case ROW_TEXT_CHANNEL:
        return name_is_kept_channel(text) ? NULL : "is no name that a channel can have";
    case ROW_TEXT_TARGET:
        return name_is_kept_nick(text) || name_is_kept_channel(text)
                   ? NULL
                   : "is no name that a user or a channel can have";
    case ROW_TEXT_EMAIL:
        return mail_is_address(text) ? NULL : "is no address that letters can be sent to";
    case ROW_TEXT_KEY:
        return mode_takes_key(text) ? NULL : "can't be the key of a channel";
    }
    cf_unreachable("kind of text");
}

/* --- rows --- */

/* Where it is in a value that fits its layout, and what was found. */
struct walk {
    struct unpack from;
    struct row_fault fault;
};

static void
find_fault(struct walk *walk, struct str list, struct str field, const char *why)
{
    if (walk->fault.why == NULL)
        walk->fault = (struct row_fault){.list = list, .field = field, .why = why};
}

/* A field that is made of no others. */
static void
check_item(struct walk *walk, struct str list, const struct row_field *field)
{
    switch (field->type) {
    case ROW_FIELD_NUMBER:
    case ROW_FIELD_TIME:
    case ROW_FIELD_FLAGS:
        (void)unpack_number(&walk->from); /* what it may be is up to who restores it */
        return;
    case ROW_FIELD_BYTES:
        walk->from.rest = str_skip(walk->from.rest, field->byte_count);
        return;
    case ROW_FIELD_TEXT:
        find_fault(walk, list, field->name, why_not(field, unpack_text(&walk->from)));
        return;
    case ROW_FIELD_GROUP:
    case ROW_FIELD_LIST:
        break;
    }
    cf_unreachable("a list in a list");
}

static void
check_field(struct walk *walk, const struct row_field *field)
{
    bool is_list = field->type == ROW_FIELD_LIST;
    if (!is_list && field->type != ROW_FIELD_GROUP) {
        check_item(walk, STR(""), field);
        return;
    }
    uint64_t count = is_list ? unpack_number(&walk->from) : 1;
    if (is_list && count > field->max)
        find_fault(walk, STR(""), field->name, "has too many entries");
    for (uint64_t i = 0; i < count && walk->fault.why == NULL; i++) {
        for (size_t k = 0; k < field->item_count; k++)
            check_item(walk, field->name, &field->items[k]);
    }
}

/* One that was folded by other rules than today's belongs to it as well. */
static bool
is_key_of(const struct row_layout *layout, struct str key, struct str value)
{
    struct buf expected;
    if (layout->key == ROW_KEY_FREE)
        return true;
    buf_init(&expected, 2 * LIMIT_FOLDED_BYTES + 2);
    bool is_key = row_layout_put_key(layout, value, &expected) &&
                  (str_equal(buf_str(&expected), key) ||
                   (layout->key == ROW_KEY_FOLDED && name_equal(buf_str(&expected), key)));
    buf_deinit(&expected);
    return is_key;
}

bool
row_check(const struct row_layout *layout, struct str key, struct str value,
          struct row_fault *fault_out)
{
    struct walk walk = {.from = UNPACK(value)};
    if (!row_layout_fits(layout, value))
        find_fault(&walk, STR(""), STR(""), "is not made as such a row is");
    uint64_t form = unpack_number(&walk.from);
    for (size_t i = 0; i < layout->field_count && walk.fault.why == NULL; i++) {
        if (layout->fields[i].since <= form)
            check_field(&walk, &layout->fields[i]);
    }
    if (walk.fault.why == NULL && !is_key_of(layout, key, value))
        find_fault(&walk, STR(""), STR(""), "has a key that does not belong to it");
    if (walk.fault.why == NULL)
        return true;
    *fault_out = walk.fault;
    return false;
}

void
row_fault_put(struct buf *out, const struct row_fault *fault)
{
    assert(fault->why != NULL);
    if (fault->field.len == 0)
        buf_put(out, STR("it"));
    else if (fault->list.len == 0)
        buf_printf(out, "\"%.*s\"", STR_ARG(fault->field));
    else
        buf_printf(out, "\"%.*s\" in \"%.*s\"", STR_ARG(fault->field), STR_ARG(fault->list));
    buf_printf(out, " %s", fault->why);
}
