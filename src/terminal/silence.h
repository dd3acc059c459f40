#ifndef CONFAB_SILENCE_H
#define CONFAB_SILENCE_H

#include "base/attr.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/*
 * A terminal that shows nothing of what is typed, for passwords. Signals that would end the program
 * meanwhile are taken, so that the terminal is left as it was, and have their effect then. One at a
 * time in a process, before other threads are started; blocks.
 */
#define SILENCE_SIGNALS 5

struct silence {
    struct termios settings;
    struct sigaction actions[SILENCE_SIGNALS];
    sigset_t mask;
};

/* False with errno set when the terminal can't be silenced, or is none. */
CF_NODISCARD bool silence_begin(int input, struct silence *silence_out);

/* A signal that has come takes effect now. */
void silence_end(int input, const struct silence *silence);

enum silence_result {
    SILENCE_OK,
    SILENCE_TOO_LONG,
    SILENCE_INTERRUPTED,
    SILENCE_FAILED, /* errno says why */
};

/*
 * Reads a line of at most size - 1 bytes, without its end and with a NUL behind it. Byte by byte:
 * what stands behind the line is not for us. The end of the input ends the line, too; bytes that
 * are too many are read and left out. silence: NULL when input is no terminal.
 */
CF_NODISCARD enum silence_result silence_read_line(int input, const struct silence *silence,
                                                   char *bytes_out, size_t size, size_t *len_out);

#endif
