/* The lock around the hub; see gate.h. */
#include "net/gate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"

#include <assert.h>
#include <stdatomic.h>

struct gate {
    struct cf_mutex mutex;
    struct hub *hub CF_GUARDED_BY(mutex);
    struct mailbox **homes CF_GUARDED_BY(mutex); /* by number; NULL when free */
    size_t home_count CF_GUARDED_BY(mutex);
    size_t home_capacity CF_GUARDED_BY(mutex);
    struct gate_stats stats CF_GUARDED_BY(mutex);
    int64_t entered_ns CF_GUARDED_BY(mutex);
    atomic_int_least64_t next_tick_ms;
    struct gate_hooks hooks; /* immutable */
};

/* What is done after the release: taken from the outbox under the lock. */
struct aftermath {
    struct mailbox *wake[LIMIT_WORKERS];
    size_t wake_count;
    struct question *questions;
    size_t question_count;
    struct request *requests;
    size_t request_count;
    struct note *notes;
    size_t note_count;
    bool has_new_tick;
};

struct gate *
gate_new(struct hub *hub, const struct gate_hooks *hooks)
{
    struct gate *gate = cf_calloc_array(1, sizeof *gate);
    cf_mutex_init(&gate->mutex);
    cf_mutex_lock(&gate->mutex);
    gate->hub = hub;
    cf_mutex_unlock(&gate->mutex);
    gate->hooks = *hooks;
    atomic_init(&gate->next_tick_ms, INT64_MAX);
    return gate;
}

void
gate_free(struct gate **gate_ptr)
{
    struct gate *gate = *gate_ptr;
    *gate_ptr = NULL;
    if (gate == NULL)
        return;
    cf_mutex_lock(&gate->mutex);
    for (size_t i = 0; i < gate->home_count; i++)
        assert(gate->homes[i] == NULL);
    cf_free(gate->homes);
    hub_free(&gate->hub);
    cf_mutex_unlock(&gate->mutex);
    cf_mutex_deinit(&gate->mutex);
    cf_free(gate);
}

uint32_t
gate_add_home(struct gate *gate, struct mailbox *mailbox)
{
    cf_mutex_lock(&gate->mutex);
    size_t home = 0;
    while (home < gate->home_count && gate->homes[home] != NULL)
        home++;
    if (home == gate->home_count) {
        gate->homes = cf_array_reserve(gate->homes, &gate->home_capacity, gate->home_count + 1,
                                       sizeof(struct mailbox *));
        gate->home_count++;
    }
    gate->homes[home] = mailbox;
    cf_mutex_unlock(&gate->mutex);
    return (uint32_t)home;
}

void
gate_remove_home(struct gate *gate, uint32_t home)
{
    cf_mutex_lock(&gate->mutex);
    assert(home < gate->home_count);
    assert(gate->homes[home] != NULL);
    gate->homes[home] = NULL;
    cf_mutex_unlock(&gate->mutex);
}

struct hub *
gate_enter(struct gate *gate) CF_NO_THREAD_SAFETY_ANALYSIS /* released in gate_leave */
{
    bool had_to_wait = cf_mutex_lock_counted(&gate->mutex);
    gate->entered_ns = clock_monotonic_ns();
    gate->stats.entered++;
    gate->stats.contended += had_to_wait ? 1 : 0;
    return gate->hub;
}

/*
 * Hands the records over. With holds_all, what this round has put out waits for the last of them in
 * each home, and all that follows behind it: so the order stays as it is.
 */
static void
post_records(struct gate *gate) CF_REQUIRES(gate->mutex)
{
    struct outbox *outbox = hub_outbox(gate->hub);
    if (outbox->records.count == 0)
        return;
    const struct delivery barrier = {.kind = DELIVERY_BARRIER, .ticket = outbox->last_ticket};
    for (size_t i = 0; i < outbox->touched_count && gate->hooks.holds_all; i++)
        outbox_insert(outbox, outbox->touched[i], 0, &barrier);
    gate->hooks.records(gate->hooks.context, &outbox->records);
    assert(outbox->records.count == 0);
}

/* Moves the deliveries of each home into its mailbox, and notes whom to wake. */
static void
post_deliveries(struct gate *gate, uint32_t self, struct aftermath *after) CF_REQUIRES(gate->mutex)
{
    struct outbox *outbox = hub_outbox(gate->hub);
    for (size_t i = 0; i < outbox->touched_count; i++) {
        uint32_t number = outbox->touched[i];
        struct outbox_home *home = &outbox->homes[number];
        home->is_touched = false;
        struct mailbox *mailbox = gate->homes[number];
        assert(mailbox != NULL);
        if (!mailbox_put(mailbox, &home->deliveries) || number == self)
            continue;
        if (after->wake_count == ARRAY_LEN(after->wake))
            mailbox_wake(mailbox); /* thousands of homes: no room to put it off */
        else
            after->wake[after->wake_count++] = mailbox;
    }
    outbox->touched_count = 0;
}

/* Takes over the arrays of what is rare; the hub starts new ones. */
static void
take_rest(struct gate *gate, struct aftermath *after) CF_REQUIRES(gate->mutex)
{
    struct outbox *outbox = hub_outbox(gate->hub);
    after->questions = outbox->questions;
    after->question_count = outbox->question_count;
    outbox->questions = NULL;
    outbox->question_count = 0;
    outbox->question_capacity = 0;
    after->requests = outbox->requests;
    after->request_count = outbox->request_count;
    outbox->requests = NULL;
    outbox->request_count = 0;
    outbox->request_capacity = 0;
    after->notes = outbox->notes;
    after->note_count = outbox->note_count;
    outbox->notes = NULL;
    outbox->note_count = 0;
    outbox->note_capacity = 0;
    int64_t next_tick_ms = hub_next_tick_ms(gate->hub);
    if (next_tick_ms != atomic_load(&gate->next_tick_ms)) {
        atomic_store(&gate->next_tick_ms, next_tick_ms);
        after->has_new_tick = true;
    }
}

static void
do_rest(struct gate *gate, struct aftermath *after)
{
    const struct gate_hooks *hooks = &gate->hooks;
    for (size_t i = 0; i < after->question_count; i++)
        hooks->question(hooks->context, &after->questions[i]);
    for (size_t i = 0; i < after->request_count; i++)
        hooks->request(hooks->context, &after->requests[i]);
    for (size_t i = 0; i < after->note_count; i++) {
        hooks->note(hooks->context, &after->notes[i]);
        note_deinit(&after->notes[i]);
    }
    if (after->has_new_tick)
        hooks->tick(hooks->context);
    cf_free(after->questions);
    cf_free(after->requests);
    cf_free(after->notes);
}

void
gate_leave(struct gate *gate, uint32_t self) CF_NO_THREAD_SAFETY_ANALYSIS /* taken in gate_enter */
{
    struct aftermath after;
    after.wake_count = 0;
    after.has_new_tick = false;
    post_records(gate);
    post_deliveries(gate, self, &after);
    take_rest(gate, &after);
    gate->stats.held_ns += (uint64_t)(clock_monotonic_ns() - gate->entered_ns);
    cf_mutex_unlock(&gate->mutex);
    for (size_t i = 0; i < after.wake_count; i++)
        mailbox_wake(after.wake[i]);
    do_rest(gate, &after);
}

struct hub_moment
gate_moment(void)
{
    return (struct hub_moment){.wall_ms = clock_wall_ms(), .entropy = entropy_u64()};
}

int64_t
gate_next_tick_ms(const struct gate *gate)
{
    return atomic_load(&gate->next_tick_ms);
}

struct gate_stats
gate_stats(struct gate *gate)
{
    cf_mutex_lock(&gate->mutex);
    struct gate_stats stats = gate->stats;
    cf_mutex_unlock(&gate->mutex);
    return stats;
}
