/* Tests of searches in store/store.h, in both kinds of store; on disk with an index that is
 * behind. */
#include "base/buf.h"
#include "base/limits.h"
#include "store/schema.h"
#include "store/store_sqlite.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <sqlite3.h>
#include <stdio.h>

static void
check_found(struct store *store, struct page_query query, const char *expected)
{
    query.kind = PAGE_OF_FOUND;
    query.before = query.before == 0 ? PAGE_BEFORE_MAX : query.before;
    query.limit = query.limit == 0 ? LIMIT_SEARCH_RESULTS : query.limit;
    check_page(store, &query, expected);
}

/* The index has all. */
static void
index_all(struct store *store)
{
    int result;
    while ((result = store_index(store)) > 0)
        ;
    CHECK_I64(result, 0);
}

/* Whether the rows of the index are those of the words, on disk. */
static void
check_hits(const char *expression, int64_t expected)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    CHECK(sqlite3_open(store_path(), &db) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(db, "SELECT count(*) FROM words WHERE words MATCH ?1", -1, &statement,
                             NULL) == SQLITE_OK);
    CHECK(sqlite3_bind_text(statement, 1, expression, -1, SQLITE_STATIC) == SQLITE_OK);
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    CHECK_I64(sqlite3_column_int64(statement, 0), expected);
    CHECK(sqlite3_finalize(statement) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
say_as(struct store *store, uint64_t msgid, const char *source, const char *account,
       const char *text)
{
    const struct str params[] = {STR("#a"), str_from_nul(text)};
    apply_event(store,
                event_new(&(struct event_spec){
                    .kind = EVENT_MESSAGE,
                    .command = STR("PRIVMSG"),
                    .msgid = msgid,
                    .source = str_from_nul(source),
                    .account = str_from_nul(account),
                    .is_last_text = true,
                    .params = params,
                    .param_count = 2,
                }),
                "#a");
}

/* --- what is said, and the index after so many of the messages --- */

static size_t indexed_after;

static void
say_all(struct store *store)
{
    static const struct {
        uint64_t msgid;
        const char *target;
        const char *text;
    } messages[] = {
        {10, "#a", "That was fast!"},  {20, "#a", "Fasting is hard."},
        {30, "#b", "fast, elsewhere"}, {40, "alice bob", "as fast as before"},
        {50, "#a", "breakfast"},       {60, "#a", "我们在聊天室里"},
        {70, "#a", "slow and FAST"},   {80, "bob carl", "fast, and secret"},
    };

    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        begin(store);
        say(store, messages[i].msgid, messages[i].target, messages[i].text);
        commit(store);
        if (i + 1 == indexed_after)
            index_all(store);
    }
    begin(store);
    join(store, 90, "#a");
    commit(store);
}

static void
found(struct store *store)
{
    static uint64_t since_70[] = {0, 70};
    static uint64_t since_20[] = {20, 30};

    static const struct {
        struct page_query query;
        const char *expected;
    } rows[] = {
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast")}, "10 20 70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("Fast"), .is_newest = true}, "10 20 70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast slow")}, "70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("聊天")}, "60 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("里")}, "60 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("天聊")}, "end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("...")}, "end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("\"OR\" *")}, "end"},
        {{.target = STR_INIT("#nowhere"), .text = STR_INIT("fast")}, "end"},
        {{.target = STR_INIT("#a")}, "10 20 50 60 70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .limit = 2}, "10 20 ..."},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .limit = 2, .is_newest = true},
         "20 70 ..."},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .after = 10}, "20 70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .after = 9, .before = 70},
         "10 20 end"},
        {{.targets = STR_INIT("#a,#b"), .text = STR_INIT("fast")}, "10 20 30 70 end"},
        {{.targets = STR_INIT("#b,#c"), .account = STR_INIT("alice"), .text = STR_INIT("fast")},
         "30 40 end"},
        {{.account = STR_INIT("bob"), .text = STR_INIT("fast"), .since = 50}, "80 end"},
        {{.text = STR_INIT("fast")}, "end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .since = 10}, "20 70 end"},
        {{.target = STR_INIT("#a"), .text = STR_INIT("fast"), .since = 10, .after = 20}, "70 end"},
        /* what is not for whoever asks takes no place of what is */
        {{.targets = STR_INIT("#b,#a"), .sinces = since_70, .text = STR_INIT("fast")}, "30 end"},
        {{.targets = STR_INIT("#b,#a"),
          .sinces = since_70,
          .text = STR_INIT("fast"),
          .is_newest = true,
          .limit = 1},
         "30 ..."},
        {{.targets = STR_INIT("#a,#b"),
          .sinces = since_20,
          .text = STR_INIT("fast"),
          .limit = 1,
          .after = 10},
         "70 ..."},
        {{.targets = STR_INIT("#a"),
          .sinces = since_20,
          .account = STR_INIT("bob"),
          .since = 50,
          .text = STR_INIT("fast")},
         "70 80 end"},
    };

    say_all(store);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        check_found(store, rows[i].query, rows[i].expected);
}

TEST(messages_are_found_by_words_and_place_however_far_the_index_is)
{
    for (indexed_after = 0; indexed_after <= 8; indexed_after += 4)
        for_each_kind(found);
}

static void
found_from(struct store *store)
{
    begin(store);
    say_as(store, 10, "bob!~b@host", "", "one thing");
    say_as(store, 20, "[Bob]!~b@host", "robert", "another thing");
    say_as(store, 30, "Robert!~b@host", "robert", "last thing");
    commit(store);
    for (int pass = 0; pass < 2; pass++) {
        check_found(store, (struct page_query){.target = STR("#a"), .from = STR("bob")}, "10 end");
        check_found(store, (struct page_query){.target = STR("#a"), .from = STR("[bob]")},
                    "20 end");
        check_found(store, (struct page_query){.target = STR("#a"), .from = STR("{bob}")}, "end");
        check_found(store, (struct page_query){.target = STR("#a"), .from = STR("robert")},
                    "20 30 end");
        check_found(store,
                    (struct page_query){.target = STR("#a"),
                                        .from = STR("robert"),
                                        .text = STR("another")},
                    "20 end");
        index_all(store);
    }
}

TEST(messages_are_found_by_nick_and_by_account)
{
    for_each_kind(found_from);
}

static void
not_found(struct store *store)
{
    say_all(store);
    begin(store);
    apply(store, record_of_redaction(STR("#a"), 20));
    apply(store, record_of_renaming(STR("#b"), STR("#new"), STR("#New")));
    apply(store, record_of_forgetting(STR("bob carl")));
    commit(store);
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "10 70 end");
    check_found(store, (struct page_query){.target = STR("#b"), .text = STR("fast")}, "end");
    check_found(store, (struct page_query){.target = STR("#new"), .text = STR("fast")}, "30 end");
    check_found(store, (struct page_query){.account = STR("bob"), .text = STR("fast")}, "40 end");
    (void)tidy_older(store, 50); /* in how many steps does not matter here */
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "70 end");
    begin(store);
    say(store, 100, "#a", "gone again, fast");
    store_rollback(store);
    index_all(store);
    begin(store);
    say(store, 110, "#a", "back, fast");
    commit(store);
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "70 110 end");
}

TEST(what_is_redacted_forgotten_renamed_or_too_old_is_not_found)
{
    for (indexed_after = 0; indexed_after <= 8; indexed_after += 4)
        for_each_kind(not_found);
}

TEST(what_goes_leaves_the_index)
{
    make_folder();
    struct store *store = open_sqlite();
    indexed_after = 8;
    say_all(store);
    check_hits("fast", 5);
    begin(store);
    apply(store, record_of_redaction(STR("#a"), 10));
    apply(store, record_of_forgetting(STR("bob carl")));
    commit(store);
    (void)tidy_older(store, 0); /* in how many steps does not matter here */
    check_hits("fast", 3);
    (void)tidy_older(store, 1000);
    check_hits("fast OR fasting OR breakfast", 0);
    store_free(&store);
    run_sql("INSERT INTO words(words) VALUES('integrity-check')");
    remove_folder();
}

static void
many(struct store *store)
{
    begin(store);
    for (uint64_t id = 1; id <= 3 * LIMIT_INDEX_GROUP; id++)
        say(store, id, "#a", id % 100 == 0 ? "needle" : "hay");
    commit(store);
    CHECK(store_index(store) >= 0); /* a part of them */
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("needle")},
                "100 200 300 400 500 600 700 end");
    check_found(store,
                (struct page_query){
                    .target = STR("#a"), .text = STR("needle"), .is_newest = true, .limit = 6},
                "200 300 400 500 600 700 ...");
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("needle"), .limit = 3},
                "100 200 300 ...");
}

TEST(the_index_grows_in_groups)
{
    for_each_kind(many);
}

/* Says hay in more conversations than are searched, in ids above `first`. Their names have a number
 * between the two. */
static void
say_in_many(struct store *store, uint64_t first, const char *before, const char *behind)
{
    begin(store);
    for (unsigned i = 1; i <= LIMIT_SEARCH_TARGETS + 10; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s%u%s", before, i, behind); /* fits */
        say(store, first + i, name, "hay");
    }
    commit(store);
}

/* More guests than are searched write to somebody with a friend, in a channel too. */
static void
check_many(struct store *store, struct page_query query, const char *before, const char *behind)
{
    char third[64];
    (void)snprintf(third, sizeof third, "%s3%s", before, behind); /* fits */
    static_assert(LIMIT_SEARCH_TARGETS == 500, "as the ids below have it");
    query.text = STR("hay");
    say_in_many(store, 1000, before, behind);
    for (int pass = 0; pass < 2; pass++) {
        query.is_newest = false;
        query.limit = 3;
        check_found(store, query, "10 20 1013 ...");
        query.is_newest = true;
        check_found(store, query, "1508 1509 1510 ...");
        check_found(store, (struct page_query){.target = str_from_nul(third), .text = STR("hay")},
                    "1003 end");
        index_all(store);
    }
}

static void
too_many_guests(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "hay");
    say(store, 20, "bob mallory", "hay");
    commit(store);
    check_many(store, (struct page_query){.targets = STR("#a"), .account = STR("mallory")},
               "mallory ~g", "");
    /* More accounts than are searched leave no room for guests, but for channels. */
    say_in_many(store, 2000, "mallory peer", "");
    check_found(store,
                (struct page_query){.targets = STR("#a"),
                                    .account = STR("mallory"),
                                    .text = STR("hay"),
                                    .limit = 3},
                "10 2012 2013 ...");
}

static void
too_many_guests_before(struct store *store)
{
    begin(store);
    say(store, 10, "#a", "hay");
    say(store, 20, "bob 张三", "hay");
    commit(store);
    check_many(store, (struct page_query){.targets = STR("#a"), .account = STR("张三")}, "~g",
               " 张三");
}

TEST(guests_who_begin_conversations_take_no_place_of_others)
{
    for_each_kind(too_many_guests);
    for_each_kind(too_many_guests_before);
}

TEST(a_database_without_an_index_gets_one)
{
    make_folder();
    run_sql(schema_step(1));
    run_sql("PRAGMA application_id = 0x636f6e66; PRAGMA user_version = 1;"
            "INSERT INTO targets VALUES(1, x'2361', x'2361');"
            "INSERT INTO sources VALUES(1, x'616c696365', x'');"
            "INSERT INTO messages VALUES(10, 1, 1, x'00' || CAST('a fast one' AS BLOB));"
            "INSERT INTO places VALUES(2, 10)");
    struct store *store = open_sqlite();
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "10 end");
    index_all(store);
    check_hits("fast", 1);
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "10 end");
    store_free(&store);
    /* Made by other rules: it is emptied, and made anew. */
    run_sql("UPDATE meta SET value = 0 WHERE key = 'words_version'");
    store = open_sqlite();
    check_hits("fast", 0);
    check_found(store, (struct page_query){.target = STR("#a"), .text = STR("fast")}, "10 end");
    index_all(store);
    check_hits("fast", 1);
    store_free(&store);
    remove_folder();
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_found_by_words_and_place_however_far_the_index_is),
        cmocka_unit_test(messages_are_found_by_nick_and_by_account),
        cmocka_unit_test(what_is_redacted_forgotten_renamed_or_too_old_is_not_found),
        cmocka_unit_test(what_goes_leaves_the_index),
        cmocka_unit_test(the_index_grows_in_groups),
        cmocka_unit_test(guests_who_begin_conversations_take_no_place_of_others),
        cmocka_unit_test(a_database_without_an_index_gets_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
