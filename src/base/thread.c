/* Starting threads; see thread.h. */
#include "base/thread.h"

#include "base/alloc.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

#define NAME_BYTES 16 /* with its NUL: what Linux keeps */

/* What a new thread has to know; it frees it. */
struct beginning {
    void *(*run)(void *argument);
    void *argument;
    char name[NAME_BYTES];
};

/* The thread names itself before it does anything that others may see. */
static void *
begin(void *argument)
{
    struct beginning beginning = *(struct beginning *)argument;
    cf_free(argument);
    (void)pthread_setname_np(pthread_self(), beginning.name); /* only for people who look */
    return beginning.run(beginning.argument);
}

int
thread_start(pthread_t *thread_out, const char *name, size_t stack_bytes,
             void *(*run)(void *argument), void *argument)
{
    assert(strlen(name) < NAME_BYTES);
    struct beginning *beginning = cf_calloc_array(1, sizeof *beginning);
    beginning->run = run;
    beginning->argument = argument;
    memcpy(beginning->name, name, strlen(name));
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
    int failure = pthread_create(&thread, &attributes, begin, beginning);
    result = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(result == 0);
    result = pthread_attr_destroy(&attributes);
    assert(result == 0);
    if (failure != 0) {
        cf_free(beginning);
        return -failure;
    }
    *thread_out = thread;
    return 0;
}

void
thread_join(pthread_t thread)
{
    int result = pthread_join(thread, NULL);
    assert(result == 0);
}
