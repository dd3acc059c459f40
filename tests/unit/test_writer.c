/* Tests of store/writer.h and store/ledger.h. */
#include "store/writer.h"

#include "base/clock.h"
#include "store/sql.h"
#include "store/store_memory.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

/* --- the ledger --- */

TEST(tickets_are_pending_then_kept_or_lost)
{
    struct ledger ledger;
    ledger_init(&ledger);
    CHECK(ledger_outcome(&ledger, 1) == OUTCOME_PENDING);
    ledger_settle(&ledger, 5);
    ledger_lose(&ledger, 6, 7);
    CHECK(ledger_outcome(&ledger, 5) == OUTCOME_KEPT);
    CHECK(ledger_outcome(&ledger, 6) == OUTCOME_PENDING);
    ledger_settle(&ledger, 8);
    CHECK(ledger_outcome(&ledger, 6) == OUTCOME_LOST);
    CHECK(ledger_outcome(&ledger, 7) == OUTCOME_LOST);
    CHECK(ledger_outcome(&ledger, 8) == OUTCOME_KEPT);
    CHECK(ledger_outcome(&ledger, 9) == OUTCOME_PENDING);
    ledger_deinit(&ledger);
}

TEST(too_many_ranges_become_one_at_the_old_end)
{
    struct ledger ledger;
    ledger_init(&ledger);
    for (uint64_t i = 0; i <= LEDGER_RANGES_MAX; i++)
        ledger_lose(&ledger, 10 * i + 1, 10 * i + 2);
    ledger_lose(&ledger, 10 * LEDGER_RANGES_MAX + 3, 10 * LEDGER_RANGES_MAX + 4); /* touches */
    ledger_settle(&ledger, 10000);
    CHECK(ledger_outcome(&ledger, 1) == OUTCOME_LOST);
    CHECK(ledger_outcome(&ledger, 5) == OUTCOME_LOST); /* between the two oldest */
    CHECK(ledger_outcome(&ledger, 12) == OUTCOME_LOST);
    CHECK(ledger_outcome(&ledger, 13) == OUTCOME_KEPT);
    for (uint64_t i = 2; unit_row((size_t)i, LEDGER_RANGES_MAX + 1); i++) {
        CHECK(ledger_outcome(&ledger, 10 * i) == OUTCOME_KEPT);
        CHECK(ledger_outcome(&ledger, 10 * i + 1) == OUTCOME_LOST);
        CHECK(ledger_outcome(&ledger, 10 * i + 2) == OUTCOME_LOST);
    }
    CHECK(ledger_outcome(&ledger, 10 * LEDGER_RANGES_MAX + 4) == OUTCOME_LOST);
    ledger_deinit(&ledger);
}

/* --- the writer --- */

static atomic_uint settled_calls;

static void
on_settled(void *context)
{
    (void)context;
    atomic_fetch_add(&settled_calls, 1);
}

static atomic_uint changed_calls;
static atomic_bool is_failing; /* as of the last of them */
static atomic_uint_least64_t lost_from;

static void
on_changed(void *context, bool fails, uint64_t from)
{
    (void)context;
    atomic_store(&is_failing, fails);
    atomic_store(&lost_from, from);
    atomic_fetch_add(&changed_calls, 1);
}

static struct writer *
start(struct store *store)
{
    atomic_store(&settled_calls, 0);
    atomic_store(&changed_calls, 0);
    struct writer *writer = writer_new(
        &(struct writer_options){.store = store, .settled = on_settled, .changed = on_changed});
    CHECK(writer != NULL);
    return writer;
}

static void
put_event(struct records *records, uint64_t ticket)
{
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .msgid = ticket,
        .source = STR("a!b@c"),
        .params = (const struct str[]){STR("#a"), STR("text")},
        .param_count = 2,
    });
    struct record record = record_of_event(event, STR("#a"));
    event_unref(&event);
    record.ticket = ticket;
    records_put(records, &record);
}

static void
put_row(struct records *records, uint64_t ticket, struct str key)
{
    struct record record = record_of_row(1, key, STR("value"));
    record.ticket = ticket;
    records_put(records, &record);
}

static enum outcome
wait_for(struct writer *writer, uint64_t ticket)
{
    enum outcome outcome;
    while ((outcome = writer_outcome(writer, ticket)) == OUTCOME_PENDING)
        (void)sched_yield(); /* never fails on Linux */
    return outcome;
}

static size_t
count_events(struct store *store)
{
    struct store_reader *reader = store_reader_new(store);
    struct page_query query = {.target = STR("#a"), .before = PAGE_BEFORE_MAX, .limit = 1000};
    size_t count = 0;
    bool is_end = false;
    while (!is_end) {
        struct page page;
        CHECK_I64(store_read_page(reader, &query, &page), 0);
        for (size_t i = 0; i < page.count; i++) {
            CHECK(page.events[i]->msgid > query.after);
            query.after = page.events[i]->msgid;
        }
        count += page.count;
        is_end = page.is_end;
        page_deinit(&page);
    }
    store_reader_free(&reader);
    return count;
}

static size_t
count_rows(struct store *store)
{
    struct store_reader *reader = store_reader_new(store);
    struct store_row row = {.row = 0};
    size_t count = 0;
    while (store_read_row(reader, &row) == 1)
        count++;
    store_reader_free(&reader);
    return count;
}

TEST(what_is_too_old_goes_while_nothing_comes)
{
    struct store *store = store_memory_new();
    struct records records = {.count = 0};
    struct writer *writer = start(store);
    put_event(&records, 1); /* an id of 2026, long ago */
    writer_put(writer, &records);
    CHECK(wait_for(writer, 1) == OUTCOME_KEPT);
    writer_free(&writer);
    CHECK_U64(count_events(store), 1); /* kept for ever */
    writer =
        writer_new(&(struct writer_options){.store = store, .keep_ms = 1, .settled = on_settled});
    CHECK(writer != NULL);
    while (writer_stats(writer).tidied == 0)
        (void)sched_yield(); /* never fails on Linux */
    writer_free(&writer);
    CHECK_U64(count_events(store), 0);
    records_deinit(&records);
    store_free(&store);
}

/* A load without a pause: whenever something is settled, more has come. */
static struct {
    struct writer *_Atomic writer;
    atomic_bool is_over;
    atomic_uint_fast64_t tidied; /* when there was something to clear away; all bits set: not yet */
    uint64_t ticket;             /* the writer's thread only, once it has begun */
} load;

static void
go_on_loading(void *context)
{
    (void)context;
    struct writer *writer = atomic_load(&load.writer);
    if (writer == NULL || atomic_load(&load.is_over))
        return;
    struct records records = {.count = 0};
    put_event(&records, ++load.ticket);
    if (load.ticket == 20) {
        struct record record = record_of_forgetting(STR("#b"));
        record.ticket = ++load.ticket;
        records_put(&records, &record);
        atomic_store(&load.tidied, writer_stats(writer).tidied);
    }
    writer_put(writer, &records);
    records_deinit(&records);
}

TEST(what_is_forgotten_goes_while_messages_never_stop_coming)
{
    struct store *store = store_memory_new();
    struct records records = {.count = 0};
    atomic_store(&load.tidied, UINT64_MAX);
    load.ticket = 1;
    struct writer *writer =
        writer_new(&(struct writer_options){.store = store, .settled = go_on_loading});
    CHECK(writer != NULL);
    atomic_store(&load.writer, writer);
    put_event(&records, 1);
    writer_put(writer, &records);
    while (atomic_load(&load.tidied) == UINT64_MAX ||
           writer_stats(writer).tidied <= atomic_load(&load.tidied))
        (void)sched_yield(); /* never fails on Linux */
    atomic_store(&load.is_over, true);
    writer_free(&writer);
    records_deinit(&records);
    store_free(&store);
}

/* A store that clears away for ever: quickly at first, then slowly. */
static struct {
    atomic_bool is_slow;
    atomic_size_t rows; /* of the last step */
    atomic_uint slow_steps;
} clearing;

static int
clear_away(struct store *store, const struct store_limits *limits)
{
    (void)store;
    int64_t end_ms = clock_monotonic_ms() + (atomic_load(&clearing.is_slow) ? 100 : 0);
    atomic_store(&clearing.rows, limits->rows);
    while (clock_monotonic_ms() < end_ms)
        (void)sched_yield(); /* never fails on Linux */
    if (atomic_load(&clearing.is_slow))
        atomic_fetch_add(&clearing.slow_steps, 1);
    return 1;
}

TEST(steps_of_clearing_away_grow_and_those_that_take_long_shrink)
{
    struct store *store = store_memory_new();
    struct store_ops ops = *store->ops;
    ops.tidy = clear_away;
    store->ops = &ops;
    struct writer *writer = start(store);
    while (atomic_load(&clearing.rows) < STORE_TIDY_ROWS_MAX)
        (void)sched_yield(); /* never fails on Linux */
    atomic_store(&clearing.is_slow, true);
    while (atomic_load(&clearing.slow_steps) < 3)
        (void)sched_yield(); /* never fails on Linux */
    CHECK(atomic_load(&clearing.rows) <= STORE_TIDY_ROWS_MAX / 4);
    atomic_store(&clearing.is_slow, false);
    while (atomic_load(&clearing.rows) < STORE_TIDY_ROWS_MAX)
        (void)sched_yield(); /* never fails on Linux */
    writer_free(&writer);
    store_free(&store);
}

static off_t
log_bytes(void)
{
    char name[256];
    struct stat status;
    (void)snprintf(name, sizeof name, "%s-wal", store_path()); /* fits */
    CHECK(stat(name, &status) == 0);
    return status.st_size;
}

/* Somebody reads while that is cleared away which was said, and it stays in the log for so long. */
TEST(what_was_erased_leaves_the_log_when_nobody_reads_it_any_more)
{
    (void)state;
    make_folder();
    struct store *store = open_sqlite();
    struct records records = {.count = 0};
    struct writer *writer = start(store);
    put_event(&records, 1);
    writer_put(writer, &records);
    CHECK_U64(wait_for(writer, 1), OUTCOME_KEPT);
    sqlite3 *reader = NULL;
    CHECK(sql_open(store_path(), SQLITE_OPEN_READONLY, NULL, &reader) == 0);
    CHECK(sql_execute(reader, "BEGIN; SELECT count(*) FROM sqlite_schema") == 0);
    struct record erasure = record_of_erasure(STR("a"), 0);
    erasure.ticket = 2;
    records_put(&records, &erasure);
    writer_put(writer, &records);
    CHECK_U64(wait_for(writer, 2), OUTCOME_KEPT);
    int64_t end_ms = clock_monotonic_ms() + 400; /* all else is done by then */
    while (clock_monotonic_ms() < end_ms)
        (void)sched_yield(); /* never fails on Linux */
    CHECK(log_bytes() > 0);
    CHECK(sql_execute(reader, "COMMIT") == 0);
    while (log_bytes() > 0)
        (void)sched_yield(); /* never fails on Linux */
    CHECK(sqlite3_close(reader) == SQLITE_OK);
    writer_free(&writer);
    records_deinit(&records);
    store_free(&store);
    remove_folder();
}

TEST(records_are_written_in_order_and_settled)
{
    struct store *store = store_memory_new();
    struct writer *writer = start(store);
    struct records records = {.count = 0};
    uint64_t ticket = 0;
    for (size_t i = 0; i < 500; i++) {
        for (size_t j = 0; j <= i % 7; j++)
            put_event(&records, ++ticket);
        writer_put(writer, &records);
        CHECK_U64(records.count, 0);
    }
    CHECK(wait_for(writer, ticket) == OUTCOME_KEPT);
    CHECK(atomic_load(&settled_calls) > 0);
    struct writer_stats stats = writer_stats(writer);
    CHECK_U64(stats.records, ticket);
    CHECK_U64(stats.lost, 0);
    writer_free(&writer);
    CHECK_U64(count_events(store), ticket);
    records_deinit(&records);
    store_free(&store);
}

TEST(what_is_in_the_queue_at_the_end_is_written)
{
    struct store *store = store_memory_new();
    struct writer *writer = start(store);
    struct records records = {.count = 0};
    for (uint64_t ticket = 1; ticket <= 5000; ticket++)
        put_event(&records, ticket);
    writer_put(writer, &records);
    writer_free(&writer);
    CHECK_U64(count_events(store), 5000);
    records_deinit(&records);
    store_free(&store);
}

TEST(when_the_store_fails_events_are_lost)
{
    struct store *store = store_memory_new();
    store_memory_fail(store, 0, UINT64_MAX);
    struct writer *writer = start(store);
    struct records records = {.count = 0};
    put_event(&records, 1);
    put_row(&records, 2, STR("one"));
    put_event(&records, 3);
    writer_put(writer, &records);
    CHECK(wait_for(writer, 3) == OUTCOME_LOST);
    CHECK(writer_outcome(writer, 1) == OUTCOME_LOST);
    CHECK(writer_stats(writer).is_failing);
    writer_free(&writer);
    CHECK_U64(atomic_load(&changed_calls), 1); /* that it fails is told once */
    CHECK(atomic_load(&is_failing));
    CHECK_U64(atomic_load(&lost_from), 1);
    CHECK_U64(count_events(store), 0);
    records_deinit(&records);
    store_free(&store);
}

TEST(rows_of_failed_commits_are_written_when_the_store_works_again)
{
    for (uint64_t good_calls = 0; unit_row((size_t)good_calls, 8); good_calls++) {
        struct store *store = store_memory_new();
        store_memory_fail(store, good_calls, 9);
        struct writer *writer = start(store);
        struct records records = {.count = 0};
        uint64_t ticket = 0;
        size_t lost = 0;
        do { /* each group is a try */
            char key = (char)('a' + ticket);
            put_row(&records, ++ticket, (struct str){.ptr = &key, .len = 1});
            put_event(&records, ++ticket);
            writer_put(writer, &records);
            lost += wait_for(writer, ticket) == OUTCOME_LOST ? 1 : 0;
        } while (writer_outcome(writer, ticket) == OUTCOME_LOST || ticket < 20);
        CHECK(lost > 0);
        writer_free(&writer);
        CHECK(atomic_load(&changed_calls) >= 2);
        CHECK_U64(atomic_load(&changed_calls) % 2, 0);
        CHECK(!atomic_load(&is_failing));
        CHECK_U64(count_rows(store), ticket / 2);
        CHECK_U64(count_events(store), ticket / 2 - lost);
        records_deinit(&records);
        store_free(&store);
    }
}

TEST(too_many_at_once_lose_events_but_no_rows)
{
    struct store *store = store_memory_new();
    struct writer *writer = start(store);
    struct records records = {.count = 0};
    for (uint64_t ticket = 1; ticket <= 100002; ticket++) {
        if (ticket == 3)
            put_row(&records, ticket, STR("row"));
        else
            put_event(&records, ticket);
    }
    writer_put(writer, &records);
    CHECK(wait_for(writer, 100002) == OUTCOME_LOST);
    CHECK(writer_outcome(writer, 2) == OUTCOME_LOST);
    CHECK(writer_outcome(writer, 3) == OUTCOME_KEPT);
    put_event(&records, 100003);
    writer_put(writer, &records);
    CHECK(wait_for(writer, 100003) == OUTCOME_KEPT);
    writer_free(&writer);
    CHECK_U64(count_events(store), 1);
    CHECK_U64(count_rows(store), 1);
    records_deinit(&records);
    store_free(&store);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(tickets_are_pending_then_kept_or_lost),
        cmocka_unit_test(too_many_ranges_become_one_at_the_old_end),
        cmocka_unit_test(what_is_too_old_goes_while_nothing_comes),
        cmocka_unit_test(what_is_forgotten_goes_while_messages_never_stop_coming),
        cmocka_unit_test(steps_of_clearing_away_grow_and_those_that_take_long_shrink),
        cmocka_unit_test(what_was_erased_leaves_the_log_when_nobody_reads_it_any_more),
        cmocka_unit_test(records_are_written_in_order_and_settled),
        cmocka_unit_test(what_is_in_the_queue_at_the_end_is_written),
        cmocka_unit_test(when_the_store_fails_events_are_lost),
        cmocka_unit_test(rows_of_failed_commits_are_written_when_the_store_works_again),
        cmocka_unit_test(too_many_at_once_lose_events_but_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
