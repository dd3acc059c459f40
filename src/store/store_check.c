/* Whether a database is whole; see store_check.h. */
#include "store/store_check.h"

#include "hub/event.h"
#include "hub/row_check.h"
#include "hub/row_layout.h"
#include "store/form.h"
#include "store/schema.h"
#include "store/sql.h"
#include "wire/clean_text.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>

#define PROBLEMS_BYTES_MAX (16 * 1024)
#define ROWS_TOLD_MAX      20
#define NAME_BYTES_SHOWN   100

/* SQLite tells no more than these many, so that a ruined file does not fill the screen. */
#define INTEGRITY_SQL "PRAGMA integrity_check(20)"

/* A message that lies in other places than it says is never cleared away, or too early. */
#define REFS_SQL                                                               \
    "SELECT count(*) FROM messages m LEFT JOIN"                                \
    " (SELECT id, count(*) AS count FROM places GROUP BY id) p ON p.id = m.id" \
    " LEFT JOIN shared h ON h.id = m.id WHERE coalesce(h.refs, 1) IS NOT p.count"

static const struct {
    const char *sql; /* how many there are */
    const char *what;
} dangling[] = {
    {"SELECT count(*) FROM messages WHERE source NOT IN (SELECT id FROM sources)",
     "messages have no sender"},
    {"SELECT count(*) FROM places WHERE id NOT IN (SELECT id FROM messages)",
     "places in the history have no message"},
    {"SELECT count(*) FROM places WHERE target / 2 NOT IN (SELECT id FROM targets)",
     "places in the history are of no channel or conversation"},
    {"SELECT count(*) FROM peers WHERE target NOT IN (SELECT id FROM targets)",
     "people are noted for no conversation"},
    {"SELECT count(*) FROM shared WHERE id NOT IN (SELECT id FROM messages)",
     "messages are said to be in several places, but are not there"},
    {REFS_SQL, "messages are in another number of places than they say"},
};

void
store_check_init(struct store_check *check)
{
    *check = (struct store_check){.version = 0};
    buf_init(&check->problems, PROBLEMS_BYTES_MAX);
}

void
store_check_deinit(struct store_check *check)
{
    buf_deinit(&check->problems);
    *check = (struct store_check){.version = 0};
}

/* SQLite quotes what is in a damaged file: any bytes, which a terminal must not get. */
static void
put_damage(struct store_check *check, struct str text)
{
    check->problem_count++;
    buf_put(&check->problems, STR("the file is damaged: "));
    for (size_t i = 0; i < text.len; i++) {
        bool is_plain = (text.ptr[i] >= ' ' && text.ptr[i] <= '~') || text.ptr[i] == '\n';
        buf_put_byte(&check->problems, is_plain ? text.ptr[i] : '?');
    }
    buf_put_byte(&check->problems, '\n');
}

/* What SQLite says about its own; its answer is "ok" when all is well. */
static int
check_pages(sqlite3 *db, struct store_check *check)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(db, INTEGRITY_SQL, &statement);
    if (result != 0)
        return result;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct str line = sql_column_text(statement, 0);
        if (!str_equal(line, STR("ok")))
            put_damage(check, line);
    }
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    return sql_errno(code);
}

static int
check_references(sqlite3 *db, struct store_check *check)
{
    for (size_t i = 0; i < ARRAY_LEN(dangling); i++) {
        int64_t count = 0;
        int result = sql_query_number(db, dangling[i].sql, 0, &count);
        if (result != 0)
            return result;
        if (count == 0)
            continue;
        check->problem_count++;
        buf_printf(&check->problems, "%" PRId64 " %s\n", count, dangling[i].what);
    }
    return 0;
}

/* Reads each message as a client that pages through all history would. */
static int
check_messages(sqlite3 *db, struct store_check *check)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(db, "SELECT id, body FROM messages", &statement);
    if (result != 0)
        return result;
    int64_t bad = 0;
    int64_t first = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0);
        struct event *event = form_read(sql_column_text(statement, 1),
                                        &(struct form_columns){
                                            .msgid = (uint64_t)id,
                                            .source = STR("a!a@a"), /* no part of the form */
                                            .account = STR(""),
                                            .target_name = STR("*"),
                                        });
        check->messages++;
        if (event == NULL && bad++ == 0)
            first = id;
        event_unref(&event);
    }
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    if (bad > 0) {
        check->problem_count++;
        buf_printf(&check->problems,
                   "%" PRId64 " messages can't be read, the first is %" PRId64 "\n", bad, first);
    }
    return sql_errno(code);
}

/* Text that may be anything, without what could do something to a terminal. */
static void
put_quoted(struct buf *out, struct str text)
{
    buf_put_byte(out, '"');
    clean_text_put(out, str_take(text, NAME_BYTES_SHOWN));
    buf_put_byte(out, '"');
}

/* Whether the row is made as its kind is and could have been written so; what it is worth beside
 * others is up to the server, which tells at its start. The first that are bad are named. */
static bool
check_row(struct store_check *check, uint32_t row, struct str key, struct str value, int64_t bad)
{
    const struct row_layout *layout = row_layout_of(row);
    struct row_fault fault = {.why = "is of a kind that this confab does not know"};
    if (layout != NULL && row_check(layout, key, value, &fault))
        return true;
    if (bad >= ROWS_TOLD_MAX)
        return false;
    if (layout == NULL)
        buf_printf(&check->problems, "row %" PRIu32, row);
    else
        buf_put(&check->problems, layout->name);
    buf_put_byte(&check->problems, ' ');
    put_quoted(&check->problems, key);
    buf_put(&check->problems, STR(": "));
    row_fault_put(&check->problems, &fault);
    buf_put_byte(&check->problems, '\n');
    return false;
}

static int
check_rows(sqlite3 *db, struct store_check *check)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(db, "SELECT row, key, value FROM rows", &statement);
    if (result != 0)
        return result;
    int64_t bad = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        uint32_t row = (uint32_t)sqlite3_column_int64(statement, 0);
        struct str key = sql_column_text(statement, 1);
        check->rows++;
        bad += check_row(check, row, key, sql_column_text(statement, 2), bad) ? 0 : 1;
    }
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    if (bad > 0) {
        check->problem_count++;
        buf_printf(&check->problems,
                   "%" PRId64 " rows of accounts, channels and settings can't be read\n", bad);
    }
    return sql_errno(code);
}

/* All in one transaction: one state. */
static int
check_all(sqlite3 *db, struct store_check *check)
{
    int result = sql_execute(db, "BEGIN");
    if (result == 0)
        result = sql_query_number(db, "PRAGMA user_version", 0, &check->version);
    if (result == 0)
        result = check_pages(db, check);
    if (result != 0 || check->version != (int64_t)schema_version() || check->problem_count > 0)
        return result; /* what is read from damaged pages says nothing */
    result = sql_query_number(db, "SELECT count(*) FROM targets WHERE name IS NOT NULL", 0,
                              &check->targets);
    if (result == 0)
        result = check_rows(db, check);
    if (result == 0)
        result = check_references(db, check);
    return result == 0 ? check_messages(db, check) : result;
}

int
store_check_run(const char *path, struct store_check *check, struct cf_err *err)
{
    assert(check->problem_count == 0);
    sqlite3 *db = NULL;
    err->code = 0;
    int result = sql_open(path, SQLITE_OPEN_READONLY, NULL, &db);
    if (result == 0)
        result = schema_check_is_ours(db, path, err);
    if (result == 0)
        result = check_all(db, check);
    if (result == -EUCLEAN && err->code == 0) {
        put_damage(check, str_from_nul(sqlite3_errmsg(db)));
        result = 0;
    }
    if (result != 0 && err->code == 0)
        (void)cf_err_set(err, result, "cannot look at the database %s: %s", path,
                         sqlite3_errmsg(db)); /* the code is in err, too */
    (void)sqlite3_close(db);                  /* nothing is open in it any more */
    return result;
}
