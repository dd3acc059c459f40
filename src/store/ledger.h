#ifndef CONFAB_LEDGER_H
#define CONFAB_LEDGER_H

#include "base/mutex.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has become of records, by their tickets: those up to a number are settled, and of these all
 * are kept but for a few ranges that were lost. One thread settles, any asks.
 *
 * The ranges are few, because losses in a row are one; when there are too many all the same, the
 * two oldest become one, and with them what is between: some that were kept are then told as lost,
 * which does no harm, since it is about moments long ago.
 */
enum outcome {
    OUTCOME_PENDING,
    OUTCOME_KEPT,
    OUTCOME_LOST,
};

#define LEDGER_RANGES_MAX 32

struct ledger_range {
    uint64_t first;
    uint64_t last;
};

struct ledger {
    atomic_uint_least64_t settled; /* this ticket and all before it */
    struct cf_mutex mutex;
    struct ledger_range lost[LEDGER_RANGES_MAX] CF_GUARDED_BY(mutex); /* oldest first */
    size_t lost_count CF_GUARDED_BY(mutex);
};

void ledger_init(struct ledger *ledger);
void ledger_deinit(struct ledger *ledger);

/* These are lost, as soon as they are settled. Above all ranges before. */
void ledger_lose(struct ledger *ledger, uint64_t first, uint64_t last);

/* All up to this one are settled. */
void ledger_settle(struct ledger *ledger, uint64_t ticket);

/* Any thread. */
enum outcome ledger_outcome(struct ledger *ledger, uint64_t ticket);

#endif
