/* Pages of what is kept; see page.h. */
#include "hub/page.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Tags, and what else stands on a line beside its texts. */
#define LINE_OVERHEAD_BYTES 100

struct page_names
page_names_init(const struct page_query *query)
{
    return (struct page_names){.rest = query->targets, .sinces = query->sinces};
}

bool
page_names_next(struct page_names *names, struct str *name_out, uint64_t *since_out)
{
    if (names->rest.len == 0)
        return false;
    *name_out = str_cut(&names->rest, ',');
    *since_out = names->sinces == NULL ? 0 : *names->sinces++;
    return true;
}

static uint64_t *
copy_sinces(const struct page_query *query)
{
    struct page_names names = page_names_init(query);
    struct str name;
    uint64_t since;
    size_t count = 0;
    while (page_names_next(&names, &name, &since))
        count++;
    if (query->sinces == NULL || count == 0)
        return NULL;
    uint64_t *copy = cf_calloc_array(count, sizeof *copy);
    memcpy(copy, query->sinces, count * sizeof *copy);
    return copy;
}

struct page_query
page_query_copy(const struct page_query *query)
{
    struct page_query own = *query;
    own.target = str_dup(query->target);
    own.targets = str_dup(query->targets);
    own.sinces = copy_sinces(query);
    own.account = str_dup(query->account);
    own.text = str_dup(query->text);
    own.from = str_dup(query->from);
    return own;
}

void
page_query_deinit(struct page_query *query)
{
    str_free(&query->target);
    str_free(&query->targets);
    cf_free(query->sinces);
    str_free(&query->account);
    str_free(&query->text);
    str_free(&query->from);
    *query = (struct page_query){.limit = 0};
}

size_t
page_ranges(const struct page_query *query, struct page_range ranges[PAGE_RANGES_MAX])
{
    if (query->around == 0) {
        ranges[0] = (struct page_range){
            .after = query->after > query->since ? query->after : query->since,
            .before = query->before,
            .is_newest = query->is_newest,
            .limit = query->limit,
        };
        return 1;
    }
    uint32_t before_count = query->limit / 2;
    ranges[0] = (struct page_range){
        .after = query->since,
        .before = query->around,
        .is_newest = true,
        .limit = before_count,
    };
    ranges[1] = (struct page_range){
        .after = query->around > query->since ? query->around - 1 : query->since,
        .before = PAGE_BEFORE_MAX,
        .limit = query->limit - before_count,
    };
    return 2;
}

void
page_put(struct page *page, struct event *event)
{
    page->events =
        cf_array_reserve(page->events, &page->capacity, page->count + 1, sizeof(struct event *));
    page->events[page->count++] = event;
    page->bytes += event->source.len + event->client_tags.len + LINE_OVERHEAD_BYTES;
    for (size_t i = 0; i < event->param_count; i++)
        page->bytes += event->params[i].len + (event->joints.len > 0 ? LINE_OVERHEAD_BYTES : 1);
}

bool
page_is_full(const struct page *page)
{
    return page->bytes >= LIMIT_PAGE_BYTES;
}

void
page_put_target(struct page *page, const struct page_query *query, struct page_target target,
                uint64_t since)
{
    if (target.msgid <= query->after || target.msgid >= query->before || target.msgid <= since)
        return;
    page->targets = cf_array_reserve(page->targets, &page->target_capacity, page->target_count + 1,
                                     sizeof *page->targets);
    page->targets[page->target_count++] =
        (struct page_target){.name = str_dup(target.name), .msgid = target.msgid};
}

static int
compare_targets(const void *a, const void *b)
{
    const struct page_target *left = a;
    const struct page_target *right = b;
    return (left->msgid > right->msgid) - (left->msgid < right->msgid);
}

void
page_finish_targets(struct page *page, const struct page_query *query)
{
    if (page->target_count == 0)
        return;
    qsort(page->targets, page->target_count, sizeof *page->targets, compare_targets);
    size_t kept = page->target_count < query->limit ? page->target_count : query->limit;
    size_t first = query->is_newest ? page->target_count - kept : 0;
    for (size_t i = 0; i < page->target_count; i++) {
        if (i < first || i >= first + kept)
            str_free(&page->targets[i].name);
    }
    memmove(page->targets, page->targets + first, kept * sizeof *page->targets);
    page->target_count = kept;
}

void
page_reverse(struct page *page, size_t start)
{
    assert(start <= page->count);
    for (size_t low = start, high = page->count; low + 1 < high; low++, high--) {
        struct event *event = page->events[low];
        page->events[low] = page->events[high - 1];
        page->events[high - 1] = event;
    }
}

void
page_deinit(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        event_unref(&page->events[i]);
    cf_free(page->events);
    for (size_t i = 0; i < page->target_count; i++)
        str_free(&page->targets[i].name);
    cf_free(page->targets);
    *page = (struct page){0};
}

bool
page_is_message(const struct event *event)
{
    return event->kind == EVENT_MESSAGE && event->param_count > 1;
}
