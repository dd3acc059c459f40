/* The steps of the schema; see schema.h. */
#include "store/schema.h"

#include "base/buf.h"
#include "store/sql.h"

#include <assert.h>
#include <errno.h>

static_assert(CLASS_COUNT == 2, "as it is written in statements");

static const char *const steps[] = {
    "CREATE TABLE targets(id INTEGER PRIMARY KEY, name BLOB UNIQUE, shown BLOB NOT NULL);"
    "CREATE TABLE peers(name BLOB NOT NULL, target INTEGER NOT NULL, PRIMARY KEY(name, target))"
    "  WITHOUT ROWID;"
    "CREATE TABLE sources(id INTEGER PRIMARY KEY, source BLOB NOT NULL, account BLOB NOT NULL,"
    "  UNIQUE(source, account));"
    "CREATE TABLE messages(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, refs INTEGER NOT NULL,"
    "  body BLOB NOT NULL);"
    "CREATE TABLE places(target INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(target, id))"
    "  WITHOUT ROWID;"
    "CREATE TABLE rows(row INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
    "  PRIMARY KEY(row, key)) WITHOUT ROWID;"
    "CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",

    "ALTER TABLE messages ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
    "UPDATE messages SET place = p.target FROM places p WHERE p.id = messages.id;"
    "CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, detail=none,"
    "  tokenize='ascii');",

    "ALTER TABLE targets ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;",

    "ALTER TABLE targets ADD COLUMN keep_count INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE targets ADD COLUMN keep_ms INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE erasures(source INTEGER PRIMARY KEY, before INTEGER NOT NULL);",

    "CREATE TABLE shared(id INTEGER PRIMARY KEY, refs INTEGER NOT NULL);"
    "INSERT INTO shared SELECT id, refs FROM messages WHERE refs > 1;"
    "ALTER TABLE messages DROP COLUMN refs;"
    "ALTER TABLE sources ADD COLUMN home INTEGER NOT NULL DEFAULT 0;",

    ("ALTER TABLE erasures ADD COLUMN first INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE erasures ADD COLUMN has_older INTEGER NOT NULL DEFAULT 0;"),
};

size_t
schema_version(void)
{
    return ARRAY_LEN(steps);
}

const char *
schema_step(size_t step)
{
    assert(step >= 1);
    assert(step <= ARRAY_LEN(steps));
    return steps[step - 1];
}

int
schema_check_is_ours(sqlite3 *db, const char *path, struct cf_err *err)
{
    int64_t application = 0;
    int result = sql_query_number(db, "PRAGMA application_id", 0, &application);
    if (result == 0 && application != SCHEMA_APPLICATION_ID)
        return cf_err_set(err, -EUCLEAN, "%s is no database of confab", path);
    return result;
}

/* All steps that are missing, in one transaction. */
static int
take_steps(sqlite3 *db, size_t version)
{
    struct buf sql;
    buf_init(&sql, 256);
    int result = sql_execute(db, "BEGIN IMMEDIATE");
    for (size_t step = version + 1; step <= schema_version() && result == 0; step++)
        result = sql_execute(db, schema_step(step));
    buf_printf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %zu; COMMIT",
               SCHEMA_APPLICATION_ID, schema_version());
    if (result == 0)
        result = sql_execute(db, buf_nul_terminated(&sql));
    buf_deinit(&sql);
    return result;
}

int
schema_migrate(sqlite3 *db, const char *path, struct cf_err *err)
{
    int64_t version = 0;
    int64_t tables = 0;
    int result = sql_query_number(db, "PRAGMA user_version", 0, &version);
    if (result == 0)
        result = sql_query_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables);
    if (result == 0 && tables > 0)
        result = schema_check_is_ours(db, path, err);
    if (result != 0)
        return result;
    if (version > (int64_t)schema_version())
        return cf_err_set(err, -EUCLEAN,
                          "%s was written by a newer confab: it has version %lld, and this program "
                          "knows up to %zu. Install the newer one again, or restore a backup",
                          path, (long long)version, schema_version());
    return version < (int64_t)schema_version() ? take_steps(db, (size_t)version) : 0;
}
