/* Calls of whichever store it is; see store.h. */
#include "store/store.h"

#include "base/msgid.h"

#include <assert.h>

struct store_limits
store_limits_narrow(const struct store_limits *general, uint64_t keep_count, int64_t keep_ms)
{
    struct store_limits narrowed = *general;
    uint64_t oldest = keep_ms > 0 ? msgid_first_at(general->now_ms - keep_ms) : 0;
    if (keep_count > 0 && (narrowed.count == 0 || keep_count < narrowed.count))
        narrowed.count = keep_count;
    if (oldest > narrowed.oldest)
        narrowed.oldest = oldest;
    return narrowed;
}

int
store_begin(struct store *store)
{
    return store->ops->begin(store);
}

int
store_apply(struct store *store, const struct record *record)
{
    return store->ops->apply(store, record);
}

int
store_commit(struct store *store)
{
    return store->ops->commit(store);
}

void
store_rollback(struct store *store)
{
    store->ops->rollback(store);
}

int
store_tidy(struct store *store, const struct store_limits *limits)
{
    return store->ops->tidy(store, limits);
}

int
store_index(struct store *store)
{
    return store->ops->index(store);
}

bool
store_copy_log(struct store *store)
{
    return store->ops->copy_log(store);
}

bool
store_has_remains(const struct store *store)
{
    return store->ops->has_remains(store);
}

const char *
store_error_text(const struct store *store)
{
    return store->ops->error_text(store);
}

uint64_t
store_last_msgid(const struct store *store)
{
    return store->ops->last_msgid(store);
}

void
store_free(struct store **store_ptr)
{
    struct store *store = *store_ptr;
    *store_ptr = NULL;
    if (store != NULL)
        store->ops->free(store);
}

struct store_reader *
store_reader_new(struct store *store)
{
    return store->ops->reader_new(store);
}

void
store_reader_free(struct store_reader **reader_ptr)
{
    struct store_reader *reader = *reader_ptr;
    *reader_ptr = NULL;
    if (reader != NULL)
        reader->ops->reader_free(reader);
}

int
store_read_page(struct store_reader *reader, const struct page_query *query, struct page *page_out)
{
    assert(query->limit > 0);
    assert(query->before <= PAGE_BEFORE_MAX);
    return reader->ops->read_page(reader, query, page_out);
}

int
store_read_row(struct store_reader *reader, struct store_row *row)
{
    return reader->ops->read_row(reader, row);
}
