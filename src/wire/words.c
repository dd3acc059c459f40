/* Words of texts, for search; see words.h. */
#include "wire/words.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <assert.h>
#include <utf8proc.h>

#define FOLD_OPTIONS \
    (UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)
#define JOIN_OPTIONS (UTF8PROC_STABLE | UTF8PROC_COMPOSE)

/* The accents of Latin, Greek and Cyrillic. Marks of other scripts are no accents: with them it is
 * another letter. */
#define ACCENT_FIRST 0x300
#define ACCENT_LAST  0x36F

/* Bytes of a word that the index has; what is longer is found by its beginning, and then
 * compared. */
#define INDEXED_BYTES_MAX 64

enum letter_class {
    LETTER_NONE,   /* separates words */
    LETTER_SPACED, /* of a script that has spaces between its words */
    LETTER_DENSE,  /* of one that has none; or a picture */
};

struct span {
    uint32_t first;
    uint32_t last;
};

/* Sorted. */
static const struct span dense_spans[] = {
    {0xE00, 0xEFF},     /* Thai, Lao */
    {0x1000, 0x109F},   /* Myanmar */
    {0x1100, 0x11FF},   /* Hangul, in parts */
    {0x1780, 0x17FF},   /* Khmer */
    {0x2E80, 0x2FDF},   /* radicals */
    {0x3005, 0x3007},   /* repetition, and the zero of Chinese */
    {0x3040, 0x31FF},   /* Hiragana, Katakana, Bopomofo, Hangul in parts */
    {0x3400, 0x4DBF},   /* Chinese characters */
    {0x4E00, 0x9FFF},   /* the same */
    {0xA960, 0xA97F},   /* Hangul in parts */
    {0xAC00, 0xD7FF},   /* Hangul */
    {0xF900, 0xFAFF},   /* Chinese characters */
    {0x20000, 0x3FFFF}, /* the same */
};

static bool
is_dense(uint32_t code_point)
{
    for (size_t i = 0; i < ARRAY_LEN(dense_spans) && code_point >= dense_spans[i].first; i++) {
        if (code_point <= dense_spans[i].last)
            return true;
    }
    return false;
}

static enum letter_class
classify(uint32_t code_point)
{
    if (code_point < 0x80) {
        char byte = (char)code_point;
        return ascii_is_letter(byte) || ascii_is_digit(byte) ? LETTER_SPACED : LETTER_NONE;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
    if (category == UTF8PROC_CATEGORY_SO)
        return LETTER_DENSE;
    if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_NO)
        return LETTER_NONE;
    return is_dense(code_point) ? LETTER_DENSE : LETTER_SPACED;
}

/* Letters, marks and digits stand side by side in the order of the categories. */
static_assert(UTF8PROC_CATEGORY_LU == 1 && UTF8PROC_CATEGORY_NO == 11, "between them all of these");

/* --- folding --- */

/* What is being written: words with a space between them. */
struct folding {
    struct buf *out;
    enum letter_class last;
    bool has_word;
};

static void
put_letter(struct folding *folding, uint32_t code_point)
{
    enum letter_class class = classify(code_point);
    if (class != LETTER_NONE) {
        char bytes[4];
        if (class != folding->last && folding->has_word)
            buf_put_byte(folding->out, ' ');
        buf_put(folding->out, (struct str){.ptr = bytes, .len = utf8_encode(code_point, bytes)});
        folding->has_word = true;
    }
    folding->last = class;
}

static void
fold_ascii(struct folding *folding, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        put_letter(folding, (unsigned char)ascii_lower(text.ptr[i]));
}

/* Leaves out accents; returns how many code points are left. */
static utf8proc_ssize_t
drop_accents(utf8proc_int32_t *points, utf8proc_ssize_t count)
{
    utf8proc_ssize_t left = 0;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (points[i] < ACCENT_FIRST || points[i] > ACCENT_LAST)
            points[left++] = points[i];
    }
    return left;
}

static void
fold_unicode(struct folding *folding, struct str text)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    utf8proc_ssize_t len = (utf8proc_ssize_t)text.len;
    utf8proc_ssize_t needed = utf8proc_decompose(bytes, len, NULL, 0, FOLD_OPTIONS);
    if (needed <= 0)
        return;
    utf8proc_int32_t *points = cf_calloc_array((size_t)needed, sizeof *points);
    utf8proc_ssize_t count = utf8proc_decompose(bytes, len, points, needed, FOLD_OPTIONS);
    assert(count == needed);
    count = drop_accents(points, count);
    count = utf8proc_normalize_utf32(points, count, JOIN_OPTIONS);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        put_letter(folding, (uint32_t)points[i]);
    cf_free(points);
}

void
words_fold(struct buf *out, struct str text)
{
    struct folding folding = {.out = out};
    if (utf8_is_ascii(text))
        fold_ascii(&folding, text);
    else if (utf8_is_valid(text))
        fold_unicode(&folding, text);
}

/* --- words --- */

static size_t
first_letter_len(struct str word)
{
    uint32_t code_point;
    size_t len = utf8_decode(word, &code_point);
    assert(len > 0); /* folded text is valid, and words are not empty */
    return len;
}

static bool
word_is_dense(struct str word)
{
    uint32_t code_point;
    return utf8_decode(word, &code_point) > 0 && classify(code_point) == LETTER_DENSE;
}

/* Takes the next pair of characters of a run, or the one that is left, off its front. */
static struct str
cut_pair(struct str *run)
{
    size_t first = first_letter_len(*run);
    struct str rest = str_skip(*run, first);
    size_t second = rest.len == 0 ? 0 : first_letter_len(rest);
    struct str pair = str_take(*run, first + second);
    *run = rest;
    return pair;
}

void
words_put(struct buf *out, struct str folded)
{
    while (folded.len > 0) {
        struct str word = str_cut(&folded, ' ');
        if (!word_is_dense(word)) {
            buf_put(out, utf8_take(word, INDEXED_BYTES_MAX));
            buf_put_byte(out, ' ');
            continue;
        }
        while (word.len > 0) {
            buf_put(out, cut_pair(&word));
            buf_put_byte(out, ' ');
        }
    }
}

static void
put_quoted(struct buf *out, struct str word, bool is_prefix)
{
    buf_put_byte(out, '"');
    buf_put(out, word);
    buf_put(out, is_prefix ? STR("\"* ") : STR("\" "));
}

void
words_put_query(struct buf *out, struct str folded)
{
    while (folded.len > 0) {
        struct str word = str_cut(&folded, ' ');
        bool is_single = first_letter_len(word) == word.len;
        if (!word_is_dense(word)) {
            put_quoted(out, utf8_take(word, INDEXED_BYTES_MAX), !is_single);
        } else if (is_single) {
            put_quoted(out, word, true);
        } else {
            while (word.len > first_letter_len(word))
                put_quoted(out, cut_pair(&word), false);
        }
    }
}

/* --- matching --- */

static bool
has_word(struct str folded_text, struct str word)
{
    bool is_part = word_is_dense(word);
    bool is_whole = !is_part && first_letter_len(word) == word.len;
    while (folded_text.len > 0) {
        struct str other = str_cut(&folded_text, ' ');
        if (is_part ? str_find(other, word) < other.len
                    : str_starts_with(other, word) && (!is_whole || other.len == word.len))
            return true;
    }
    return false;
}

bool
words_match(struct str folded_text, struct str folded_search)
{
    while (folded_search.len > 0) {
        if (!has_word(folded_text, str_cut(&folded_search, ' ')))
            return false;
    }
    return true;
}
