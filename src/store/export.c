/* A database as lines; see export.h. */
#include "store/export.h"

#include "base/buf.h"
#include "base/msgid.h"
#include "hub/account_row.h"
#include "hub/row.h"
#include "store/form.h"
#include "store/line.h"
#include "store/schema.h"
#include "store/sql.h"
#include "wire/name.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#define FLUSH_BYTES       ((size_t)256 * 1024)
#define NAMES_BYTES_MAX   ((size_t)256 * 1024)
#define SQLITE_CACHE_SQL  "PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;"
#define EVENT_COLUMNS_SQL "m.id, s.source, s.account, m.body, " SCHEMA_PLACE_SQL

/* Where an event is besides in its first place, or instead of it when that is no more. */
#define SPREAD_SQL                                                                 \
    "CREATE TEMP TABLE spread(id INTEGER NOT NULL, place INTEGER NOT NULL,"        \
    " PRIMARY KEY(id, place)) WITHOUT ROWID;"                                      \
    "INSERT INTO spread SELECT p.id, p.target FROM places p CROSS JOIN messages m" \
    " ON m.id = p.id CROSS JOIN sources s ON s.id = m.source"                      \
    " WHERE p.id IN (SELECT id FROM shared) OR p.target <> " SCHEMA_PLACE_SQL ";"

#define WANTED_SQL "CREATE TEMP TABLE wanted(id INTEGER PRIMARY KEY);"

struct export
{
    const struct export_request *request;
    const struct export_sink *sink;
    struct export_counts *counts;
    sqlite3 *db;
    sqlite3_stmt *find_spread;
    sqlite3_stmt *find_target;
    struct account_row_name owners[LIMIT_ACCOUNT_NAMES + 1]; /* of whose things are wanted, the name
                                                              * that they are kept under first */
    size_t owner_count;                                      /* 0: all is wanted */
    struct buf text;                                         /* not given to the sink yet */
    struct buf names;
    int sink_result;
};

static bool
has_owner(const struct export *export)
{
    return export->owner_count > 0;
}

/* Of those whose things are wanted the one of that name, or NULL. */
static const struct account_row_name *
find_owner(const struct export *export, struct str name)
{
    for (size_t i = 0; i < export->owner_count; i++) {
        if (name_equal(name, folded_str(&export->owners[i].name)))
            return &export->owners[i];
    }
    return NULL;
}

static int64_t
first_msgid_of(const struct account_row_name *owner)
{
    return owner->since_ms == 0 ? 0 : (int64_t)msgid_first_at(owner->since_ms);
}

/* Gives the sink what has come together. */
static int
flush(struct export *export)
{
    if (export->text.len > 0 && export->sink_result == 0)
        export->sink_result = export->sink->put(export->sink->context, buf_str(&export->text));
    buf_clear(&export->text);
    return export->sink_result;
}

static int
flush_if_full(struct export *export)
{
    assert(!export->text.is_truncated);
    return export->text.len >= FLUSH_BYTES ? flush(export) : 0;
}

/* --- rows --- */

/* Keys begin with the name of the account or channel that the row is about; those of server bans
 * are numbers, with which no name of an account begins. */
static bool
is_wanted_row(const struct export *export, uint32_t row, struct str key)
{
    if (row == ROW_TXN)
        return false;
    struct str first = str_take(key, str_find_byte(key, ' '));
    return !has_owner(export) || str_equal(first, folded_str(&export->owners[0].name));
}

static int
export_rows(struct export *export)
{
    sqlite3_stmt *rows;
    int result =
        sql_prepare(export->db, "SELECT row, key, value FROM rows ORDER BY row, key", &rows);
    if (result != 0)
        return result;
    int code = SQLITE_DONE;
    while (result == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        uint32_t row = (uint32_t)sqlite3_column_int64(rows, 0);
        struct str key = sql_column_text(rows, 1);
        if (!is_wanted_row(export, row, key))
            continue;
        line_put_row(&export->text, row, key, sql_column_text(rows, 2),
                     export->request->has_secrets);
        export->counts->rows++;
        result = flush_if_full(export);
    }
    (void)sqlite3_finalize(rows); /* repeats what the step has returned */
    return result == 0 ? sql_errno(code) : result;
}

/* The account of that name may have others, too, and be kept under one of those. */
static int
find_other_names(struct export *export)
{
    sqlite3_stmt *accounts;
    int result =
        sql_prepare(export->db, "SELECT value FROM rows WHERE row = ?1 ORDER BY key", &accounts);
    if (result != 0)
        return result;
    struct folded asked = export->owners[0].name;
    struct account_row_name names[LIMIT_ACCOUNT_NAMES + 1];
    sql_bind_number(accounts, 1, ROW_ACCOUNT);
    int code;
    while ((code = sqlite3_step(accounts)) == SQLITE_ROW) {
        size_t count = account_row_list_names(sql_column_text(accounts, 0), names);
        bool is_it = false;
        for (size_t i = 0; i < count; i++)
            is_it = is_it || str_equal(folded_str(&names[i].name), folded_str(&asked));
        if (!is_it)
            continue;
        memcpy(export->owners, names, sizeof names);
        export->owner_count = count;
    }
    (void)sqlite3_finalize(accounts); /* repeats what the step has returned */
    return sql_errno(code);
}

/* --- which events --- */

static int
run_with_owner(struct export *export, const char *sql)
{
    sqlite3_stmt *statement;
    int result = sql_prepare(export->db, sql, &statement);
    if (result != 0)
        return result;
    sql_bind_text(statement, 1, folded_str(&export->owners[0].name));
    sql_bind_number(statement, 2, first_msgid_of(&export->owners[0]));
    result = sql_run(statement);
    (void)sqlite3_finalize(statement); /* repeats what the step has returned */
    return result;
}

/* What the account said and did: it is written in the sources as its owner writes it. */
static int
want_sources(struct export *export)
{
    sqlite3_stmt *sources;
    sqlite3_stmt *want;
    int result =
        sql_prepare(export->db, "SELECT id, account FROM sources WHERE account <> ''", &sources);
    if (result != 0)
        return result;
    result = sql_prepare(export->db,
                         "INSERT OR IGNORE INTO wanted SELECT id FROM messages WHERE source = ?1"
                         " AND id >= ?2",
                         &want);
    int code = SQLITE_DONE;
    while (result == 0 && (code = sqlite3_step(sources)) == SQLITE_ROW) {
        struct str account = sql_column_text(sources, 1);
        const struct account_row_name *owner = find_owner(export, str_cut(&account, '\0'));
        if (owner == NULL)
            continue;
        sql_bind_number(want, 1, sqlite3_column_int64(sources, 0));
        sql_bind_number(want, 2, first_msgid_of(owner));
        result = sql_run(want);
    }
    (void)sqlite3_finalize(want); /* these repeat what the steps have returned */
    (void)sqlite3_finalize(sources);
    return result == 0 ? sql_errno(code) : result;
}

/* Notes the ids of the events that are wanted. */
static int
want_events(struct export *export)
{
    int result = sql_execute(export->db, WANTED_SQL);
    if (result != 0 || export->request->channel.len > 0)
        return result != 0
                   ? result
                   : run_with_owner(export, "INSERT OR IGNORE INTO wanted SELECT p.id FROM targets"
                                            " t CROSS JOIN places p ON p.target IN (t.id * 2,"
                                            " t.id * 2 + 1) WHERE t.name = ?1"
                                            " AND p.id >= ?2");
    result = run_with_owner(export, "INSERT OR IGNORE INTO wanted SELECT p.id FROM peers t"
                                    " CROSS JOIN places p ON p.target IN (t.target * 2,"
                                    " t.target * 2 + 1) WHERE t.name = ?1 AND p.id >= ?2");
    return result == 0 ? want_sources(export) : result;
}

/* --- events --- */

/* Appends the name of the target that has the place, unless that was forgotten. */
static int
put_name(struct export *export, int64_t place)
{
    sqlite3_stmt *find = export->find_target;
    sql_bind_number(find, 1, schema_place_target(place));
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW && sqlite3_column_type(find, 0) != SQLITE_NULL) {
        if (export->names.len > 0)
            buf_put_byte(&export->names, ',');
        buf_put(&export->names, sql_column_text(find, 0));
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    return sql_errno(code);
}

/* Makes export->names: where the event is. */
static int
make_names(struct export *export, int64_t id, int64_t place)
{
    buf_clear(&export->names);
    if (export->request->channel.len > 0) {
        buf_put(&export->names,
                folded_str(&export->owners[0].name)); /* the others are not asked for */
        return 0;
    }
    sqlite3_stmt *find = export->find_spread;
    sql_bind_number(find, 1, id);
    int code;
    int result = 0;
    size_t count = 0;
    while ((code = sqlite3_step(find)) == SQLITE_ROW && result == 0) {
        result = put_name(export, sqlite3_column_int64(find, 0));
        count++;
    }
    (void)sqlite3_reset(find); /* repeats what the step has returned */
    if (result == 0)
        result = sql_errno(code);
    return result == 0 && count == 0 ? put_name(export, place) : result;
}

/* The shown name of the target is valid until find_target is used again, which is not before the
 * event has been made. */
static int
export_event(struct export *export, sqlite3_stmt *events)
{
    int64_t id = sqlite3_column_int64(events, 0);
    int64_t place = sqlite3_column_int64(events, 4);
    int result = make_names(export, id, place);
    if (result != 0 || export->names.len == 0)
        return result; /* all that it is in was forgotten, and is being cleared away */
    sql_bind_number(export->find_target, 1, schema_place_target(place));
    int code = sqlite3_step(export->find_target);
    struct str shown = code == SQLITE_ROW ? sql_column_text(export->find_target, 1) : STR("");
    struct event *event =
        form_read(sql_column_text(events, 3), &(struct form_columns){
                                                  .msgid = (uint64_t)id,
                                                  .source = sql_column_text(events, 1),
                                                  .account = sql_column_text(events, 2),
                                                  .target_name = shown,
                                              });
    (void)sqlite3_reset(export->find_target); /* repeats what the step has returned */
    if (event == NULL)
        return -EUCLEAN;
    line_put_event(&export->text, event, buf_str(&export->names));
    event_unref(&event);
    export->counts->events++;
    return flush_if_full(export);
}

static int
export_events(struct export *export)
{
    sqlite3_stmt *events;
    int result = has_owner(export) ? want_events(export) : 0;
    if (result == 0)
        result = sql_execute(export->db, SPREAD_SQL);
    if (result == 0)
        result = sql_prepare(export->db, "SELECT place FROM temp.spread WHERE id = ?1",
                             &export->find_spread);
    if (result == 0)
        result = sql_prepare(export->db, "SELECT name, shown FROM targets WHERE id = ?1",
                             &export->find_target);
    if (result == 0)
        result = sql_prepare(export->db,
                             has_owner(export)
                                 ? "SELECT " EVENT_COLUMNS_SQL " FROM wanted w CROSS JOIN messages"
                                   " m ON m.id = w.id CROSS JOIN sources s ON s.id = m.source"
                                   " WHERE 1" SCHEMA_NOT_ERASED " ORDER BY w.id"
                                 : "SELECT " EVENT_COLUMNS_SQL " FROM messages m CROSS JOIN"
                                   " sources s ON s.id = m.source WHERE 1" SCHEMA_NOT_ERASED
                                   " ORDER BY m.id",
                             &events);
    if (result != 0)
        return result;
    int code = SQLITE_DONE;
    while (result == 0 && (code = sqlite3_step(events)) == SQLITE_ROW)
        result = export_event(export, events);
    (void)sqlite3_finalize(events); /* repeats what the step has returned */
    return result == 0 ? sql_errno(code) : result;
}

/* --- all of it --- */

/* Whether it is ours, and of this version. */
static int
check_version(const struct export *export, struct cf_err *err)
{
    int64_t version = 0;
    int result = schema_check_is_ours(export->db, export->request->path, err);
    if (result == 0)
        result = sql_query_number(export->db, "PRAGMA user_version", 0, &version);
    if (result != 0)
        return result;
    if (version > (int64_t)schema_version())
        return cf_err_set(err, -EUCLEAN,
                          "%s was written by a newer confab: it has version %" PRId64
                          ", and this program knows up to %zu. Export it with the newer one",
                          export->request->path, version, schema_version());
    if (version < (int64_t)schema_version())
        return cf_err_set(err, -EUCLEAN,
                          "%s has the older version %" PRId64
                          ": start the server of this confab once, which brings it up to date",
                          export->request->path, version);
    return 0;
}

static int
run(struct export *export, struct cf_err *err)
{
    int result = sql_open(export->request->path, SQLITE_OPEN_READONLY, NULL, &export->db);
    if (result == 0)
        result = sql_execute(export->db, SQLITE_CACHE_SQL);
    if (result == 0)
        result = sql_execute(export->db, "BEGIN"); /* one state */
    if (result == 0)
        result = check_version(export, err);
    if (result != 0)
        return result;
    if (export->request->account.len > 0)
        result = find_other_names(export);
    if (result != 0)
        return result;
    line_put_header(&export->text, export->request->wall_ms);
    result = export_rows(export);
    if (result == 0)
        result = export_events(export);
    if (result == 0 && export->request->must_find &&
        export->counts->rows + export->counts->events == 0)
        return cf_err_set(err, -ENOENT, "there is nothing of that name");
    return result == 0 ? flush(export) : result;
}

int
export_run(const struct export_request *request, const struct export_sink *sink,
           struct export_counts *counts, struct cf_err *err)
{
    struct export export = {.request = request, .sink = sink, .counts = counts};
    *counts = (struct export_counts){.rows = 0};
    *err = (struct cf_err){.code = 0};
    assert(request->account.len == 0 || request->channel.len == 0);
    struct str owner = request->account.len > 0 ? request->account : request->channel;
    export.owner_count = owner.len > 0 ? 1 : 0;
    if (!name_fold(owner, &export.owners[0].name))
        return cf_err_set(err, -EINVAL, "that is no name");
    buf_init(&export.text, LINE_BYTES_MAX);
    buf_init(&export.names, NAMES_BYTES_MAX);
    int result = run(&export, err);
    if (export.sink_result != 0)
        err->code = export.sink_result;
    else if (result != 0 && err->code == 0)
        (void)cf_err_set(err, result, "cannot read the database %s: %s", request->path,
                         sqlite3_errmsg(export.db)); /* the code is in err, too */
    (void)sqlite3_finalize(export.find_spread); /* these repeat what the last step has returned */
    (void)sqlite3_finalize(export.find_target);
    (void)sqlite3_close(export.db); /* nothing is open in it any more */
    buf_deinit(&export.text);
    buf_deinit(&export.names);
    return err->code;
}
