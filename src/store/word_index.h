#ifndef CONFAB_WORD_INDEX_H
#define CONFAB_WORD_INDEX_H

#include "base/attr.h"
#include "base/buf.h"
#include "store/sql.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The index of words in a database: which messages have which words, by SQLite's FTS5, with no copy
 * of the texts. Beside its words a message has in it whom it is from and its target, so that a
 * search in one channel reads about that channel only.
 *
 * Messages come into it later than into the database, in the order of their ids; what is above the
 * last one that is in it (word_index_last) has to be read to be searched. What it finds may have
 * the words: whoever reads the message compares (found.h). One thread, the one that writes.
 */
enum word_index_statement {
    WORD_INDEX_NEXT,
    WORD_INDEX_MESSAGE,
    WORD_INDEX_PUT,
    WORD_INDEX_DROP,
    WORD_INDEX_MERGE,
    WORD_INDEX_KEEP_LAST,
    WORD_INDEX_STATEMENT_COUNT,
};

struct word_index {
    sqlite3 *db;
    sqlite3_stmt *statements[WORD_INDEX_STATEMENT_COUNT];
    int64_t last;      /* the last id that is in it */
    bool has_parts;    /* there may be parts to merge */
    bool is_unknown;   /* it has to be read again: set after a transaction was rolled back */
    struct buf text;   /* of a message */
    struct buf folded; /* the same, folded */
    struct buf words;  /* what the index gets */
};

/* No transaction is open. Made by other rules (WORDS_VERSION), the index is emptied, to be made
 * anew bit by bit. 0 or -errno. */
CF_NODISCARD int word_index_open(struct word_index *index, sqlite3 *db);

/* Zeroed, or once opened, even in vain. */
void word_index_close(struct word_index *index);

/* Within a transaction: puts in at most `limit` messages, or merges a little. 1 when there may be
 * more to do, 0, or -errno. */
CF_NODISCARD int word_index_step(struct word_index *index, size_t limit);

/* Within a transaction, before a message is deleted. */
CF_NODISCARD int word_index_drop(struct word_index *index, int64_t id);

/* Within a transaction: empties it, to be made anew bit by bit, when its last id is above `id`. */
CF_NODISCARD int word_index_forget(struct word_index *index, int64_t id);

/*
 * Within a transaction: each one that changes the index adds a part to it, and too many make it
 * slow. Merges about so many pages of them, by FTS5's rules; not more in a commit than that, as
 * FTS5 would do by itself. 1 when something was merged: there may be more, 0, or -errno.
 */
CF_NODISCARD int word_index_merge(struct word_index *index, size_t pages);

/*
 * Within a transaction: what was taken out of the index is in it as long as its parts were not
 * merged. Merges about so many pages of all of them; is_first: begins with it. 1 when there may be
 * more to merge, 0, or -errno.
 */
CF_NODISCARD int word_index_merge_all(struct word_index *index, size_t pages, bool is_first);

/* The last id that is in it, as a database has it; 0 for none. */
CF_NODISCARD int word_index_last(sqlite3 *db, int64_t *last_out);

/* Appends what finds the messages from a folded nick or account; of a target, by its number. Words
 * of searches come from words_put_query; all of them, with a space between, are one expression. */
void word_index_put_from(struct buf *out, struct str folded);
void word_index_put_target(struct buf *out, int64_t target);

#endif
