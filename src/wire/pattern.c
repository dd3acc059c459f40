/* Regular expressions; see pattern.h. Nothing else knows of PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "wire/pattern.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <pcre2.h>
#include <string.h>

/* \C would cut characters in half. */
#define COMPILE_OPTIONS \
    (PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C)

struct pattern {
    pcre2_code *code;
};

struct pattern_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

/* PCRE2's memory is counted like all other: exhaustion aborts. */
static void *
allocate(size_t size, void *unused)
{
    (void)unused;
    return cf_alloc(size);
}

static void
release(void *memory, void *unused)
{
    (void)unused;
    cf_free(memory);
}

static pcre2_general_context *
new_general_context(void)
{
    pcre2_general_context *general = pcre2_general_context_create(allocate, release, NULL);
    assert(general != NULL);
    return general;
}

static void
set_error(struct pattern_error *error, int code, size_t offset, size_t source_len)
{
    error->offset = offset < source_len ? offset : source_len;
    PCRE2_UCHAR text[sizeof error->text];
    int len = pcre2_get_error_message(code, text, sizeof text);
    assert(len > 0); /* the longest has 93 bytes */
    memcpy(error->text, text, (size_t)len + 1);
}

struct pattern *
pattern_new(struct str source, struct pattern_error *error_out)
{
    assert(source.len <= LIMIT_PATTERN_BYTES);
    pcre2_general_context *general = new_general_context();
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    assert(context != NULL);
    pcre2_set_parens_nest_limit(context, LIMIT_PATTERN_NESTING);
    int code = 0;
    size_t offset = 0;
    const char *start = source.len == 0 ? "" : source.ptr;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)start, source.len, COMPILE_OPTIONS, &code, &offset, context);
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    if (compiled == NULL) {
        set_error(error_out, code, offset, source.len);
        return NULL;
    }
    struct pattern *pattern = cf_alloc(sizeof *pattern);
    pattern->code = compiled;
    return pattern;
}

void
pattern_free(struct pattern **pattern_ptr)
{
    struct pattern *pattern = *pattern_ptr;
    *pattern_ptr = NULL;
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    cf_free(pattern);
}

struct pattern_scratch *
pattern_scratch_new(void)
{
    struct pattern_scratch *scratch = cf_alloc(sizeof *scratch);
    pcre2_general_context *general = new_general_context();
    scratch->data = pcre2_match_data_create(1, general); /* where it was found is not asked */
    scratch->context = pcre2_match_context_create(general);
    pcre2_general_context_free(general);
    assert(scratch->data != NULL);
    assert(scratch->context != NULL);
    pcre2_set_match_limit(scratch->context, LIMIT_PATTERN_STEPS);
    pcre2_set_depth_limit(scratch->context, LIMIT_PATTERN_STEPS);
    pcre2_set_heap_limit(scratch->context, LIMIT_PATTERN_HEAP_KIB);
    return scratch;
}

void
pattern_scratch_free(struct pattern_scratch **scratch_ptr)
{
    struct pattern_scratch *scratch = *scratch_ptr;
    *scratch_ptr = NULL;
    if (scratch == NULL)
        return;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    cf_free(scratch);
}

enum pattern_result
pattern_search(const struct pattern *pattern, struct pattern_scratch *scratch, struct str text)
{
    const char *start = text.len == 0 ? "" : text.ptr;
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)start, text.len, 0, PCRE2_NO_JIT,
                             scratch->data, scratch->context);
    if (result >= 0)
        return PATTERN_YES;
    return result == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_GAVE_UP;
}
