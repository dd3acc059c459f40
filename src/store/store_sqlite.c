/* The store on disk; see store_sqlite.h. */
#include "store/store_sqlite.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/database_log.h"
#include "store/form.h"
#include "store/intern.h"
#include "store/opened_file.h"
#include "store/reader_sqlite.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store_lock.h"
#include "store/sweep.h"
#include "store/wipe_vfs.h"
#include "store/word_index.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES_MAX  8192
#define KEY_BYTES_MAX   4096
#define SEQ_CHANGES_MAX 64 /* that are put off until the end of a transaction */

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_FIND_TARGET,
    STATEMENT_ADD_TARGET,
    STATEMENT_ADD_PEER,
    STATEMENT_FORGET_TARGET,
    STATEMENT_RENAME_TARGET,
    STATEMENT_KEEP_SEQ,
    STATEMENT_KEEP_LIMITS,
    STATEMENT_FIND_SOURCE,
    STATEMENT_ADD_SOURCE,
    STATEMENT_SET_HOME,
    STATEMENT_ADD_MESSAGE,
    STATEMENT_ADD_SHARED,
    STATEMENT_ADD_PLACE,
    STATEMENT_PUT_ROW,
    STATEMENT_DROP_ROW,
    STATEMENT_FIND_SEQ,
    STATEMENT_FIND_MESSAGE,
    STATEMENT_MERGE_PLACE,
    STATEMENT_SHARE_MESSAGE,
    STATEMENT_COUNT,
};

static const char *const statements[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_FIND_TARGET] = "SELECT id, shown FROM targets WHERE name = ?1",
    [STATEMENT_ADD_TARGET] = "INSERT INTO targets(name, shown) VALUES(?1, ?2)",
    [STATEMENT_ADD_PEER] = "INSERT INTO peers VALUES(?1, ?2)",
    [STATEMENT_FORGET_TARGET] = "UPDATE targets SET name = NULL WHERE name = ?1",
    [STATEMENT_RENAME_TARGET] = "UPDATE targets SET name = ?2, shown = ?3 WHERE name = ?1",
    [STATEMENT_KEEP_SEQ] = "UPDATE targets SET seq = max(seq, ?2) WHERE id = ?1",
    [STATEMENT_KEEP_LIMITS] =
        ("INSERT INTO targets(name, shown, keep_count, keep_ms) VALUES(?1, ?1, ?2, ?3)"
         " ON CONFLICT(name) DO UPDATE SET keep_count = ?2, keep_ms = ?3"),
    [STATEMENT_FIND_SOURCE] = "SELECT id, home FROM sources WHERE source = ?1 AND account = ?2",
    [STATEMENT_ADD_SOURCE] = "INSERT INTO sources(source, account, home) VALUES(?1, ?2, ?3)",
    [STATEMENT_SET_HOME] = "UPDATE sources SET home = ?2 WHERE id = ?1",
    [STATEMENT_ADD_MESSAGE] =
        "INSERT INTO messages(id, source, place, body) VALUES(?1, ?2, ?3, ?4)",
    [STATEMENT_ADD_SHARED] = "INSERT INTO shared VALUES(?1, ?2)",
    [STATEMENT_ADD_PLACE] = "INSERT INTO places VALUES(?1, ?2)",
    [STATEMENT_PUT_ROW] = "INSERT OR REPLACE INTO rows VALUES(?1, ?2, ?3)",
    [STATEMENT_DROP_ROW] = "DELETE FROM rows WHERE row = ?1 AND key = ?2",
    [STATEMENT_FIND_SEQ] = "SELECT seq FROM targets WHERE id = ?1",
    [STATEMENT_FIND_MESSAGE] = "SELECT source, body FROM messages WHERE id = ?1",
    [STATEMENT_MERGE_PLACE] = "INSERT OR IGNORE INTO places VALUES(?1, ?2)",
    [STATEMENT_SHARE_MESSAGE] =
        ("INSERT INTO shared VALUES(?1, 2) ON CONFLICT(id) DO UPDATE SET refs = refs + 1"),
};
static_assert(ARRAY_LEN(statements) == STATEMENT_COUNT, "one text for each statement");

/* The number of the last message of a target is another one. */
struct seq_change {
    int64_t target;
    uint64_t seq;
};

struct store_sqlite {
    struct store base;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct store_lock lock; /* fd: -1 for none */
    bool is_new;            /* the file was made here */
    bool is_unwanted;       /* no file that was made here is to stay */
    struct buf path;        /* nul-terminated */
    struct opened_file file;
    struct opened_file log;
    bool is_lost; /* it or its log is not where it was: nobody will find what is written to it */
    char *vfs;    /* owned; NULL: the system's, for want of memory */
    bool is_open; /* a transaction is */
    struct database_log wal; /* what commits write to */
    struct word_index words;
    struct sweep sweep;
    bool is_tidying; /* the transaction is one of sweep's */
    struct intern targets;
    struct intern sources;
    struct buf body;
    struct buf key;
    struct seq_change
        seqs[SEQ_CHANGES_MAX]; /* of the transaction under way, once for each target */
    size_t seq_count;
    uint64_t last_msgid;
};

static struct store_sqlite *
of_base(const struct store *store)
{
    return CONTAINER_OF((struct store *)(uintptr_t)store, struct store_sqlite, base);
}

/* --- what texts are numbered as --- */

/* How a target is shown: a channel like in this event; of a conversation each message says it. */
static struct str
shown_name(struct str name, const struct event *event)
{
    if (str_find_byte(name, ' ') < name.len)
        return STR("");
    return form_has_target(event) ? event->params[0] : name;
}

/* Of a conversation: notes whose it is. */
static int
add_peers(struct store_sqlite *store, struct str name, int64_t target)
{
    struct str second = name;
    struct str first = str_cut(&second, ' ');
    if (second.ptr == NULL)
        return 0;
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_PEER];
    sql_bind_text(add, 1, first);
    sql_bind_number(add, 2, target);
    int result = sql_run(add);
    if (result != 0 || str_equal(first, second))
        return result;
    sql_bind_text(add, 1, second);
    return sql_run(add);
}

static int
add_target(struct store_sqlite *store, struct str name, const struct event *event)
{
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_TARGET];
    sql_bind_text(add, 1, name);
    sql_bind_text(add, 2, shown_name(name, event));
    int result = sql_run(add);
    int64_t target = sqlite3_last_insert_rowid(store->db);
    if (result == 0)
        result = add_peers(store, name, target);
    const struct interned interned = {.number = target, .shown = shown_name(name, event)};
    if (result == 0)
        intern_put(&store->targets, name, &interned);
    return result;
}

/* *is_there_out: whether the target is there; then *target_out is set. */
static int
recall_target(struct store_sqlite *store, struct str name, struct interned *target_out,
              bool *is_there_out)
{
    *is_there_out = intern_find(&store->targets, name, target_out);
    if (*is_there_out)
        return 0;
    sqlite3_stmt *find = store->statements[STATEMENT_FIND_TARGET];
    sql_bind_text(find, 1, name);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct interned interned = {
            .number = sqlite3_column_int64(find, 0),
            .shown = sql_column_text(find, 1),
        };
        intern_put(&store->targets, name, &interned);
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    *is_there_out = intern_find(&store->targets, name, target_out);
    return sql_errno(code);
}

static int
get_target(struct store_sqlite *store, struct str name, const struct event *event,
           struct interned *target_out)
{
    bool is_there;
    int result = recall_target(store, name, target_out, &is_there);
    if (result != 0 || is_there)
        return result;
    result = add_target(store, name, event);
    is_there = intern_find(&store->targets, name, target_out);
    assert(result != 0 || is_there);
    return result;
}

/* *found_out: the source of an event as the table has it; number is 0 when it has none. */
static int
find_source(struct store_sqlite *store, const struct event *event, struct interned *found_out)
{
    sqlite3_stmt *find = store->statements[STATEMENT_FIND_SOURCE];
    sql_bind_text(find, 1, event->source);
    sql_bind_text(find, 2, event->account);
    int code = sqlite3_step(find);
    *found_out = (struct interned){.number = 0};
    if (code == SQLITE_ROW)
        *found_out = (struct interned){
            .number = sqlite3_column_int64(find, 0),
            .home = sqlite3_column_int64(find, 1),
        };
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    return sql_errno(code);
}

/* The source of an event in a target, which is made its home when it has none yet. */
static int
settle_source(struct store_sqlite *store, const struct event *event, int64_t target,
              struct interned *source_out)
{
    int result = find_source(store, event, source_out);
    if (result != 0 || source_out->home != 0)
        return result;
    source_out->home = target;
    if (source_out->number != 0) { /* of a time when there were no homes */
        sql_bind_number(store->statements[STATEMENT_SET_HOME], 1, source_out->number);
        sql_bind_number(store->statements[STATEMENT_SET_HOME], 2, target);
        return sql_run(store->statements[STATEMENT_SET_HOME]);
    }
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_SOURCE];
    sql_bind_text(add, 1, event->source);
    sql_bind_text(add, 2, event->account);
    sql_bind_number(add, 3, target);
    result = sql_run(add);
    source_out->number = sqlite3_last_insert_rowid(store->db);
    return result;
}

static int
get_source(struct store_sqlite *store, const struct event *event, int64_t target,
           struct interned *source_out)
{
    buf_clear(&store->key);
    buf_put(&store->key, event->source);
    buf_put_byte(&store->key, ' ');
    buf_put(&store->key, event->account);
    assert(!store->key.is_truncated);
    int result = 0;
    if (!intern_find(&store->sources, buf_str(&store->key), source_out)) {
        result = settle_source(store, event, target, source_out);
        if (result == 0)
            intern_put(&store->sources, buf_str(&store->key), source_out);
    }
    if (result == 0)
        source_sweep_mark(&store->sweep.sources, source_out->number);
    return result;
}

/* --- records --- */

static enum place_class
class_of(const struct event *event)
{
    return page_is_message(event) ? CLASS_MESSAGES : CLASS_REST;
}

static int
add_places(struct store_sqlite *store, const struct record *record, int64_t *refs_out,
           struct interned *first_out)
{
    const struct event *event = record->event;
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_PLACE];
    struct str targets = record->targets;
    int64_t refs = 0;
    while (targets.ptr != NULL) {
        struct interned target;
        int result = get_target(store, str_cut(&targets, ','), event, &target);
        if (result != 0)
            return result;
        sql_bind_number(add, 1, schema_place(target.number, class_of(event)));
        sql_bind_number(add, 2, (int64_t)event->msgid);
        result = sql_run(add);
        if (result != 0)
            return result;
        if (refs++ == 0)
            *first_out = target;
    }
    *refs_out = refs;
    return 0;
}

/* Writes down the last numbers, of each target once. */
static int
keep_seqs(struct store_sqlite *store)
{
    sqlite3_stmt *keep = store->statements[STATEMENT_KEEP_SEQ];
    int result = 0;
    for (size_t i = 0; i < store->seq_count && result == 0; i++) {
        sql_bind_number(keep, 1, store->seqs[i].target);
        sql_bind_number(keep, 2, (int64_t)store->seqs[i].seq);
        result = sql_run(keep);
    }
    store->seq_count = 0;
    return result;
}

static int
note_seq(struct store_sqlite *store, int64_t target, uint64_t seq)
{
    size_t at = 0;
    while (at < store->seq_count && store->seqs[at].target != target)
        at++;
    int result = at == SEQ_CHANGES_MAX ? keep_seqs(store) : 0;
    at = at == SEQ_CHANGES_MAX ? 0 : at;
    store->seqs[at] = (struct seq_change){.target = target, .seq = seq};
    if (at == store->seq_count)
        store->seq_count++;
    return result;
}

static int
note_shared(struct store_sqlite *store, uint64_t msgid, int64_t refs)
{
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_SHARED];
    sql_bind_number(add, 1, (int64_t)msgid);
    sql_bind_number(add, 2, refs);
    return sql_run(add);
}

static int
add_event(struct store_sqlite *store, const struct record *record)
{
    const struct event *event = record->event;
    int64_t refs = 0;
    struct interned source = {.number = 0};
    struct interned target = {.number = 0};
    int result = add_places(store, record, &refs, &target);
    if (result == 0)
        result = get_source(store, event, target.number, &source);
    if (result != 0)
        return result;
    bool is_home = source.home == target.number;
    buf_clear(&store->body);
    form_put(&store->body, event, target.shown);
    sqlite3_stmt *add = store->statements[STATEMENT_ADD_MESSAGE];
    sql_bind_number(add, 1, (int64_t)event->msgid);
    sql_bind_number(add, 2, source.number);
    sql_bind_number(add, 3, schema_place(is_home ? SCHEMA_HOME : target.number, class_of(event)));
    sql_bind_text(add, 4, buf_str(&store->body));
    result = sql_run(add);
    if (result == 0 && refs > 1)
        result = note_shared(store, event->msgid, refs);
    if (result == 0 && event->seq != 0)
        result = note_seq(store, target.number, event->seq);
    if (result == 0 && event->msgid > store->last_msgid)
        store->last_msgid = event->msgid;
    return result;
}

/* Takes their names, which is all that makes them found; the rest is cleared away bit by bit. */
static int
forget_targets(struct store_sqlite *store, struct str targets)
{
    sqlite3_stmt *forget = store->statements[STATEMENT_FORGET_TARGET];
    int result = 0;
    while (targets.ptr != NULL && result == 0) {
        struct str name = str_cut(&targets, ',');
        intern_drop(&store->targets, name);
        sql_bind_text(forget, 1, name);
        result = sql_run(forget);
    }
    return result;
}

static int
rename_target(struct store_sqlite *store, const struct record *record)
{
    int result = 0;
    if (!str_equal(record->targets, record->key))
        result = forget_targets(store, record->key);
    if (result != 0)
        return result;
    intern_drop(&store->targets, record->targets);
    sqlite3_stmt *statement = store->statements[STATEMENT_RENAME_TARGET];
    sql_bind_text(statement, 1, record->targets);
    sql_bind_text(statement, 2, record->key);
    sql_bind_text(statement, 3, record->value);
    return sql_run(statement);
}

static int
redact(struct store_sqlite *store, const struct record *record)
{
    struct interned target;
    bool is_there;
    int result = recall_target(store, record->targets, &target, &is_there);
    if (result != 0 || !is_there)
        return result;
    for (int i = 0; i < CLASS_COUNT && result == 0; i++)
        result = sweep_drop_place(&store->sweep, schema_place(target.number, (enum place_class)i),
                                  (int64_t)record->msgid);
    return result;
}

/* There may be no message of it yet. */
static int
keep_limits(struct store_sqlite *store, const struct record *record)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_KEEP_LIMITS];
    sql_bind_text(statement, 1, record->targets);
    sql_bind_number(statement, 2, (int64_t)record->keep_count);
    sql_bind_number(statement, 3, record->keep_ms);
    return sql_run(statement);
}

static int
put_row(struct store_sqlite *store, const struct record *record)
{
    sqlite3_stmt *statement = store->statements[STATEMENT_PUT_ROW];
    sql_bind_number(statement, 1, record->row);
    sql_bind_text(statement, 2, record->key);
    sql_bind_text(statement, 3, record->value);
    return sql_run(statement);
}

static int
sqlite_apply(struct store *base, const struct record *record)
{
    struct store_sqlite *store = of_base(base);
    assert(store->is_open);
    int result;
    sqlite3_stmt *statement;
    switch (record->kind) {
    case RECORD_EVENT:
        result = add_event(store, record);
        return result == 0 && record->key.len > 0 ? put_row(store, record) : result;
    case RECORD_FORGET:
        return forget_targets(store, record->targets);
    case RECORD_REDACT:
        return redact(store, record);
    case RECORD_RENAME:
        return rename_target(store, record);
    case RECORD_ERASE:
        intern_clear(&store->sources);
        return sweep_erase(&store->sweep, record->key, record->msgid);
    case RECORD_KEEP:
        return keep_limits(store, record);
    case RECORD_ROW:
        return put_row(store, record);
    case RECORD_ROW_GONE:
        statement = store->statements[STATEMENT_DROP_ROW];
        sql_bind_number(statement, 1, record->row);
        sql_bind_text(statement, 2, record->key);
        return sql_run(statement);
    }
    cf_unreachable("kind of record");
}

/* --- transactions --- */

static int
sqlite_begin(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    assert(!store->is_open);
    store->is_open = true;
    store->is_lost = !opened_file_is_there(&store->file) || !opened_file_is_there(&store->log);
    return store->is_lost ? -ESTALE : sql_run(store->statements[STATEMENT_BEGIN]);
}

static bool
sqlite_copy_log(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    assert(!store->is_open);
    return database_log_copy(&store->wal);
}

static bool
sqlite_has_remains(const struct store *base)
{
    return of_base(base)->sweep.is_log_due;
}

static int
sqlite_commit(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    assert(store->is_open);
    int result = keep_seqs(store);
    if (result == 0)
        result = sql_run(store->statements[STATEMENT_COMMIT]);
    if (result != 0)
        return result;
    store->is_open = false;
    /* When somebody is reading, or it fails, it is tried again later: nothing waits for it. */
    if (store->is_tidying && store->sweep.is_log_due && database_log_empty(&store->wal)) {
        store->sweep.has_erased = false;
        store->sweep.is_log_due = false;
    }
    store->is_tidying = false;
    return 0;
}

static void
sqlite_rollback(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    /* Some errors have rolled it back already. If this fails, too, the next BEGIN says so. */
    if (sqlite3_get_autocommit(store->db) == 0)
        (void)sql_run(store->statements[STATEMENT_ROLLBACK]);
    store->is_open = false;
    intern_clear(&store->targets); /* what was numbered in it is not numbered any more */
    intern_clear(&store->sources);
    store->seq_count = 0;
    store->words.is_unknown = true;
    store->sweep.next_erased = 0; /* what was erased in it is not */
    store->sweep.is_scanned = false;
    store->sweep.has_erasures = true;
    store->sweep.next_empty = 0;
    store->sweep.has_empty = true;
    source_sweep_reset(&store->sweep.sources);
    store->is_tidying = false;
}

static const char *
sqlite_error_text(const struct store *base)
{
    const struct store_sqlite *store = of_base(base);
    return store->is_lost ? "the database was moved or deleted while it was open: put it back "
                            "(confab(1), DIAGNOSTICS)"
                          : sqlite3_errmsg(store->db);
}

static uint64_t
sqlite_last_msgid(const struct store *base)
{
    return of_base(base)->last_msgid;
}

static int
sqlite_tidy(struct store *base, const struct store_limits *limits)
{
    struct store_sqlite *store = of_base(base);
    assert(store->is_open);
    store->is_tidying = true;
    int result = sweep_step(&store->sweep, limits);
    if (store->sweep.has_new_names)
        intern_clear(&store->targets);
    store->sweep.has_new_names = false;
    if (store->sweep.sources.has_dropped)
        intern_clear(&store->sources);
    store->sweep.sources.has_dropped = false;
    return result;
}

/* --- merging --- */

/* Adds the places of an event that is there which are missing; *merge_out says whether any was. */
static int
merge_places(struct store_sqlite *store, const struct record *record, enum store_merge *merge_out)
{
    const struct event *event = record->event;
    struct str targets = record->targets;
    int result = 0;
    *merge_out = STORE_MERGE_WAS_THERE;
    while (targets.ptr != NULL && result == 0) {
        struct interned target;
        result = get_target(store, str_cut(&targets, ','), event, &target);
        if (result != 0)
            break;
        sqlite3_stmt *merge = store->statements[STATEMENT_MERGE_PLACE];
        sql_bind_number(merge, 1, schema_place(target.number, class_of(event)));
        sql_bind_number(merge, 2, (int64_t)event->msgid);
        result = sql_run(merge);
        if (result != 0 || sqlite3_changes(store->db) == 0)
            continue;
        *merge_out = STORE_MERGE_ADDED;
        sql_bind_number(store->statements[STATEMENT_SHARE_MESSAGE], 1, (int64_t)event->msgid);
        result = sql_run(store->statements[STATEMENT_SHARE_MESSAGE]);
    }
    return result;
}

/* Whether what has the id of an event is that event; the number in its channel does not count. */
static int
compare_message(struct store_sqlite *store, const struct record *record, bool *is_there_out,
                bool *is_same_out)
{
    const struct event *event = record->event;
    struct str names = record->targets;
    struct interned target = {.number = 0};
    struct interned source = {.number = 0};
    int result = get_target(store, str_cut(&names, ','), event, &target);
    if (result == 0)
        result = get_source(store, event, target.number, &source);
    if (result != 0)
        return result;
    sqlite3_stmt *find = store->statements[STATEMENT_FIND_MESSAGE];
    sql_bind_number(find, 1, (int64_t)event->msgid);
    int code = sqlite3_step(find);
    *is_there_out = code == SQLITE_ROW;
    *is_same_out = false;
    if (code == SQLITE_ROW && sqlite3_column_int64(find, 0) == source.number) {
        const struct form_columns columns = {
            .msgid = event->msgid,
            .source = event->source,
            .account = event->account,
            .target_name = target.shown,
        };
        struct event *kept = form_read(sql_column_text(find, 1), &columns);
        *is_same_out = kept != NULL && event_is_same(kept, event);
        event_unref(&kept);
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    return sql_errno(code);
}

/* The last number of a target, as it will be after the transaction. */
static int
last_seq(struct store_sqlite *store, int64_t target, uint64_t *seq_out)
{
    for (size_t i = 0; i < store->seq_count; i++) {
        if (store->seqs[i].target == target) {
            *seq_out = store->seqs[i].seq;
            return 0;
        }
    }
    sqlite3_stmt *find = store->statements[STATEMENT_FIND_SEQ];
    sql_bind_number(find, 1, target);
    int64_t seq = 0;
    int result = sql_run_number(find, 0, &seq);
    *seq_out = (uint64_t)seq;
    return result;
}

/* Its number counts no more when there are others from that on. */
static int
merge_seq(struct store_sqlite *store, const struct record *record)
{
    struct str names = record->targets;
    struct interned target = {.number = 0};
    uint64_t last = 0;
    int result = get_target(store, str_cut(&names, ','), record->event, &target);
    if (result == 0)
        result = last_seq(store, target.number, &last);
    if (record->event->seq <= last)
        record->event->seq = 0;
    return result;
}

int
store_sqlite_merge(struct store *base, const struct record *record, enum store_merge *merge_out)
{
    struct store_sqlite *store = of_base(base);
    assert(store->is_open);
    assert(record->kind == RECORD_EVENT && record->key.len == 0);
    bool is_there = false;
    bool is_same = false;
    *merge_out = STORE_MERGE_ADDED;
    int result = compare_message(store, record, &is_there, &is_same);
    if (result != 0)
        return result;
    if (!is_there && record->event->seq != 0)
        result = merge_seq(store, record);
    if (!is_there)
        return result == 0 ? add_event(store, record) : result;
    if (is_same)
        return merge_places(store, record, merge_out);
    *merge_out = STORE_MERGE_CONFLICT;
    return 0;
}

int
store_sqlite_index_anew(struct store *base, uint64_t msgid)
{
    struct store_sqlite *store = of_base(base);
    assert(store->is_open);
    return word_index_forget(&store->words, (int64_t)msgid);
}

/* --- the index of words --- */

/* What is lost of it by a crash is put in again: this need not wait for the disk. */
static int
sqlite_index(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    assert(!store->is_open);
    int more = sql_execute(store->db, "PRAGMA synchronous = NORMAL");
    int result = more == 0 ? sqlite_begin(base) : more;
    if (result == 0)
        more = word_index_step(&store->words, LIMIT_INDEX_GROUP);
    if (result == 0 && more < 0)
        result = more;
    if (result == 0)
        result = sqlite_commit(base);
    if (result != 0)
        sqlite_rollback(base);
    int back = sql_execute(store->db, "PRAGMA synchronous = FULL");
    assert(back == 0); /* outside of a transaction it sets a number */
    return result == 0 ? more : result;
}

/* --- opening --- */

static struct store_reader *
sqlite_reader_new(struct store *base)
{
    const struct store_sqlite *store = of_base(base);
    return reader_sqlite_new(store->path.ptr, store->vfs, base->ops);
}

/* Those that were made here; the database is closed again. */
static void
remove_files(const struct store_sqlite *store)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_LEN(suffixes) && store->is_new; i++) {
        struct buf path;
        buf_init(&path, PATH_BYTES_MAX);
        buf_printf(&path, "%s%s", store->path.ptr, suffixes[i]);
        (void)unlink(buf_nul_terminated(&path)); /* most are not there any more */
        buf_deinit(&path);
    }
    if (store->lock.is_new)
        store_lock_remove(store->path.ptr);
}

static void
sqlite_free(struct store *base)
{
    struct store_sqlite *store = of_base(base);
    intern_clear(&store->targets);
    intern_clear(&store->sources);
    word_index_close(&store->words);
    sweep_close(&store->sweep);
    sql_finalize_all(store->statements, STATEMENT_COUNT);
    (void)sqlite3_close(store->db); /* nothing is open in it any more */
    if (store->is_unwanted)
        remove_files(store);
    if (store->lock.fd != -1)
        (void)close(store->lock.fd); /* gives up the lock; nothing was written */
    opened_file_deinit(&store->file);
    opened_file_deinit(&store->log);
    buf_deinit(&store->path);
    buf_deinit(&store->body);
    buf_deinit(&store->key);
    cf_free(store->vfs);
    cf_free(store);
}

static const struct store_ops sqlite_ops = {
    .begin = sqlite_begin,
    .apply = sqlite_apply,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .tidy = sqlite_tidy,
    .index = sqlite_index,
    .copy_log = sqlite_copy_log,
    .has_remains = sqlite_has_remains,
    .error_text = sqlite_error_text,
    .last_msgid = sqlite_last_msgid,
    .reader_new = sqlite_reader_new,
    .free = sqlite_free,
    .read_page = reader_sqlite_read_page,
    .read_row = reader_sqlite_read_row,
    .reader_free = reader_sqlite_free,
};

/* Made here, for nobody else to read: SQLite takes the mode for its other files from it. False when
 * it was there already, or can't be made, which is told by SQLite. */
static bool
make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_new = fd != -1;
    if (!is_new)
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* a link may lead to nothing yet */
    if (fd != -1)
        (void)close(fd); /* nothing was written */
    return is_new;
}

/* Both are there once something has been read. */
static int
note_files(struct store_sqlite *store, struct cf_err *err)
{
    int result = opened_file_init(&store->file, store->path.ptr, "");
    if (result == 0)
        result = opened_file_init(&store->log, store->path.ptr, "-wal");
    if (result != 0)
        (void)cf_err_set(err, result, "cannot look at %s: %s", store->path.ptr,
                         errno_text(-result)); /* the code is in err, too */
    return result;
}

static int
set_up(struct store_sqlite *store, struct cf_err *err)
{
    int result = sql_open(store->path.ptr, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, store->vfs,
                          &store->db);
    if (result == 0)
        result = sql_execute(store->db, STORE_SQLITE_SETTINGS);
    if (result == 0)
        database_log_watch(&store->wal, store->db);
    if (result == 0)
        result = schema_migrate(store->db, store->path.ptr, err);
    if (result == 0)
        result = sql_prepare_all(store->db, statements, STATEMENT_COUNT, store->statements);
    if (result == 0)
        result = word_index_open(&store->words, store->db);
    if (result == 0)
        result = sweep_open(&store->sweep, store->db, &store->words, &store->last_msgid);
    int64_t newest = 0;
    int64_t kept = 0;
    if (result == 0)
        result = sql_query_number(store->db, "SELECT max(id) FROM messages", 0, &newest);
    if (result == 0)
        result = sql_query_number(store->db, "SELECT value FROM meta WHERE key = 'last_msgid'", 0,
                                  &kept);
    store->last_msgid = (uint64_t)(newest > kept ? newest : kept);
    if (result == 0)
        result = note_files(store, err);
    if (result != 0 && err->code == 0)
        (void)cf_err_set(err, result, "cannot open the database %s: %s%s", store->path.ptr,
                         sqlite3_errmsg(store->db), /* the code is in err, too */
                         sqlite3_errcode(store->db) == SQLITE_FULL
                             ? "; make room, or give another data folder (--data)"
                             : "");
    return result;
}

struct store *
store_sqlite_open(const char *path, const char *vfs, struct cf_err *err)
{
    struct store_sqlite *store = cf_calloc_array(1, sizeof *store);
    store->base.ops = &sqlite_ops;
    store->lock.fd = -1;
    buf_init(&store->path, PATH_BYTES_MAX);
    buf_init(&store->body, FORM_BYTES_MAX);
    buf_init(&store->key, KEY_BYTES_MAX);
    buf_put(&store->path, str_from_nul(path));
    (void)buf_nul_terminated(&store->path); /* stays like that */
    if (vfs == NULL)
        vfs = wipe_vfs();
    if (vfs != NULL) {
        size_t size = strlen(vfs) + 1;
        store->vfs = cf_alloc(size);
        memcpy(store->vfs, vfs, size);
    }
    err->code = 0;
    int result = store_lock(path, &store->lock, err);
    if (result == 0) {
        store->is_new = make_file(path);
        result = set_up(store, err);
    }
    if (result == 0)
        return &store->base;
    store->is_unwanted = true;
    sqlite_free(&store->base);
    return NULL;
}

void
store_sqlite_discard(struct store **store)
{
    of_base(*store)->is_unwanted = true;
    store_free(store);
}
