/* Searches; see word_search.h. */
#include "store/word_search.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/form.h"
#include "store/found.h"
#include "store/schema.h"
#include "store/word_index.h"
#include "wire/words.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define STEPS_PER_LOOK 1000 /* of SQLite's machine, between two looks at the clock */

/* Bytes of the expression for one target: its quotes, mark and number. */
#define TARGET_EXPRESSION_MAX 32

#define MESSAGE_COLUMNS "m.id, " SCHEMA_PLACE_SQL ", s.source, s.account, m.body"

/* Of a conversation t: one of the two is a nick behind '~' (hub/keep.h). */
#define IS_WITH_GUEST_SQL "(substr(t.name, 1, 1) = x'7e' OR instr(t.name, x'207e') > 0)"

static const char *const statements[] = {
    [WORD_SEARCH_TARGET] = "SELECT id, shown FROM targets WHERE name = ?1 LIMIT ?2",
    [WORD_SEARCH_CONVERSATIONS] =
        "SELECT t.id, t.shown FROM peers p CROSS JOIN targets t ON t.id = p.target"
        " WHERE p.name = ?1 AND t.name IS NOT NULL ORDER BY " IS_WITH_GUEST_SQL
        ", (SELECT max(q.id) FROM places q WHERE q.target = t.id * 2) DESC LIMIT ?2",
    [WORD_SEARCH_NEWEST] = "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid > ?2"
                           " AND rowid < ?3 ORDER BY rowid DESC",
    [WORD_SEARCH_OLDEST] = "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid > ?2"
                           " AND rowid < ?3 ORDER BY rowid ASC",
    [WORD_SEARCH_MESSAGE] =
        "SELECT " MESSAGE_COLUMNS " FROM messages m CROSS JOIN sources s ON s.id = m.source"
        " WHERE m.id = ?1" SCHEMA_NOT_ERASED,
#define FRESH_SQL(order)                                                                    \
    "SELECT " MESSAGE_COLUMNS                                                               \
    " FROM places p CROSS JOIN messages m ON m.id = p.id CROSS JOIN sources s"              \
    " ON s.id = m.source WHERE p.target = ?1 AND p.id > ?2 AND p.id < ?3" SCHEMA_NOT_ERASED \
    " ORDER BY p.id " order
    [WORD_SEARCH_FRESH_NEWEST] = FRESH_SQL("DESC"),
    [WORD_SEARCH_FRESH_OLDEST] = FRESH_SQL("ASC"),
#undef FRESH_SQL
};
static_assert(ARRAY_LEN(statements) == WORD_SEARCH_STATEMENT_COUNT, "one text for each statement");

/* Where it is searched. */
struct place {
    int64_t target;
    struct str shown; /* owned */
    uint64_t after;   /* ids above this: what the query asks for, and may be told of the target */
};

/* A search under way. */
struct run {
    struct word_search *search;
    const struct page_query *query;
    struct found found;
    struct place places[LIMIT_SEARCH_TARGETS]; /* sorted by target */
    size_t place_count;
    int64_t indexed; /* the last id that the index has */
};

/* --- where --- */

static int
compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    return (left->target > right->target) - (left->target < right->target);
}

/* Adds what a query for targets gives, as far as there is room, of which ids above `since` may be
 * found. */
static int
add_places(struct run *run, enum word_search_statement which, struct str name, uint64_t since)
{
    sqlite3_stmt *statement = run->search->statements[which];
    sql_bind_text(statement, 1, name);
    sql_bind_number(statement, 2, (int64_t)(LIMIT_SEARCH_TARGETS - run->place_count));
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        assert(run->place_count < LIMIT_SEARCH_TARGETS);
        run->places[run->place_count++] = (struct place){
            .target = sqlite3_column_int64(statement, 0),
            .shown = str_dup(sql_column_text(statement, 1)),
            .after = since > run->query->after ? since : run->query->after,
        };
    }
    (void)sqlite3_reset(statement); /* repeats what the step has returned */
    return sql_errno(code);
}

static int
find_places(struct run *run)
{
    const struct page_query *query = run->query;
    if (query->target.len > 0)
        return add_places(run, WORD_SEARCH_TARGET, query->target, query->since);
    int result = 0;
    struct page_names names = page_names_init(query);
    struct str name;
    uint64_t since;
    while (result == 0 && page_names_next(&names, &name, &since))
        result = add_places(run, WORD_SEARCH_TARGET, name, since);
    if (result == 0 && query->account.len > 0)
        result = add_places(run, WORD_SEARCH_CONVERSATIONS, query->account, query->since);
    qsort(run->places, run->place_count, sizeof *run->places, compare_places);
    return result;
}

static const struct place *
place_of(const struct run *run, int64_t target)
{
    const struct place key = {.target = target};
    return bsearch(&key, run->places, run->place_count, sizeof *run->places, compare_places);
}

/* --- what --- */

/* Shows the message of the row that a statement is at. False when those beyond it are of no use. */
static bool
show(struct run *run, sqlite3_stmt *statement)
{
    const struct place *place =
        place_of(run, schema_place_target(sqlite3_column_int64(statement, 1)));
    uint64_t id = (uint64_t)sqlite3_column_int64(statement, 0);
    if (place == NULL || id <= place->after)
        return true;
    const struct form_columns columns = {
        .msgid = id,
        .source = sql_column_text(statement, 2),
        .account = sql_column_text(statement, 3),
        .target_name = place->shown,
        .batch = run->query->batch,
    };
    struct event *event = form_read(sql_column_text(statement, 4), &columns);
    return event == NULL || found_put(&run->found, event);
}

static int
show_by_id(struct run *run, int64_t id, bool *goes_on_out)
{
    sqlite3_stmt *statement = run->search->statements[WORD_SEARCH_MESSAGE];
    sql_bind_number(statement, 1, id);
    int code = sqlite3_step(statement);
    *goes_on_out = code != SQLITE_ROW || show(run, statement);
    (void)sqlite3_reset(statement); /* repeats what the step has returned */
    return sql_errno(code);
}

/* What finds the messages that are in question: all words, the sender, and one of the places. */
static void
put_expression(const struct run *run, struct buf *out)
{
    words_put_query(out, buf_str(&run->found.search));
    if (run->query->from.len > 0)
        word_index_put_from(out, run->query->from);
    if (out->len > 0)
        buf_put(out, STR("AND "));
    buf_put_byte(out, '(');
    for (size_t i = 0; i < run->place_count; i++) {
        if (i > 0)
            buf_put(out, STR("OR "));
        word_index_put_target(out, run->places[i].target);
    }
    buf_put_byte(out, ')');
}

/* Ids up to this are in question nowhere. */
static uint64_t
lowest_after(const struct run *run)
{
    uint64_t lowest = PAGE_BEFORE_MAX;
    for (size_t i = 0; i < run->place_count; i++)
        lowest = run->places[i].after < lowest ? run->places[i].after : lowest;
    return lowest;
}

static int
search_index(struct run *run)
{
    struct buf expression;
    buf_init(&expression, (size_t)LIMIT_SEARCH_TARGETS * TARGET_EXPRESSION_MAX +
                              8 * (run->found.search.len + run->query->from.len + 8));
    put_expression(run, &expression);
    assert(!expression.is_truncated);
    sqlite3_stmt *hits =
        run->search->statements[run->query->is_newest ? WORD_SEARCH_NEWEST : WORD_SEARCH_OLDEST];
    sql_bind_text(hits, 1, buf_str(&expression));
    sql_bind_number(hits, 2, (int64_t)lowest_after(run));
    sql_bind_number(hits, 3, (int64_t)run->query->before);
    int result = 0;
    bool goes_on = true;
    int code = SQLITE_DONE;
    while (result == 0 && goes_on && (code = sqlite3_step(hits)) == SQLITE_ROW)
        result = show_by_id(run, sqlite3_column_int64(hits, 0), &goes_on);
    if (result == 0)
        result = sql_errno(code);
    (void)sqlite3_reset(hits); /* repeats what the step has returned */
    buf_deinit(&expression);
    return result;
}

static int
search_fresh(struct run *run)
{
    sqlite3_stmt *fresh = run->search->statements[run->query->is_newest ? WORD_SEARCH_FRESH_NEWEST
                                                                        : WORD_SEARCH_FRESH_OLDEST];
    int result = 0;
    for (size_t i = 0; i < run->place_count && result == 0; i++) {
        int64_t after = (int64_t)run->places[i].after;
        sql_bind_number(fresh, 1, schema_place(run->places[i].target, CLASS_MESSAGES));
        sql_bind_number(fresh, 2, after > run->indexed ? after : run->indexed);
        sql_bind_number(fresh, 3, (int64_t)run->query->before);
        int code;
        while ((code = sqlite3_step(fresh)) == SQLITE_ROW) {
            if (!show(run, fresh))
                break;
        }
        result = sql_errno(code);
        (void)sqlite3_reset(fresh); /* repeats what the step has returned */
    }
    return result;
}

/* --- all of it --- */

static int
is_late(void *context)
{
    const int64_t *deadline_ms = context;
    return clock_monotonic_ms() > *deadline_ms;
}

/* What comes first in the direction of the query is searched first: the rest may not be needed. */
static int
search_all(struct run *run)
{
    int result = word_index_last(run->search->db, &run->indexed);
    if (result == 0)
        result = find_places(run);
    bool has_no_words = run->found.search.len == 0 && run->query->text.len > 0;
    if (result != 0 || run->place_count == 0 || has_no_words)
        return result;
    result = run->query->is_newest ? search_fresh(run) : search_index(run);
    if (result == 0 && run->found.count < run->query->limit)
        result = run->query->is_newest ? search_index(run) : search_fresh(run);
    return result;
}

int
word_search_read(struct word_search *search, const struct page_query *query, struct page *page)
{
    struct run *run = cf_calloc_array(1, sizeof *run);
    run->search = search;
    run->query = query;
    found_init(&run->found, query);
    int64_t deadline_ms = clock_monotonic_ms() + LIMIT_SEARCH_MS;
    int result = sql_execute(search->db, "BEGIN"); /* one view of the database for all statements */
    sqlite3_progress_handler(search->db, STEPS_PER_LOOK, is_late, &deadline_ms);
    if (result == 0)
        result = search_all(run);
    sqlite3_progress_handler(search->db, 0, NULL, NULL);
    if (sqlite3_get_autocommit(search->db) == 0) {
        int end = sql_execute(search->db, "COMMIT"); /* of nothing */
        assert(end == 0);
    }
    if (result == 0)
        found_finish(&run->found, page);
    for (size_t i = 0; i < run->place_count; i++)
        str_free(&run->places[i].shown);
    found_deinit(&run->found);
    cf_free(run);
    return result;
}

int
word_search_open(struct word_search *search, sqlite3 *db)
{
    *search = (struct word_search){.db = db};
    return sql_prepare_all(db, statements, WORD_SEARCH_STATEMENT_COUNT, search->statements);
}

void
word_search_close(struct word_search *search)
{
    sql_finalize_all(search->statements, WORD_SEARCH_STATEMENT_COUNT);
}
