/* Annotated mutexes; see mutex.h. */
#include "base/mutex.h"

#include <assert.h>

void
cf_mutex_init(struct cf_mutex *mutex)
{
    int result = pthread_mutex_init(&mutex->handle, NULL);
    assert(result == 0);
}

void
cf_mutex_deinit(struct cf_mutex *mutex)
{
    int result = pthread_mutex_destroy(&mutex->handle);
    assert(result == 0);
}

void
cf_mutex_lock(struct cf_mutex *mutex) CF_NO_THREAD_SAFETY_ANALYSIS
{
    int result = pthread_mutex_lock(&mutex->handle);
    assert(result == 0);
}

bool
cf_mutex_lock_counted(struct cf_mutex *mutex) CF_NO_THREAD_SAFETY_ANALYSIS
{
    if (pthread_mutex_trylock(&mutex->handle) == 0)
        return false;
    int result = pthread_mutex_lock(&mutex->handle);
    assert(result == 0);
    return true;
}

void
cf_mutex_unlock(struct cf_mutex *mutex) CF_NO_THREAD_SAFETY_ANALYSIS
{
    int result = pthread_mutex_unlock(&mutex->handle);
    assert(result == 0);
}
