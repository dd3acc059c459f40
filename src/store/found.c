/* What a search finds; see found.h. */
#include "store/found.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "wire/mask.h"
#include "wire/name.h"
#include "wire/words.h"

#include <assert.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)WORDS_FOLDED_FACTOR * 64 * 1024)

void
found_init(struct found *found, const struct page_query *query)
{
    assert(query->kind == PAGE_OF_FOUND);
    assert(query->limit > 0);
    *found = (struct found){.query = query};
    buf_init(&found->search, WORDS_FOLDED_FACTOR * query->text.len + 1);
    buf_init(&found->text, TEXT_BYTES_MAX);
    words_fold(&found->search, query->text);
    found->events = cf_calloc_array(query->limit, sizeof(struct event *));
}

void
found_deinit(struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        event_unref(&found->events[i]);
    cf_free(found->events);
    buf_deinit(&found->search);
    buf_deinit(&found->text);
}

void
found_put_text(struct buf *out, const struct event *event)
{
    for (size_t i = 1; i < event->param_count; i++) {
        buf_put(out, event->params[i]);
        buf_put_byte(out, ' ');
    }
}

static bool
is_from(const struct event *event, struct str from)
{
    struct folded folded;
    struct str source = event->source;
    struct str nick = str_cut(&source, '!');
    return (name_fold(nick, &folded) && str_equal(folded_str(&folded), from)) ||
           (event->account.len > 0 && name_fold(event->account, &folded) &&
            str_equal(folded_str(&folded), from));
}

/* Each line is folded by itself: no copy of all of them is needed. */
static bool
has_words(struct found *found, const struct event *event)
{
    if (found->search.len == 0)
        return found->query->text.len == 0; /* of signs only, nothing is found */
    buf_clear(&found->text);
    for (size_t i = 1; i < event->param_count; i++) {
        words_fold(&found->text, event->params[i]);
        buf_put_byte(&found->text, ' ');
    }
    return words_match(buf_str(&found->text), buf_str(&found->search));
}

static bool
matches(struct found *found, const struct event *event)
{
    const struct page_query *query = found->query;
    return page_is_message(event) && event->msgid > query->after && event->msgid < query->before &&
           (query->from.len == 0 || is_from(event, query->from)) && has_words(found, event);
}

/* Where it belongs, from the end on. */
static size_t
find_place(const struct found *found, uint64_t msgid)
{
    size_t place = found->count;
    while (place > 0 && (found->query->is_newest ? found->events[place - 1]->msgid < msgid
                                                 : found->events[place - 1]->msgid > msgid))
        place--;
    return place;
}

bool
found_put(struct found *found, struct event *event)
{
    uint32_t limit = found->query->limit;
    size_t place = find_place(found, event->msgid);
    if (place == limit) {
        event_unref(&event);
        return false;
    }
    if (!matches(found, event)) {
        event_unref(&event);
        return true;
    }
    if (found->count == limit)
        event_unref(&found->events[--found->count]);
    memmove(&found->events[place + 1], &found->events[place],
            (found->count - place) * sizeof(struct event *));
    found->events[place] = event;
    found->count++;
    return true;
}

void
found_finish(struct found *found, struct page *page)
{
    size_t moved = 0;
    while (moved < found->count && !page_is_full(page))
        page_put(page, found->events[moved++]);
    page->is_end = moved == found->count && found->count < found->query->limit;
    if (found->query->is_newest)
        page_reverse(page, 0);
    found->count -= moved;
    memmove(found->events, found->events + moved, found->count * sizeof(struct event *));
}
