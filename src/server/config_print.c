/* Options and configurations as text; see config_print.h. */
#include "server/config_print.h"

#include "base/utf8.h"
#include "server/option_value.h"
#include "server/options.h"

#include <assert.h>

#define COLUMNS         79
#define COMMENT_BYTES   1024
#define VALUE_BYTES_MAX ((size_t)LIMIT_CONFIG_BYTES)
#define INDENT          2
#define LINE_SEPARATOR  0x2028
#define PARA_SEPARATOR  0x2029
#define BYTE_ORDER_MARK 0xFEFF

/* --- what is said of an option, in both texts --- */

static void
put_default(const struct option *option, struct buf *out)
{
    struct str rest = option->default_text;
    if (rest.ptr == NULL) {
        buf_put(out, STR("must be given"));
    } else if (rest.len == 0) {
        buf_put(out, STR("none by default"));
    } else if (!option_is_list(option)) {
        buf_printf(out, "default %.*s", STR_ARG(rest));
    } else {
        buf_put(out, STR("default"));
        for (size_t i = 0; rest.len > 0; i++) {
            struct str item = str_cut_word(&rest);
            buf_printf(out, i == 0 ? " %.*s" : ", %.*s", STR_ARG(item));
        }
    }
}

/* "A duration from 1s to 1d; default 2m." */
static void
put_facts(const struct option *option, struct buf *out)
{
    option_put_kind(option, out);
    buf_put(out, STR("; "));
    put_default(option, out);
    buf_put_byte(out, '.');
    if (!option->is_reloadable)
        buf_put(out, STR(" A change needs a restart."));
}

/* --- YAML: values --- */

static size_t
depth_of(const struct option *option)
{
    return option_parent_name(option).len > 0 ? 1 : 0;
}

static void
put_indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth * INDENT; i++)
        buf_put_byte(out, ' ');
}

/* What YAML can't hold as it is, or would take for the end of a line. */
static bool
needs_escape(uint32_t code_point)
{
    return code_point < ' ' || (code_point >= 0x7F && code_point < 0xA0) ||
           code_point == LINE_SEPARATOR || code_point == PARA_SEPARATOR ||
           code_point == BYTE_ORDER_MARK || code_point == 0xFFFE || code_point == 0xFFFF;
}

static void
put_quoted(struct buf *out, struct str text)
{
    buf_put_byte(out, '"');
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(text, &code_point);
        assert(len > 0); /* all texts of a configuration are UTF-8 */
        if (code_point == '"' || code_point == '\\') {
            buf_printf(out, "\\%c", (char)code_point);
        } else if (code_point == '\n') {
            buf_put(out, STR("\\n"));
        } else if (needs_escape(code_point)) {
            buf_printf(out, "\\u%04X", code_point);
        } else {
            buf_put(out, str_take(text, len));
        }
        text = str_skip(text, len);
    }
    buf_put_byte(out, '"');
}

/* Whether lines stay what they are as a block below "|". */
static bool
is_block(struct str text)
{
    if (str_find_byte(text, '\n') == text.len)
        return false;
    struct str rest = text;
    while (rest.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(rest, &code_point);
        assert(len > 0);
        if (code_point != '\n' && needs_escape(code_point))
            return false;
        rest = str_skip(rest, len);
    }
    bool is_first = true;
    rest = text;
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        /* The first line shows the indentation; the end of the last one, how it ends. */
        bool is_edge = is_first || rest.len == 0;
        if (is_edge && (line.len == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t'))
            return false;
        if (line.len > 0 && str_trim(line).len == 0)
            return false;
        is_first = false;
    }
    return true;
}

static void
put_block(struct buf *out, struct str text, size_t depth)
{
    buf_put(out, str_ends_with(text, STR("\n")) ? STR("|\n") : STR("|-\n"));
    struct str rest = text;
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        if (line.len > 0)
            put_indent(out, depth + 1);
        buf_put(out, line);
        buf_put_byte(out, '\n');
    }
}

/* Ends the line. */
static void
put_value(struct buf *out, const struct option *option, const void *base, size_t depth)
{
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    option_put(option, base, &value);
    struct str text = buf_str(&value);
    if (option->type == OPTION_LINES && is_block(text)) {
        put_block(out, text, depth);
    } else {
        if (option_is_text(option)) {
            put_quoted(out, text);
        } else {
            buf_put(out, text);
        }
        buf_put_byte(out, '\n');
    }
    buf_deinit(&value);
}

/* --- YAML: options --- */

/* Cut into lines at spaces, each with "# " before it. */
static void
put_comment(struct buf *out, struct str text, size_t depth)
{
    struct str rest = text;
    size_t column = 0;
    while (rest.len > 0) {
        struct str word = str_cut_word(&rest);
        if (column > 0 && column + 1 + word.len > COLUMNS) {
            buf_put_byte(out, '\n');
            column = 0;
        }
        if (column == 0) {
            put_indent(out, depth);
            buf_put_byte(out, '#');
            column = depth * INDENT + 1;
        }
        buf_put_byte(out, ' ');
        buf_put(out, word);
        column += 1 + word.len;
    }
    buf_put_byte(out, '\n');
}

static void
put_comments(struct buf *out, const struct option *option, size_t depth)
{
    struct buf text;
    buf_init(&text, COMMENT_BYTES);
    buf_put(&text, str_from_nul(option->help));
    if (option->type != OPTION_SECTION) {
        buf_put_byte(&text, ' ');
        put_facts(option, &text);
    }
    put_comment(out, buf_str(&text), depth);
    buf_deinit(&text);
}

/* A list of single values. depth: of the option itself. */
static void
put_items(struct buf *out, const struct option *option, const void *base, size_t depth)
{
    size_t count = option_item_count(option, base);
    buf_put(out, count == 0 ? STR(" []\n") : STR("\n"));
    for (size_t i = 0; i < count; i++) {
        struct buf item;
        buf_init(&item, VALUE_BYTES_MAX);
        option_put_item(option, base, i, &item);
        put_indent(out, depth + 1);
        buf_put(out, STR("- "));
        put_quoted(out, buf_str(&item));
        buf_put_byte(out, '\n');
        buf_deinit(&item);
    }
}

static void
put_mapping(struct buf *out, const struct option *list, const void *item)
{
    size_t depth = depth_of(list) + 1;
    bool is_first = true;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (!str_equal(option_parent_name(option), list->name))
            continue;
        put_indent(out, depth);
        buf_printf(out, "%c %.*s:", is_first ? '-' : ' ', STR_ARG(option_key(option)));
        if (option_is_list(option)) {
            put_items(out, option, item, depth + 1);
        } else {
            buf_put_byte(out, ' ');
            put_value(out, option, item, depth + 1);
        }
        is_first = false;
    }
}

static void
put_mappings(struct buf *out, const struct option *list, const struct config *config)
{
    size_t count = option_item_count(list, config);
    buf_put(out, count == 0 ? STR(" []\n") : STR("\n"));
    for (size_t i = 0; i < count; i++)
        put_mapping(out, list, option_item_at(list, config, i));
}

/* Before the items, which may be none, what each of them may have. */
static void
put_item_comments(struct buf *out, const struct option *list)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (!str_equal(option_parent_name(option), list->name))
            continue;
        struct buf text;
        buf_init(&text, COMMENT_BYTES);
        buf_printf(&text, "%.*s: %s ", STR_ARG(option_key(option)), option->help);
        put_facts(option, &text);
        put_comment(out, buf_str(&text), depth_of(list));
        buf_deinit(&text);
    }
}

void
config_put_yaml(struct buf *out, const struct config *config)
{
    put_comment(out,
                STR("Configuration of confab, complete: every option with its value. Any of "
                    "them may be left out; what is left out has its default. \"confab "
                    "check\" tells what is wrong with a file."),
                0);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option_is_of_item(option))
            continue;
        size_t depth = depth_of(option);
        if (depth == 0)
            buf_put_byte(out, '\n');
        put_comments(out, option, depth);
        if (option->type == OPTION_ITEMS)
            put_item_comments(out, option);
        put_indent(out, depth);
        buf_put(out, option_key(option));
        buf_put_byte(out, ':');
        if (option->type == OPTION_SECTION) {
            buf_put_byte(out, '\n');
        } else if (option->type == OPTION_ITEMS) {
            put_mappings(out, option, config);
        } else if (option_is_list(option)) {
            put_items(out, option, config, depth);
        } else {
            buf_put_byte(out, ' ');
            put_value(out, option, config, depth);
        }
    }
}

/* --- the manual --- */

/* Backslashes begin escapes, and a dot or quote at the beginning of a line is a request. */
static void
put_roff(struct buf *out, struct str text)
{
    if (str_starts_with(text, STR(".")) || str_starts_with(text, STR("'")))
        buf_put(out, STR("\\&"));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            buf_put(out, STR("\\e"));
        } else {
            buf_put_byte(out, text.ptr[i]);
        }
    }
    buf_put_byte(out, '\n');
}

/* Each sentence on a line of its own, as manuals are written. */
static void
put_sentences(struct buf *out, struct str text)
{
    while (text.len > 0) {
        size_t end = str_find(text, STR(". "));
        if (end < text.len)
            end++;
        put_roff(out, str_take(text, end));
        text = str_skip(text, end + 1);
    }
}

static void
put_manual_entry(struct buf *out, const struct option *option)
{
    buf_printf(out, ".It Cm %.*s\n", STR_ARG(option->name));
    put_sentences(out, str_from_nul(option->help));
    if (option->type == OPTION_SECTION)
        return;
    struct buf facts;
    buf_init(&facts, COMMENT_BYTES);
    put_facts(option, &facts);
    put_sentences(out, buf_str(&facts));
    buf_deinit(&facts);
}

void
config_put_manual(struct buf *out)
{
    buf_put(out, STR(".Sh OPTIONS\n.Bl -tag -width Ds\n"));
    for (size_t i = 0; i < option_count(); i++)
        put_manual_entry(out, option_at(i));
    buf_put(out, STR(".El\n"));
}
