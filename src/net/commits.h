#ifndef CONFAB_COMMITS_H
#define CONFAB_COMMITS_H

#include "net/mailbox.h"
#include "store/writer.h"

/*
 * Tells workers that records have been settled. A worker with sessions that wait for that watches;
 * when the store's writer has made a commit, all who watch get ORDER_SETTLED, once, and look. So
 * workers without such sessions are left alone.
 */
struct commits {
    struct cf_mutex mutex;
    struct mailbox **watchers CF_GUARDED_BY(mutex);
    size_t count CF_GUARDED_BY(mutex);
    size_t capacity CF_GUARDED_BY(mutex);
};

void commits_init(struct commits *commits);
void commits_deinit(struct commits *commits);

/*
 * The mailbox gets one ORDER_SETTLED, after the next commit: whoever watches looks at the outcomes
 * once more afterwards. Any thread; the mailbox must live as long as the writer.
 */
void commits_watch(struct commits *commits, struct mailbox *mailbox);

/* The writer's thread, after it has settled something. */
void commits_announce(struct commits *commits);

#endif
