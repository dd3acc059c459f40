/* Threads that read from the store; see readers.h. */
#include "store/readers.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/helper_pool.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mutex.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define THREADS_MAX 64

struct readers {
    struct readers_options options; /* immutable */
    struct helper_pool *pool;       /* immutable */
    struct cf_mutex mutex;
    struct store_reader *idle[THREADS_MAX] CF_GUARDED_BY(mutex); /* of no thread now */
    size_t idle_count CF_GUARDED_BY(mutex);
    struct question *deferred[LIMIT_STORE_QUESTIONS] CF_GUARDED_BY(mutex); /* for their tickets */
    size_t deferred_count CF_GUARDED_BY(mutex);
};

static void
answer(struct readers *readers, struct question *question, const struct page *page)
{
    readers->options.answer(readers->options.context, question, page);
    question_deinit(question);
    cf_free(question);
}

static struct store_reader *
take_reader(struct readers *readers)
{
    cf_mutex_lock(&readers->mutex);
    assert(readers->idle_count > 0); /* there are as many as threads */
    struct store_reader *reader = readers->idle[--readers->idle_count];
    cf_mutex_unlock(&readers->mutex);
    return reader;
}

static void
give_back(struct readers *readers, struct store_reader *reader)
{
    cf_mutex_lock(&readers->mutex);
    readers->idle[readers->idle_count++] = reader;
    cf_mutex_unlock(&readers->mutex);
}

/* On a thread of the pool. */
static void
run(void *context, void *job)
{
    struct readers *readers = context;
    struct question *question = job;
    struct store_reader *reader = take_reader(readers);
    struct page page;
    int result = store_read_page(reader, &question->page, &page);
    give_back(readers, reader);
    if (result != 0) {
        if (result != -ETIME) /* it was asked for too much */
            log_line(LOG_ERROR, "store", "history can't be read", LOG_ERRNO(-result));
        answer(readers, question, NULL);
        return;
    }
    answer(readers, question, &page);
    page_deinit(&page);
}

static void
submit(struct readers *readers, struct question *question)
{
    if (!helper_pool_submit(readers->pool, question))
        answer(readers, question, NULL);
}

void
readers_ask(struct readers *readers, struct question *question)
{
    assert(question->kind == QUESTION_PAGE);
    struct question *own = cf_alloc(sizeof *own);
    *own = *question;

    enum {
        READY,
        DEFERRED,
        REFUSED,
    } fate = READY;

    cf_mutex_lock(&readers->mutex);
    /* Under the lock: what is settled from now on comes to readers_settled afterwards. */
    if (writer_outcome(readers->options.writer, own->ticket) == OUTCOME_PENDING) {
        fate = readers->deferred_count < LIMIT_STORE_QUESTIONS ? DEFERRED : REFUSED;
        if (fate == DEFERRED)
            readers->deferred[readers->deferred_count++] = own;
    }
    cf_mutex_unlock(&readers->mutex);
    if (fate == READY)
        submit(readers, own);
    else if (fate == REFUSED)
        answer(readers, own, NULL);
}

/* The next question that need not wait any more; NULL when there is none. */
static struct question *
take_ready(struct readers *readers)
{
    struct question *ready = NULL;
    cf_mutex_lock(&readers->mutex);
    for (size_t i = 0; i < readers->deferred_count && ready == NULL; i++) {
        if (writer_outcome(readers->options.writer, readers->deferred[i]->ticket) ==
            OUTCOME_PENDING)
            continue;
        ready = readers->deferred[i];
        readers->deferred_count--;
        memmove(&readers->deferred[i], &readers->deferred[i + 1],
                (readers->deferred_count - i) * sizeof readers->deferred[i]);
    }
    cf_mutex_unlock(&readers->mutex);
    return ready;
}

void
readers_settled(struct readers *readers)
{
    struct question *question;
    while ((question = take_ready(readers)) != NULL)
        submit(readers, question);
}

struct readers *
readers_new(const struct readers_options *options)
{
    assert(options->thread_count > 0);
    assert(options->thread_count <= THREADS_MAX);
    struct readers *readers = cf_calloc_array(1, sizeof *readers);
    readers->options = *options;
    cf_mutex_init(&readers->mutex);
    for (size_t i = 0; i < options->thread_count; i++) {
        struct store_reader *reader = store_reader_new(options->store);
        if (reader == NULL)
            break;
        give_back(readers, reader);
    }
    cf_mutex_lock(&readers->mutex);
    bool is_complete = readers->idle_count == options->thread_count;
    cf_mutex_unlock(&readers->mutex);
    if (is_complete)
        readers->pool = helper_pool_new(options->thread_count, LIMIT_STORE_QUESTIONS, run, readers);
    if (readers->pool == NULL)
        readers_free(&readers);
    return readers;
}

void
readers_free(struct readers **readers_ptr)
{
    struct readers *readers = *readers_ptr;
    *readers_ptr = NULL;
    if (readers == NULL)
        return;
    helper_pool_free(&readers->pool);
    cf_mutex_lock(&readers->mutex);
    assert(readers->deferred_count == 0);
    while (readers->idle_count > 0)
        store_reader_free(&readers->idle[--readers->idle_count]);
    cf_mutex_unlock(&readers->mutex);
    cf_mutex_deinit(&readers->mutex);
    cf_free(readers);
}
