/* The thread that writes to the store; see writer.h. */
#include "store/writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/msgid.h"
#include "base/thread.h"
#include "store/pace.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define RETRY_MS   1000
#define AGING_MS   600000 /* after which it is looked again for what is too old */
#define REMAINS_MS 500    /* after which what somebody was reading is emptied, perhaps */

#define TIDY_ROWS_MIN 25
#define TIDY_NS       4000000 /* that a step of clearing away may take longer than a commit */

#define NEVER             INT64_MAX
#define REST_PER_INDEXING 9 /* times as long as it took: a tenth of the time is for it */

struct writer {
    struct writer_options options; /* immutable */
    struct ledger ledger;
    pthread_t thread;
    struct cf_mutex mutex;
    pthread_cond_t has_work; /* waited on with mutex */
    struct records queue CF_GUARDED_BY(mutex);
    uint64_t queue_last CF_GUARDED_BY(mutex); /* the last ticket that has come */
    bool is_stopping CF_GUARDED_BY(mutex);
    bool is_waiting CF_GUARDED_BY(mutex); /* the thread has nothing to do */
    struct writer_stats stats CF_GUARDED_BY(mutex);

    /* All below: the thread's only. */
    struct records taken;
    size_t next;          /* of `taken` */
    uint64_t taken_last;  /* the last ticket that had come when it was taken */
    struct records group; /* in this transaction */
    struct records kept;  /* from failed transactions, all but events, in order */
    uint64_t settled;     /* ticket */
    bool is_failing;
    bool is_told_failing; /* by options.changed */
    bool is_untidy;       /* there may be something to clear away */
    int64_t remains_ms;   /* when there may be, though it was not to be had before; NEVER: not */
    int64_t aging_ms;     /* when it is looked for what is too old */
    int64_t
        index_ms; /* when the index is due, if nothing else is to do; NEVER: nothing is missing */
    int64_t index_late_ms; /* when it is due in any case */
    int64_t begun_ns;      /* when the transaction has begun */
    int64_t tidy_late_ms;  /* the same for what is to be cleared away */
    struct pace tidy_pace; /* rows that a step of it takes away */
    struct log_limiter limiter;
};

/* --- the queue --- */

void
writer_put(struct writer *writer, struct records *records)
{
    assert(records->count > 0);
    cf_mutex_lock(&writer->mutex);
    writer->queue_last = records->items[records->count - 1].ticket;
    if (writer->queue.count + records->count <= LIMIT_STORE_QUEUE) {
        records_move(&writer->queue, records);
    } else {
        /* The tickets that are left out tell the thread. Rows are few, and there is no other place
         * for them. */
        for (size_t i = 0; i < records->count; i++) {
            if (records->items[i].kind == RECORD_EVENT)
                record_deinit(&records->items[i]);
            else
                records_put(&writer->queue, &records->items[i]);
        }
        records->count = 0;
    }
    bool has_to_wake = writer->is_waiting;
    writer->is_waiting = false;
    cf_mutex_unlock(&writer->mutex);
    if (has_to_wake) {
        int result = pthread_cond_signal(&writer->has_work);
        assert(result == 0);
    }
}

/* When there is something to do even if no records come. */
static int64_t
next_work_ms(const struct writer *writer)
{
    int64_t now_ms = clock_monotonic_ms();
    if (writer->kept.count > 0)
        return now_ms + RETRY_MS;
    if (writer->is_untidy)
        return now_ms;
    int64_t due_ms = now_ms + AGING_MS;
    if (writer->index_ms < due_ms)
        due_ms = writer->index_ms;
    return writer->remains_ms < due_ms ? writer->remains_ms : due_ms;
}

/* Waits for records, or until it is time for other work; false at the end. */
static bool
take_queue(struct writer *writer, bool may_wait)
{
    assert(writer->next == writer->taken.count);
    writer->taken.count = 0;
    writer->next = 0;
    int64_t until_ms = may_wait ? next_work_ms(writer) : 0;
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int result = 0;
    cf_mutex_lock(&writer->mutex);
    while (may_wait && writer->queue.count == 0 && !writer->is_stopping && result != ETIMEDOUT) {
        writer->is_waiting = true;
        if (until_ms != NEVER)
            result = pthread_cond_timedwait(&writer->has_work, &writer->mutex.handle, &until);
        else
            result = pthread_cond_wait(&writer->has_work, &writer->mutex.handle);
        assert(result == 0 || result == ETIMEDOUT);
    }
    writer->is_waiting = false;
    records_move(&writer->taken, &writer->queue);
    writer->taken_last = writer->queue_last;
    bool goes_on = !writer->is_stopping || writer->taken.count > 0;
    cf_mutex_unlock(&writer->mutex);
    return goes_on;
}

/* --- a group --- */

static int
apply_all(struct writer *writer, const struct records *records)
{
    int result = 0;
    for (size_t i = 0; i < records->count && result == 0; i++)
        result = store_apply(writer->options.store, &records->items[i]);
    return result;
}

/*
 * Applies records to the transaction that has begun, and collects them in `group`, until the
 * queue is empty or the group is full.
 */
static int
apply_group(struct writer *writer)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_COMMIT_MS;
    int result = 0;
    while (result == 0 && writer->group.count < LIMIT_COMMIT_ROWS) {
        if (writer->next == writer->taken.count) {
            if (clock_monotonic_ms() >= end_ms)
                break;
            (void)take_queue(writer, false); /* the end is seen when there is nothing more */
            if (writer->taken.count == 0)
                break;
        }
        struct record *record = &writer->taken.items[writer->next++];
        records_put(&writer->group, record);
        if (record->kind == RECORD_FORGET || record->kind == RECORD_RENAME ||
            record->kind == RECORD_ERASE || record->kind == RECORD_KEEP)
            writer->is_untidy = true;
        result = store_apply(writer->options.store, record);
    }
    return result;
}

/* Of a group that has failed: what is no event is for the next one. */
static void
keep_rest(struct writer *writer)
{
    for (size_t i = 0; i < writer->group.count; i++) {
        struct record *record = &writer->group.items[i];
        if (record->kind == RECORD_EVENT || writer->kept.count == LIMIT_STORE_KEPT)
            record_deinit(record);
        else
            records_put(&writer->kept, record);
    }
    writer->group.count = 0;
}

static void
drop_all(struct records *records)
{
    for (size_t i = 0; i < records->count; i++)
        record_deinit(&records->items[i]);
    records->count = 0;
}

/* Tickets between those of the group were never written. Returns how many. */
static uint64_t
lose_gaps(struct writer *writer, uint64_t last)
{
    uint64_t lost = 0;
    uint64_t expected = writer->settled + 1;
    for (size_t i = 0; i <= writer->group.count && expected <= last; i++) {
        uint64_t ticket = i < writer->group.count ? writer->group.items[i].ticket : last + 1;
        if (ticket > expected) {
            ledger_lose(&writer->ledger, expected, ticket - 1);
            lost += ticket - expected;
        }
        expected = ticket + 1;
    }
    return lost;
}

#define COMMITS_ON_AVERAGE 16

/* How long the transaction has taken. */
static void
count_commit(struct writer *writer)
{
    int64_t took_ns = clock_monotonic_ns() - writer->begun_ns;
    cf_mutex_lock(&writer->mutex);
    struct writer_stats *stats = &writer->stats;
    if (stats->commits++ == 0)
        stats->commit_ns = took_ns;
    stats->commit_ns += (took_ns - stats->commit_ns) / COMMITS_ON_AVERAGE;
    if (took_ns > stats->commit_ns_max)
        stats->commit_ns_max = took_ns;
    cf_mutex_unlock(&writer->mutex);
}

/* Since when words are missing in the index, or 0. */
static void
note_index(struct writer *writer, int64_t since_ms)
{
    cf_mutex_lock(&writer->mutex);
    if (writer->stats.index_since_ms == 0 || since_ms == 0)
        writer->stats.index_since_ms = since_ms;
    cf_mutex_unlock(&writer->mutex);
}

static void
tell_change(struct writer *writer, bool is_failing, uint64_t lost_from)
{
    const struct writer_options *options = &writer->options;
    if (writer->is_told_failing == is_failing)
        return;
    writer->is_told_failing = is_failing;
    if (options->changed != NULL)
        options->changed(options->context, is_failing, lost_from);
}

/* The group is decided: tells all who wait for it. */
static void
settle(struct writer *writer, bool is_written)
{
    uint64_t last = writer->settled;
    if (writer->next == writer->taken.count)
        last = writer->taken_last;
    else if (writer->group.count > 0)
        last = writer->group.items[writer->group.count - 1].ticket;
    uint64_t lost = 0;
    if (is_written) {
        lost = lose_gaps(writer, last);
    } else if (last > writer->settled) {
        lost = last - writer->settled;
        ledger_lose(&writer->ledger, writer->settled + 1, last);
    }
    cf_mutex_lock(&writer->mutex);
    writer->stats.records += is_written ? writer->group.count : 0;
    writer->stats.lost += lost;
    writer->stats.is_failing = !is_written || lost > 0;
    cf_mutex_unlock(&writer->mutex);
    uint64_t first = writer->settled + 1;
    if (last >= first) {
        ledger_settle(&writer->ledger, last);
        writer->settled = last;
        writer->options.settled(writer->options.context);
    }
    tell_change(writer, !is_written || lost > 0, first);
}

static void
report(struct writer *writer, int result)
{
    uint64_t skipped;
    if (result != 0 && log_limiter_allows(&writer->limiter, clock_monotonic_ms(), &skipped)) {
        log_line(LOG_ERROR, "store", "messages can't be stored",
                 LOG_STR("error", str_from_nul(store_error_text(writer->options.store))),
                 LOG_NUM("lost", writer->group.count), LOG_NUM("skipped", skipped));
    } else if (result == 0 && writer->is_failing) {
        log_line(LOG_INFO, "store", "messages are stored again",
                 LOG_NUM("records", writer->group.count));
    }
    writer->is_failing = result != 0;
}

/* A transaction that fails takes with it what would have been its group, so that none of it waits
 * for more attempts than one. */
static void
take_failed_group(struct writer *writer)
{
    while (writer->group.count < LIMIT_COMMIT_ROWS && writer->next < writer->taken.count)
        records_put(&writer->group, &writer->taken.items[writer->next++]);
}

/* One transaction: what was kept from those that failed, and what has come. */
static void
write_group(struct writer *writer)
{
    writer->begun_ns = clock_monotonic_ns();
    int result = store_begin(writer->options.store);
    if (result == 0)
        result = apply_all(writer, &writer->kept);
    if (result == 0)
        result = apply_group(writer);
    if (result == 0)
        result = store_commit(writer->options.store);
    if (result == 0)
        count_commit(writer);
    else
        take_failed_group(writer);
    report(writer, result);
    settle(writer, result == 0);
    if (result == 0 && writer->index_ms == NEVER) {
        writer->index_ms = clock_monotonic_ms() + LIMIT_INDEX_DELAY_MS;
        writer->index_late_ms = clock_monotonic_ms() + LIMIT_INDEX_BEHIND_MS;
        note_index(writer, clock_monotonic_ms());
    }
    if (result == 0) {
        drop_all(&writer->kept);
        drop_all(&writer->group);
    } else {
        store_rollback(writer->options.store);
        keep_rest(writer);
    }
}

/* Now and then there is something that is too old by now, or what somebody was reading is not read
 * any more. */
static void
look_at_time(struct writer *writer)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms >= writer->aging_ms) {
        writer->aging_ms = now_ms + AGING_MS;
        writer->is_untidy = true;
    }
    if (now_ms >= writer->remains_ms) {
        writer->remains_ms = NEVER;
        writer->is_untidy = true;
    }
}

/* While nothing comes, or a tenth of the time: clears away a little of what was forgotten, or is
 * too old. */
static void
tidy(struct writer *writer)
{
    struct store_limits limits = {
        .count = writer->options.keep_count,
        .now_ms = clock_wall_ms(),
        .rows = writer->tidy_pace.size,
    };
    if (writer->options.keep_ms > 0)
        limits.oldest = msgid_first_at(limits.now_ms - writer->options.keep_ms);
    int64_t start_ns = clock_monotonic_ns();
    int result = store_begin(writer->options.store);
    if (result == 0)
        result = store_tidy(writer->options.store, &limits);
    bool has_more = result > 0;
    if (result >= 0)
        result = store_commit(writer->options.store);
    report(writer, result);
    if (result != 0)
        store_rollback(writer->options.store);
    cf_mutex_lock(&writer->mutex);
    writer->stats.tidied += result == 0 ? 1 : 0;
    int64_t commit_ns = writer->stats.commit_ns;
    cf_mutex_unlock(&writer->mutex);
    writer->is_untidy = result == 0 && has_more; /* after an error, when it is asked for again */
    bool has_remains = result == 0 && !has_more && store_has_remains(writer->options.store);
    writer->remains_ms = has_remains ? clock_monotonic_ms() + REMAINS_MS : NEVER;
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    pace_note(&writer->tidy_pace, took_ns, commit_ns + TIDY_NS);
    writer->tidy_late_ms = clock_monotonic_ms() + REST_PER_INDEXING * (took_ns / 1000000 + 1);
}

/* Puts a few messages into the index. What fails is no message that is lost: it is tried again. */
static void
index_words(struct writer *writer)
{
    int64_t start_ms = clock_monotonic_ms();
    int result = store_index(writer->options.store);
    int64_t end_ms = clock_monotonic_ms();
    writer->index_ms = result > 0 ? end_ms : NEVER;
    writer->index_late_ms = result > 0 ? end_ms + REST_PER_INDEXING * (end_ms - start_ms) : NEVER;
    uint64_t skipped;
    note_index(writer, result == 0 ? 0 : start_ms);
    if (result >= 0)
        return;
    writer->index_ms = end_ms + RETRY_MS;
    writer->index_late_ms = end_ms + LIMIT_INDEX_BEHIND_MS;
    if (log_limiter_allows(&writer->limiter, end_ms, &skipped))
        log_line(LOG_ERROR, "store", "messages can't be put into the index for searches",
                 LOG_ERRNO(-result), LOG_NUM("skipped", skipped));
}

static void
work_in_the_background(struct writer *writer)
{
    if (store_copy_log(writer->options.store))
        return; /* somebody may wait by now */
    if (writer->is_untidy)
        tidy(writer);
    else if (clock_monotonic_ms() >= writer->index_ms)
        index_words(writer);
}

static void *
writer_main(void *argument)
{
    struct writer *writer = argument;
    while (take_queue(writer, true)) {
        if (writer->taken.count == 0 && writer->kept.count == 0)
            work_in_the_background(writer);
        else
            write_group(writer);
        while (writer->next < writer->taken.count)
            write_group(writer);
        if (clock_monotonic_ms() >= writer->index_late_ms)
            index_words(writer);
        if (writer->is_untidy && writer->kept.count == 0 &&
            clock_monotonic_ms() >= writer->tidy_late_ms)
            tidy(writer);
        look_at_time(writer);
    }
    if (writer->kept.count > 0)
        log_line(LOG_ERROR, "store", "changes are lost: the store has not worked until the end",
                 LOG_NUM("records", writer->kept.count));
    return NULL;
}

static void
free_parts(struct writer *writer)
{
    int result = pthread_cond_destroy(&writer->has_work);
    assert(result == 0);
    writer->taken.count = 0; /* all of them were moved on */
    records_deinit(&writer->taken);
    records_deinit(&writer->group);
    records_deinit(&writer->kept);
    cf_mutex_lock(&writer->mutex);
    assert(writer->queue.count == 0);
    records_deinit(&writer->queue);
    cf_mutex_unlock(&writer->mutex);
    cf_mutex_deinit(&writer->mutex);
    ledger_deinit(&writer->ledger);
    cf_free(writer);
}

struct writer *
writer_new(const struct writer_options *options)
{
    struct writer *writer = cf_calloc_array(1, sizeof *writer);
    writer->options = *options;
    writer->is_untidy = true; /* what the last run has not come to */
    writer->remains_ms = NEVER;
    writer->index_ms = 0; /* the same */
    writer->index_late_ms = NEVER;
    writer->tidy_pace = pace_of(TIDY_ROWS_MIN, STORE_TIDY_ROWS_MAX);
    ledger_init(&writer->ledger);
    cf_mutex_init(&writer->mutex);
    pthread_condattr_t attributes;
    int result = pthread_condattr_init(&attributes);
    assert(result == 0);
    result = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    assert(result == 0);
    result = pthread_cond_init(&writer->has_work, &attributes);
    assert(result == 0);
    result = pthread_condattr_destroy(&attributes);
    assert(result == 0);
    if (thread_start(&writer->thread, "store", 0, writer_main, writer) == 0)
        return writer;
    free_parts(writer);
    return NULL;
}

struct writer_stats
writer_free(struct writer **writer_ptr)
{
    struct writer *writer = *writer_ptr;
    *writer_ptr = NULL;
    if (writer == NULL)
        return (struct writer_stats){.records = 0};
    cf_mutex_lock(&writer->mutex);
    writer->is_stopping = true;
    cf_mutex_unlock(&writer->mutex);
    int result = pthread_cond_signal(&writer->has_work);
    assert(result == 0);
    thread_join(writer->thread);
    struct writer_stats stats = writer_stats(writer);
    free_parts(writer);
    return stats;
}

enum outcome
writer_outcome(struct writer *writer, uint64_t ticket)
{
    return ledger_outcome(&writer->ledger, ticket);
}

struct writer_stats
writer_stats(struct writer *writer)
{
    cf_mutex_lock(&writer->mutex);
    struct writer_stats stats = writer->stats;
    stats.waiting = writer->queue.count;
    cf_mutex_unlock(&writer->mutex);
    return stats;
}
