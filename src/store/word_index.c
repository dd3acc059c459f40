/* The index of words; see word_index.h. */
#include "store/word_index.h"

#include "hub/event.h"
#include "hub/page.h"
#include "store/form.h"
#include "store/found.h"
#include "store/schema.h"
#include "wire/name.h"
#include "wire/words.h"

#include <assert.h>

/*
 * What is no word of a text begins with a character that is in none (for private use, U+E000 on).
 * FTS5 cuts at ASCII signs, of which nicks have some: they all are SIGN here, and compared later.
 */
#define FROM_MARK   "\xee\x80\x80"
#define TARGET_MARK "\xee\x80\x81"
#define SIGN        "\xee\x80\x82"

#define WORDS_BYTES_MAX ((size_t)WORDS_FACTOR * WORDS_FOLDED_FACTOR * FORM_BYTES_MAX)

#define EMPTY_SQL                                    \
    "INSERT INTO words(words) VALUES('delete-all');" \
    "INSERT OR REPLACE INTO meta VALUES('indexed', 0);"

#define MESSAGE_COLUMNS                                                                            \
    "m.id, " SCHEMA_PLACE_SQL ", s.source, s.account, m.body FROM messages m CROSS JOIN sources s" \
    " ON s.id = m.source "

/* FTS5 merges nothing by itself, some hundred pages in a commit; told to, four parts of a size. */
#define SET_SQL      "INSERT INTO words(words, rank) VALUES"
#define SETTINGS_SQL SET_SQL "('automerge', 0);" SET_SQL "('usermerge', 4);"
#define SETTINGS_MISSING_SQL                \
    "SELECT count(*) < 2 FROM words_config" \
    " WHERE (k = 'automerge' AND v = 0) OR (k = 'usermerge' AND v = 4)"

#define MESSAGES_PER_PAGE 8 /* that are put in in the time in which a page is merged */

static const char *const statements[] = {
    [WORD_INDEX_NEXT] = "SELECT " MESSAGE_COLUMNS "WHERE m.id > ?1 ORDER BY m.id LIMIT ?2",
    [WORD_INDEX_MESSAGE] = "SELECT " MESSAGE_COLUMNS "WHERE m.id = ?1",
    [WORD_INDEX_PUT] = "INSERT INTO words(rowid, text) VALUES(?1, ?2)",
    [WORD_INDEX_DROP] = "INSERT INTO words(words, rowid, text) VALUES('delete', ?1, ?2)",
    [WORD_INDEX_MERGE] = "INSERT INTO words(words, rank) VALUES('merge', ?1)",
    [WORD_INDEX_KEEP_LAST] = "INSERT OR REPLACE INTO meta VALUES('indexed', ?1)",
};
static_assert(ARRAY_LEN(statements) == WORD_INDEX_STATEMENT_COUNT, "one text for each statement");

/* --- what is in it --- */

static void
put_from(struct buf *out, struct str folded)
{
    buf_put(out, STR(FROM_MARK));
    for (size_t i = 0; i < folded.len; i++) {
        char byte = folded.ptr[i];
        if ((unsigned char)byte >= 0x80 || ascii_is_letter(byte) || ascii_is_digit(byte))
            buf_put_byte(out, byte);
        else
            buf_put(out, STR(SIGN));
    }
}

static void
put_target(struct buf *out, int64_t target)
{
    buf_put(out, STR(TARGET_MARK));
    buf_put_u64(out, (uint64_t)target);
}

void
word_index_put_from(struct buf *out, struct str folded)
{
    buf_put_byte(out, '"');
    put_from(out, folded);
    buf_put(out, STR("\" "));
}

void
word_index_put_target(struct buf *out, int64_t target)
{
    buf_put_byte(out, '"');
    put_target(out, target);
    buf_put(out, STR("\" "));
}

static void
put_sender(struct buf *out, const struct event *event)
{
    struct folded nick;
    struct folded account;
    struct str source = event->source;
    bool has_nick = name_fold(str_cut(&source, '!'), &nick);
    bool has_account = event->account.len > 0 && name_fold(event->account, &account);
    if (has_nick) {
        put_from(out, folded_str(&nick));
        buf_put_byte(out, ' ');
    }
    if (has_account && !(has_nick && str_equal(folded_str(&nick), folded_str(&account)))) {
        put_from(out, folded_str(&account));
        buf_put_byte(out, ' ');
    }
}

/* Makes index->words of the row that a statement is at; empty for what is no message with text, or
 * can't be read. */
static void
make_words(struct word_index *index, sqlite3_stmt *statement)
{
    buf_clear(&index->text);
    buf_clear(&index->folded);
    buf_clear(&index->words);
    struct event *event = form_read(sql_column_text(statement, 4),
                                    &(struct form_columns){
                                        .msgid = (uint64_t)sqlite3_column_int64(statement, 0),
                                        .source = sql_column_text(statement, 2),
                                        .account = sql_column_text(statement, 3),
                                        .target_name = STR("*"), /* no part of the words */
                                    });
    if (event == NULL)
        return;
    if (page_is_message(event)) {
        found_put_text(&index->text, event);
        words_fold(&index->folded, buf_str(&index->text));
        words_put(&index->words, buf_str(&index->folded));
        put_sender(&index->words, event);
        put_target(&index->words, schema_place_target(sqlite3_column_int64(statement, 1)));
    }
    event_unref(&event);
}

static int
run_with_words(struct word_index *index, enum word_index_statement which, int64_t id)
{
    sql_bind_number(index->statements[which], 1, id);
    sql_bind_text(index->statements[which], 2, buf_str(&index->words));
    index->has_parts = true;
    return sql_run(index->statements[which]);
}

/* --- changes --- */

int
word_index_last(sqlite3 *db, int64_t *last_out)
{
    return sql_query_number(db, "SELECT value FROM meta WHERE key = 'indexed'", 0, last_out);
}

static int
recall_last(struct word_index *index)
{
    int result = index->is_unknown ? word_index_last(index->db, &index->last) : 0;
    index->is_unknown = index->is_unknown && result != 0;
    return result;
}

static int
put_next(struct word_index *index, sqlite3_stmt *next)
{
    int64_t id = sqlite3_column_int64(next, 0);
    int result = 0;
    make_words(index, next);
    if (index->words.len > 0)
        result = run_with_words(index, WORD_INDEX_PUT, id);
    if (result == 0)
        index->last = id;
    return result;
}

/* A negative number makes all parts candidates; less than two changes: nothing was merged. */
static int
merge(struct word_index *index, int64_t pages)
{
    int before = sqlite3_total_changes(index->db);
    sql_bind_number(index->statements[WORD_INDEX_MERGE], 1, pages);
    int result = sql_run(index->statements[WORD_INDEX_MERGE]);
    return result == 0 ? sqlite3_total_changes(index->db) - before >= 2 : result;
}

int
word_index_merge(struct word_index *index, size_t pages)
{
    int result = index->has_parts ? merge(index, (int64_t)(pages > 0 ? pages : 1)) : 0;
    index->has_parts = index->has_parts && result != 0;
    return result;
}

int
word_index_merge_all(struct word_index *index, size_t pages, bool is_first)
{
    int64_t count = (int64_t)(pages > 0 ? pages : 1);
    /* When there are more parts of another size than it merges here, FTS5 does nothing but merge
     * those first, and nothing at all when they are too few for that: two have to be enough. */
    int result = is_first ? sql_execute(index->db, SET_SQL "('usermerge', 2)") : 0;
    if (result == 0)
        result = merge(index, is_first ? -count : count);
    return result == 0 ? sql_execute(index->db, SETTINGS_SQL) : result;
}

static int
put_some(struct word_index *index, size_t limit)
{
    int result = recall_last(index);
    if (result != 0)
        return result;
    sqlite3_stmt *next = index->statements[WORD_INDEX_NEXT];
    sql_bind_number(next, 1, index->last);
    sql_bind_number(next, 2, (int64_t)limit);
    size_t count = 0;
    int code = SQLITE_DONE;
    while (result == 0 && (code = sqlite3_step(next)) == SQLITE_ROW) {
        result = put_next(index, next);
        count++;
    }
    if (result == 0)
        result = sql_errno(code);
    (void)sqlite3_reset(next); /* repeats what the step has returned */
    if (result != 0 || count == 0)
        return result;
    sql_bind_number(index->statements[WORD_INDEX_KEEP_LAST], 1, index->last);
    result = sql_run(index->statements[WORD_INDEX_KEEP_LAST]);
    return result == 0 ? 1 : result;
}

int
word_index_step(struct word_index *index, size_t limit)
{
    int result = word_index_merge(index, limit / MESSAGES_PER_PAGE);
    return result == 0 ? put_some(index, limit) : result;
}

int
word_index_drop(struct word_index *index, int64_t id)
{
    int result = recall_last(index);
    if (result != 0 || id > index->last)
        return result;
    sqlite3_stmt *find = index->statements[WORD_INDEX_MESSAGE];
    sql_bind_number(find, 1, id);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW)
        make_words(index, find);
    result = sql_errno(code);
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    if (result != 0 || code != SQLITE_ROW || index->words.len == 0)
        return result;
    return run_with_words(index, WORD_INDEX_DROP, id);
}

int
word_index_forget(struct word_index *index, int64_t id)
{
    int result = recall_last(index);
    if (result != 0 || index->last <= id)
        return result;
    index->is_unknown = true;
    return sql_execute(index->db, EMPTY_SQL);
}

/* --- opening --- */

static int
empty(sqlite3 *db)
{
    struct buf sql;
    buf_init(&sql, 512);
    buf_printf(&sql,
               "BEGIN IMMEDIATE;" EMPTY_SQL
               "INSERT OR REPLACE INTO meta VALUES('words_version', %d);"
               "COMMIT",
               WORDS_VERSION);
    int result = sql_execute(db, buf_nul_terminated(&sql));
    buf_deinit(&sql);
    return result;
}

int
word_index_open(struct word_index *index, sqlite3 *db)
{
    *index = (struct word_index){.db = db, .has_parts = true};
    buf_init(&index->text, FORM_BYTES_MAX);
    buf_init(&index->folded, (size_t)WORDS_FOLDED_FACTOR * FORM_BYTES_MAX);
    buf_init(&index->words, WORDS_BYTES_MAX);
    int64_t version = 0;
    int result =
        sql_query_number(db, "SELECT value FROM meta WHERE key = 'words_version'", 0, &version);
    if (result == 0 && version != WORDS_VERSION)
        result = empty(db);
    int64_t is_other = 0;
    if (result == 0)
        result = sql_query_number(db, SETTINGS_MISSING_SQL, 0, &is_other);
    if (result == 0 && is_other != 0)
        result = sql_execute(db, SETTINGS_SQL);
    if (result == 0)
        result = sql_prepare_all(db, statements, WORD_INDEX_STATEMENT_COUNT, index->statements);
    return result == 0 ? word_index_last(db, &index->last) : result;
}

void
word_index_close(struct word_index *index)
{
    sql_finalize_all(index->statements, WORD_INDEX_STATEMENT_COUNT);
    buf_deinit(&index->text);
    buf_deinit(&index->folded);
    buf_deinit(&index->words);
}
