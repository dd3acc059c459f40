/* Tests of store/wipe_vfs.h: of what is erased nothing stays in the file, and the rest does. */
#include "base/alloc.h"
#include "store/sql.h"
#include "store/wipe_vfs.h"
#include "unit/store_stage.h"
#include "unit/support/unit.h"

#include <stdio.h>
#include <string.h>

#define ROWS 3000

/* --- which part of a page --- */

#define PAGE_BYTES 512

/* Of a leaf with two cells. */
static void
make_leaf(unsigned char page[PAGE_BYTES], size_t head)
{
    memset(page, 'x', PAGE_BYTES);
    const unsigned char leaf[] = {13, 0, 0, 0, 2, 1, 0xC2, 0, 1, 0xE0, 1, 0xC2};
    memcpy(page + head, leaf, sizeof leaf); /* cells at 480 and 450 */
}

static bool
has_unused(const unsigned char page[PAGE_BYTES], bool is_first, size_t from, size_t to)
{
    size_t found_from = 0;
    size_t found_to = 0;
    return wipe_find_unused(page, PAGE_BYTES, is_first, &found_from, &found_to) &&
           found_from == from && found_to == to;
}

TEST(what_is_unused_lies_between_pointers_and_cells)
{
    (void)state;
    unsigned char page[PAGE_BYTES];
    make_leaf(page, 0);
    CHECK(has_unused(page, false, 12, 450));
    page[0] = 10; /* of an index */
    CHECK(has_unused(page, false, 12, 450));
    page[0] = 5; /* not a leaf: the number of a page stands before the pointers */
    memcpy(page + 12, (const unsigned char[]){1, 0xE0, 1, 0xC2}, 4);
    CHECK(has_unused(page, false, 16, 450));
    make_leaf(page, 100);
    CHECK(has_unused(page, true, 112, 450));
    make_leaf(page, 0);
    page[1] = 1; /* something free among the cells, at 500 */
    page[2] = 0xF4;
    CHECK(has_unused(page, false, 12, 450));
}

static void
check_is_left_alone(size_t at, unsigned char byte)
{
    unsigned char page[PAGE_BYTES];
    size_t from = 0;
    size_t to = 0;
    make_leaf(page, 0);
    page[at] = byte;
    CHECK(!wipe_find_unused(page, sizeof page, false, &from, &to));
}

TEST(pages_that_make_no_sense_are_left_alone)
{
    (void)state;
    check_is_left_alone(0, 0); /* text that goes on, or none of a tree */
    check_is_left_alone(0, 1);
    check_is_left_alone(0, 14);
    check_is_left_alone(2, 100); /* something free before the cells */
    check_is_left_alone(3, 2);   /* more cells than there is room for */
    check_is_left_alone(5, 3);   /* cells behind the page's end */
    check_is_left_alone(8, 0);   /* a cell before the cells */
    unsigned char page[PAGE_BYTES];
    size_t from = 0;
    size_t to = 0;
    make_leaf(page, 0);
    CHECK(!wipe_find_unused(page, 256, false, &from, &to));
}

/* --- a database --- */

static void
run(sqlite3 *db, const char *sql)
{
    int result = sql_execute(db, sql);
    if (result != 0)
        (void)fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    CHECK_I64(result, 0);
}

/* How often the text stands in the file. */
static size_t
count_in_file(const char *text)
{
    FILE *file = fopen(store_path(), "rb");
    CHECK(file != NULL);
    size_t len = strlen(text);
    size_t found = 0;
    size_t matched = 0;
    int byte;
    while ((byte = getc(file)) != EOF) {
        matched = byte == text[matched] ? matched + 1 : byte == text[0] ? 1 : 0;
        if (matched == len) {
            found++;
            matched = 0;
        }
    }
    CHECK(fclose(file) == 0);
    return found;
}

/* Two rows of three go, some at a time, so that pages are emptied and joined. */
static void
erase_rows(const char *pragma)
{
    char sql[256];
    sqlite3 *db = NULL;
    CHECK(wipe_vfs() != NULL);
    CHECK(sql_open(store_path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, wipe_vfs(), &db) == 0);
    run(db, pragma);
    run(db, "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
            "CREATE TABLE said(id INTEGER PRIMARY KEY, text TEXT);"
            "CREATE TABLE named(text TEXT PRIMARY KEY) WITHOUT ROWID");
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                   "INSERT INTO said SELECT i, CASE i %% 3 WHEN 0 THEN 'stays' ELSE 'erased' END"
                   " || i || substr('wwwwwwwwwwwwwwwwwwww', i * 7919 %% 17) FROM n",
                   ROWS - 1); /* fits */
    run(db, sql);
    run(db, "INSERT INTO named SELECT text || id FROM said; PRAGMA wal_checkpoint(TRUNCATE)");
    for (unsigned i = 0; i < ROWS; i += 150) {
        (void)snprintf(sql, sizeof sql,
                       "DELETE FROM said WHERE id %% 3 AND id >= %u AND id < %u;"
                       "DELETE FROM named WHERE text >= 'erased%u' AND text < 'erased%u'",
                       i, i + 150, i / 150 + 10, i / 150 + 11); /* fits */
        run(db, sql);
    }
    run(db, "DELETE FROM named WHERE text GLOB 'erased*'; PRAGMA wal_checkpoint(TRUNCATE)");
    int64_t sound = 0;
    int64_t left = 0;
    CHECK(sql_query_number(db,
                           "SELECT count(*) FROM pragma_integrity_check"
                           " WHERE integrity_check = 'ok'",
                           0, &sound) == 0);
    CHECK_I64(sound, 1);
    CHECK(sql_query_number(db, "SELECT count(*) FROM said WHERE text GLOB 'stays*'", 0, &left) ==
          0);
    CHECK_I64(left, ROWS / 3);
    CHECK(sqlite3_close(db) == SQLITE_OK);
}

TEST(of_what_is_erased_nothing_stays)
{
    (void)state;
    static const char *const pragmas[] = {"PRAGMA page_size = 4096", "PRAGMA page_size = 512",
                                          "PRAGMA page_size = 65536"};
    for (size_t i = 0; i < ARRAY_LEN(pragmas); i++) {
        make_folder();
        erase_rows(pragmas[i]);
        CHECK_U64(count_in_file("erased"), 0);
        CHECK(count_in_file("stays") >= 2 * (size_t)ROWS / 3);
        remove_folder();
    }
}

/* The first byte of a page may be anything there. */
TEST(with_auto_vacuum_pages_are_left_as_they_are)
{
    (void)state;
    make_folder();
    erase_rows("PRAGMA auto_vacuum = FULL");
    remove_folder();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unused_lies_between_pointers_and_cells),
        cmocka_unit_test(pages_that_make_no_sense_are_left_alone),
        cmocka_unit_test(of_what_is_erased_nothing_stays),
        cmocka_unit_test(with_auto_vacuum_pages_are_left_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
