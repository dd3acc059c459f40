/* Texts for benchmarks; see words.h. */
#include "bench/words.h"

#include <assert.h>

#define SYLLABLES 100

static const char consonants[] = "bcdfghjklmnprstvwxyz";
static const char vowels[] = "aeiou";

uint64_t
bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
put_syllable(struct buf *out, uint32_t number)
{
    buf_put_byte(out, consonants[number / 5 % 20]);
    buf_put_byte(out, vowels[number % 5]);
}

void
bench_put_word(struct buf *out, uint32_t rank)
{
    assert(rank < BENCH_WORDS);
    put_syllable(out, rank % SYLLABLES);
    if (rank >= SYLLABLES)
        put_syllable(out, rank / SYLLABLES % SYLLABLES);
    if (rank >= SYLLABLES * SYLLABLES)
        put_syllable(out, rank / (SYLLABLES * SYLLABLES));
}

/* A rank with Zipf's distribution, about: each power of two is as likely as the next one. */
static uint32_t
random_rank(uint64_t *state)
{
    uint32_t limit = 2U << (bench_random(state) % 14);
    return (uint32_t)(bench_random(state) % limit) % BENCH_WORDS;
}

void
bench_put_text(struct buf *out, size_t bytes, uint64_t *state)
{
    size_t end = out->len + bytes;
    while (out->len < end) {
        bench_put_word(out, random_rank(state));
        buf_put_byte(out, ' ');
    }
    out->len = (uint32_t)end;
    if (end > 0 && out->ptr[end - 1] == ' ')
        out->ptr[end - 1] = '.'; /* it is no space at the end */
}
