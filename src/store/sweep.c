/* What is taken away; see sweep.h. */
#include "store/sweep.h"

#include "hub/page.h"
#include "store/schema.h"
#include "wire/name.h"

#include <assert.h>

/* In the time in which a row is taken away, so much else can be done. */
#define LOOKED_PER_ROW  80  /* messages that are looked at for what is to be erased */
#define COUNTED_PER_ROW 200 /* places that are counted */
#define TARGETS_PER_ROW 4   /* looked at: whether they are empty */
#define ROWS_PER_PAGE   8   /* of the index of words that is merged */

#define RUNS_MAX 100 /* of places that are looked at in one step */

static const char *const statements[] = {
    [SWEEP_FIND_FORGOTTEN] = "SELECT id FROM targets WHERE name IS NULL LIMIT 1",
    [SWEEP_DROP_PEERS] = "DELETE FROM peers WHERE target = ?1",
    [SWEEP_DROP_TARGET] = "DELETE FROM targets WHERE id = ?1",
    [SWEEP_FIND_PLACES] = "SELECT target, id FROM places WHERE target BETWEEN ?1 AND ?2 LIMIT ?3",
    [SWEEP_NEXT_RUN] = "SELECT min(target) FROM places WHERE target >= ?1",
    [SWEEP_FIND_LIMITS] = "SELECT keep_count, keep_ms FROM targets WHERE id = ?1",
    [SWEEP_FIND_NTH] = "SELECT id FROM places WHERE target = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
    [SWEEP_FIND_OLD] = "SELECT id FROM places WHERE target = ?1 AND id < ?2 LIMIT ?3",
    [SWEEP_DROP_PLACE] = "DELETE FROM places WHERE target = ?1 AND id = ?2",
    [SWEEP_DROP_PLACES] = "DELETE FROM places WHERE id = ?1 AND target IN"
                          " (SELECT id * 2 FROM targets UNION ALL SELECT id * 2 + 1 FROM targets)",
    [SWEEP_UNREF_MESSAGE] = "UPDATE shared SET refs = refs - 1 WHERE id = ?1 AND refs > 1",
    [SWEEP_DROP_SHARED] = "DELETE FROM shared WHERE id = ?1",
    [SWEEP_DROP_MESSAGE] = "DELETE FROM messages WHERE id = ?1",
    [SWEEP_KEEP_LAST_MSGID] = "INSERT OR REPLACE INTO meta VALUES('last_msgid', ?1)",
    [SWEEP_FIND_SOURCES] = "SELECT id, account FROM sources WHERE account <> ''",
    /* A source gets nothing new once it is in here: what is between two of its erasures is none. */
    [SWEEP_ADD_ERASURE] =
        "INSERT INTO erasures(source, first, before) VALUES(?1, ?2, ?3) ON CONFLICT(source) DO UPDATE"
        " SET first = min(first, ?2), before = max(before, ?3), has_older = 0",
    [SWEEP_STRETCH_END] = "SELECT id FROM messages WHERE id > ?1 LIMIT 1 OFFSET ?2",
    [SWEEP_FIND_ERASED] =
        "SELECT m.id, coalesce((SELECT refs FROM shared WHERE id = m.id), 1), " SCHEMA_PLACE_SQL
        " FROM messages m CROSS JOIN erasures e ON e.source = m.source"
        " CROSS JOIN sources s ON s.id = m.source WHERE m.id > ?1 AND m.id <= ?2"
        " AND m.id >= e.first AND m.id < e.before ORDER BY m.id LIMIT ?3",
    [SWEEP_NOTE_OLDER] =
        "UPDATE erasures SET has_older = 1 WHERE source IN (SELECT m.source FROM messages m CROSS"
        " JOIN erasures e ON e.source = m.source WHERE m.id > ?1 AND m.id <= min(?2, (SELECT"
        " coalesce(max(first), 0) FROM erasures WHERE has_older = 0)) AND m.id < e.first)",
    [SWEEP_DROP_ERASURES] = "DELETE FROM erasures",
    /* The account stays readable up to the NUL: the words of the index tell of it. */
    [SWEEP_HIDE_SOURCE] =
        "UPDATE sources SET account = CAST(account || X'00' || id AS BLOB) WHERE id = ?1"
        " AND instr(account, X'00') = 0",
    [SWEEP_DROP_SOURCES] = "DELETE FROM sources WHERE instr(account, X'00') > 0"
                           " AND id IN (SELECT source FROM erasures WHERE has_older = 0)",
    /* Conversations, whose names are two: a channel is there without messages, too. */
    [SWEEP_FORGET_EMPTY] =
        "UPDATE targets SET name = NULL WHERE id > ?1 AND id <= ?2 AND instr(name, X'20') > 0"
        " AND NOT EXISTS(SELECT 1 FROM places p WHERE p.target = targets.id * 2)"
        " AND NOT EXISTS(SELECT 1 FROM places p WHERE p.target = targets.id * 2 + 1)",
};
static_assert(ARRAY_LEN(statements) == SWEEP_STATEMENT_COUNT, "one text for each statement");

/* --- single ones --- */

static int
drop_message(struct sweep *sweep, int64_t id)
{
    int result = word_index_drop(sweep->words, id);
    if (result != 0)
        return result;
    sql_bind_number(sweep->statements[SWEEP_DROP_SHARED], 1, id);
    result = sql_run(sweep->statements[SWEEP_DROP_SHARED]);
    if (result != 0)
        return result;
    sweep->sources.has_gone = true;
    sql_bind_number(sweep->statements[SWEEP_DROP_MESSAGE], 1, id);
    return sql_run(sweep->statements[SWEEP_DROP_MESSAGE]);
}

/* It is in one place less; in none, it goes. */
static int
unref_message(struct sweep *sweep, int64_t id)
{
    sqlite3_stmt *unref = sweep->statements[SWEEP_UNREF_MESSAGE];
    sql_bind_number(unref, 1, id);
    int result = sql_run(unref);
    if (result != 0 || sqlite3_changes(sweep->db) > 0)
        return result;
    return drop_message(sweep, id);
}

/* Messages that go may be the newest: their ids must not be given out again. */
static int
keep_last_msgid(struct sweep *sweep)
{
    sql_bind_number(sweep->statements[SWEEP_KEEP_LAST_MSGID], 1, (int64_t)*sweep->last_msgid);
    return sql_run(sweep->statements[SWEEP_KEEP_LAST_MSGID]);
}

static int
drop_place(struct sweep *sweep, int64_t place, int64_t id)
{
    sqlite3_stmt *drop = sweep->statements[SWEEP_DROP_PLACE];
    sql_bind_number(drop, 1, place);
    sql_bind_number(drop, 2, id);
    int result = sql_run(drop);
    if (result != 0 || sqlite3_changes(sweep->db) == 0)
        return result;
    return unref_message(sweep, id);
}

int
sweep_drop_place(struct sweep *sweep, int64_t place, int64_t id)
{
    int result = keep_last_msgid(sweep);
    return result == 0 ? drop_place(sweep, place, id) : result;
}

/* --- targets that were forgotten --- */

/* A few of the places of a target that was forgotten. Returns 1 when there were any, else 0. */
static int
drop_places(struct sweep *sweep, int64_t target)
{
    struct {
        int64_t target;
        int64_t id;
    } places[STORE_TIDY_ROWS_MAX];

    size_t count = 0;
    sqlite3_stmt *find = sweep->statements[SWEEP_FIND_PLACES];
    sql_bind_number(find, 1, schema_place(target, CLASS_MESSAGES));
    sql_bind_number(find, 2, schema_place(target, CLASS_REST));
    sql_bind_number(find, 3, (int64_t)sweep->rows);
    int code;
    while ((code = sqlite3_step(find)) == SQLITE_ROW && count < sweep->rows) {
        places[count].target = sqlite3_column_int64(find, 0);
        places[count++].id = sqlite3_column_int64(find, 1);
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    int result = sql_errno(code);
    for (size_t i = 0; i < count && result == 0; i++)
        result = drop_place(sweep, places[i].target, places[i].id);
    return result == 0 ? count > 0 : result;
}

/* 1: there may be others. */
static int
drop_forgotten(struct sweep *sweep, int64_t target)
{
    int result = keep_last_msgid(sweep);
    if (result == 0)
        result = drop_places(sweep, target);
    if (result != 0)
        return result;
    sql_bind_number(sweep->statements[SWEEP_DROP_PEERS], 1, target);
    result = sql_run(sweep->statements[SWEEP_DROP_PEERS]);
    if (result != 0)
        return result;
    sql_bind_number(sweep->statements[SWEEP_DROP_TARGET], 1, target);
    result = sql_run(sweep->statements[SWEEP_DROP_TARGET]);
    return result == 0 ? 1 : result;
}

/* --- what is erased --- */

int
sweep_erase(struct sweep *sweep, struct str account, uint64_t first)
{
    sqlite3_stmt *find = sweep->statements[SWEEP_FIND_SOURCES];
    sqlite3_stmt *add = sweep->statements[SWEEP_ADD_ERASURE];
    sqlite3_stmt *hide = sweep->statements[SWEEP_HIDE_SOURCE];
    int code;
    int result = 0;
    while (result == 0 && (code = sqlite3_step(find)) == SQLITE_ROW) {
        struct str source_account = sql_column_text(find, 1);
        if (!name_equal(str_cut(&source_account, '\0'), account))
            continue;
        sql_bind_number(add, 1, sqlite3_column_int64(find, 0));
        sql_bind_number(add, 2, (int64_t)first);
        sql_bind_number(add, 3, (int64_t)*sweep->last_msgid + 1);
        result = sql_run(add);
        if (result != 0)
            break;
        sql_bind_number(hide, 1, sqlite3_column_int64(find, 0));
        result = sql_run(hide);
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    sweep->has_erasures = true;
    sweep->is_again = true;
    return result == 0 ? sql_errno(code) : result;
}

/* Of the sources of what is erased, those of which something older stays, in a stretch. */
static int
note_older(struct sweep *sweep, int64_t end)
{
    sqlite3_stmt *older = sweep->statements[SWEEP_NOTE_OLDER];
    sql_bind_number(older, 1, sweep->next_erased);
    sql_bind_number(older, 2, end);
    return sql_run(older);
}

struct erased {
    int64_t id;
    int64_t refs;
    int64_t place;
};

/* A message that is in one place is quickly found there; others are looked for everywhere. */
static int
erase_message(struct sweep *sweep, const struct erased *erased)
{
    sqlite3_stmt *drop = sweep->statements[SWEEP_DROP_PLACE];
    int result = 0;
    int changes = 0;
    if (erased->refs == 1) {
        sql_bind_number(drop, 1, erased->place);
        sql_bind_number(drop, 2, erased->id);
        result = sql_run(drop);
        changes = sqlite3_changes(sweep->db);
    }
    if (result == 0 && changes == 0) {
        sql_bind_number(sweep->statements[SWEEP_DROP_PLACES], 1, erased->id);
        result = sql_run(sweep->statements[SWEEP_DROP_PLACES]);
    }
    return result == 0 ? drop_message(sweep, erased->id) : result;
}

/* Erases what is in a stretch of the messages; *end_out: where it ends, 0: at the last message. */
static int
erase_stretch(struct sweep *sweep, int64_t *end_out)
{
    struct erased found[STORE_TIDY_ROWS_MAX];
    size_t count = 0;
    sqlite3_stmt *stretch = sweep->statements[SWEEP_STRETCH_END];
    sql_bind_number(stretch, 1, sweep->next_erased);
    sql_bind_number(stretch, 2, (int64_t)sweep->rows * LOOKED_PER_ROW);
    int result = sql_run_number(stretch, 0, end_out);
    if (result != 0)
        return result;
    int64_t end = *end_out == 0 ? INT64_MAX : *end_out;
    sqlite3_stmt *find = sweep->statements[SWEEP_FIND_ERASED];
    sql_bind_number(find, 1, sweep->next_erased);
    sql_bind_number(find, 2, end);
    sql_bind_number(find, 3, (int64_t)sweep->rows);
    int code;
    while ((code = sqlite3_step(find)) == SQLITE_ROW && count < sweep->rows)
        found[count++] = (struct erased){
            .id = sqlite3_column_int64(find, 0),
            .refs = sqlite3_column_int64(find, 1),
            .place = sqlite3_column_int64(find, 2),
        };
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    result = sql_errno(code);
    for (size_t i = 0; i < count && result == 0; i++)
        result = erase_message(sweep, &found[i]);
    if (count == sweep->rows) /* there may be more behind the last one */
        end = *end_out = found[count - 1].id;
    return result == 0 ? note_older(sweep, end) : result;
}

/* The last things of what was erased: who has said it. */
static int
drop_erasures(struct sweep *sweep)
{
    int result = sql_run(sweep->statements[SWEEP_DROP_SOURCES]);
    if (result == 0)
        result = sql_run(sweep->statements[SWEEP_DROP_ERASURES]);
    if (result != 0)
        return result;
    sweep->is_scanned = false;
    sweep->has_erasures = false;
    sweep->has_erased = true;
    sweep->has_empty = true;
    return 0;
}

/* Nothing is to be left of messages that are gone, words in the index either. It begins in a
 * transaction of its own: what was taken out of the index in this one is no part of it yet. */
static int
merge_words(struct sweep *sweep)
{
    int result =
        word_index_merge_all(sweep->words, sweep->rows / ROWS_PER_PAGE, !sweep->is_merging);
    sweep->is_merging = result > 0;
    if (result != 0)
        return result;
    result = drop_erasures(sweep);
    return result == 0 ? 1 : result;
}

/* 1: there may be more; 0: there is nothing to erase. After a restart it begins with the first
 * message again. */
static int
erase_some(struct sweep *sweep)
{
    int64_t end = 0;
    if (sweep->is_scanned && !sweep->is_again)
        return merge_words(sweep);
    sweep->is_scanned = false;
    sweep->is_merging = false;
    if (sweep->next_erased == 0)
        sweep->is_again = false;
    int result = keep_last_msgid(sweep);
    if (result == 0)
        result = erase_stretch(sweep, &end);
    if (result != 0)
        return result;
    sweep->next_erased = end;
    sweep->is_scanned = end == 0;
    return 1;
}

/* --- what is too old, or too much --- */

/* What may be kept of the target of a run: the stricter of the general limits and its own. */
static int
find_limits(struct sweep *sweep, int64_t place, const struct store_limits *general,
            struct store_limits *limits_out)
{
    sqlite3_stmt *find = sweep->statements[SWEEP_FIND_LIMITS];
    sql_bind_number(find, 1, schema_place_target(place));
    int code = sqlite3_step(find);
    *limits_out = *general;
    if (code == SQLITE_ROW)
        *limits_out = store_limits_narrow(general, (uint64_t)sqlite3_column_int64(find, 0),
                                          sqlite3_column_int64(find, 1));
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    return sql_errno(code);
}

/* What is below *oldest_out of a run is not to be kept. Joins and the like are as many as messages
 * at most. *counted rises by the work that it takes. */
static int
find_oldest(struct sweep *sweep, int64_t place, const struct store_limits *limits,
            int64_t *oldest_out, uint64_t *counted)
{
    int64_t nth = 0;
    int result = 0;
    if (limits->count > 0) {
        sqlite3_stmt *find = sweep->statements[SWEEP_FIND_NTH];
        sql_bind_number(find, 1, place);
        sql_bind_number(find, 2, (int64_t)limits->count);
        result = sql_run_number(find, 0, &nth);
        *counted += limits->count;
    }
    *oldest_out = nth == 0 ? 0 : nth + 1;
    if ((int64_t)limits->oldest > *oldest_out)
        *oldest_out = (int64_t)limits->oldest;
    return result;
}

/* Of one run of places what is below an id; *left falls by what was dropped. */
static int
drop_below(struct sweep *sweep, int64_t place, int64_t oldest, size_t *left)
{
    int64_t ids[STORE_TIDY_ROWS_MAX];
    size_t count = 0;
    sqlite3_stmt *find = sweep->statements[SWEEP_FIND_OLD];
    sql_bind_number(find, 1, place);
    sql_bind_number(find, 2, oldest);
    sql_bind_number(find, 3, (int64_t)*left);
    int code;
    while ((code = sqlite3_step(find)) == SQLITE_ROW && count < *left)
        ids[count++] = sqlite3_column_int64(find, 0);
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    int result = sql_errno(code);
    for (size_t i = 0; i < count && result == 0; i++)
        result = drop_place(sweep, place, ids[i]);
    *left -= count;
    sweep->has_empty = sweep->has_empty || count > 0;
    return result;
}

/* Whether anything has a limit: without one, no place is looked at. */
static int
has_limits(struct sweep *sweep, const struct store_limits *limits, bool *has_out)
{
    int64_t some = limits->count > 0 || limits->oldest > 0;
    int result = 0;
    if (some == 0)
        result =
            sql_query_number(sweep->db,
                             "SELECT 1 FROM targets WHERE keep_count > 0 OR keep_ms > 0 LIMIT 1", 0,
                             &some);
    *has_out = some != 0;
    return result;
}

/* From run to run. 1: there may be more. */
static int
drop_excess(struct sweep *sweep, const struct store_limits *limits)
{
    bool has_some;
    int result = has_limits(sweep, limits, &has_some);
    if (result != 0 || !has_some)
        return result;
    result = keep_last_msgid(sweep);
    size_t left = sweep->rows;
    uint64_t counted = 0;
    uint64_t counted_max = sweep->rows * COUNTED_PER_ROW;
    for (size_t i = 0; i < RUNS_MAX && left > 0 && counted < counted_max && result == 0; i++) {
        int64_t place;
        int64_t oldest = 0;
        struct store_limits own;
        sql_bind_number(sweep->statements[SWEEP_NEXT_RUN], 1, sweep->next_run);
        result = sql_run_number(sweep->statements[SWEEP_NEXT_RUN], 0, &place);
        if (result != 0)
            break;
        sweep->next_run = place;
        if (place == 0)
            return 0; /* that was the last one: the next time it begins with the first */
        result = find_limits(sweep, place, limits, &own);
        if (result == 0)
            result = find_oldest(sweep, place, &own, &oldest, &counted);
        if (result == 0 && oldest > 0)
            result = drop_below(sweep, place, oldest, &left);
        if (left > 0)
            sweep->next_run = place + 1;
    }
    return result == 0 ? 1 : result;
}

/* --- conversations of which nothing is left --- */

/* Takes the names of some, so that they are cleared away. 1: there may be others. */
static int
forget_empty(struct sweep *sweep)
{
    int64_t last = 0;
    int64_t end = sweep->next_empty + (int64_t)sweep->rows * TARGETS_PER_ROW;
    int result = sql_query_number(sweep->db, "SELECT max(id) FROM targets", 0, &last);
    if (result != 0)
        return result;
    sqlite3_stmt *forget = sweep->statements[SWEEP_FORGET_EMPTY];
    sql_bind_number(forget, 1, sweep->next_empty);
    sql_bind_number(forget, 2, end);
    result = sql_run(forget);
    if (result != 0)
        return result;
    sweep->has_new_names = sweep->has_new_names || sqlite3_changes(sweep->db) > 0;
    sweep->next_empty = end;
    if (sweep->next_empty >= last) {
        sweep->next_empty = 0;
        sweep->has_empty = false;
    }
    return 1;
}

int
sweep_step(struct sweep *sweep, const struct store_limits *limits)
{
    int64_t target;
    bool is_less = limits->rows > 0 && limits->rows < STORE_TIDY_ROWS_MAX;
    sweep->rows = is_less ? limits->rows : STORE_TIDY_ROWS_MAX;
    int result = word_index_merge(sweep->words, sweep->rows / ROWS_PER_PAGE);
    if (result == 0)
        result = sql_run_number(sweep->statements[SWEEP_FIND_FORGOTTEN], 0, &target);
    if (result != 0)
        return result;
    if (target != 0)
        return drop_forgotten(sweep, target);
    if (sweep->has_erasures)
        return erase_some(sweep);
    result = drop_excess(sweep, limits);
    if (result == 0 && sweep->has_empty)
        result = forget_empty(sweep);
    if (result == 0)
        result = source_sweep_step(&sweep->sources, limits->now_ms, sweep->rows);
    if (result == 0 && sweep->has_erased)
        sweep->is_log_due = true;
    return result;
}

/* --- opening --- */

int
sweep_open(struct sweep *sweep, sqlite3 *db, struct word_index *words, const uint64_t *last_msgid)
{
    int64_t some = 0;
    *sweep = (struct sweep){.db = db, .words = words, .last_msgid = last_msgid};
    int result = sql_query_number(db, "SELECT 1 FROM erasures LIMIT 1", 0, &some);
    if (result == 0)
        result = sql_prepare_all(db, statements, SWEEP_STATEMENT_COUNT, sweep->statements);
    if (result == 0)
        result = source_sweep_open(&sweep->sources, db);
    sweep->has_erasures = some != 0;
    return result;
}

void
sweep_close(struct sweep *sweep)
{
    sql_finalize_all(sweep->statements, SWEEP_STATEMENT_COUNT);
    source_sweep_close(&sweep->sources);
}
