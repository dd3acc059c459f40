/*
 * Regular expressions and look-alikes: whatever the pattern, a search ends, gives the same answer
 * again and does not depend on what was searched before; what is made plain stays UTF-8 and is
 * plain already.
 *
 * The input is a pattern, an LF, and the text.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "wire/confusable.h"
#include "wire/pattern.h"

#include <assert.h>

static void
check_pattern(struct str source, struct str text)
{
    struct pattern_error error = {.offset = SIZE_MAX};
    struct pattern *pattern = pattern_new(source, &error);
    if (pattern == NULL) {
        assert(error.offset <= source.len);
        assert(error.text[0] != '\0');
        return;
    }
    struct pattern_scratch *scratch = pattern_scratch_new();
    enum pattern_result first = pattern_search(pattern, scratch, text);
    (void)pattern_search(pattern, scratch, source); /* leaves something else in the scratch */
    assert(pattern_search(pattern, scratch, text) == first);
    pattern_scratch_free(&scratch);
    pattern_free(&pattern);
}

static void
check_looks(struct str a, struct str b)
{
    static struct confusables *confusables; /* loads tables: once for all inputs */
    if (confusables == NULL)
        confusables = confusables_new();
    assert(confusables_look_alike(confusables, a, b) == confusables_look_alike(confusables, b, a));
    assert(!confusables_look_alike(confusables, a, a));
    if (!utf8_is_valid(b))
        return;
    struct buf plain;
    buf_init(&plain, (size_t)LIMIT_MULTILINE_BYTES * LIMIT_FOLDED_BYTES);
    confusables_put_plain(confusables, &plain, b);
    assert(utf8_is_valid(buf_str(&plain)));
    if (utf8_is_ascii(b) && b.len <= LIMIT_MULTILINE_BYTES)
        assert(str_equal(buf_str(&plain), b));
    for (int scripts = NAME_SCRIPTS_ANY; scripts < NAME_SCRIPTS_ASCII; scripts++) {
        bool is_stricter = confusables_allows(confusables, b, (enum name_scripts)(scripts + 1));
        assert(!is_stricter || confusables_allows(confusables, b, (enum name_scripts)scripts));
    }
    buf_deinit(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.ptr = (const char *)data, .len = size};
    struct str source = str_cut(&text, '\n');
    if (text.ptr == NULL || text.len > LIMIT_MULTILINE_BYTES)
        return 0;
    if (source.len <= LIMIT_PATTERN_BYTES)
        check_pattern(source, text);
    check_looks(source, text);
    return 0;
}
