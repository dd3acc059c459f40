/* Sources without messages; see source_sweep.h. */
#include "store/source_sweep.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "store/sql.h"
#include "store/store.h"

#include <assert.h>

#define LOOKED_PER_ROW 80 /* in the time in which a row is taken away */

static const char *const statements[] = {
    [SOURCE_SWEEP_NOTE_DUE] = "INSERT OR REPLACE INTO meta VALUES('sources_due', ?1)",
    [SOURCE_SWEEP_DROP_DUE] = "DELETE FROM meta WHERE key = 'sources_due'",
    [SOURCE_SWEEP_NEXT_MESSAGES] = "SELECT id, source FROM messages WHERE id > ?1 ORDER BY id"
                                   " LIMIT ?2",
    [SOURCE_SWEEP_NEXT_SOURCES] = "SELECT id FROM sources WHERE id >= ?1 AND id <= ?2 ORDER BY id"
                                  " LIMIT ?3",
    [SOURCE_SWEEP_DROP] = "DELETE FROM sources WHERE id = ?1",
};
static_assert(ARRAY_LEN(statements) == SOURCE_SWEEP_STATEMENT_COUNT, "one text for each");

/* --- the sources that are looked at --- */

static bool
is_looked_at(const struct source_sweep *sweep, int64_t source)
{
    return sweep->used != NULL && source >= sweep->first && source <= sweep->last;
}

static uint8_t *
byte_of(const struct source_sweep *sweep, int64_t source)
{
    return &sweep->used[(source - sweep->first) / 8];
}

static unsigned
bit_of(const struct source_sweep *sweep, int64_t source)
{
    return 1U << (unsigned)((source - sweep->first) % 8);
}

void
source_sweep_mark(struct source_sweep *sweep, int64_t source)
{
    if (is_looked_at(sweep, source))
        *byte_of(sweep, source) |= (uint8_t)bit_of(sweep, source);
}

static bool
is_used(const struct source_sweep *sweep, int64_t source)
{
    return (*byte_of(sweep, source) & bit_of(sweep, source)) != 0;
}

void
source_sweep_reset(struct source_sweep *sweep)
{
    cf_free(sweep->used);
    sweep->used = NULL;
}

/* --- steps --- */

/* Begins with those from `first` on, as many as there is memory for. 1, or 0: there are none. */
static int
begin(struct source_sweep *sweep, int64_t first)
{
    int64_t last = 0;
    int result = sql_query_number(sweep->db, "SELECT max(id) FROM sources", 0, &last);
    if (result != 0)
        return result;
    source_sweep_reset(sweep);
    if (first > last)
        return 0;
    int64_t most = first + LIMIT_SOURCES_SWEPT - 1;
    sweep->first = first;
    sweep->last = last < most ? last : most;
    sweep->used = cf_calloc_array((size_t)(sweep->last - first) / 8 + 1, 1);
    sweep->next_message = 0;
    sweep->next_source = first;
    sweep->is_scanned = false;
    return 1;
}

static int
scan_some(struct source_sweep *sweep, size_t rows)
{
    sqlite3_stmt *next = sweep->statements[SOURCE_SWEEP_NEXT_MESSAGES];
    size_t limit = rows * LOOKED_PER_ROW;
    size_t count = 0;
    sql_bind_number(next, 1, sweep->next_message);
    sql_bind_number(next, 2, (int64_t)limit);
    int code;
    while ((code = sqlite3_step(next)) == SQLITE_ROW) {
        sweep->next_message = sqlite3_column_int64(next, 0);
        source_sweep_mark(sweep, sqlite3_column_int64(next, 1));
        count++;
    }
    (void)sqlite3_reset(next); /* repeats what the step has returned */
    sweep->is_scanned = count < limit;
    return code == SQLITE_DONE ? 1 : sql_errno(code);
}

static int
drop_some(struct source_sweep *sweep, size_t rows)
{
    int64_t unused[STORE_TIDY_ROWS_MAX];
    sqlite3_stmt *next = sweep->statements[SOURCE_SWEEP_NEXT_SOURCES];
    size_t limit = rows * LOOKED_PER_ROW;
    size_t looked = 0;
    size_t count = 0;
    assert(rows <= STORE_TIDY_ROWS_MAX);
    sql_bind_number(next, 1, sweep->next_source);
    sql_bind_number(next, 2, sweep->last);
    sql_bind_number(next, 3, (int64_t)limit);
    int code = SQLITE_ROW;
    while (count < rows && (code = sqlite3_step(next)) == SQLITE_ROW) {
        int64_t source = sqlite3_column_int64(next, 0);
        sweep->next_source = source + 1;
        looked++;
        if (!is_used(sweep, source))
            unused[count++] = source;
    }
    (void)sqlite3_reset(next); /* repeats what the step has returned */
    int result = sql_errno(code);
    for (size_t i = 0; i < count && result == 0; i++) {
        sql_bind_number(sweep->statements[SOURCE_SWEEP_DROP], 1, unused[i]);
        result = sql_run(sweep->statements[SOURCE_SWEEP_DROP]);
    }
    sweep->has_dropped = count > 0;
    if (result != 0)
        return result;
    bool is_done = code == SQLITE_DONE && looked < limit;
    return is_done ? begin(sweep, sweep->last + 1) : 1;
}

static int
note_due(struct source_sweep *sweep, int64_t due_ms)
{
    sql_bind_number(sweep->statements[SOURCE_SWEEP_NOTE_DUE], 1, due_ms);
    sweep->due_ms = due_ms;
    sweep->has_gone = false;
    return sql_run(sweep->statements[SOURCE_SWEEP_NOTE_DUE]);
}

int
source_sweep_step(struct source_sweep *sweep, int64_t now_ms, size_t rows)
{
    sweep->has_dropped = false;
    if (sweep->due_ms == 0)
        return sweep->has_gone ? note_due(sweep, now_ms + SOURCE_SWEEP_DELAY_MS) : 0;
    if (now_ms < sweep->due_ms)
        return 0;
    if (sweep->used != NULL && !sweep->is_scanned)
        return scan_some(sweep, rows);
    int result = sweep->used == NULL ? begin(sweep, 1) : drop_some(sweep, rows);
    if (result != 0)
        return result;
    sweep->due_ms = 0;
    return sql_run(sweep->statements[SOURCE_SWEEP_DROP_DUE]);
}

/* --- opening --- */

int
source_sweep_open(struct source_sweep *sweep, sqlite3 *db)
{
    *sweep = (struct source_sweep){.db = db};
    int result =
        sql_query_number(db, "SELECT value FROM meta WHERE key = 'sources_due'", 0, &sweep->due_ms);
    return result == 0
               ? sql_prepare_all(db, statements, SOURCE_SWEEP_STATEMENT_COUNT, sweep->statements)
               : result;
}

void
source_sweep_close(struct source_sweep *sweep)
{
    source_sweep_reset(sweep);
    sql_finalize_all(sweep->statements, SOURCE_SWEEP_STATEMENT_COUNT);
}
