#ifndef CONFAB_EDITOR_H
#define CONFAB_EDITOR_H

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "terminal/keys.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The line being typed, its cursor, and the history: libedit behind an interface of ours. libedit
 * edits and switches the terminal to raw mode, but draws nothing: its own drawing can't be
 * interrupted by other output, and loses count of columns where wide characters are replaced.
 *
 * It never blocks: it is fed one whole key at a time. One owner thread, whose locale for character
 * classes (where a word ends) becomes UTF-8; that of the process stays as it is.
 */
struct editor;

/*
 * in_fd, out_fd: a terminal, which is in raw mode from here on; Ctrl-C and Ctrl-Z still raise
 * signals. NULL with err set when it can't be had.
 */
CF_NODISCARD struct editor *editor_new(int in_fd, int out_fd, struct cf_err *err);

/* Sets *editor to NULL. The terminal's modes are the caller's to restore. */
void editor_free(struct editor **editor);

/* Raw mode again, after the terminal's modes have been changed behind its back. */
void editor_resume(struct editor *editor);

/* At the cursor. Ignored when the line is at LIMIT_TERMINAL_LINE_BYTES. */
void editor_insert(struct editor *editor, uint32_t code_point);

/* Carries out what a key stands for, as far as it makes sense where the cursor is. */
void editor_do(struct editor *editor, enum edit_command command);

/* The line, UTF-8; valid until the next change. */
struct str editor_text(struct editor *editor);

/* The byte of editor_text that the cursor is at. */
size_t editor_cursor(struct editor *editor);

/* Another line, the cursor at its byte `cursor`. text: valid UTF-8 without control characters. */
void editor_set(struct editor *editor, struct str text, size_t cursor);

/* An empty line; walking through the history starts anew. */
void editor_reset(struct editor *editor);

/* Appends to the history, which keeps LIMIT_TERMINAL_HISTORY lines. text: valid UTF-8. */
void editor_remember(struct editor *editor, struct str text);

#endif
