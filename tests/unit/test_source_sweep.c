/* Tests of store/source_sweep.h: sources of which no message is left go, and no others. */
#include "base/msgid.h"
#include "store/source_sweep.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <inttypes.h>
#include <stdio.h>

#define START_MS (MSGID_EPOCH_MS + 1000)

static void
say_by(struct store *store, unsigned number, uint64_t msgid)
{
    char source[32];
    (void)snprintf(source, sizeof source, "nick%u!u@h", number); /* fits */
    const struct str params[] = {STR("#a"), STR("words")};
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .source = str_from_nul(source),
        .msgid = msgid,
        .is_last_text = true,
        .params = params,
        .param_count = 2,
    });
    apply_event(store, event, "#a");
}

static void
say_in_a_commit(struct store *store, unsigned number, uint64_t msgid)
{
    begin(store);
    say_by(store, number, msgid);
    commit(store);
}

static void
check_messages(void)
{
    run_sql("CREATE TEMP TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) FROM messages"
            " WHERE source NOT IN (SELECT id FROM sources)");
}

/* How many there are, while the store is not open. */
static void
check_sources(unsigned count)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "CREATE TEMP TABLE none(x CHECK(x = 0));"
                   "INSERT INTO none SELECT count(*) - %u FROM sources",
                   count); /* fits */
    run_sql(sql);
    check_messages();
}

TEST(sources_without_messages_go_a_day_later)
{
    make_folder();
    struct store *store = open_sqlite();
    begin(store);
    for (unsigned i = 1; i <= 4; i++)
        say_by(store, i, i);
    commit(store);
    (void)tidy_to(store, &(struct store_limits){.oldest = 4, .now_ms = START_MS});
    int64_t due_ms = START_MS + SOURCE_SWEEP_DELAY_MS;
    (void)tidy_to(store, &(struct store_limits){.now_ms = due_ms - 1});
    store_free(&store);
    check_sources(4);

    store = open_sqlite(); /* it is due after a restart as well */
    say_in_a_commit(store, 2, 5);
    (void)tidy_to(store, &(struct store_limits){.now_ms = due_ms});
    say_in_a_commit(store, 1, 6);
    say_in_a_commit(store, 2, 7);
    check_all(store, "#a", "4 5 6 7 end");
    store_free(&store);
    check_sources(3);

    store = open_sqlite(); /* nothing has gone since: nothing is due */
    (void)tidy_to(store, &(struct store_limits){.now_ms = due_ms * 2});
    store_free(&store);
    run_sql("CREATE TEMP TABLE none(x CHECK(x = 0));"
            "INSERT INTO none SELECT count(*) FROM meta WHERE key = 'sources_due'");
    remove_folder();
}

/* One step, which is rolled back now and then. */
static void
take_step(struct store *store, uint64_t *random, const struct store_limits *limits)
{
    begin(store);
    CHECK(store_tidy(store, limits) >= 0);
    if (unit_random_below(random, 20) == 0)
        store_rollback(store);
    else
        commit(store);
}

/* People talk, under names that come again, while old messages and then their sources go. */
TEST(what_has_messages_stays_whatever_happens_meanwhile)
{
    for (uint64_t seed = 1; unit_row(seed - 1, 5); seed++) {
        uint64_t random = seed;
        uint64_t last = 0;
        int64_t now_ms = START_MS;
        make_folder();
        struct store *store = open_sqlite();
        for (unsigned i = 0; i < 300; i++) {
            struct store_limits limits = {
                .oldest = last > 30 ? last - 30 : 0,
                .now_ms = now_ms,
                .rows = 1 + unit_random_below(&random, 3),
            };
            if (unit_random_below(&random, 3) == 0)
                say_in_a_commit(store, (unsigned)unit_random_below(&random, 60), ++last);
            else
                take_step(store, &random, &limits);
            if (i % 20 == 0)
                check_messages();
            if (unit_random_below(&random, 8) == 0)
                now_ms += SOURCE_SWEEP_DELAY_MS / 2;
            if (unit_random_below(&random, 100) == 0) {
                store_free(&store);
                store = open_sqlite();
            }
        }
        for (int i = 0; i < 3; i++) {
            now_ms += SOURCE_SWEEP_DELAY_MS;
            (void)tidy_to(store,
                          &(struct store_limits){.oldest = last + 1, .now_ms = now_ms, .rows = 1});
        }
        say_in_a_commit(store, 99, ++last);
        store_free(&store);
        check_sources(1);
        remove_folder();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_without_messages_go_a_day_later),
        cmocka_unit_test(what_has_messages_stays_whatever_happens_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
