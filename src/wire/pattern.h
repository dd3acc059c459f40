#ifndef CONFAB_PATTERN_H
#define CONFAB_PATTERN_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Regular expressions, as Perl has them (PCRE2 behind one module): in UTF-8, in any case, ^ and $
 * at every line, \w and \d for all scripts. What a match may cost is limited: whoever writes the
 * text that is searched must not be able to stop the one who searches.
 *
 * The same pattern and text give the same result on every machine: the interpreter is used, not
 * PCRE2's compiler to machine code, which counts its steps in another way and needs memory that is
 * writable and executable.
 */
struct pattern;

/* What a search works with. One at a time: it has one owner, who lends it to each search. */
struct pattern_scratch;

/* Why a pattern is none. */
struct pattern_error {
    size_t offset; /* bytes into the pattern */
    char text[128];
};

enum pattern_result {
    PATTERN_NO,
    PATTERN_YES,
    PATTERN_GAVE_UP, /* at LIMIT_PATTERN_STEPS or LIMIT_PATTERN_HEAP_KIB */
};

/*
 * source: at most LIMIT_PATTERN_BYTES. Returns NULL and fills *error_out when it is no pattern.
 * Free with pattern_free. A pattern is constant: any thread.
 */
CF_NODISCARD struct pattern *pattern_new(struct str source, struct pattern_error *error_out);
void pattern_free(struct pattern **pattern);

struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch **scratch);

/* Whether the pattern is found in the text, which is valid UTF-8. */
enum pattern_result pattern_search(const struct pattern *pattern, struct pattern_scratch *scratch,
                                   struct str text);

#endif
