#ifndef CONFAB_WORD_SEARCH_H
#define CONFAB_WORD_SEARCH_H

#include "base/attr.h"
#include "hub/page.h"
#include "store/sql.h"

/*
 * Searches in a database: what is in the index of words (word_index.h) by that, what is newer one
 * by one. A reader has one, for its own view of the database. One thread.
 */
enum word_search_statement {
    WORD_SEARCH_TARGET,
    WORD_SEARCH_CONVERSATIONS,
    WORD_SEARCH_NEWEST, /* of the index */
    WORD_SEARCH_OLDEST,
    WORD_SEARCH_MESSAGE,
    WORD_SEARCH_FRESH_NEWEST, /* of a target, what is not in the index */
    WORD_SEARCH_FRESH_OLDEST,
    WORD_SEARCH_STATEMENT_COUNT,
};

struct word_search {
    sqlite3 *db;
    sqlite3_stmt *statements[WORD_SEARCH_STATEMENT_COUNT];
};

/* db: borrowed. 0 or -errno. */
CF_NODISCARD int word_search_open(struct word_search *search, sqlite3 *db);

/* Zeroed, or once opened, even in vain. */
void word_search_close(struct word_search *search);

/*
 * A page of what is found; 0 or -errno: -ETIME when it took longer than LIMIT_SEARCH_MS. Of more
 * than LIMIT_SEARCH_TARGETS targets it looks at those that come first, as told there. query:
 * PAGE_OF_FOUND; page: empty.
 */
CF_NODISCARD int word_search_read(struct word_search *search, const struct page_query *query,
                                  struct page *page);

#endif
