#ifndef CONFAB_WORDS_H
#define CONFAB_WORDS_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The words of a text, as search knows them: folded (case, width, accents), and cut at all that is
 * no letter, digit, mark or picture. Where a script puts no spaces between words (Chinese,
 * Japanese, Korean, Thai and its neighbours) each two characters side by side are a word, and the
 * last one of such a run by itself, so that every part of a run is found.
 *
 * A search is for all of its words: those of other scripts are found where a word begins like that
 * ("fast" finds "Fasting"), those of a single letter where a word is that; a run of Chinese and the
 * like wherever it stands. Pure, any thread.
 */

/* Another one when the rules change: an index that was made by other rules is made anew. */
#define WORDS_VERSION 1

/* How many times as long as a text its folded form and its words may be, at most. */
#define WORDS_FOLDED_FACTOR 12
#define WORDS_FACTOR        3

/*
 * Appends the folded form: words with a space between them, where a run of Chinese and the like is
 * one. Nothing for what is not valid UTF-8. out has room for WORDS_FOLDED_FACTOR * text.len bytes.
 */
void words_fold(struct buf *out, struct str text);

/* Appends the words of a folded text, with a space behind each. out has room for WORDS_FACTOR *
 * folded.len bytes and a few more. */
void words_put(struct buf *out, struct str folded);

/*
 * Appends what finds, in an index of words, all texts that words_match may be true of, as an
 * expression of SQLite's FTS5; nothing when there are no words in it. Each part has a space behind.
 */
void words_put_query(struct buf *out, struct str folded);

/* Whether a folded text has all words of a folded search; of none, it has all. */
CF_NODISCARD bool words_match(struct str folded_text, struct str folded_search);

#endif
