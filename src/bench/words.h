#ifndef CONFAB_BENCH_WORDS_H
#define CONFAB_BENCH_WORDS_H

#include "base/buf.h"

#include <stdint.h>

/*
 * Texts of words that are as rare and as frequent as those of people: a few are in most texts, most
 * are in few. The same sequence for the same *state, which is not 0. Pure, any thread.
 */

/* How many words there are. */
#define BENCH_WORDS 20000

/* Appends words, until it is `bytes` long. */
void bench_put_text(struct buf *out, size_t bytes, uint64_t *state);

/* Appends the word of that rank: 0 is the most frequent one. */
void bench_put_word(struct buf *out, uint32_t rank);

/* The next number of a sequence. *state: not 0. */
uint64_t bench_random(uint64_t *state);

#endif
