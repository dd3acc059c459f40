/*
 * Tests of store/store_sqlite.h on a disk that fails: an SQLite VFS that passes everything on to
 * the one of the store (wipe_vfs.h), but for one write, sync or truncation, or for all from one on.
 */
#include "base/alloc.h"
#include "store/store_check.h"
#include "store/store_sqlite.h"
#include "store/wipe_vfs.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the failing way to the files --- */

static uint64_t calls;     /* that change the disk, so far */
static uint64_t first_bad; /* the number of the first one that fails; 0: none does */
static uint64_t bad_count;

static bool
is_bad(void)
{
    calls++;
    return first_bad != 0 && calls >= first_bad && calls - first_bad < bad_count;
}

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind it */
};

static sqlite3_file *
real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static int
fault_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int
fault_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, at);
}

static int
fault_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    if (is_bad())
        return calls % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, at);
}

static int
fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (is_bad())
        return SQLITE_IOERR_TRUNCATE;
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int
fault_sync(sqlite3_file *file, int flags)
{
    if (is_bad())
        return SQLITE_IOERR_FSYNC;
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int
fault_size(sqlite3_file *file, sqlite3_int64 *size_out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size_out);
}

static int
fault_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int
fault_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int
fault_check_lock(sqlite3_file *file, int *is_reserved_out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved_out);
}

static int
fault_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int
fault_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int
fault_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int
fault_shm_map(sqlite3_file *file, int page, int size, int extend,
              void volatile **at_out) /* NOLINT(tidy-banned-call): as SQLite declares it */
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at_out);
}

static int
fault_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void
fault_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int
fault_shm_unmap(sqlite3_file *file, int deletes)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), deletes);
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_lock,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector_size,
    .xDeviceCharacteristics = fault_characteristics,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static sqlite3_vfs *system_vfs;

static int
fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    (void)vfs;
    struct fault_file *fault = (struct fault_file *)file;
    fault->real = (sqlite3_file *)(fault + 1);
    int code = system_vfs->xOpen(system_vfs, name, fault->real, flags, flags_out);
    fault->base.pMethods = fault->real->pMethods == NULL ? NULL : &fault_methods;
    return code;
}

static void
register_vfs(void)
{
    static sqlite3_vfs vfs;
    system_vfs = sqlite3_vfs_find(wipe_vfs());
    vfs = *system_vfs;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct fault_file) + system_vfs->szOsFile;
    vfs.xOpen = fault_open;
    CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

/* --- a life of a store --- */

#define TRANSACTIONS 8
#define ROWS         5 /* in each */

static char folder[64];
static char path[128];

static void
make_folder(void)
{
    /* In memory, where there is such a place: this makes many files and waits for each. */
    (void)snprintf(folder, sizeof folder, "/dev/shm/confab-faults-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        (void)snprintf(folder, sizeof folder, "/tmp/confab-faults-XXXXXX");
        CHECK(mkdtemp(folder) != NULL);
    }
    (void)snprintf(path, sizeof path, "%s/confab.db", folder);
}

static void
remove_folder(void)
{
    static const char *const names[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "%s%s", path, names[i]);
        (void)unlink(name); /* it may not be there */
    }
    CHECK(rmdir(folder) == 0);
}

static int
put_transaction(struct store *store, uint64_t number)
{
    int result = store_begin(store);
    for (uint64_t i = 0; i < ROWS && result == 0; i++) {
        char text[400];
        memset(text, 'x', sizeof text);
        struct event *event = event_new(&(struct event_spec){
            .kind = EVENT_MESSAGE,
            .command = STR("PRIVMSG"),
            .msgid = number * ROWS + i + 1,
            .source = STR("a!b@c"),
            .params = (const struct str[]){STR("#a"), {.ptr = text, .len = sizeof text}},
            .param_count = 2,
        });
        struct record record = record_of_event(event, STR("#a"));
        event_unref(&event);
        result = store_apply(store, &record);
        record_deinit(&record);
    }
    if (result == 0)
        result = store_commit(store);
    if (result != 0) {
        CHECK(result == -EIO || result == -ENOSPC);
        store_rollback(store);
    }
    return result;
}

static int
apply_taken(struct store *store, struct record record)
{
    int result = store_apply(store, &record);
    record_deinit(&record);
    return result;
}

static int
say_in(struct store *store, uint64_t msgid, struct str account, struct str target)
{
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .msgid = msgid,
        .source = STR("b!b@c"),
        .account = account,
        .params = (const struct str[]){target, STR("words")},
        .param_count = 2,
    });
    struct record said = record_of_event(event, target);
    event_unref(&event);
    return apply_taken(store, said);
}

/* A transaction that clears a little away. */
static void
tidy(struct store *store)
{
    int result = store_begin(store);
    if (result == 0)
        result = store_tidy(store, &(struct store_limits){.count = 1000});
    if (result >= 0)
        result = store_commit(store);
    if (result != 0)
        store_rollback(store);
}

/* Messages of somebody who has all of theirs erased in the same transaction, one of them in a
 * conversation, and more of others than are kept of that target; and what there is to clear away
 * then. It may fail, as what is done in the background may. */
static void
erase_and_tidy(struct store *store, uint64_t number)
{
    uint64_t msgid = (TRANSACTIONS + number) * ROWS;
    int result = store_begin(store);
    if (result == 0)
        result = say_in(store, msgid + 1, STR("bob"), STR("#b"));
    if (result == 0)
        result = say_in(store, msgid + 2, STR("bob"), STR("bob carl"));
    if (result == 0)
        result = say_in(store, msgid + 3, STR("carl"), STR("#c"));
    if (result == 0)
        result = apply_taken(store, record_of_keeping(STR("#c"), 1, 0));
    if (result == 0)
        result = apply_taken(store, record_of_erasure(STR("bob"), 0));
    if (result == 0)
        result = store_commit(store);
    if (result != 0)
        store_rollback(store);
    for (size_t i = 0; i < 4; i++)
        tidy(store);
}

enum fate {
    FATE_NEVER, /* was not tried */
    FATE_KEPT,
    FATE_FAILED,
};

/* Whether words are indexed and messages erased in between. */
static bool has_background;

/* Puts all transactions into a store on the failing disk; false when it could not be opened. */
static bool
live(enum fate fates[TRANSACTIONS])
{
    struct cf_err err;
    calls = 0;
    struct store *store = store_sqlite_open(path, "fault", &err);
    for (uint64_t i = 0; i < TRANSACTIONS; i++)
        fates[i] = FATE_NEVER;
    if (store == NULL) {
        if (strstr(err.text, "disk is full") != NULL)
            CHECK(strstr(err.text, "make room") != NULL);
        return false;
    }
    for (uint64_t i = 0; i < TRANSACTIONS; i++) {
        fates[i] = put_transaction(store, i) == 0 ? FATE_KEPT : FATE_FAILED;
        if (has_background && store_index(store) >= 0)
            erase_and_tidy(store, i);
    }
    store_free(&store);
    return true;
}

/* What was committed is there, once and in order, and of what has failed all or nothing. */
static void
check_kept(const enum fate fates[TRANSACTIONS])
{
    struct cf_err err;
    struct store *store = store_sqlite_open(path, NULL, &err);
    CHECK(store != NULL);
    struct store_reader *reader = store_reader_new(store);
    struct page page;
    CHECK_I64(store_read_page(reader,
                              &(struct page_query){.target = STR("#a"),
                                                   .before = PAGE_BEFORE_MAX,
                                                   .limit = 1000},
                              &page),
              0);
    size_t at = 0;
    for (uint64_t i = 0; i < TRANSACTIONS; i++) {
        size_t found = 0;
        while (at < page.count && (page.events[at]->msgid - 1) / ROWS == i) {
            CHECK_U64(page.events[at]->msgid, i * ROWS + found + 1);
            found++;
            at++;
        }
        CHECK(found == ROWS || (found == 0 && fates[i] != FATE_KEPT));
        CHECK(found == 0 || fates[i] != FATE_NEVER);
    }
    CHECK_U64(at, page.count);
    page_deinit(&page);
    store_reader_free(&reader);
    store_free(&store);
}

/* What refers to what, and that all can be read. */
static void
check_whole(void)
{
    struct store_check check;
    struct cf_err err;
    store_check_init(&check);
    CHECK(store_check_run(path, &check, &err) == 0);
    CHECK_STR(buf_str(&check.problems), STR(""));
    store_check_deinit(&check);
}

/* What the failing disk has left is cleared away by a good one. */
static void
check_cleared(void)
{
    static const char *const sql[] = {
        "SELECT count(*) FROM erasures",
        "SELECT count(*) FROM sources WHERE account <> CAST('carl' AS BLOB) AND account <> X''",
        "SELECT max(count(*) - 1, 0) FROM places p JOIN targets t ON t.id = p.target / 2"
        " WHERE t.name = CAST('#c' AS BLOB)",
    };
    struct cf_err err;
    struct store *store = store_sqlite_open(path, NULL, &err);
    CHECK(store != NULL);
    int more = 1;
    while (more == 1) {
        CHECK_I64(store_begin(store), 0);
        more = store_tidy(store, &(struct store_limits){.count = 1000});
        CHECK_I64(store_commit(store), 0);
    }
    CHECK_I64(more, 0);
    store_free(&store);
    sqlite3 *db;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(sql)); i++) {
        sqlite3_stmt *statement;
        CHECK(sqlite3_prepare_v2(db, sql[i], -1, &statement, NULL) == SQLITE_OK);
        CHECK(sqlite3_step(statement) == SQLITE_ROW);
        CHECK_I64(sqlite3_column_int64(statement, 0), 0);
        CHECK(sqlite3_finalize(statement) == SQLITE_OK);
    }
    CHECK(sqlite3_close(db) == SQLITE_OK);
    check_whole();
}

static void
fail_each_write(void)
{
    enum fate fates[TRANSACTIONS];
    make_folder();
    first_bad = 0;
    CHECK(live(fates));
    uint64_t total = calls;
    CHECK(total > 3 * TRANSACTIONS);
    check_kept(fates);
    remove_folder();
    size_t failures = 0;
    for (uint64_t bad = 1; unit_row((size_t)bad, (size_t)total); bad++) {
        make_folder();
        first_bad = bad;
        bad_count = 1;
        bool is_open = live(fates);
        size_t failed = 0;
        for (size_t i = 0; i < TRANSACTIONS; i++)
            failed += fates[i] == FATE_FAILED ? 1 : 0;
        CHECK(failed <= 1); /* it goes on by itself */
        failures += failed + (is_open ? 0 : 1);
        check_kept(fates);
        if (has_background)
            check_cleared();
        else
            check_whole();
        remove_folder();
    }
    CHECK(failures > TRANSACTIONS);
}

TEST(each_write_may_fail_and_nothing_that_was_committed_is_lost)
{
    has_background = false;
    fail_each_write();
}

TEST(each_write_may_fail_while_words_are_indexed_and_messages_erased)
{
    has_background = true;
    fail_each_write();
}

TEST(a_disk_that_fails_for_good_keeps_what_it_had)
{
    enum fate fates[TRANSACTIONS];
    first_bad = 0;
    for (uint64_t bad = 1; unit_row((size_t)bad, 60); bad += 3) {
        make_folder();
        first_bad = bad;
        bad_count = UINT64_MAX;
        (void)live(fates);
        first_bad = 0;
        check_kept(fates);
        remove_folder();
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_write_may_fail_and_nothing_that_was_committed_is_lost),
        cmocka_unit_test(each_write_may_fail_while_words_are_indexed_and_messages_erased),
        cmocka_unit_test(a_disk_that_fails_for_good_keeps_what_it_had),
    };
    register_vfs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
