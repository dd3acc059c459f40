#ifndef CONFAB_MUTEX_H
#define CONFAB_MUTEX_H

#include "base/attr.h"

#include <pthread.h>
#include <stdbool.h>

/*
 * pthread mutexes with lock annotations that clang checks. The order in which locks may be held
 * together is in docs/threads.md.
 */
struct CF_CAPABILITY("mutex") cf_mutex {
    pthread_mutex_t handle;
};

void cf_mutex_init(struct cf_mutex *mutex);
void cf_mutex_deinit(struct cf_mutex *mutex);
void cf_mutex_lock(struct cf_mutex *mutex) CF_ACQUIRE(*mutex);
void cf_mutex_unlock(struct cf_mutex *mutex) CF_RELEASE(*mutex);

/* The same as lock; returns whether it had to wait. */
bool cf_mutex_lock_counted(struct cf_mutex *mutex) CF_ACQUIRE(*mutex);

#endif
