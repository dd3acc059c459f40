/* The store in memory; see store_memory.h. */
#include "store/store_memory.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "hub/row.h"
#include "store/form.h"
#include "store/found.h"
#include "wire/name.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All that is kept under a name, oldest first. */
struct shelf {
    struct map_node by_name; /* key: name */
    char *name;              /* owned */
    size_t name_len;
    struct event **events; /* one reference each */
    size_t count;
    size_t capacity;
    uint64_t keep_count; /* RECORD_KEEP */
    int64_t keep_ms;
};

struct memory_row {
    uint32_t row;
    struct str key; /* owned, with value in one allocation at key.ptr */
    struct str value;
};

struct store_memory {
    struct store base;
    struct records pending; /* of the transaction under way */
    bool is_open;
    struct map shelves;
    struct memory_row *rows; /* in the order of kind and key */
    size_t row_count;
    size_t row_capacity;
    uint64_t last_msgid;
    uint64_t good_calls; /* before the bad ones */
    uint64_t bad_calls;
};

struct reader_memory {
    struct store_reader base;
    struct store_memory *store;
};

static struct store_memory *
of_base(const struct store *store)
{
    return CONTAINER_OF((struct store *)(uintptr_t)store, struct store_memory, base);
}

/* --- rows --- */

static int
compare_row(const struct memory_row *row, uint32_t kind, struct str key)
{
    if (row->row != kind)
        return row->row < kind ? -1 : 1;
    return str_compare(row->key, key);
}

/* The index of the first row that is not before this one. */
static size_t
find_row(const struct store_memory *store, uint32_t kind, struct str key)
{
    size_t index = 0;
    while (index < store->row_count && compare_row(&store->rows[index], kind, key) < 0)
        index++;
    return index;
}

static void
drop_row(struct store_memory *store, uint32_t kind, struct str key)
{
    size_t at = find_row(store, kind, key);
    if (at == store->row_count || compare_row(&store->rows[at], kind, key) != 0)
        return;
    cf_free((void *)(uintptr_t)store->rows[at].key.ptr); /* made by put_row */
    memmove(&store->rows[at], &store->rows[at + 1],
            (store->row_count - at - 1) * sizeof *store->rows);
    store->row_count--;
}

static void
put_row(struct store_memory *store, const struct record *record)
{
    drop_row(store, record->row, record->key);
    size_t at = find_row(store, record->row, record->key);
    store->rows = cf_array_reserve(store->rows, &store->row_capacity, store->row_count + 1,
                                   sizeof *store->rows);
    memmove(&store->rows[at + 1], &store->rows[at], (store->row_count - at) * sizeof *store->rows);
    store->row_count++;
    char *bytes = cf_alloc(record->key.len + record->value.len);
    memcpy(bytes, record->key.ptr, record->key.len);
    memcpy(bytes + record->key.len, record->value.ptr, record->value.len);
    store->rows[at] = (struct memory_row){
        .row = record->row,
        .key = {.ptr = bytes, .len = record->key.len},
        .value = {.ptr = bytes + record->key.len, .len = record->value.len},
    };
}

/* The number of the last message under that name; 0: it is not numbered. */
static void
put_seq(struct store_memory *store, struct str name, uint64_t seq)
{
    struct buf number;
    if (seq == 0)
        return;
    buf_init(&number, 24);
    buf_put_u64(&number, seq);
    put_row(store, &(struct record){.row = ROW_SEQ, .key = name, .value = buf_str(&number)});
    buf_deinit(&number);
}

static void
move_seq(struct store_memory *store, struct str from, struct str to)
{
    size_t at = find_row(store, ROW_SEQ, from);
    if (at == store->row_count || compare_row(&store->rows[at], ROW_SEQ, from) != 0)
        return;
    struct record record = record_of_row(ROW_SEQ, to, store->rows[at].value);
    put_row(store, &record);
    drop_row(store, ROW_SEQ, from);
    record_deinit(&record);
}

/* --- shelves --- */

static struct shelf *
find_shelf(const struct store_memory *store, struct str name)
{
    struct map_node *node = map_find(&store->shelves, name);
    return node == NULL ? NULL : CONTAINER_OF(node, struct shelf, by_name);
}

static struct str
shelf_name(const struct shelf *shelf)
{
    return (struct str){.ptr = shelf->name, .len = shelf->name_len};
}

static struct shelf *
get_shelf(struct store_memory *store, struct str name)
{
    struct shelf *shelf = find_shelf(store, name);
    if (shelf != NULL)
        return shelf;
    shelf = cf_calloc_array(1, sizeof *shelf);
    shelf->name = cf_alloc(name.len);
    memcpy(shelf->name, name.ptr, name.len);
    shelf->name_len = name.len;
    map_insert(&store->shelves, &shelf->by_name, shelf_name(shelf));
    return shelf;
}

static void
free_shelf(struct store_memory *store, struct shelf *shelf)
{
    map_remove(&store->shelves, &shelf->by_name);
    for (size_t i = 0; i < shelf->count; i++)
        event_unref(&shelf->events[i]);
    cf_free(shelf->events);
    cf_free(shelf->name);
    cf_free(shelf);
}

static void
put_event(struct store_memory *store, struct str targets, struct event *event)
{
    while (targets.ptr != NULL) {
        struct shelf *shelf = get_shelf(store, str_cut(&targets, ','));
        assert(shelf->count == 0 || shelf->events[shelf->count - 1]->msgid < event->msgid);
        shelf->events = cf_array_reserve(shelf->events, &shelf->capacity, shelf->count + 1,
                                         sizeof(struct event *));
        event_ref(event);
        shelf->events[shelf->count++] = event;
        put_seq(store, shelf_name(shelf), event->seq);
    }
    if (event->msgid > store->last_msgid)
        store->last_msgid = event->msgid;
}

static void
forget(struct store_memory *store, struct str targets)
{
    while (targets.ptr != NULL) {
        struct str name = str_cut(&targets, ',');
        struct shelf *shelf = find_shelf(store, name);
        drop_row(store, ROW_SEQ, name);
        if (shelf != NULL)
            free_shelf(store, shelf);
    }
}

static void
redact(struct store_memory *store, const struct record *record)
{
    struct shelf *shelf = find_shelf(store, record->targets);
    for (size_t i = 0; shelf != NULL && i < shelf->count; i++) {
        if (shelf->events[i]->msgid != record->msgid)
            continue;
        event_unref(&shelf->events[i]);
        memmove(&shelf->events[i], &shelf->events[i + 1],
                (shelf->count - i - 1) * sizeof(struct event *));
        shelf->count--;
        return;
    }
}

/* It is shown as it is called now, unless it was shown as something else before. */
static void
show_target(struct event **event, const struct record *record)
{
    struct folded folded;
    const struct event *old = *event;
    if (!form_has_target(old) || !name_fold(old->params[0], &folded) ||
        !str_equal(folded_str(&folded), record->targets))
        return;
    struct event *shown = event_clone_with(old, 0, record->value);
    event_unref(event);
    *event = shown;
}

static void
rename_shelf(struct store_memory *store, const struct record *record)
{
    struct shelf *same = find_shelf(store, record->targets);
    if (str_equal(record->targets, record->key)) {
        for (size_t i = 0; same != NULL && i < same->count; i++)
            show_target(&same->events[i], record);
        return;
    }
    forget(store, record->key);
    move_seq(store, record->targets, record->key);
    struct shelf *old = find_shelf(store, record->targets);
    if (old == NULL)
        return;
    for (size_t i = 0; i < old->count; i++)
        show_target(&old->events[i], record);
    struct shelf *renamed = get_shelf(store, record->key);
    renamed->events = old->events;
    renamed->count = old->count;
    renamed->capacity = old->capacity;
    renamed->keep_count = old->keep_count;
    renamed->keep_ms = old->keep_ms;
    old->events = NULL;
    old->count = 0;
    free_shelf(store, old);
}

/* What is from an account. */
static void
erase(struct store_memory *store, const struct record *record)
{
    for (struct map_node *node = map_first(&store->shelves); node != NULL; node = map_next(node)) {
        struct shelf *shelf = CONTAINER_OF(node, struct shelf, by_name);
        size_t kept = 0;
        for (size_t i = 0; i < shelf->count; i++) {
            const struct event *event = shelf->events[i];
            if (event->msgid >= record->msgid && event->account.len > 0 &&
                name_equal(event->account, record->key))
                event_unref(&shelf->events[i]);
            else
                shelf->events[kept++] = shelf->events[i];
        }
        shelf->count = kept;
    }
}

static void
keep_limits(struct store_memory *store, const struct record *record)
{
    struct shelf *shelf = get_shelf(store, record->targets);
    shelf->keep_count = record->keep_count;
    shelf->keep_ms = record->keep_ms;
}

/* --- transactions --- */

static int
spend_call(struct store_memory *store)
{
    if (store->good_calls > 0) {
        store->good_calls--;
        return 0;
    }
    if (store->bad_calls == 0)
        return 0;
    store->bad_calls--;
    return -EIO;
}

static int
memory_begin(struct store *base)
{
    struct store_memory *store = of_base(base);
    assert(!store->is_open);
    store->is_open = true;
    return spend_call(store);
}

static int
memory_apply(struct store *base, const struct record *record)
{
    struct store_memory *store = of_base(base);
    assert(store->is_open);
    int result = spend_call(store);
    if (result != 0)
        return result;
    struct record copy = record_copy(record);
    records_put(&store->pending, &copy);
    return 0;
}

static void
drop_pending(struct store_memory *store)
{
    for (size_t i = 0; i < store->pending.count; i++)
        record_deinit(&store->pending.items[i]);
    store->pending.count = 0;
    store->is_open = false;
}

static int
memory_commit(struct store *base)
{
    struct store_memory *store = of_base(base);
    assert(store->is_open);
    int result = spend_call(store);
    if (result != 0)
        return result;
    for (size_t i = 0; i < store->pending.count; i++) {
        const struct record *record = &store->pending.items[i];
        switch (record->kind) {
        case RECORD_EVENT:
            put_event(store, record->targets, record->event);
            if (record->key.len > 0)
                put_row(store, record);
            break;
        case RECORD_FORGET:
            forget(store, record->targets);
            break;
        case RECORD_REDACT:
            redact(store, record);
            break;
        case RECORD_RENAME:
            rename_shelf(store, record);
            break;
        case RECORD_ERASE:
            erase(store, record);
            break;
        case RECORD_KEEP:
            keep_limits(store, record);
            break;
        case RECORD_ROW:
            put_row(store, record);
            break;
        case RECORD_ROW_GONE:
            drop_row(store, record->row, record->key);
            break;
        }
    }
    drop_pending(store);
    return 0;
}

static void
memory_rollback(struct store *base)
{
    drop_pending(of_base(base));
}

static void
drop_first(struct shelf *shelf, bool has_text, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        if (count > 0 && page_is_message(shelf->events[i]) == has_text) {
            event_unref(&shelf->events[i]);
            count--;
        } else {
            shelf->events[kept++] = shelf->events[i];
        }
    }
    shelf->count = kept;
}

/* Of messages with text, or of all else: what is too old, and the first of what is too much. */
static void
drop_excess(struct shelf *shelf, const struct store_limits *limits, bool has_text)
{
    struct store_limits own = store_limits_narrow(limits, shelf->keep_count, shelf->keep_ms);
    size_t old = 0;
    size_t count = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        if (page_is_message(shelf->events[i]) != has_text)
            continue;
        count++;
        old += shelf->events[i]->msgid < own.oldest ? 1 : 0;
    }
    size_t excess = own.count > 0 && count > own.count ? count - own.count : 0;
    drop_first(shelf, has_text, excess > old ? excess : old);
}

static int
memory_tidy(struct store *base, const struct store_limits *limits)
{
    struct store_memory *store = of_base(base);
    int result = spend_call(store);
    if (result != 0)
        return result;
    for (struct map_node *node = map_first(&store->shelves); node != NULL; node = map_next(node)) {
        drop_excess(CONTAINER_OF(node, struct shelf, by_name), limits, true);
        drop_excess(CONTAINER_OF(node, struct shelf, by_name), limits, false);
    }
    return 0; /* what is forgotten is gone at once */
}

static int
memory_index(struct store *base)
{
    return spend_call(of_base(base)); /* it is searched without an index */
}

static bool
memory_copy_log(struct store *base)
{
    (void)base;
    return false; /* it has none */
}

static bool
memory_has_remains(const struct store *base)
{
    (void)base;
    return false;
}

static const char *
memory_error_text(const struct store *base)
{
    (void)base;
    return "the memory has been told to fail";
}

static uint64_t
memory_last_msgid(const struct store *base)
{
    return of_base(base)->last_msgid;
}

static void
memory_free(struct store *base)
{
    struct store_memory *store = of_base(base);
    drop_pending(store);
    records_deinit(&store->pending);
    struct map_node *node;
    while ((node = map_first(&store->shelves)) != NULL)
        free_shelf(store, CONTAINER_OF(node, struct shelf, by_name));
    for (size_t i = 0; i < store->row_count; i++)
        cf_free((void *)(uintptr_t)store->rows[i].key.ptr); /* made by put_row */
    cf_free(store->rows);
    cf_free(store);
}

/* --- reading --- */

static struct store_reader *
memory_reader_new(struct store *base)
{
    struct reader_memory *reader = cf_calloc_array(1, sizeof *reader);
    reader->base.ops = base->ops;
    reader->store = of_base(base);
    return &reader->base;
}

static void
memory_reader_free(struct store_reader *base)
{
    cf_free(CONTAINER_OF(base, struct reader_memory, base));
}

/* Adds what lies between two ids, both outside, in one direction. True when that was all. */
static bool
read_range(const struct shelf *shelf, const struct page_query *query,
           const struct page_range *range, struct page *page)
{
    uint32_t left = range->limit;
    for (size_t i = 0; i < shelf->count; i++) {
        struct event *event = shelf->events[range->is_newest ? shelf->count - 1 - i : i];
        if (event->msgid <= range->after || event->msgid >= range->before ||
            (!query->has_all && !page_is_message(event)))
            continue;
        if (left == 0 || page_is_full(page))
            return false;
        left--;
        page_put(page, event_clone(event, STR(""), query->batch));
    }
    return true;
}

/* Its last message with text, 0 for none. The name is borrowed. */
static struct page_target
last_of(const struct shelf *shelf)
{
    struct page_target target = {.name = shelf_name(shelf)};
    for (size_t i = shelf->count; i > 0 && target.msgid == 0; i--) {
        if (page_is_message(shelf->events[i - 1]))
            target.msgid = shelf->events[i - 1]->msgid;
    }
    return target;
}

static bool
is_conversation_of(struct str name, struct str account)
{
    struct str first = str_cut(&name, ' ');
    return name.ptr != NULL && account.len > 0 &&
           (str_equal(first, account) || str_equal(name, account));
}

/* One of the two is a nick behind '~' (hub/keep.h). */
static bool
is_with_guest(const struct shelf *shelf)
{
    struct str rest = shelf_name(shelf);
    struct str first = str_cut(&rest, ' ');
    return str_starts_with(first, STR("~")) || str_starts_with(rest, STR("~"));
}

static void
read_targets(const struct store_memory *store, const struct page_query *query, struct page *page)
{
    struct page_names names = page_names_init(query);
    struct str name;
    uint64_t since;
    while (page_names_next(&names, &name, &since)) {
        const struct shelf *shelf = find_shelf(store, name);
        if (shelf != NULL)
            page_put_target(page, query, last_of(shelf), since);
    }
    for (struct map_node *node = map_first(&store->shelves); node != NULL; node = map_next(node)) {
        const struct shelf *shelf = CONTAINER_OF(node, struct shelf, by_name);
        if (is_conversation_of(shelf_name(shelf), query->account))
            page_put_target(page, query, last_of(shelf), query->since);
    }
    page_finish_targets(page, query);
}

static void
search_shelf(const struct shelf *shelf, uint64_t since, struct found *found)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (shelf->events[i]->msgid > since)
            (void)found_put(found, event_clone(shelf->events[i], STR(""), found->query->batch));
    }
}

/* Those with guests after the others, and those in which something was said last before older. */
static int
compare_conversations(const void *a, const void *b)
{
    const struct shelf *left = *(const struct shelf *const *)a;
    const struct shelf *right = *(const struct shelf *const *)b;
    if (is_with_guest(left) != is_with_guest(right))
        return is_with_guest(left) ? 1 : -1;
    uint64_t left_last = last_of(left).msgid;
    uint64_t right_last = last_of(right).msgid;
    return (left_last < right_last) - (left_last > right_last);
}

/* As many of them as there is room for. */
static void
search_conversations(const struct store_memory *store, size_t room, struct found *found)
{
    const struct page_query *query = found->query;
    const struct shelf **shelves = cf_calloc_array(map_count(&store->shelves) + 1, sizeof *shelves);
    size_t count = 0;
    for (struct map_node *node = map_first(&store->shelves); node != NULL; node = map_next(node)) {
        const struct shelf *shelf = CONTAINER_OF(node, struct shelf, by_name);
        if (is_conversation_of(shelf_name(shelf), query->account))
            shelves[count++] = shelf;
    }
    qsort(shelves, count, sizeof *shelves, compare_conversations);
    for (size_t i = 0; i < count && i < room; i++)
        search_shelf(shelves[i], query->since, found);
    cf_free(shelves);
}

/* As many shelves are looked through as the store on disk allows. */
static void
read_found(const struct store_memory *store, const struct page_query *query, struct page *page)
{
    struct found found;
    found_init(&found, query);
    const struct shelf *target = find_shelf(store, query->target);
    if (target != NULL)
        search_shelf(target, query->since, &found);
    size_t room = LIMIT_SEARCH_TARGETS;
    struct page_names names = page_names_init(query);
    struct str name;
    uint64_t since;
    while (query->target.len == 0 && room > 0 && page_names_next(&names, &name, &since)) {
        const struct shelf *shelf = find_shelf(store, name);
        if (shelf == NULL)
            continue;
        search_shelf(shelf, since, &found);
        room--;
    }
    if (query->target.len == 0)
        search_conversations(store, room, &found);
    found_finish(&found, page);
    found_deinit(&found);
}

static int
memory_read_page(struct store_reader *base, const struct page_query *query, struct page *page_out)
{
    struct reader_memory *reader = CONTAINER_OF(base, struct reader_memory, base);
    *page_out = (struct page){.is_end = true};
    if (query->kind == PAGE_OF_TARGETS) {
        read_targets(reader->store, query, page_out);
        return 0;
    }
    if (query->kind == PAGE_OF_FOUND) {
        read_found(reader->store, query, page_out);
        return 0;
    }
    struct shelf *shelf = find_shelf(reader->store, query->target);
    struct page_range ranges[PAGE_RANGES_MAX];
    size_t count = page_ranges(query, ranges);
    for (size_t i = 0; i < count && shelf != NULL; i++) {
        size_t start = page_out->count;
        bool is_end = read_range(shelf, query, &ranges[i], page_out);
        page_out->is_end = page_out->is_end && is_end;
        if (ranges[i].is_newest)
            page_reverse(page_out, start);
    }
    return 0;
}

static int
memory_read_row(struct store_reader *base, struct store_row *row)
{
    struct reader_memory *reader = CONTAINER_OF(base, struct reader_memory, base);
    const struct store_memory *store = reader->store;
    size_t at = find_row(store, row->row, row->key);
    if (at < store->row_count && compare_row(&store->rows[at], row->row, row->key) == 0)
        at++;
    if (at == store->row_count)
        return 0;
    *row = (struct store_row){
        .row = store->rows[at].row,
        .key = store->rows[at].key,
        .value = store->rows[at].value,
    };
    return 1;
}

static const struct store_ops memory_ops = {
    .begin = memory_begin,
    .apply = memory_apply,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .tidy = memory_tidy,
    .index = memory_index,
    .copy_log = memory_copy_log,
    .has_remains = memory_has_remains,
    .error_text = memory_error_text,
    .last_msgid = memory_last_msgid,
    .reader_new = memory_reader_new,
    .free = memory_free,
    .read_page = memory_read_page,
    .read_row = memory_read_row,
    .reader_free = memory_reader_free,
};

struct store *
store_memory_new(void)
{
    struct store_memory *store = cf_calloc_array(1, sizeof *store);
    store->base.ops = &memory_ops;
    return &store->base;
}

void
store_memory_fail(struct store *base, uint64_t good_calls, uint64_t bad_calls)
{
    of_base(base)->good_calls = good_calls;
    of_base(base)->bad_calls = bad_calls;
}
