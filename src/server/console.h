#ifndef CONFAB_CONSOLE_H
#define CONFAB_CONSOLE_H

#include "base/attr.h"
#include "base/err.h"
#include "net/fleet.h"

#include <stdbool.h>

/*
 * `confab serve --console`: the terminal that the server was started from is a session of it, that
 * of an operator. What is said is shown above a prompt, what is typed goes in as lines of the plain
 * door; with a pipe instead of a terminal, lines in and lines out. The session ends with the input
 * (Ctrl-D); the server goes on.
 *
 * It has a thread of its own, so that a terminal which is stopped (Ctrl-S) stops nothing else.
 * Started and stopped by the main thread.
 */
struct console;

/* Whether standard input and output are a terminal: then nothing else is to write to it. */
bool console_is_terminal(void);

/* NULL with err set when there are no descriptors or threads to be had. */
CF_NODISCARD struct console *console_start(struct fleet *fleet, struct cf_err *err);

/*
 * Shows what has come, gives the terminal back its modes, and joins the thread. After fleet_stop
 * the session's last words are among it. Does nothing when it is NULL; sets *console to NULL.
 */
void console_stop(struct console **console);

#endif
