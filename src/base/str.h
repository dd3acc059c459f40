#ifndef CONFAB_STR_H
#define CONFAB_STR_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A borrowed run of bytes: any bytes, not NUL-terminated. Passed by value. Whoever made the bytes
 * owns them; a str in a struct says in its comment who that is. Pure functions, any thread.
 */
struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){.ptr = (literal), .len = sizeof(literal) - 1})
/* For static tables, where a compound literal is not a constant. */
#define STR_INIT(literal)                            \
    {                                                \
        .ptr = (literal), .len = sizeof(literal) - 1 \
    }
#define STR_NONE   ((struct str){.ptr = NULL, .len = 0})
/* For "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).ptr

/* nul_terminated: not NULL. */
struct str str_from_nul(const char *nul_terminated);

bool str_is_empty(struct str s);
bool str_equal(struct str a, struct str b);

/* Equal but for the case of ASCII letters: command names, capability names, not nicks. */
bool str_equal_ascii_nocase(struct str a, struct str b);

/* Every str starts and ends with the empty one. */
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);

/* Byte order; shorter first when one is the other's beginning. <0, 0, >0. */
int str_compare(struct str a, struct str b);

/* s from byte `start` on; empty when start is past the end. */
struct str str_skip(struct str s, size_t start);

/* At most the first `len` bytes. */
struct str str_take(struct str s, size_t len);

/* Without ASCII spaces and tabs at both ends. */
struct str str_trim(struct str s);

/* Index of the first `byte`, or s.len when there is none. */
size_t str_find_byte(struct str s, char byte);

/* Index of the first `needle`, or s.len when there is none. needle: not empty. */
size_t str_find(struct str s, struct str needle);

/*
 * Cuts at the first `separator`: returns what stands before it and moves *rest behind it. Without
 * one returns all, and *rest is empty with ptr NULL, which ends a loop:
 *     while (rest.ptr != NULL) { struct str item = str_cut(&rest, ','); ... }
 */
struct str str_cut(struct str *rest, char separator);

/* Like str_cut for runs of spaces: never returns an empty word but at the end. */
struct str str_cut_word(struct str *rest);

/* ASCII only; other bytes are left alone. */
char ascii_lower(char byte);
char ascii_upper(char byte);
bool ascii_is_digit(char byte);
bool ascii_is_letter(char byte);

#endif
