#ifndef CONFAB_TERMINAL_H
#define CONFAB_TERMINAL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Talking to a person: a line of input at the bottom with a prompt, output scrolling above it. Made
 * for poll loops: nothing here blocks.
 *
 * On a terminal the line can be edited (also wide characters), has a history and completion, and
 * is drawn again below whatever is printed, after a change of the window's size, and after Ctrl-Z.
 * Ctrl-C raises SIGINT as usual, which is the caller's to take; terminal_drop_line is for it. The
 * terminal's modes are given back on every way out: see screen.h, also for which signals must be
 * blocked in other threads.
 *
 * When input or output is no terminal, or one that can't move its cursor (TERM=dumb): plain mode,
 * lines in and lines out, no prompt, no escapes.
 *
 * One in a process at a time, one owner thread.
 */
struct terminal;

/* What the word before the cursor may become. */
struct completion {
    size_t start;          /* the byte of the text at which what is replaced begins */
    struct buf candidates; /* each ended by '\n', the likeliest first */
};

/* text: what stands before the cursor. Candidates hold no control characters. */
typedef void completion_fn(void *context, struct str text, struct completion *completion);

struct terminal_options {
    int in_fd; /* kept open by the caller, as is out_fd */
    int out_fd;
    bool is_plain;             /* plain mode whatever they are */
    bool keeps_lines;          /* a line that was entered stays to be seen, with its prompt */
    completion_fn *completion; /* NULL: none; called from terminal_read */
    void *context;
};

/* NULL with err set when a terminal can't be had; plain mode always can. */
CF_NODISCARD struct terminal *terminal_new(const struct terminal_options *options,
                                           struct cf_err *err);

/*
 * Shows what has been printed as far as that goes without waiting, takes away the line of input,
 * and gives back the modes. Sets *terminal to NULL.
 */
void terminal_free(struct terminal **terminal);

bool terminal_is_plain(const struct terminal *terminal);

/* The most that terminal_poll_fds fills in. */
#define TERMINAL_FDS 3

/*
 * Fills in what to poll for and returns how many. wants_input: false to let lines wait where they
 * are. When any of them is ready, call terminal_read until it returns TERMINAL_NOTHING, and
 * terminal_flush.
 */
size_t terminal_poll_fds(const struct terminal *terminal, bool wants_input,
                         struct pollfd fds[TERMINAL_FDS]);

/*
 * When to call terminal_read even if nothing is ready, for poll(): -1 for never. While the program
 * runs in the background, nothing but a look tells that it has been brought back.
 */
int terminal_timeout_ms(const struct terminal *terminal);

enum terminal_event {
    TERMINAL_NOTHING,
    TERMINAL_LINE, /* *line_out is set: valid until the next call, no line end, may be empty */
    TERMINAL_END,  /* Ctrl-D on an empty line, or the input has ended; said once */
};

/*
 * Takes signals and input, and returns the next line. On a terminal a line is valid UTF-8 without
 * control characters; in plain mode it is whatever came. A line longer than
 * LIMIT_TERMINAL_LINE_BYTES comes in parts there.
 */
CF_NODISCARD enum terminal_event terminal_read(struct terminal *terminal, struct str *line_out);

enum terminal_style {
    TERMINAL_NORMAL,
    TERMINAL_DIM,    /* less important */
    TERMINAL_STRONG, /* for the reader */
    TERMINAL_ALERT,  /* something has gone wrong */
};

/*
 * A line above the line of input. line: without line end, already cleaned of control characters.
 * Shown by the next terminal_flush.
 */
void terminal_print(struct terminal *terminal, enum terminal_style style, struct str line);

/* prompt: valid UTF-8 without control characters. Nothing in plain mode. */
void terminal_set_prompt(struct terminal *terminal, struct str prompt);

/* Draws and writes as much as goes without waiting. */
void terminal_flush(struct terminal *terminal);

/* Bytes that are printed but not written yet; print no more when there are many. */
size_t terminal_backlog(const struct terminal *terminal);

/* Whether output has failed for good: the reader of the pipe has gone, for example. */
bool terminal_has_failed(const struct terminal *terminal);

/* --- the line of input; nothing happens in plain mode --- */

/* Keeps a line for the Up key. Those that were entered are not kept by themselves. */
void terminal_remember(struct terminal *terminal, struct str line);

/* Gives a line back to be edited: into the line of input if that is empty, else with the Up key. */
void terminal_give_back(struct terminal *terminal, struct str line);

/* Empties the line of input, which is kept for the Up key. False when it was empty. */
bool terminal_drop_line(struct terminal *terminal);

/* Clears the screen but for the line of input. */
void terminal_clear(struct terminal *terminal);

#endif
