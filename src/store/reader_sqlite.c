/* Reading from the store on disk; see reader_sqlite.h. */
#include "store/reader_sqlite.h"

#include "base/alloc.h"
#include "hub/row.h"
#include "store/form.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/word_search.h"

#include <errno.h>
#include <sqlite3.h>

#define SETTINGS_SQL "PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY"

/* CROSS JOIN keeps the order: from the places, in theirs, to the messages. */
#define PAGE_SQL(order)                                                                          \
    "SELECT p.id, s.source, s.account, m.body FROM places p"                                     \
    " CROSS JOIN messages m ON m.id = p.id CROSS JOIN sources s ON s.id = m.source"              \
    " WHERE p.target = ?1 AND p.id > ?2 AND p.id < ?3" SCHEMA_NOT_ERASED " ORDER BY p.id " order \
    " LIMIT ?4"

/* The last message with text of targets, by its place: one look into the index for each. */
#define LAST_SQL                                                                \
    "SELECT t.name, (SELECT max(p.id) FROM places p WHERE p.target = t.id * 2)" \
    " FROM targets t "

/* All rows, with those that are columns here. Its parameter is ROW_SEQ. */
#define ROWS_SQL                                                                          \
    "SELECT row, key, value FROM rows UNION ALL"                                          \
    " SELECT ?1, name, CAST(seq AS BLOB) FROM targets WHERE name IS NOT NULL AND seq > 0" \
    " ORDER BY 1, 2"

enum page_order {
    ORDER_OLDEST,
    ORDER_NEWEST,
    ORDER_COUNT,
};

static const char *const page_sql[ORDER_COUNT] = {
    [ORDER_OLDEST] = PAGE_SQL("ASC"),
    [ORDER_NEWEST] = PAGE_SQL("DESC"),
};

struct reader_sqlite {
    struct store_reader base;
    sqlite3 *db;
    sqlite3_stmt *find_target;
    sqlite3_stmt *find_last;  /* message of a target, by name */
    sqlite3_stmt *find_lasts; /* of all conversations of an account */
    sqlite3_stmt *pages[ORDER_COUNT][CLASS_COUNT];
    sqlite3_stmt *rows;
    struct word_search search;
};

void
reader_sqlite_free(struct store_reader *base)
{
    struct reader_sqlite *reader = CONTAINER_OF(base, struct reader_sqlite, base);
    (void)sqlite3_finalize(reader->find_target); /* these repeat what the last step has returned */
    (void)sqlite3_finalize(reader->find_last);
    (void)sqlite3_finalize(reader->find_lasts);
    (void)sqlite3_finalize(reader->rows);
    word_search_close(&reader->search);
    for (size_t i = 0; i < ORDER_COUNT; i++)
        sql_finalize_all(reader->pages[i], CLASS_COUNT);
    (void)sqlite3_close(reader->db); /* nothing is open in it any more */
    cf_free(reader);
}

static int
prepare_all(struct reader_sqlite *reader)
{
    int result = sql_prepare(reader->db, "SELECT id, shown FROM targets WHERE name = ?1",
                             &reader->find_target);
    if (result == 0)
        result = sql_prepare(reader->db, LAST_SQL "WHERE t.name = ?1", &reader->find_last);
    if (result == 0)
        result = sql_prepare(reader->db,
                             LAST_SQL "WHERE t.id IN (SELECT target FROM peers WHERE name = ?1)"
                                      " AND t.name IS NOT NULL",
                             &reader->find_lasts);
    if (result == 0)
        result = sql_prepare(reader->db, ROWS_SQL, &reader->rows);
    if (result == 0)
        sql_bind_number(reader->rows, 1, ROW_SEQ);
    for (size_t order = 0; order < ORDER_COUNT; order++) {
        for (size_t i = 0; i < CLASS_COUNT && result == 0; i++)
            result = sql_prepare(reader->db, page_sql[order], &reader->pages[order][i]);
    }
    return result == 0 ? word_search_open(&reader->search, reader->db) : result;
}

struct store_reader *
reader_sqlite_new(const char *path, const char *vfs, const struct store_ops *ops)
{
    struct reader_sqlite *reader = cf_calloc_array(1, sizeof *reader);
    reader->base.ops = ops;
    int result = sql_open(path, SQLITE_OPEN_READONLY, vfs, &reader->db);
    if (result == 0)
        result = sql_execute(reader->db, SETTINGS_SQL);
    if (result == 0)
        result = prepare_all(reader);
    if (result == 0)
        return &reader->base;
    reader_sqlite_free(&reader->base);
    return NULL;
}

/* One run of places of one class, a step ahead. */
struct page_cursor {
    sqlite3_stmt *statement;
    int code; /* SQLITE_ROW while there is one */
};

static void
cursor_start(struct page_cursor *cursor, sqlite3_stmt *statement, int64_t place,
             const struct page_range *range)
{
    sql_bind_number(statement, 1, place);
    sql_bind_number(statement, 2, (int64_t)range->after);
    sql_bind_number(statement, 3, (int64_t)range->before);
    sql_bind_number(statement, 4, (int64_t)range->limit + 1); /* one more says that there is more */
    cursor->statement = statement;
    cursor->code = sqlite3_step(statement);
}

/* The cursor whose event comes next; NULL when there is none. */
static struct page_cursor *
next_cursor(struct page_cursor *cursors, size_t count, bool is_newest)
{
    struct page_cursor *next = NULL;
    for (size_t i = 0; i < count; i++) {
        if (cursors[i].code != SQLITE_ROW)
            continue;
        if (next == NULL) {
            next = &cursors[i];
            continue;
        }
        int64_t id = sqlite3_column_int64(cursors[i].statement, 0);
        int64_t next_id = sqlite3_column_int64(next->statement, 0);
        if (is_newest ? id > next_id : id < next_id)
            next = &cursors[i];
    }
    return next;
}

static int
put_row_event(sqlite3_stmt *statement, struct str target_name, uint64_t batch, struct page *page)
{
    struct event *event = form_read(sql_column_text(statement, 3),
                                    &(struct form_columns){
                                        .msgid = (uint64_t)sqlite3_column_int64(statement, 0),
                                        .source = sql_column_text(statement, 1),
                                        .account = sql_column_text(statement, 2),
                                        .target_name = target_name,
                                        .batch = batch,
                                    });
    if (event == NULL)
        return -EUCLEAN;
    page_put(page, event);
    return 0;
}

static int
read_range(struct reader_sqlite *reader, const struct page_query *query,
           const struct page_range *range, int64_t target, struct page *page)
{
    struct page_cursor cursors[CLASS_COUNT];
    size_t count = query->has_all ? CLASS_COUNT : 1;
    sqlite3_stmt **statements_of = reader->pages[range->is_newest ? ORDER_NEWEST : ORDER_OLDEST];
    for (size_t i = 0; i < count; i++)
        cursor_start(&cursors[i], statements_of[i], schema_place(target, (enum place_class)i),
                     range);
    struct str name = sql_column_text(reader->find_target, 1);
    int result = 0;
    uint32_t left = range->limit;
    struct page_cursor *next;
    while (result == 0 && (next = next_cursor(cursors, count, range->is_newest)) != NULL) {
        if (left == 0 || page_is_full(page)) {
            page->is_end = false;
            break;
        }
        left--;
        result = put_row_event(next->statement, name, query->batch, page);
        next->code = sqlite3_step(next->statement);
    }
    for (size_t i = 0; i < count; i++) {
        if (result == 0)
            result = sql_errno(cursors[i].code);
        (void)sqlite3_reset(cursors[i].statement); /* repeats what the step has returned */
    }
    return result;
}

static int
read_ranges(struct reader_sqlite *reader, const struct page_query *query, struct page *page)
{
    struct page_range ranges[PAGE_RANGES_MAX];
    size_t count = page_ranges(query, ranges);
    int64_t target = sqlite3_column_int64(reader->find_target, 0);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        size_t start = page->count;
        result = read_range(reader, query, &ranges[i], target, page);
        if (ranges[i].is_newest)
            page_reverse(page, start);
    }
    return result;
}

static int
read_events(struct reader_sqlite *reader, const struct page_query *query, struct page *page)
{
    sql_bind_text(reader->find_target, 1, query->target);
    int code = sqlite3_step(reader->find_target); /* open until the end: one view of the database */
    int result = sql_errno(code);
    if (code == SQLITE_ROW)
        result = read_ranges(reader, query, page);
    (void)sqlite3_reset(reader->find_target); /* repeats what the step has returned */
    return result;
}

/* Puts what a query for last messages, with its name bound, gives. */
static int
put_targets(sqlite3_stmt *statement, const struct page_query *query, uint64_t since,
            struct page *page)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct page_target target = {
            .name = sql_column_text(statement, 0),
            .msgid = (uint64_t)sqlite3_column_int64(statement, 1),
        };
        page_put_target(page, query, target, since);
    }
    (void)sqlite3_reset(statement); /* repeats what the step has returned */
    return sql_errno(code);
}

static int
read_targets(struct reader_sqlite *reader, const struct page_query *query, struct page *page)
{
    int result = 0;
    struct page_names names = page_names_init(query);
    struct str name;
    uint64_t since;
    while (result == 0 && page_names_next(&names, &name, &since)) {
        sql_bind_text(reader->find_last, 1, name);
        result = put_targets(reader->find_last, query, since, page);
    }
    if (query->account.len > 0 && result == 0) {
        sql_bind_text(reader->find_lasts, 1, query->account);
        result = put_targets(reader->find_lasts, query, query->since, page);
    }
    page_finish_targets(page, query);
    return result;
}

int
reader_sqlite_read_page(struct store_reader *base, const struct page_query *query,
                        struct page *page_out)
{
    struct reader_sqlite *reader = CONTAINER_OF(base, struct reader_sqlite, base);
    *page_out = (struct page){.is_end = true};
    int result = 0;
    switch (query->kind) {
    case PAGE_OF_EVENTS:
        result = read_events(reader, query, page_out);
        break;
    case PAGE_OF_TARGETS:
        result = read_targets(reader, query, page_out);
        break;
    case PAGE_OF_FOUND:
        result = word_search_read(&reader->search, query, page_out);
        break;
    }
    if (result != 0)
        page_deinit(page_out);
    return result;
}

int
reader_sqlite_read_row(struct store_reader *base, struct store_row *row)
{
    struct reader_sqlite *reader = CONTAINER_OF(base, struct reader_sqlite, base);
    int code = sqlite3_step(reader->rows);
    if (code != SQLITE_ROW) {
        (void)sqlite3_reset(reader->rows); /* repeats what the step has returned */
        return sql_errno(code);
    }
    *row = (struct store_row){
        .row = (uint32_t)sqlite3_column_int64(reader->rows, 0),
        .key = sql_column_text(reader->rows, 1),
        .value = sql_column_text(reader->rows, 2),
    };
    return 1;
}
