/* Values of options; see option_value.h. What each type is, option_kind.c knows. */
#include "server/option_value.h"

#include "server/option_check.h"
#include "server/option_kind.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define VALUE_BYTES_MAX ((size_t)LIMIT_CONFIG_BYTES)
#define ITEM_BYTES_MAX  8192 /* of an item of a list as text: far more than one can have */

/* --- where values are --- */

static void
check_field(const struct option *option)
{
    assert(option->type != OPTION_SECTION);
    assert(option->type == OPTION_ITEMS || option->field_bytes == option_kind(option)->field_bytes);
}

static void *
field_of(const struct option *option, void *base)
{
    check_field(option);
    return (char *)base + option->offset;
}

static const void *
field_of_const(const struct option *option, const void *base)
{
    check_field(option);
    return (const char *)base + option->offset;
}

static void *
item_of(const struct option *option, void *base, size_t index)
{
    assert(index < option->max);
    return (char *)field_of(option, base) + index * option->field_bytes;
}

static size_t *
count_of(const struct option *option, void *base)
{
    assert(option_is_list(option));
    return (size_t *)(void *)((char *)base + option->count_offset);
}

size_t
option_item_count(const struct option *option, const void *base)
{
    assert(option_is_list(option));
    return *(const size_t *)(const void *)((const char *)base + option->count_offset);
}

const void *
option_item_at(const struct option *option, const struct config *config, size_t index)
{
    assert(option->type == OPTION_ITEMS);
    assert(index < option_item_count(option, config));
    return (const char *)field_of_const(option, config) + index * option->field_bytes;
}

const struct option *
option_name_of_items(const struct option *list)
{
    assert(list->type == OPTION_ITEMS);
    const struct option *name = option_at(option_index(list) + 1);
    assert(str_equal(option_parent_name(name), list->name));
    return name;
}

/* --- setting --- */

bool
option_set(const struct option *option, struct str text, struct config *config, void *base,
           struct buf *why)
{
    assert(!option_is_list(option));
    const struct option_input in = {
        .option = option,
        .text = config_keep_text(config, text),
        .config = config,
        .why = why,
    };
    return option_kind(option)->read(&in, field_of(option, base));
}

void
option_clear(const struct option *option, void *base)
{
    *count_of(option, base) = 0;
}

static bool
is_same_item(const struct option *option, void *base, size_t a, size_t b)
{
    const void *item_a = item_of(option, base, a);
    const void *item_b = item_of(option, base, b);
    if (option->type == OPTION_LISTEN)
        return listen_url_collides(item_a, item_b);
    if (option->type == OPTION_NAME_MASKS)
        return name_equal(*(const struct str *)item_a, *(const struct str *)item_b);
    const struct address_block *block_a = item_a;
    const struct address_block *block_b = item_b;
    return block_a->bits == block_b->bits && address_block_holds(block_a, &block_b->base);
}

/* Whether there is room for one more item. */
static bool
check_room(const struct option *option, const void *base, struct buf *why)
{
    if (option_item_count(option, base) < option->max)
        return true;
    buf_printf(why, "has too many items; write at most %llu", (unsigned long long)option->max);
    return false;
}

bool
option_append(const struct option *option, struct str text, struct config *config, void *base,
              struct buf *why)
{
    assert(option->type != OPTION_ITEMS);
    if (!check_room(option, base, why))
        return false;
    const struct option_input in = {
        .option = option,
        .text = config_keep_text(config, text),
        .config = config,
        .why = why,
    };
    size_t *count = count_of(option, base);
    if (!option_kind(option)->read(&in, item_of(option, base, *count)))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!is_same_item(option, base, i, *count))
            continue;
        check_put_quoted(why, text);
        buf_put(why, STR(" stands for the same as "));
        struct buf other;
        buf_init(&other, ITEM_BYTES_MAX);
        option_put_item(option, base, i, &other);
        check_put_quoted(why, buf_str(&other));
        buf_put(why, STR(" before; delete one of them"));
        buf_deinit(&other);
        return false;
    }
    (*count)++;
    return true;
}

void *
option_append_item(const struct option *list, struct config *config)
{
    assert(list->type == OPTION_ITEMS);
    size_t *count = count_of(list, config);
    if (*count == list->max)
        return NULL;
    void *item = item_of(list, config, (*count)++);
    memset(item, 0, list->field_bytes);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (str_equal(option_parent_name(option), list->name) && option->default_text.ptr != NULL)
            option_set_default(option, config, item);
    }
    return item;
}

void
option_set_default(const struct option *option, struct config *config, void *base)
{
    struct buf why;
    buf_init(&why, ITEM_BYTES_MAX);
    bool is_set = true;
    if (option_is_list(option)) {
        option_clear(option, base);
        struct str rest = option->default_text;
        while (rest.len > 0 && is_set)
            is_set = option_append(option, str_cut_word(&rest), config, base, &why);
    } else {
        is_set = option_set(option, option->default_text, config, base, &why);
    }
    assert(is_set); /* the table's own defaults are good */
    buf_deinit(&why);
}

/* --- writing --- */

void
option_put(const struct option *option, const void *base, struct buf *out)
{
    assert(!option_is_list(option));
    option_kind(option)->put(field_of_const(option, base), out);
}

void
option_put_item(const struct option *option, const void *base, size_t index, struct buf *out)
{
    assert(option->type != OPTION_ITEMS);
    assert(index < option_item_count(option, base));
    const char *items = field_of_const(option, base);
    option_kind(option)->put(items + index * option->field_bytes, out);
}

bool
option_is_text(const struct option *option)
{
    return option_kind(option)->is_text;
}

bool
option_is_words(const struct option *option)
{
    return option_kind(option)->is_words;
}

static void
put_capital(struct buf *out, const char *noun)
{
    buf_put_byte(out, ascii_upper(noun[0]));
    buf_put(out, str_skip(str_from_nul(noun), 1));
}

static void
put_length(const struct option *option, struct buf *out)
{
    if (option->min > 0) {
        buf_printf(out, "%llu to %llu", (unsigned long long)option->min,
                   (unsigned long long)option->max);
    } else {
        buf_printf(out, "at most %llu", (unsigned long long)option->max);
    }
}

void
option_put_kind(const struct option *option, struct buf *out)
{
    const struct option_kind *kind = option_kind(option);
    switch (kind->range) {
    case OPTION_RANGE_NONE:
        put_capital(out, kind->noun);
        break;
    case OPTION_RANGE_VALUE:
        put_capital(out, kind->noun);
        if (option->unit != NULL)
            buf_printf(out, " of %s", option->unit);
        buf_put(out, STR(" from "));
        option_kind_put_bounds(option, out);
        break;
    case OPTION_RANGE_BYTES:
        put_capital(out, kind->noun);
        buf_put(out, STR(" of "));
        put_length(option, out);
        buf_put(out, STR(" bytes"));
        break;
    case OPTION_RANGE_ITEMS:
        buf_put(out, STR("A list of "));
        put_length(option, out);
        buf_printf(out, " %s", kind->noun);
        break;
    }
}

/* --- comparing --- */

/* All that the value is, as text. */
static void
put_whole(const struct option *option, const struct config *config, struct buf *out)
{
    assert(option->type != OPTION_ITEMS);
    if (!option_is_list(option)) {
        option_put(option, config, out);
        return;
    }
    for (size_t i = 0; i < option_item_count(option, config); i++) {
        option_put_item(option, config, i, out);
        buf_put_byte(out, '\n');
    }
}

bool
option_is_equal(const struct option *option, const struct config *a, const struct config *b)
{
    struct buf text_a;
    struct buf text_b;
    buf_init(&text_a, VALUE_BYTES_MAX);
    buf_init(&text_b, VALUE_BYTES_MAX);
    put_whole(option, a, &text_a);
    put_whole(option, b, &text_b);
    bool is_equal = str_equal(buf_str(&text_a), buf_str(&text_b));
    buf_deinit(&text_a);
    buf_deinit(&text_b);
    return is_equal;
}

void
option_copy(const struct option *option, struct config *to, const struct config *from)
{
    size_t bytes = option->field_bytes;
    if (option_is_list(option)) {
        bytes *= option->max;
        *count_of(option, to) = option_item_count(option, from);
    }
    memcpy(field_of(option, to), field_of_const(option, from), bytes);
}
