#ifndef CONFAB_SCREEN_H
#define CONFAB_SCREEN_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The terminal as a device: its modes, its size, its signals, and writing to it without ever
 * blocking. It remembers the modes that it finds and gives them back on every way out of the
 * program: screen_free, exit(), and the signals of a crash. Only kill -9 leaves none.
 *
 * One screen in a process, one owner thread. SIGWINCH, SIGTSTP and SIGCONT are blocked in that
 * thread and must be blocked in all others.
 */
struct screen;

/* in_fd, out_fd: of a terminal, kept open by the caller. NULL with err set when it can't be had. */
CF_NODISCARD struct screen *screen_new(int in_fd, int out_fd, struct cf_err *err);

/* Gives back the modes. Sets *screen to NULL. */
void screen_free(struct screen **screen);

/* As the terminal says it is, or 80 and 24. */
size_t screen_columns(const struct screen *screen);
size_t screen_rows(const struct screen *screen);

/* Readable when screen_take_signal has something to say. */
int screen_signal_fd(const struct screen *screen);

enum screen_signal {
    SCREEN_SIGNAL_NONE,
    SCREEN_SIGNAL_RESIZED,
    SCREEN_SIGNAL_STOP,      /* Ctrl-Z: call screen_stop */
    SCREEN_SIGNAL_CONTINUED, /* after a stop: modes and content may have been changed */
};

/* What has happened since the last call, one at a time; SCREEN_SIGNAL_NONE: nothing more. */
enum screen_signal screen_take_signal(struct screen *screen);

/* Gives back the modes and stops the process until it is continued. */
void screen_stop(struct screen *screen);

/* Whether the terminal is ours: not while the process is in the background. */
bool screen_is_ours(const struct screen *screen);

/* For poll(). */
int screen_out_fd(const struct screen *screen);

/*
 * Writes what goes without waiting, and returns how many bytes that was. -errno when nothing will
 * ever go again.
 */
CF_NODISCARD ssize_t screen_write(struct screen *screen, struct str bytes);

#endif
