#ifndef CONFAB_THREAD_H
#define CONFAB_THREAD_H

#include "base/attr.h"

#include <pthread.h>
#include <stddef.h>

/*
 * Threads as all of ours are: with a name (at most 15 characters), all signals blocked (the main
 * thread takes them), joined at exit.
 */

/* stack_bytes: 0 for the system's default. 0 or -errno (EAGAIN: too many threads). */
CF_NODISCARD int thread_start(pthread_t *thread_out, const char *name, size_t stack_bytes,
                              void *(*run)(void *argument), void *argument);

/* Waits for the end of the thread, which must not be the caller's. */
void thread_join(pthread_t thread);

#endif
