/* Tests of store/store_check.h. */
#include "store/store_check.h"

#include "store/store_sqlite.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <string.h>

/* Two messages, one of them in two places, and a conversation. */
static void
fill(void)
{
    struct store *store = open_sqlite();
    begin(store);
    say(store, 10, "#a", "text");
    say(store, 11, "alice bob", "between the two");
    apply_event(store, make_event(EVENT_QUIT, "QUIT", 12, STR_NONE, STR("bye")), "#a,#b");
    commit(store);
    store_free(&store);
}

TEST(what_is_whole_is_counted)
{
    make_folder();
    fill();
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK(store_check_run(store_path(), &check, &err) == 0);
    CHECK_U64(check.problem_count, 0);
    CHECK_I64(check.messages, 3);
    CHECK_I64(check.targets, 3);
    CHECK_I64(check.rows, 0);
    store_check_deinit(&check);
    remove_folder();
}

TEST(it_looks_at_what_a_store_has_open)
{
    make_folder();
    fill();
    struct store *store = open_sqlite();
    begin(store);
    say(store, 20, "#a", "not committed");
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK(store_check_run(store_path(), &check, &err) == 0);
    CHECK_U64(check.problem_count, 0);
    CHECK_I64(check.messages, 3);
    store_check_deinit(&check);
    commit(store);
    store_free(&store);
    remove_folder();
}

TEST(each_kind_of_damage_is_told)
{
    static const struct {
        const char *sql;
        const char *expected;
    } rows[] = {
        {"DELETE FROM sources", "3 messages have no sender\n"},
        {"DELETE FROM messages WHERE id = 10", "1 places in the history have no message\n"},
        {"DELETE FROM targets WHERE name = CAST('#b' AS BLOB)",
         "1 places in the history are of no channel or conversation\n"},
        {"INSERT INTO peers VALUES('carol', 99)", "1 people are noted for no conversation\n"},
        {"UPDATE shared SET refs = 1 WHERE id = 12",
         "1 messages are in another number of places than they say\n"},
        {"DELETE FROM places WHERE id = 10",
         "1 messages are in another number of places than they say\n"},
        {"UPDATE messages SET body = x'0b' WHERE id > 10",
         "2 messages can't be read, the first is 11\n"},
        {"INSERT INTO rows VALUES(8, 'alice', x'01ff'), (10, 'alice x', x'01')",
         "2 rows of accounts, channels and settings can't be read\n"},
        {"INSERT INTO rows VALUES(8, 'ali' || char(27) || 'ce', x'01ff')",
         "settings \"alice\": it is not made as such a row is\n"},
        {"INSERT INTO rows VALUES(99, 'alice', x'01')",
         "row 99 \"alice\": it is of a kind that this confab does not know\n"},
        {"INSERT INTO rows VALUES(10, 'alice x', x'0105616c6963650101')",
         "device \"alice x\": it is not made as such a row is\n"},
        {"INSERT INTO rows VALUES(10, 'alice x', x'0105616c696365017801')", NULL},
        {"INSERT INTO rows VALUES(10, 'bob x', x'0105616c696365017801')",
         "device \"bob x\": it has a key that does not belong to it\n"},
        {"INSERT INTO rows VALUES(10, 'alice ' || char(10), x'0105616c696365010a01')",
         "device \"alice \": \"name\" has a line end or a zero byte in it\n"},
        {"PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'meta'",
         " is never used\n"},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        make_folder();
        fill();
        run_sql(rows[i].sql);
        struct store_check check;
        struct cf_err err;
        store_check_init(&check);
        CHECK(store_check_run(store_path(), &check, &err) == 0);
        CHECK((check.problem_count == 0) == (rows[i].expected == NULL));
        CHECK(rows[i].expected == NULL ||
              strstr(buf_nul_terminated(&check.problems), rows[i].expected) != NULL);
        store_check_deinit(&check);
        remove_folder();
    }
}

/* SQLite's text has the name in it, which could be anything. */
TEST(a_ruined_schema_is_told_without_its_bytes)
{
    make_folder();
    fill();
    run_sql("PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE (',"
            " name = 'me' || char(27) || 'ta' WHERE name = 'meta'");
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK(store_check_run(store_path(), &check, &err) == 0);
    CHECK_U64(check.problem_count, 1);
    const char *problems = buf_nul_terminated(&check.problems);
    CHECK(strstr(problems, "the file is damaged: malformed database schema (me?ta)") != NULL);
    CHECK(strchr(problems, 27) == NULL);
    store_check_deinit(&check);
    remove_folder();
}

TEST(of_another_version_the_pages_are_looked_at)
{
    make_folder();
    fill();
    run_sql("PRAGMA user_version = 1000");
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK(store_check_run(store_path(), &check, &err) == 0);
    CHECK_I64(check.version, 1000);
    CHECK_I64(check.messages, 0);
    CHECK_U64(check.problem_count, 0);
    store_check_deinit(&check);
    remove_folder();
}

TEST(what_is_no_database_of_ours_is_refused)
{
    make_folder();
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK_I64(store_check_run(store_path(), &check, &err), -ENOENT);
    run_sql("CREATE TABLE theirs(a)");
    CHECK_I64(store_check_run(store_path(), &check, &err), -EUCLEAN);
    CHECK(strstr(err.text, "is no database of confab") != NULL);
    store_check_deinit(&check);
    remove_folder();
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_counted),
        cmocka_unit_test(it_looks_at_what_a_store_has_open),
        cmocka_unit_test(each_kind_of_damage_is_told),
        cmocka_unit_test(a_ruined_schema_is_told_without_its_bytes),
        cmocka_unit_test(of_another_version_the_pages_are_looked_at),
        cmocka_unit_test(what_is_no_database_of_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
