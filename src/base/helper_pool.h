#ifndef CONFAB_HELPER_POOL_H
#define CONFAB_HELPER_POOL_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Threads for slow work (password hashes), so that no worker and no lock waits for it. A bounded
 * queue of jobs; when it is full the caller answers "try again".
 */
struct helper_pool;

/* Runs on a helper thread; `job` is the function's to free. */
typedef void helper_fn(void *context, void *job);

/* thread_count: 1 and more. Never fails but by exhaustion of threads: then NULL. */
CF_NODISCARD struct helper_pool *helper_pool_new(size_t thread_count, size_t queue_max,
                                                 helper_fn *run, void *context);

/* False when the queue is full: the job is still the caller's. Any thread. */
CF_NODISCARD bool helper_pool_submit(struct helper_pool *pool, void *job);

/* Waits for running jobs; those still queued are run as well. Sets *pool to NULL. */
void helper_pool_free(struct helper_pool **pool);

#endif
