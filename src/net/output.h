#ifndef CONFAB_OUTPUT_H
#define CONFAB_OUTPUT_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Rendered bytes on their way to many sessions, without a copy for each of them.
 *
 * A stream is where one worker puts what it renders for one variant: chunks of memory, filled in
 * order. A session's pending output is a list of spans of such chunks. Spans that touch become
 * one: a session which gets everything that a stream carries in one round holds a single span,
 * whose bytes are shared with all the others, and is written to from there.
 *
 * A span pins its chunk; a chunk that is neither pinned nor the end of its stream is freed.
 * Everything here belongs to one worker and its thread.
 */
struct chunk;

/* Counts the memory of all chunks of a worker. */
struct chunk_pool {
    size_t bytes;
};

struct stream {
    struct chunk_pool *pool;
    struct chunk *current; /* NULL until something is put */
};

struct rendered {
    struct str bytes;
    struct chunk *chunk;
};

struct span {
    const char *ptr;
    uint32_t len;
    struct chunk *chunk;
};

/* Most spans that a session may hold; then it is written to before more is added. */
#define SPANS_MAX 64

struct spans {
    struct span first; /* the common case without allocation; valid when count > 0 */
    struct span *more; /* the others, owned */
    uint32_t count;
    uint32_t more_capacity;
    size_t bytes; /* in all of them */
};

void stream_init(struct stream *stream, struct chunk_pool *pool);

/* What spans still pin stays until they are cleared. */
void stream_deinit(struct stream *stream);

/* Copies bytes to the end of the stream. Valid until the stream's next stream_rewind. */
struct rendered stream_put(struct stream *stream, struct str bytes);

/* Starts again at the beginning of the current chunk if nothing pins it. Between rounds. */
void stream_rewind(struct stream *stream);

/* Adds to a session's output. The spans must not be full (spans_is_full). */
void spans_add(struct spans *spans, const struct rendered *rendered);

bool spans_is_full(const struct spans *spans);

/* index < spans->count */
const struct span *spans_at(const struct spans *spans, size_t index);

/* Forgets all spans and unpins their chunks; keeps memory for the next ones. */
void spans_clear(struct spans *spans);

/* spans_clear, and frees the memory. */
void spans_deinit(struct spans *spans);

#endif
