/* Starting threads; see thread.h. */
#include "base/thread.h"

#include <assert.h>
#include <signal.h>

int
thread_start(pthread_t *thread_out, const char *name, size_t stack_bytes,
             void *(*run)(void *argument), void *argument)
{
    pthread_attr_t attributes;
    int result = pthread_attr_init(&attributes);
    assert(result == 0);
    if (stack_bytes > 0) {
        result = pthread_attr_setstacksize(&attributes, stack_bytes);
        assert(result == 0);
    }
    sigset_t all;
    sigset_t before;
    result = sigfillset(&all);
    assert(result == 0);
    result = pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    assert(result == 0);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, run, argument);
    result = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(result == 0);
    result = pthread_attr_destroy(&attributes);
    assert(result == 0);
    if (failure != 0)
        return -failure;
    (void)pthread_setname_np(thread, name); /* only for people who look at the process */
    *thread_out = thread;
    return 0;
}

void
thread_join(pthread_t thread)
{
    int result = pthread_join(thread, NULL);
    assert(result == 0);
}
