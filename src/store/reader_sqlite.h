#ifndef CONFAB_READER_SQLITE_H
#define CONFAB_READER_SQLITE_H

#include "store/store.h"

/*
 * Reading from the store on disk (store_sqlite.h), for its table of operations: a reader has the
 * database open for itself, read only, and its statements prepared. One thread at a time for each;
 * none holds up another one, or who writes.
 */

/*
 * path, vfs: as of store_sqlite_open; ops: of the store, borrowed. NULL when there is no memory or
 * file descriptor for it. Free with reader_sqlite_free.
 */
CF_NODISCARD struct store_reader *reader_sqlite_new(const char *path, const char *vfs,
                                                    const struct store_ops *ops);
void reader_sqlite_free(struct store_reader *reader);

/* See store_read_page and store_read_row. */
CF_NODISCARD int reader_sqlite_read_page(struct store_reader *reader,
                                         const struct page_query *query, struct page *page_out);
CF_NODISCARD int reader_sqlite_read_row(struct store_reader *reader, struct store_row *row);

#endif
