/* Telling workers of commits; see commits.h. */
#include "net/commits.h"

#include "base/alloc.h"

void
commits_init(struct commits *commits)
{
    *commits = (struct commits){.count = 0};
    cf_mutex_init(&commits->mutex);
}

void
commits_deinit(struct commits *commits)
{
    cf_mutex_lock(&commits->mutex);
    cf_free(commits->watchers);
    commits->watchers = NULL;
    cf_mutex_unlock(&commits->mutex);
    cf_mutex_deinit(&commits->mutex);
}

void
commits_watch(struct commits *commits, struct mailbox *mailbox)
{
    cf_mutex_lock(&commits->mutex);
    commits->watchers = cf_array_reserve(commits->watchers, &commits->capacity, commits->count + 1,
                                         sizeof(struct mailbox *));
    commits->watchers[commits->count++] = mailbox;
    cf_mutex_unlock(&commits->mutex);
}

void
commits_announce(struct commits *commits)
{
    static const struct order order = {.kind = ORDER_SETTLED};
    cf_mutex_lock(&commits->mutex);
    for (size_t i = 0; i < commits->count; i++)
        mailbox_order(commits->watchers[i], &order);
    commits->count = 0;
    cf_mutex_unlock(&commits->mutex);
}
