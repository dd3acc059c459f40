#ifndef CONFAB_UTF8_H
#define CONFAB_UTF8_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Pure functions, any thread, no locale.
 */

bool utf8_is_valid(struct str text);

/*
 * Decodes the first code point of text, which is not empty. Returns the bytes it took, 0 when
 * they are no valid UTF-8.
 */
size_t utf8_decode(struct str text, uint32_t *code_point_out);

/* Writes 1..4 bytes to out and returns how many. code_point: a valid scalar value. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* The longest beginning of text with at most max_bytes that cuts no code point in two. */
struct str utf8_take(struct str text, size_t max_bytes);

/* Columns that text takes in a terminal: 2 for wide (CJK) characters, 0 for combining ones. */
size_t utf8_columns(struct str text);

/* Columns of one code point: 0, 1 or 2. */
unsigned utf8_code_point_columns(uint32_t code_point);

/* Whether all of it is ASCII. */
bool utf8_is_ascii(struct str text);

#endif
