/* What has become of records; see ledger.h. */
#include "store/ledger.h"

#include <assert.h>
#include <string.h>

void
ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){.settled = 0};
    cf_mutex_init(&ledger->mutex);
}

void
ledger_deinit(struct ledger *ledger)
{
    cf_mutex_deinit(&ledger->mutex);
}

/* Makes one of the two oldest. */
static void
merge_oldest(struct ledger *ledger) CF_REQUIRES(ledger->mutex)
{
    ledger->lost[1].first = ledger->lost[0].first;
    ledger->lost_count--;
    memmove(&ledger->lost[0], &ledger->lost[1], ledger->lost_count * sizeof ledger->lost[0]);
}

void
ledger_lose(struct ledger *ledger, uint64_t first, uint64_t last)
{
    assert(first <= last);
    cf_mutex_lock(&ledger->mutex);
    size_t count = ledger->lost_count;
    assert(count == 0 || ledger->lost[count - 1].last < first);
    if (count > 0 && ledger->lost[count - 1].last + 1 == first) {
        ledger->lost[count - 1].last = last;
    } else {
        if (count == LEDGER_RANGES_MAX)
            merge_oldest(ledger);
        ledger->lost[ledger->lost_count++] = (struct ledger_range){.first = first, .last = last};
    }
    cf_mutex_unlock(&ledger->mutex);
}

void
ledger_settle(struct ledger *ledger, uint64_t ticket)
{
    assert(ticket >= atomic_load(&ledger->settled));
    atomic_store(&ledger->settled, ticket);
}

enum outcome
ledger_outcome(struct ledger *ledger, uint64_t ticket)
{
    if (ticket > atomic_load(&ledger->settled))
        return OUTCOME_PENDING;
    enum outcome outcome = OUTCOME_KEPT;
    cf_mutex_lock(&ledger->mutex);
    for (size_t i = 0; i < ledger->lost_count; i++) {
        if (ticket >= ledger->lost[i].first && ticket <= ledger->lost[i].last)
            outcome = OUTCOME_LOST;
    }
    cf_mutex_unlock(&ledger->mutex);
    return outcome;
}
