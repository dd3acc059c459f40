/* Suggestions for mistyped words; see nearest.h. */
#include "server/nearest.h"

#include <assert.h>
#include <string.h>

#define WORD_BYTES_MAX 64
#define CHANGES_MAX    3

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Three rows of the table of distances are enough: the last one, the one before, the new one. */
static size_t
distance(struct str a, struct str b)
{
    assert(a.len <= WORD_BYTES_MAX);
    assert(b.len <= WORD_BYTES_MAX);
    size_t rows[3][WORD_BYTES_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_it = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char from = ascii_lower(a.ptr[i - 1]);
            char to = ascii_lower(b.ptr[j - 1]);
            row[j] = smaller(above[j], row[j - 1]) + 1;
            row[j] = smaller(row[j], above[j - 1] + (from == to ? 0 : 1));
            if (i > 1 && j > 1 && from == ascii_lower(b.ptr[j - 2]) &&
                ascii_lower(a.ptr[i - 2]) == to)
                row[j] = smaller(row[j], above_it[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct str
nearest_name(struct str word, const struct str *names, size_t count)
{
    struct str nearest = STR_NONE;
    if (word.len == 0 || word.len > WORD_BYTES_MAX)
        return nearest;
    size_t least = smaller(1 + word.len / 4, CHANGES_MAX) + 1;
    for (size_t i = 0; i < count; i++) {
        if (names[i].len > WORD_BYTES_MAX)
            continue;
        size_t changes = distance(word, names[i]);
        if (changes < least) {
            least = changes;
            nearest = names[i];
        }
    }
    return nearest;
}
