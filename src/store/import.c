/* Lines into a database; see import.h. */
#include "store/import.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/msgid.h"
#include "hub/hub.h"
#include "hub/record.h"
#include "hub/row.h"
#include "hub/row_check.h"
#include "hub/row_layout.h"
#include "hub/row_limit.h"
#include "store/import_mentions.h"
#include "store/line.h"
#include "store/store_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

/* An event that is dated later than this is refused: all new ones would be dated so, too. */
#define FUTURE_MS_MAX (INT64_C(24) * 60 * 60 * 1000)

/* So many ids in a row are tried for an event: as many as one millisecond has. */
#define MOVES_MAX 16384

#define FAULT_BYTES_MAX 256
#define KEY_BYTES_SHOWN 100

/* A row that is there: "kind key". */
struct known_row {
    struct map_node by_name;
    struct str name; /* owned */
};

struct import {
    struct store *store;
    struct hub *hub; /* with all rows, to tell whether others make sense */
    struct map rows; /* of known_row.by_name */
    struct line line;
    struct buf name;
    struct import_counts counts;
    int64_t now_ms;
    size_t operators_before;
    uint64_t first_msgid; /* the lowest that was added; UINT64_MAX: none */
};

/* --- what is there --- */

static struct str
make_name(struct import *import, uint32_t row, struct str key)
{
    buf_clear(&import->name);
    buf_printf(&import->name, "%u ", row);
    buf_put(&import->name, key);
    return buf_str(&import->name);
}

static bool
is_known(struct import *import, uint32_t row, struct str key)
{
    return map_find(&import->rows, make_name(import, row, key)) != NULL;
}

static void
note_row(struct import *import, uint32_t row, struct str key)
{
    struct known_row *known = cf_calloc_array(1, sizeof *known);
    known->name = str_dup(make_name(import, row, key));
    map_insert(&import->rows, &known->by_name, known->name);
}

static int
read_rows(struct import *import)
{
    struct store_reader *reader = store_reader_new(import->store);
    if (reader == NULL)
        return -EMFILE;
    struct store_row row = {.row = 0};
    int result;
    while ((result = store_read_row(reader, &row)) == 1) {
        note_row(import, row.row, row.key);
        bool makes_sense = hub_restore(import->hub, row.row, row.key, row.value);
        (void)makes_sense; /* one that does not is left alone, as by the server */
    }
    store_reader_free(&reader);
    return result;
}

/* is_kept: what has been taken is in the database. If it is not, and there was none before, there
 * is none again. */
static void
free_import(struct import **import_ref, bool is_kept)
{
    struct import *import = *import_ref;
    struct map_node *node;
    while ((node = map_first(&import->rows)) != NULL) {
        struct known_row *known = CONTAINER_OF(node, struct known_row, by_name);
        map_remove(&import->rows, node);
        str_free(&known->name);
        cf_free(known);
    }
    hub_free(&import->hub);
    if (import->store != NULL && is_kept)
        store_free(&import->store);
    else if (import->store != NULL)
        store_sqlite_discard(&import->store);
    line_deinit(&import->line);
    buf_deinit(&import->name);
    cf_free(import);
    *import_ref = NULL;
}

struct import *
import_begin(const char *path, const struct hub_config *config, int64_t now_ms, struct cf_err *err)
{
    struct import *import = cf_calloc_array(1, sizeof *import);
    const struct hub_moment moment = {.wall_ms = now_ms};
    import->now_ms = now_ms;
    import->first_msgid = UINT64_MAX;
    import->hub = hub_new(config, &moment);
    line_init(&import->line);
    buf_init(&import->name, LINE_VALUE_BYTES_MAX);
    import->store = store_sqlite_open(path, NULL, err);
    int result = import->store == NULL ? err->code : read_rows(import);
    import->operators_before = hub_operator_account_count(import->hub);
    if (result == 0)
        result = store_begin(import->store);
    if (result == 0)
        return import;
    if (import->store != NULL) {
        (void)cf_err_set(err, result, "cannot use the database %s: %s", path,
                         store_error_text(import->store)); /* the code is in err, too */
        store_rollback(import->store);
    }
    free_import(&import, false);
    return NULL;
}

/* --- lines --- */

static int
store_failed(const struct import *import, int result, struct cf_err *err)
{
    return cf_err_set(err, result, "cannot write the database: %s",
                      store_error_text(import->store));
}

/* What the counts at the end say of the row that was added. */
static void
count_row(struct import *import, uint32_t row)
{
    struct import_counts *counts = &import->counts;
    counts->accounts += row == ROW_ACCOUNT ? 1 : 0;
    counts->channels += row == ROW_CHANNEL ? 1 : 0;
    counts->other_rows += row != ROW_ACCOUNT && row != ROW_CHANNEL ? 1 : 0;
}

/* Says what is wrong with the row as far as that can be told of it by itself. */
static int
check_row(const struct line *line, struct cf_err *err)
{
    struct str key = buf_str(&line->key);
    const struct row_layout *layout = row_layout_of(line->row);
    struct row_fault fault;
    if (layout == NULL || row_check(layout, key, buf_str(&line->value), &fault))
        return 0;
    struct buf why;
    buf_init(&why, FAULT_BYTES_MAX);
    row_fault_put(&why, &fault);
    int result = cf_err_set(err, -EINVAL, "%.*s: \"%.*s\"", STR_ARG(buf_str(&why)),
                            STR_ARG(str_take(key, KEY_BYTES_SHOWN)));
    buf_deinit(&why);
    return result;
}

static int
import_row(struct import *import, struct cf_err *err)
{
    const struct line *line = &import->line;
    struct str key = buf_str(&line->key);
    if (is_known(import, line->row, key)) {
        import->counts.were_there++;
        return 0;
    }
    int result = check_row(line, err);
    if (result == 0)
        result = import_mentions_check(import->hub, line, err);
    if (result != 0)
        return result;
    uint32_t limit = row_limit_reached(import->hub, line->row, buf_str(&line->value));
    if (limit > 0)
        return cf_err_set(err, -EINVAL,
                          "there are %" PRIu32 " of these already, as many as there may be: "
                          "\"%.*s\"",
                          limit, STR_ARG(str_take(key, KEY_BYTES_SHOWN)));
    if (!hub_restore(import->hub, line->row, key, buf_str(&line->value)))
        return cf_err_set(err, -EINVAL, "it makes no sense: \"%.*s\"",
                          STR_ARG(str_take(key, KEY_BYTES_SHOWN)));
    struct record record = record_of_row(line->row, key, buf_str(&line->value));
    result = store_apply(import->store, &record);
    record_deinit(&record);
    if (result != 0)
        return store_failed(import, result, err);
    note_row(import, line->row, key);
    count_row(import, line->row);
    return 0;
}

static int
import_event(struct import *import, struct cf_err *err)
{
    struct event *event = import->line.event;
    enum store_merge merge = STORE_MERGE_CONFLICT;
    uint64_t first = event->msgid;
    if (event->wall_ms > import->now_ms + FUTURE_MS_MAX)
        return cf_err_set(err, -EINVAL, "it is from the future; is the clock right?");
    int result = 0;
    for (uint64_t i = 0; i < MOVES_MAX && result == 0 && merge == STORE_MERGE_CONFLICT; i++) {
        event->msgid = first + i; /* nobody else has it yet */
        struct record record = record_of_event(event, buf_str(&import->line.names));
        result = store_sqlite_merge(import->store, &record, &merge);
        record_deinit(&record);
    }
    if (result != 0)
        return store_failed(import, result, err);
    if (merge == STORE_MERGE_CONFLICT)
        return cf_err_set(err, -EINVAL, "there is no free message id left at that time");
    import->counts.were_there += merge == STORE_MERGE_WAS_THERE ? 1 : 0;
    import->counts.events += merge == STORE_MERGE_ADDED ? 1 : 0;
    import->counts.moved += merge == STORE_MERGE_ADDED && event->msgid != first ? 1 : 0;
    if (merge == STORE_MERGE_ADDED && event->msgid < import->first_msgid)
        import->first_msgid = event->msgid;
    return 0;
}

int
import_line(struct import *import, struct str text, struct cf_err *err)
{
    int result = line_read(text, &import->line, err);
    if (result != 0)
        return result;
    switch (import->line.kind) {
    case LINE_HEADER:
        return 0;
    case LINE_EVENT:
        return import_event(import, err);
    case LINE_ROW:
        return import_row(import, err);
    }
    cf_unreachable("kind of line");
}

/* --- the end --- */

int
import_finish(struct import **import_ref, struct import_counts *counts, struct cf_err *err)
{
    struct import *import = *import_ref;
    int result = 0;
    err->code = 0;
    if (import->first_msgid != UINT64_MAX)
        result = store_sqlite_index_anew(import->store, import->first_msgid);
    if (result == 0)
        result = store_commit(import->store);
    if (result != 0) {
        (void)store_failed(import, result, err); /* the code is in err, too */
        store_rollback(import->store);
    }
    *counts = import->counts;
    counts->operators = hub_operator_account_count(import->hub) - import->operators_before;
    free_import(import_ref, err->code == 0);
    return err->code;
}

void
import_abandon(struct import **import)
{
    store_rollback((*import)->store);
    free_import(import, false);
}
