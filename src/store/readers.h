#ifndef CONFAB_READERS_H
#define CONFAB_READERS_H

#include "base/attr.h"
#include "hub/outbox.h"
#include "store/store.h"
#include "store/writer.h"

#include <stddef.h>

/*
 * The threads that answer questions to the store, each with a reader of its own. A question waits
 * until the records before it have been settled, so that whoever asks sees what it has said itself.
 */
struct readers;

struct readers_options {
    struct store *store;   /* these two: borrowed */
    struct writer *writer; /* its `settled` has to call readers_settled */
    size_t thread_count;
    void *context;
    /* On a reading thread, or that of readers_ask. page NULL: it could not be read. */
    void (*answer)(void *context, struct question *question, const struct page *page);
};

/* NULL when the system refuses threads or files. */
CF_NODISCARD struct readers *readers_new(const struct readers_options *options);

/* Answers what has been asked, ends the threads and sets *readers to NULL. The writer must have
 * settled everything. */
void readers_free(struct readers **readers);

/* Takes over the question, which is a QUESTION_PAGE; `answer` will be called, maybe at once. */
void readers_ask(struct readers *readers, struct question *question);

/* Records have been settled: the writer's thread. */
void readers_settled(struct readers *readers);

#endif
