/* Streams, chunks and spans; see output.h. */
#include "net/output.h"

#include "base/alloc.h"
#include "base/number.h"

#include <assert.h>
#include <string.h>

/* An idle stream keeps its last chunk; a busy one doubles them up to the larger size. */
#define CHUNK_BYTES_MIN 2048
#define CHUNK_BYTES_MAX (64 * 1024)

struct chunk {
    struct chunk_pool *pool;
    size_t used;
    size_t capacity;
    uint32_t pins; /* spans, and one for being the end of a stream */
    char bytes[];
};

void
stream_init(struct stream *stream, struct chunk_pool *pool)
{
    *stream = (struct stream){.pool = pool};
}

static struct chunk *
chunk_new(struct chunk_pool *pool, size_t capacity)
{
    struct chunk *chunk = cf_alloc(sizeof *chunk + capacity);
    *chunk = (struct chunk){.pool = pool, .capacity = capacity, .pins = 1};
    pool->bytes += capacity;
    return chunk;
}

static void
chunk_unpin(struct chunk *chunk)
{
    assert(chunk->pins > 0);
    chunk->pins--;
    if (chunk->pins > 0)
        return;
    assert(chunk->pool->bytes >= chunk->capacity);
    chunk->pool->bytes -= chunk->capacity;
    cf_free(chunk);
}

void
stream_deinit(struct stream *stream)
{
    if (stream->current != NULL)
        chunk_unpin(stream->current);
    *stream = (struct stream){0};
}

void
stream_rewind(struct stream *stream)
{
    if (stream->current != NULL && stream->current->pins == 1)
        stream->current->used = 0;
}

static void
start_chunk(struct stream *stream, size_t needed)
{
    size_t capacity = CHUNK_BYTES_MIN;
    if (stream->current != NULL) {
        capacity = stream->current->capacity;
        if (capacity < CHUNK_BYTES_MAX)
            capacity *= 2;
        chunk_unpin(stream->current);
    }
    stream->current = chunk_new(stream->pool, capacity < needed ? needed : capacity);
}

struct rendered
stream_put(struct stream *stream, struct str bytes)
{
    assert(bytes.len > 0);
    struct chunk *chunk = stream->current;
    if (chunk == NULL || bytes.len > chunk->capacity - chunk->used) {
        start_chunk(stream, bytes.len);
        chunk = stream->current;
    }
    char *at = chunk->bytes + chunk->used;
    memcpy(at, bytes.ptr, bytes.len);
    chunk->used += bytes.len;
    return (struct rendered){.bytes = {.ptr = at, .len = bytes.len}, .chunk = chunk};
}

static struct span *
span_at(struct spans *spans, size_t index)
{
    assert(index < spans->count);
    return index == 0 ? &spans->first : &spans->more[index - 1];
}

const struct span *
spans_at(const struct spans *spans, size_t index)
{
    assert(index < spans->count);
    return index == 0 ? &spans->first : &spans->more[index - 1];
}

bool
spans_is_full(const struct spans *spans)
{
    return spans->count == SPANS_MAX;
}

void
spans_add(struct spans *spans, const struct rendered *rendered)
{
    assert(rendered->bytes.len > 0);
    spans->bytes += rendered->bytes.len;
    if (spans->count > 0) {
        struct span *last = span_at(spans, spans->count - 1);
        if (last->ptr + last->len == rendered->bytes.ptr && last->chunk == rendered->chunk) {
            last->len += u32_from_size(rendered->bytes.len);
            return;
        }
    }
    assert(!spans_is_full(spans));
    rendered->chunk->pins++;
    struct span span = {
        .ptr = rendered->bytes.ptr,
        .len = u32_from_size(rendered->bytes.len),
        .chunk = rendered->chunk,
    };
    if (spans->count == 0) {
        spans->first = span;
    } else {
        size_t capacity = spans->more_capacity;
        spans->more = cf_array_reserve(spans->more, &capacity, spans->count, sizeof *spans->more);
        spans->more_capacity = u32_from_size(capacity);
        spans->more[spans->count - 1] = span;
    }
    spans->count++;
}

void
spans_clear(struct spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        chunk_unpin(span_at(spans, i)->chunk);
    spans->count = 0;
    spans->bytes = 0;
}

void
spans_deinit(struct spans *spans)
{
    spans_clear(spans);
    cf_free(spans->more);
    *spans = (struct spans){0};
}
