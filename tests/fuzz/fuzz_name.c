/*
 * Names and masks: folding is stable and stays UTF-8, what is a nick or channel stays one when it
 * is folded, and masks match as a slow but plain matcher does.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define TEXT_BYTES_MAX 512

static void
check_fold(struct str name)
{
    struct folded once;
    struct folded twice;
    if (!name_fold(name, &once)) {
        assert(!name_is_nick(name));
        assert(!name_is_channel(name));
        assert(!name_equal(name, name));
        return;
    }
    struct str folded = folded_str(&once);
    assert(folded.len <= LIMIT_FOLDED_BYTES);
    assert(utf8_is_valid(folded) == utf8_is_valid(name));
    assert(name_fold(folded, &twice));
    assert(str_equal(folded, folded_str(&twice)));
    assert(name_equal(name, folded));
    assert(name_equal(folded, name));
}

static void
check_kinds(struct str name)
{
    struct folded folded;
    bool is_nick = name_is_nick(name);
    bool is_channel = name_is_channel(name);
    assert(!is_nick || !is_channel);
    assert(!is_channel || name_looks_like_channel(name));
    (void)name_is_host(name); /* for its own sake */
    if (!is_nick && !is_channel)
        return;
    assert(utf8_is_valid(name));
    assert(name.len <= (is_nick ? LIMIT_NICK_BYTES : LIMIT_CHANNEL_BYTES));
    assert(str_find_byte(name, ' ') == name.len);
    assert(str_find_byte(name, ',') == name.len);
    assert(str_find_byte(name, '\0') == name.len);
    assert(name.ptr[0] != ':');
    bool folds = name_fold(name, &folded);
    assert(folds);
    assert(name_looks_like_channel(folded_str(&folded)) == is_channel);
    if (is_nick) {
        assert(str_find_byte(folded_str(&folded), '!') == folded.len);
        assert(str_find_byte(folded_str(&folded), '@') == folded.len);
        assert(str_find_byte(folded_str(&folded), '*') == folded.len);
    }
}

/* Bytes of the first character, as mask.c counts them. */
static size_t
character_len(struct str text)
{
    uint32_t code_point;
    size_t len = utf8_decode(text, &code_point);
    return len == 0 ? 1 : len;
}

/*
 * can[m][t]: whether the mask from m on matches the text from t on, from the ends to the start.
 * Where t is in the middle of a character only literal bytes can go on.
 */
static bool
matches_slowly(struct str mask, struct str text)
{
    size_t width = text.len + 1;
    bool *can = cf_calloc_array((mask.len + 1) * width, sizeof *can);
    for (size_t m = mask.len + 1; m-- > 0;) {
        for (size_t t = text.len + 1; t-- > 0;) {
            bool *here = &can[m * width + t];
            if (m == mask.len) {
                *here = t == text.len;
                continue;
            }
            size_t step = t < text.len ? character_len(str_skip(text, t)) : 0;
            if (mask.ptr[m] == '*')
                *here = can[(m + 1) * width + t] || (step > 0 && can[m * width + t + step]);
            else if (mask.ptr[m] == '?')
                *here = step > 0 && can[(m + 1) * width + t + step];
            else
                *here = t < text.len && mask.ptr[m] == text.ptr[t] && can[(m + 1) * width + t + 1];
        }
    }
    bool is_match = can[0];
    cf_free(can);
    return is_match;
}

static void
check_mask(struct str mask, struct str text)
{
    /* As in life, both are folded and so UTF-8. */
    struct folded folded_mask;
    struct folded folded_text;
    if (name_fold(mask, &folded_mask) && name_fold(text, &folded_text)) {
        struct str m = folded_str(&folded_mask);
        struct str t = folded_str(&folded_text);
        assert(mask_matches(m, t) == matches_slowly(m, t));
        assert(mask_has_wildcards(t) || mask_matches(t, t));
    }
    (void)mask_matches(mask, text); /* any bytes: for its own sake */
    struct buf complete;
    struct buf again;
    buf_init(&complete, 4 * TEXT_BYTES_MAX);
    buf_init(&again, 4 * TEXT_BYTES_MAX);
    mask_put_complete(&complete, mask);
    mask_put_complete(&again, buf_str(&complete));
    assert(str_equal(buf_str(&complete), buf_str(&again)));
    struct str whole = buf_str(&complete);
    assert(str_find_byte(whole, '!') < whole.len);
    assert(str_find_byte(whole, '@') < whole.len);
    assert(str_find(whole, STR("**")) == whole.len);
    buf_deinit(&complete);
    buf_deinit(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_BYTES_MAX)
        return 0;
    struct str input = {.ptr = (const char *)data, .len = size};
    struct str rest = input;
    struct str first = str_cut(&rest, '\n');
    check_fold(first);
    check_kinds(first);
    check_mask(first, rest.ptr == NULL ? STR("") : rest);
    return 0;
}
