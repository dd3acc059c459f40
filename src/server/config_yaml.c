/* From YAML into a config; see config_yaml.h. */
#include "server/config_yaml.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "server/nearest.h"
#include "server/option_check.h"
#include "server/option_value.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

#define WHY_BYTES_MAX   512
#define MEANT_MAX       16 /* options of one name */
#define DEPTH_MAX       16 /* of nesting; the options need 4 */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* A mapping that waits to be read: the file itself, a section, an item of a list. */
struct mapping {
    const yaml_node_t *node;
    const struct option *parent; /* NULL: the file itself */
    void *base;                  /* what holds the fields of its options */
};

struct reader {
    struct str bytes;
    const char *name;
    struct config *config;
    struct config_places *places;
    struct config_report *report;
    yaml_document_t *document;
    struct mapping *mappings; /* owned */
    size_t mapping_count;
    size_t mapping_capacity;
};

static struct config_place
place_of(yaml_mark_t mark)
{
    return (struct config_place){
        .line = u32_from_size(mark.line + 1),
        .column = u32_from_size(mark.column + 1),
    };
}

static struct str
scalar_text(const yaml_node_t *node)
{
    assert(node->type == YAML_SCALAR_NODE);
    return (struct str){.ptr = (const char *)node->data.scalar.value,
                        .len = node->data.scalar.length};
}

#define report_error(reader, mark, ...) \
    config_report_add((reader)->report, CONFIG_ERROR, (reader)->name, place_of(mark), __VA_ARGS__)

/* --- what libyaml can't read --- */

/* Line and column of a byte: libyaml counts only bytes where it can't decode them. */
static yaml_mark_t
mark_of_offset(struct str bytes, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    struct str before = str_take(bytes, offset);
    while (before.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(before, &code_point);
        bool is_line_end = before.ptr[0] == '\n';
        mark.line += is_line_end ? 1 : 0;
        mark.column = is_line_end ? 0 : mark.column + 1;
        before = str_skip(before, len == 0 ? 1 : len);
    }
    return mark;
}

/* The byte that a mark stands at; NUL at the end. */
static char
byte_at(struct str bytes, yaml_mark_t mark)
{
    struct str rest = bytes;
    for (size_t line = 0; line < mark.line && rest.ptr != NULL; line++)
        (void)str_cut(&rest, '\n'); /* skipped */
    for (size_t column = 0; column < mark.column && rest.len > 0; column++) {
        uint32_t code_point;
        size_t len = utf8_decode(rest, &code_point);
        rest = str_skip(rest, len == 0 ? 1 : len);
    }
    if (rest.len == 0)
        return '\0';
    assert(rest.ptr != NULL);
    return rest.ptr[0];
}

/* What to do about libyaml's messages, by a piece of them. */
static const char *
advice_for(struct str problem, char byte)
{
    static const struct {
        struct str piece;
        const char *advice;
    } rows[] = {
        {STR_INIT("invalid leading UTF-8"), "save the file as UTF-8"},
        {STR_INIT("invalid trailing UTF-8"), "save the file as UTF-8"},
        {STR_INIT("UTF-8 octet sequence"), "save the file as UTF-8"},
        {STR_INIT("control characters"), "delete the character"},
        {STR_INIT("alphabetic or numeric"), "put a text that begins with * or & in quotes"},
        {STR_INIT("mapping values are not"), "check how the line and the one before it are "
                                             "indented, and put a text with \": \" in quotes"},
        {STR_INIT("block mapping"), "begin each option of a section in the same column"},
        {STR_INIT("expected key"), "begin each option of a section in the same column"},
        {STR_INIT("'-' indicator"), "begin each item of a list in the same column, with \"- \""},
        {STR_INIT("expected ':'"), "write it as \"option: value\""},
        {STR_INIT("',' or ']'"), "close the list with ], or put a comma between its items"},
        {STR_INIT("',' or '}'"), "close the section with }, or put a comma between its options"},
        {STR_INIT("unexpected end of stream"), "close the quote"},
        {STR_INIT("document indicator"), "close the quote"},
        {STR_INIT("unknown escape"), "write a backslash in quotes as two of them"},
    };

    if (byte == '\t')
        return "indent with spaces, not with tabs";
    if (byte == '%' || byte == '@' || byte == '`')
        return "put the text in quotes";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_find(problem, rows[i].piece) < problem.len)
            return rows[i].advice;
    }
    return "see confab.yaml(5) for how the file is written";
}

static void
report_syntax(const struct reader *reader, const yaml_parser_t *parser)
{
    assert(parser->error != YAML_NO_ERROR);
    struct str problem = str_from_nul(parser->problem == NULL ? "no memory" : parser->problem);
    yaml_mark_t mark = parser->problem_mark;
    if (parser->error == YAML_READER_ERROR)
        mark = mark_of_offset(reader->bytes, parser->problem_offset);
    const char *advice = advice_for(problem, byte_at(reader->bytes, mark));
    if (parser->context == NULL || parser->context_mark.line == mark.line) {
        report_error(reader, mark, "%.*s; %s", STR_ARG(problem), advice);
    } else {
        report_error(reader, mark, "%.*s (%s that begins in line %zu); %s", STR_ARG(problem),
                     parser->context, parser->context_mark.line + 1, advice);
    }
}

static void
open_parser(yaml_parser_t *parser, struct str bytes)
{
    int is_open = yaml_parser_initialize(parser);
    assert(is_open == 1); /* fails for want of memory only */
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    const char *start = bytes.len == 0 ? "" : bytes.ptr;
    yaml_parser_set_input_string(parser, (const unsigned char *)start, bytes.len);
}

/* --- what a configuration does not need --- */

static bool
has_anchor_or_tag(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_ALIAS_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return false;
    }
    cf_unreachable("YAML event");
}

/* What the file has had so far. */
struct survey {
    size_t documents;
    size_t depth;
};

static bool
check_event(const struct reader *reader, const yaml_event_t *event, struct survey *survey)
{
    const char *problem = NULL;
    survey->documents += event->type == YAML_DOCUMENT_START_EVENT ? 1 : 0;
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) {
        survey->depth++;
    } else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
        survey->depth--;
    }
    if (survey->documents > 1) {
        problem = "a second document begins; a configuration is one: delete the line ---";
    } else if (survey->depth > DEPTH_MAX) {
        problem = "too many levels; no option needs them";
    } else if (event->type == YAML_ALIAS_EVENT) {
        problem = "an alias (*) has no use here; put a text that begins with * in quotes";
    } else if (has_anchor_or_tag(event)) {
        problem = "an anchor (&) or tag (!) has no use here; put a text that begins with it in "
                  "quotes";
    }
    if (problem != NULL)
        report_error(reader, event->start_mark, "%s", problem);
    return problem == NULL;
}

/* One pass over all events before the document is made: false when it can't be. */
static bool
survey_stream(const struct reader *reader)
{
    yaml_parser_t parser;
    open_parser(&parser, reader->bytes);
    struct survey survey = {.documents = 0};
    bool is_good = true;
    bool is_at_end = false;
    while (is_good && !is_at_end) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            report_syntax(reader, &parser);
            is_good = false;
            break;
        }
        is_good = check_event(reader, &event, &survey);
        is_at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return is_good;
}

/* --- unknown keys --- */

/* Keys of all that may stand in the mapping. */
static size_t
known_keys(const struct option *parent, struct str keys_out[OPTIONS_MAX])
{
    size_t count = 0;
    struct str parent_name = parent == NULL ? STR_NONE : parent->name;
    for (size_t i = 0; i < option_count(); i++) {
        if (str_equal(option_parent_name(option_at(i)), parent_name))
            keys_out[count++] = option_key(option_at(i));
    }
    return count;
}

/* Options elsewhere that may have been meant: of that name, or with that last part. */
static size_t
find_elsewhere(struct str key, const struct option *found[MEANT_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < option_count() && count < MEANT_MAX; i++) {
        const struct option *option = option_at(i);
        if (str_equal(option->name, key) || str_equal(option_key(option), key))
            found[count++] = option;
    }
    return count;
}

static void
put_known(struct buf *out, const struct str *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_put(out, i == 0 ? STR_NONE : STR(", "));
        buf_put(out, keys[i]);
    }
}

/* Where the one option stands that is called so, although not there. */
static void
put_elsewhere(struct buf *out, const struct option *option)
{
    struct str section = option_parent_name(option);
    if (section.len == 0)
        buf_put(out, STR("write it at the left margin, in no section"));
    else
        buf_printf(out, "write \"%.*s\" below \"%.*s:\"", STR_ARG(option_key(option)),
                   STR_ARG(section));
}

/* The name is one of several options: in no section, any of them may be meant. */
static void
put_ambiguous(struct buf *out, const struct option *const *found, size_t count)
{
    struct str names[MEANT_MAX];
    for (size_t i = 0; i < count; i++)
        names[i] = found[i]->name;
    buf_put(out, STR("which of these is meant? "));
    put_known(out, names, count);
}

static void
report_unknown(const struct reader *reader, const struct mapping *mapping, const yaml_node_t *node)
{
    struct str key = scalar_text(node);
    struct str keys[OPTIONS_MAX];
    size_t count = known_keys(mapping->parent, keys);
    struct str nearest = nearest_name(key, keys, count);
    const struct option *found[MEANT_MAX];
    size_t found_count = find_elsewhere(key, found);
    struct buf text;
    buf_init(&text, WHY_BYTES_MAX);
    check_put_quoted(&text, key);
    if (mapping->parent == NULL) {
        buf_put(&text, STR(" is no option; "));
    } else {
        buf_printf(&text, " is no option of %.*s; ", STR_ARG(mapping->parent->name));
    }
    if (nearest.ptr != NULL) {
        buf_printf(&text, "did you mean \"%.*s\"?", STR_ARG(nearest));
    } else if (found_count == 1) {
        put_elsewhere(&text, found[0]);
    } else if (found_count > 1 && mapping->parent == NULL) {
        put_ambiguous(&text, found, found_count);
    } else {
        buf_put(&text, STR("there are: "));
        put_known(&text, keys, count);
    }
    report_error(reader, node->start_mark, "%.*s", STR_ARG(buf_str(&text)));
    buf_deinit(&text);
}

/* --- values --- */

/* Nothing is written: "motd:" alone, or a value that # has made a comment. */
static bool
is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    static const struct str nulls[] = {
        STR_INIT(""), STR_INIT("~"), STR_INIT("null"), STR_INIT("Null"), STR_INIT("NULL"),
    };
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
        if (str_equal(scalar_text(node), nulls[i]))
            return true;
    }
    return false;
}

static void
report_null(const struct reader *reader, const struct option *option, const yaml_node_t *node)
{
    const char *advice = "write one, or delete the line";
    if (option->type == OPTION_CHANNEL) {
        advice = "write it in quotes: what follows # is a comment otherwise";
    } else if (option_is_text(option) && option->min == 0 && !option_is_list(option)) {
        advice = "write one, or \"\" for none, or delete the line";
    }
    report_error(reader, node->start_mark, "%.*s has no value; %s", STR_ARG(option->name), advice);
}

/* Sets what stands at the node, which is to be a single value. */
static void
read_scalar(const struct reader *reader, const struct option *option, const yaml_node_t *node,
            void *base)
{
    if (node->type != YAML_SCALAR_NODE) {
        report_error(reader, node->start_mark, "%.*s is a %s here; write a single value",
                     STR_ARG(option->name), node->type == YAML_SEQUENCE_NODE ? "list" : "section");
        return;
    }
    if (is_null(node)) {
        report_null(reader, option, node);
        return;
    }
    struct buf why;
    buf_init(&why, WHY_BYTES_MAX);
    bool is_set = option_is_list(option)
                      ? option_append(option, scalar_text(node), reader->config, base, &why)
                      : option_set(option, scalar_text(node), reader->config, base, &why);
    if (!is_set) {
        report_error(reader, node->start_mark, "%.*s: %.*s", STR_ARG(option->name),
                     STR_ARG(buf_str(&why)));
    }
    buf_deinit(&why);
}

static void
add_mapping(struct reader *reader, const struct mapping *mapping)
{
    reader->mappings = cf_array_reserve(reader->mappings, &reader->mapping_capacity,
                                        reader->mapping_count + 1, sizeof *reader->mappings);
    reader->mappings[reader->mapping_count++] = *mapping;
}

/* What may stand in an item: "{name: ..., password: ...}". */
static void
put_item_form(struct buf *out, const struct option *list)
{
    struct str keys[OPTIONS_MAX];
    size_t count = known_keys(list, keys);
    buf_put_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct option *option = option_at(option_index(list) + 1 + i);
        if (i == 0 || option->default_text.ptr == NULL)
            buf_printf(out, i == 0 ? "%.*s: ..." : ", %.*s: ...", STR_ARG(keys[i]));
    }
    buf_put_byte(out, '}');
}

static void
read_item(struct reader *reader, const struct option *option, const yaml_node_t *node)
{
    if (node->type != YAML_MAPPING_NODE) {
        struct buf form;
        buf_init(&form, WHY_BYTES_MAX);
        put_item_form(&form, option);
        report_error(reader, node->start_mark, "an item of %.*s has no options; write %.*s",
                     STR_ARG(option->name), STR_ARG(buf_str(&form)));
        buf_deinit(&form);
        return;
    }
    void *item = option_append_item(option, reader->config);
    if (item == NULL) {
        report_error(reader, node->start_mark, "%.*s: too many items; write at most %llu",
                     STR_ARG(option->name), (unsigned long long)option->max);
        return;
    }
    add_mapping(reader, &(struct mapping){.node = node, .parent = option, .base = item});
}

static void
read_list(struct reader *reader, const struct option *option, const yaml_node_t *node, void *base)
{
    bool may_be_null = option->default_text.len == 0;
    if (is_null(node) && may_be_null)
        return;
    if (is_null(node)) {
        report_null(reader, option, node);
        return;
    }
    if (node->type != YAML_SEQUENCE_NODE) {
        report_error(reader, node->start_mark,
                     "%.*s is a list; write each item in a line of its own, with \"- \" before it",
                     STR_ARG(option->name));
        return;
    }
    option_clear(option, base);
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count < option->min) {
        report_error(reader, node->start_mark, "%.*s is empty; write at least %llu item",
                     STR_ARG(option->name), (unsigned long long)option->min);
    }
    for (size_t i = 0; i < count && !config_report_is_full(reader->report); i++) {
        const yaml_node_t *item =
            yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);
        if (option->type == OPTION_ITEMS) {
            read_item(reader, option, item);
        } else {
            read_scalar(reader, option, item, base);
        }
        if (i > option->max) /* one item too many has been reported; the rest adds nothing */
            break;
    }
}

/* [kill, ban] is the same as "kill,ban". */
static void
read_words(const struct reader *reader, const struct option *option, const yaml_node_t *node,
           void *base)
{
    struct buf words;
    struct buf why;
    buf_init(&words, LIMIT_CONFIG_BYTES + 1);
    buf_init(&why, WHY_BYTES_MAX);
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *word = yaml_document_get_node(reader->document, *item);
        if (word->type != YAML_SCALAR_NODE || is_null(word)) {
            report_error(reader, word->start_mark, "an item of %.*s is no word; write words alone",
                         STR_ARG(option->name));
            goto out;
        }
        buf_put(&words, words.len == 0 ? STR_NONE : STR(","));
        buf_put(&words, scalar_text(word));
    }
    if (!option_set(option, buf_str(&words), reader->config, base, &why))
        report_error(reader, node->start_mark, "%.*s: %.*s", STR_ARG(option->name),
                     STR_ARG(buf_str(&why)));
out:
    buf_deinit(&words);
    buf_deinit(&why);
}

static void
read_section(struct reader *reader, const struct option *option, const yaml_node_t *node)
{
    if (is_null(node))
        return; /* all of it may be commented out */
    if (node->type == YAML_MAPPING_NODE) {
        add_mapping(reader,
                    &(struct mapping){.node = node, .parent = option, .base = reader->config});
        return;
    }
    struct buf known;
    buf_init(&known, WHY_BYTES_MAX);
    struct str keys[OPTIONS_MAX];
    put_known(&known, keys, known_keys(option, keys));
    report_error(reader, node->start_mark,
                 "%.*s is a section; write its options below it, indented: %.*s",
                 STR_ARG(option->name), STR_ARG(buf_str(&known)));
    buf_deinit(&known);
}

static void
read_value(struct reader *reader, const struct option *option, const yaml_node_t *node, void *base)
{
    if (option->type == OPTION_SECTION) {
        read_section(reader, option, node);
    } else if (option_is_list(option)) {
        read_list(reader, option, node, base);
    } else if (option_is_words(option) && node->type == YAML_SEQUENCE_NODE) {
        read_words(reader, option, node, base);
    } else {
        read_scalar(reader, option, node, base);
    }
}

/* --- mappings --- */

/* The option of a key in the mapping; NULL after having reported that there is none. */
static const struct option *
find_option(const struct reader *reader, const struct mapping *mapping, const yaml_node_t *key)
{
    if (key->type != YAML_SCALAR_NODE) {
        report_error(reader, key->start_mark,
                     "a list or section stands where an option has its name; write \"option: "
                     "value\", and put a text that begins with [ or { in quotes");
        return NULL;
    }
    struct str text = scalar_text(key);
    struct str parent_name = mapping->parent == NULL ? STR_NONE : mapping->parent->name;
    for (size_t i = 0; i < option_count(); i++) {
        if (str_equal(option_key(option_at(i)), text) &&
            str_equal(option_parent_name(option_at(i)), parent_name))
            return option_at(i);
    }
    report_unknown(reader, mapping, key);
    return NULL;
}

/* Those of an item's options that have no default must be there. */
static void
check_missing(const struct reader *reader, const struct mapping *mapping,
              const struct config_place seen[OPTIONS_MAX])
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (seen[i].line == 0 && option->default_text.ptr == NULL &&
            option->type != OPTION_SECTION && mapping->parent != NULL &&
            str_equal(option_parent_name(option), mapping->parent->name)) {
            report_error(reader, mapping->node->start_mark, "%.*s is missing; write it, too",
                         STR_ARG(option->name));
        }
    }
}

static void
check_same_name(const struct reader *reader, const struct mapping *mapping)
{
    const struct option *list = mapping->parent;
    const struct option *name = option_name_of_items(list);
    struct buf own;
    struct buf other;
    buf_init(&own, WHY_BYTES_MAX);
    buf_init(&other, WHY_BYTES_MAX);
    option_put(name, mapping->base, &own);
    for (size_t i = 0; option_item_at(list, reader->config, i) != mapping->base; i++) {
        buf_clear(&other);
        option_put(name, option_item_at(list, reader->config, i), &other);
        if (own.len > 0 && str_equal(buf_str(&own), buf_str(&other))) {
            report_error(reader, mapping->node->start_mark,
                         "%.*s: there is another \"%.*s\" before; give them different %.*ss",
                         STR_ARG(list->name), STR_ARG(buf_str(&own)), STR_ARG(option_key(name)));
        }
    }
    buf_deinit(&own);
    buf_deinit(&other);
}

static void
read_mapping(struct reader *reader, const struct mapping *mapping)
{
    struct config_place seen[OPTIONS_MAX] = {{0}};
    const yaml_node_pair_t *pair = mapping->node->data.mapping.pairs.start;
    for (; pair < mapping->node->data.mapping.pairs.top; pair++) {
        if (config_report_is_full(reader->report))
            return;
        const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
        const struct option *option = find_option(reader, mapping, key);
        if (option == NULL)
            continue;
        struct config_place *place = &seen[option_index(option)];
        if (place->line > 0) {
            report_error(reader, key->start_mark,
                         "%.*s is set in line %u already; delete one of the two",
                         STR_ARG(option->name), place->line);
            continue;
        }
        *place = place_of(key->start_mark);
        reader->places->of[option_index(option)] = place_of(value->start_mark);
        read_value(reader, option, value, mapping->base);
    }
    check_missing(reader, mapping, seen);
    if (mapping->parent != NULL && mapping->parent->type == OPTION_ITEMS)
        check_same_name(reader, mapping);
}

static void
read_document(struct reader *reader)
{
    const yaml_node_t *root = yaml_document_get_root_node(reader->document);
    if (root == NULL || is_null(root))
        return; /* nothing but comments: all defaults */
    if (root->type != YAML_MAPPING_NODE) {
        report_error(reader, root->start_mark,
                     "the file is no list of options; write them as \"option: value\"");
        return;
    }
    add_mapping(reader, &(struct mapping){.node = root, .base = reader->config});
    for (size_t i = 0; i < reader->mapping_count; i++) {
        const struct mapping mapping = reader->mappings[i]; /* the array grows meanwhile */
        read_mapping(reader, &mapping);
    }
    cf_free(reader->mappings);
}

void
config_yaml_read(struct str bytes, const char *name, struct config *config,
                 struct config_places *places_out, struct config_report *report)
{
    memset(places_out, 0, sizeof *places_out);
    if (str_starts_with(bytes, STR(BYTE_ORDER_MARK)))
        bytes = str_skip(bytes, sizeof(BYTE_ORDER_MARK) - 1);
    struct reader reader = {
        .bytes = bytes,
        .name = name,
        .config = config,
        .places = places_out,
        .report = report,
    };
    if (!survey_stream(&reader))
        return;
    yaml_parser_t parser;
    yaml_document_t document;
    open_parser(&parser, bytes);
    if (yaml_parser_load(&parser, &document) == 0) {
        report_syntax(&reader, &parser);
    } else {
        reader.document = &document;
        read_document(&reader);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
}
