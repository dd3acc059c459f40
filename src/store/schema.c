/* The steps of the schema; see schema.h. */
#include "store/schema.h"

#include "base/attr.h"

#include <assert.h>

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
