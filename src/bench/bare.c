/* A bare loop with SQLite; see bare.h. */
#include "bench/bare.h"

#include "base/buf.h"
#include "base/clock.h"
#include "bench/words.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXTS         64
#define BODY_OVERHEAD 3 /* what stands before the text in the form on disk */
#define BODY_MAX      1024

struct bare {
    const struct bare_options *options;
    sqlite3 *db;
    sqlite3_stmt *begin;
    sqlite3_stmt *add_message;
    sqlite3_stmt *add_place;
    sqlite3_stmt *commit;
    struct buf texts[TEXTS];
    uint64_t count;
};

static int
open_bare(struct bare *bare, const char *path, struct cf_err *err)
{
    int result = sql_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL, &bare->db);
    if (result == 0)
        result = sql_execute(bare->db, STORE_SQLITE_SETTINGS);
    if (result == 0)
        result = schema_migrate(bare->db, path, err);
    if (result == 0)
        result = sql_prepare(bare->db, "BEGIN IMMEDIATE", &bare->begin);
    if (result == 0)
        result = sql_prepare(bare->db,
                             "INSERT INTO messages(id, source, place, body) VALUES(?1, 1, ?2, ?3)",
                             &bare->add_message);
    if (result == 0)
        result = sql_prepare(bare->db, "INSERT INTO places VALUES(?1, ?2)", &bare->add_place);
    return result == 0 ? sql_prepare(bare->db, "COMMIT", &bare->commit) : result;
}

/* One message, as the store keeps it. Ids rise as they do in a chat, not by one. */
static int
add(struct bare *bare)
{
    int64_t id = (int64_t)(bare->count << 8 | 1);
    int64_t target = (int64_t)(bare->count % bare->options->target_count + 1);
    sql_bind_number(bare->add_place, 1, schema_place(target, CLASS_MESSAGES));
    sql_bind_number(bare->add_place, 2, id);
    int result = sql_run(bare->add_place);
    if (result != 0)
        return result;
    sql_bind_number(bare->add_message, 1, id);
    sql_bind_number(bare->add_message, 2, schema_place(SCHEMA_HOME, CLASS_MESSAGES));
    sql_bind_text(bare->add_message, 3, buf_str(&bare->texts[bare->count % TEXTS]));
    bare->count++;
    return sql_run(bare->add_message);
}

static int
loop(struct bare *bare, double *seconds_out)
{
    int64_t start_ns = clock_monotonic_ns();
    int64_t length_ns = (int64_t)(bare->options->seconds * 1e9);
    int result = 0;
    while (result == 0 && clock_monotonic_ns() - start_ns < length_ns) {
        result = sql_run(bare->begin);
        for (uint32_t i = 0; i < bare->options->commit_rows && result == 0; i++)
            result = add(bare);
        if (result == 0)
            result = sql_run(bare->commit);
    }
    *seconds_out = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    return result;
}

static void
make_texts(struct bare *bare)
{
    uint64_t state = 1;
    for (size_t i = 0; i < TEXTS; i++) {
        buf_init(&bare->texts[i], BODY_MAX);
        bench_put_text(&bare->texts[i], bare->options->text_bytes + BODY_OVERHEAD, &state);
    }
}

static void
close_bare(struct bare *bare, const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    (void)sqlite3_finalize(bare->begin); /* these repeat what the last step has returned */
    (void)sqlite3_finalize(bare->add_message);
    (void)sqlite3_finalize(bare->add_place);
    (void)sqlite3_finalize(bare->commit);
    (void)sqlite3_close(bare->db); /* nothing is open in it any more */
    for (size_t i = 0; i < TEXTS; i++)
        buf_deinit(&bare->texts[i]);
    struct buf name;
    buf_init(&name, 1024);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        buf_clear(&name);
        buf_printf(&name, "%s%s", path, endings[i]);
        (void)unlink(buf_nul_terminated(&name)); /* it may not be there */
    }
    buf_deinit(&name);
}

int
bare_run(const struct bare_options *options, uint64_t *messages_out, double *seconds_out,
         struct cf_err *err)
{
    struct bare bare = {.options = options};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/bare.db", options->folder); /* cut: it can't be opened */
    make_texts(&bare);
    int result = open_bare(&bare, path, err);
    if (result == 0)
        result = loop(&bare, seconds_out);
    if (result != 0)
        (void)cf_err_set(err, result, "the bare loop: %s", sqlite3_errmsg(bare.db));
    *messages_out = bare.count;
    close_bare(&bare, path);
    return result;
}

/* Pages of tables whose names are like that. */
static int
count_pages(sqlite3 *db, const char *sql, uint64_t *bytes_out)
{
    int64_t bytes = 0;
    int result = sql_query_number(db, sql, 0, &bytes);
    *bytes_out = (uint64_t)bytes;
    return result;
}

int
bare_measure(const char *path, struct bare_size *size_out, struct cf_err *err)
{
    sqlite3 *db = NULL;
    struct stat file;
    *size_out = (struct bare_size){.messages = 0};
    int result = stat(path, &file) == -1 ? -errno : 0;
    size_out->file_bytes = (uint64_t)file.st_size;
    if (result == 0)
        result = sql_open(path, SQLITE_OPEN_READONLY, NULL, &db);
    if (result == 0)
        result = count_pages(db, "SELECT count(*) FROM messages", &size_out->messages);
    if (result == 0)
        result =
            count_pages(db, "SELECT sum(pgsize) FROM dbstat WHERE name IN ('messages', 'places')",
                        &size_out->message_bytes);
    if (result == 0)
        result = count_pages(db, "SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'words*'",
                             &size_out->index_bytes);
    if (result != 0)
        (void)cf_err_set(err, result, "cannot measure %s: %s", path,
                         db == NULL ? errno_text(-result) : sqlite3_errmsg(db));
    (void)sqlite3_close(db); /* nothing is open in it any more */
    return result;
}

void
bare_print_size(const struct bare_size *size, uint64_t text_bytes)
{
    double count = size->messages == 0 ? 1 : (double)size->messages;
    double bytes = (double)size->message_bytes / count;
    printf("on disk: %.1f bytes a message of %llu bytes of text = %.2f; the index of words, as far "
           "as it has come, %.1f; the file %.1f\n",
           bytes, (unsigned long long)text_bytes, bytes / (double)text_bytes,
           (double)size->index_bytes / count, (double)size->file_bytes / count);
}
