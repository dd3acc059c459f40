/* Tests of store/readers.h. */
#include "store/readers.h"

#include "store/store_sqlite.h"
#include "unit/support/unit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_uint answered;
static atomic_uint events_read;
static atomic_uint failures;
static struct readers *_Atomic the_readers;

static void
on_answer(void *context, struct question *question, const struct page *page)
{
    (void)context;
    (void)question;
    if (page == NULL)
        atomic_fetch_add(&failures, 1);
    else
        atomic_fetch_add(&events_read, (unsigned)page->count);
    atomic_fetch_add(&answered, 1);
}

static void
on_settled(void *context)
{
    (void)context;
    struct readers *readers = atomic_load(&the_readers);
    if (readers != NULL)
        readers_settled(readers);
}

static void
ask(struct readers *readers, uint64_t ticket)
{
    struct question question = {
        .kind = QUESTION_PAGE,
        .ticket = ticket,
        .page = page_query_copy(
            &(struct page_query){.target = STR("#a"), .before = PAGE_BEFORE_MAX, .limit = 1000000}),
    };
    readers_ask(readers, &question);
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

TEST(each_question_is_answered_after_what_was_put_before_it)
{
    enum { COUNT = 100 };

    char folder[] = "/tmp/confab-readers-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/confab.db", folder);
    struct cf_err err;
    struct store *store = store_sqlite_open(path, NULL, &err);
    CHECK(store != NULL);
    struct writer *writer =
        writer_new(&(struct writer_options){.store = store, .settled = on_settled});
    CHECK(writer != NULL);
    struct readers *readers = readers_new(&(struct readers_options){
        .store = store, .writer = writer, .thread_count = 3, .answer = on_answer});
    CHECK(readers != NULL);
    atomic_store(&the_readers, readers);
    struct records records = {.count = 0};
    for (uint64_t ticket = 1; ticket <= COUNT; ticket++) {
        put_event(&records, ticket);
        ask(readers, ticket); /* before it is in the queue, even */
        writer_put(writer, &records);
    }
    writer_free(&writer);
    readers_free(&readers);
    CHECK(readers == NULL);
    CHECK_U64(atomic_load(&answered), COUNT);
    CHECK_U64(atomic_load(&failures), 0);
    /* At least as many as there were; more, when the writer was ahead. */
    CHECK(atomic_load(&events_read) >= COUNT * (COUNT + 1) / 2);
    records_deinit(&records);
    store_free(&store);
    static const char *const names[] = {"", ".lock"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, names[i]);
        CHECK(unlink(name) == 0);
    }
    CHECK(rmdir(folder) == 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_question_is_answered_after_what_was_put_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
