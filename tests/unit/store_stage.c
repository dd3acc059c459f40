/* A store for tests; see store_stage.h. */
#include "unit/store_stage.h"

#include "base/alloc.h"
#include "base/msgid.h"
#include "store/store_memory.h"
#include "store/store_sqlite.h"
#include "unit/support/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static char path[128];

const char *
store_path(void)
{
    return path;
}

void
make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/confab-store-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/confab.db", folder);
}

void
remove_folder(void)
{
    static const char *const names[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "%s%s", path, names[i]);
        (void)unlink(name); /* it may not be there */
    }
    CHECK(rmdir(folder) == 0);
}

struct store *
open_sqlite(void)
{
    struct cf_err err;
    struct store *store = store_sqlite_open(path, NULL, &err);
    if (store == NULL)
        (void)fprintf(stderr, "%s\n", err.text);
    CHECK(store != NULL);
    return store;
}

struct kind {
    const char *name;
    struct store *(*open)(void);
};

static const struct kind kinds[] = {
    {"sqlite", open_sqlite},
    {"memory", store_memory_new},
};

struct event *
make_event(enum event_kind kind, const char *command, uint64_t msgid, struct str target,
           struct str text)
{
    const struct str params[] = {target, text};
    return event_new(&(struct event_spec){
        .kind = kind,
        .command = str_from_nul(command),
        .msgid = msgid,
        .wall_ms = msgid_wall_ms(msgid),
        .source = STR("alice!~alice@host"),
        .account = STR("alice"),
        .is_last_text = kind == EVENT_MESSAGE,
        .params = params,
        .param_count = text.ptr == NULL ? 1 : 2,
    });
}

void
apply(struct store *store, struct record record)
{
    CHECK_I64(store_apply(store, &record), 0);
    record_deinit(&record);
}

void
apply_event(struct store *store, struct event *event, const char *targets)
{
    apply(store, record_of_event(event, str_from_nul(targets)));
    event_unref(&event);
}

void
say(struct store *store, uint64_t msgid, const char *target, const char *text)
{
    apply_event(store,
                make_event(EVENT_MESSAGE, "PRIVMSG", msgid, str_from_nul(target),
                           str_from_nul(text)),
                target);
}

void
join(struct store *store, uint64_t msgid, const char *target)
{
    apply_event(store, make_event(EVENT_JOIN, "JOIN", msgid, str_from_nul(target), STR_NONE),
                target);
}

void
check_page(struct store *store, const struct page_query *query, const char *expected)
{
    struct store_reader *reader = store_reader_new(store);
    CHECK(reader != NULL);
    struct page page;
    CHECK_I64(store_read_page(reader, query, &page), 0);
    struct buf got;
    buf_init(&got, 4096);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&got, "%llu ", (unsigned long long)page.events[i]->msgid);
    buf_put(&got, page.is_end ? STR("end") : STR("..."));
    CHECK_STR(buf_str(&got), str_from_nul(expected));
    buf_deinit(&got);
    page_deinit(&page);
    store_reader_free(&reader);
}

void
check_all(struct store *store, const char *target, const char *expected)
{
    check_page(store,
               &(struct page_query){
                   .target = str_from_nul(target),
                   .before = PAGE_BEFORE_MAX,
                   .limit = 1000,
                   .has_all = true,
               },
               expected);
}

void
begin(struct store *store)
{
    CHECK_I64(store_begin(store), 0);
}

void
commit(struct store *store)
{
    CHECK_I64(store_commit(store), 0);
}

size_t
tidy_to(struct store *store, const struct store_limits *limits)
{
    size_t steps = 0;
    int result = 1;
    while (result > 0) {
        begin(store);
        result = store_tidy(store, limits);
        CHECK(result >= 0);
        commit(store);
        steps++;
    }
    return steps;
}

size_t
tidy_older(struct store *store, uint64_t oldest)
{
    return tidy_to(store, &(struct store_limits){.oldest = oldest});
}

size_t
tidy(struct store *store)
{
    return tidy_older(store, 0);
}

void
for_each_kind(void (*test)(struct store *store))
{
    for (size_t i = 0; unit_row(i, ARRAY_LEN(kinds)); i++) {
        make_folder();
        struct store *store = kinds[i].open();
        test(store);
        store_free(&store);
        CHECK(store == NULL);
        remove_folder();
    }
}

void
run_sql(const char *sql)
{
    sqlite3 *db;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        (void)fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    CHECK(code == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
}
