#ifndef CONFAB_TESTS_TRANSCRIPT_TEXT_H
#define CONFAB_TESTS_TRANSCRIPT_TEXT_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Lines of transcripts: how bytes are written in them, and which lines are as expected. The whole
 * format is described in transcripts/README.md. Pure.
 */

/* Appends the bytes that a written text stands for: \xHH, \\ and <text*count>. */
void transcript_put_bytes(struct buf *out, struct str written);

/* Appends bytes as they are written: control characters, backslashes, a last space and what is no
 * UTF-8 as \xHH, and long runs of a character as <character*count>. */
void transcript_put_written(struct buf *out, struct str bytes);

/* Appends written text with moments and message ids replaced by <time> and <msgid>. */
void transcript_put_general(struct buf *out, struct str written);

/*
 * Whether `bytes` are what a written expectation stands for, with <time>, <msgid>, <number> and
 * <*> for what may vary.
 */
bool transcript_matches(struct str written, struct str bytes);

/* "..." stands for any number of lines. */
bool transcript_is_ellipsis(struct str written);

/* Whether a list of lines is as expected: all of them, in order. */
bool transcript_list_matches(const struct str *expected, size_t expected_count,
                             const struct str *actual, size_t actual_count);

#endif
