/* Threads for slow work; see helper_pool.h. */
#include "base/helper_pool.h"

#include "base/alloc.h"
#include "base/mutex.h"
#include "base/thread.h"

#include <assert.h>

struct helper_pool {
    struct cf_mutex mutex;
    pthread_cond_t has_work;           /* waited on with mutex */
    void **queue CF_GUARDED_BY(mutex); /* ring */
    size_t queue_max;                  /* immutable */
    size_t first CF_GUARDED_BY(mutex);
    size_t count CF_GUARDED_BY(mutex);
    bool is_stopping CF_GUARDED_BY(mutex);
    helper_fn *run; /* immutable */
    void *context;
    pthread_t *threads;
    size_t thread_count;
};

static void *
take_job(struct helper_pool *pool)
{
    void *job = NULL;
    cf_mutex_lock(&pool->mutex);
    while (pool->count == 0 && !pool->is_stopping) {
        int result = pthread_cond_wait(&pool->has_work, &pool->mutex.handle);
        assert(result == 0);
    }
    if (pool->count > 0) {
        job = pool->queue[pool->first];
        pool->first = (pool->first + 1) % pool->queue_max;
        pool->count--;
    }
    cf_mutex_unlock(&pool->mutex);
    return job;
}

static void *
helper_main(void *argument)
{
    struct helper_pool *pool = argument;
    void *job;
    while ((job = take_job(pool)) != NULL)
        pool->run(pool->context, job);
    return NULL;
}

struct helper_pool *
helper_pool_new(size_t thread_count, size_t queue_max, helper_fn *run, void *context)
{
    assert(thread_count > 0);
    assert(queue_max > 0);
    struct helper_pool *pool = cf_calloc_array(1, sizeof *pool);
    cf_mutex_init(&pool->mutex);
    int result = pthread_cond_init(&pool->has_work, NULL);
    assert(result == 0);
    pool->queue_max = queue_max;
    pool->run = run;
    pool->context = context;
    cf_mutex_lock(&pool->mutex);
    pool->queue = cf_calloc_array(queue_max, sizeof(void *));
    cf_mutex_unlock(&pool->mutex);
    pool->threads = cf_calloc_array(thread_count, sizeof *pool->threads);
    while (pool->thread_count < thread_count &&
           thread_start(&pool->threads[pool->thread_count], "helper", 0, helper_main, pool) == 0)
        pool->thread_count++;
    if (pool->thread_count < thread_count)
        helper_pool_free(&pool);
    return pool;
}

bool
helper_pool_submit(struct helper_pool *pool, void *job)
{
    assert(job != NULL);
    bool is_taken = false;
    cf_mutex_lock(&pool->mutex);
    if (pool->count < pool->queue_max) {
        pool->queue[(pool->first + pool->count) % pool->queue_max] = job;
        pool->count++;
        is_taken = true;
    }
    cf_mutex_unlock(&pool->mutex);
    if (is_taken) {
        int result = pthread_cond_signal(&pool->has_work);
        assert(result == 0);
    }
    return is_taken;
}

void
helper_pool_free(struct helper_pool **pool_ptr)
{
    struct helper_pool *pool = *pool_ptr;
    *pool_ptr = NULL;
    if (pool == NULL)
        return;
    cf_mutex_lock(&pool->mutex);
    pool->is_stopping = true;
    cf_mutex_unlock(&pool->mutex);
    int result = pthread_cond_broadcast(&pool->has_work);
    assert(result == 0);
    for (size_t i = 0; i < pool->thread_count; i++)
        thread_join(pool->threads[i]);
    result = pthread_cond_destroy(&pool->has_work);
    assert(result == 0);
    cf_free(pool->threads);
    cf_mutex_lock(&pool->mutex);
    assert(pool->count == 0);
    cf_free(pool->queue);
    cf_mutex_unlock(&pool->mutex);
    cf_mutex_deinit(&pool->mutex);
    cf_free(pool);
}
