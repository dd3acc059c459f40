#ifndef CONFAB_TEXT_H
#define CONFAB_TEXT_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The server's own texts in other languages than English: one catalogue, whose keys are the English
 * texts as they stand in the code. What is sent to one session as an answer is looked up here
 * (reply.c); events that many see are not translated, since they are rendered once for all, and
 * neither is what users have written. tests/unit/check_texts.py sees to it that every text of an
 * answer is in it, with the same conversions. Constant; any thread.
 * Spec: draft languages (gist 8126122f74b26012a3de37db80e4e0c6), numerics as in Ergo.
 */
enum language {
    LANGUAGE_ENGLISH, /* the zero of a session */
    LANGUAGE_CHINESE,
    LANGUAGE_COUNT,
};

/* "en", "zh". */
struct str language_code(enum language language);

/* By its code or one that begins with it ("zh-Hans"), in any case. False when there is none. */
CF_NODISCARD bool language_find(struct str code, enum language *language_out);

/* The text in that language; itself when it is not in the catalogue. */
struct str text_in(enum language language, struct str english);

/* The same for a format, whose conversions are the same in all languages. */
const char *text_format_in(enum language language, const char *english) CF_FORMAT_ARG(2);

#endif
