/* A silent terminal; see silence.h. */
#include "terminal/silence.h"

#include "base/attr.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

static const int signals[SILENCE_SIGNALS] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

/* The signal that has come while the terminal is ours. */
static volatile sig_atomic_t caught_signal;

static void
catch_signal(int signal)
{
    caught_signal = signal;
}

/* The signals of a terminal come only while it waits, so that none is missed between the look at
 * caught_signal and the read. */
enum silence_result
silence_read_line(int input, const struct silence *silence, char *bytes_out, size_t size,
                  size_t *len_out)
{
    assert(size > 1);
    size_t len = 0;
    bool is_too_long = false;
    for (;;) {
        char byte;
        struct pollfd poll_fd = {.fd = input, .events = POLLIN};
        ssize_t got = ppoll(&poll_fd, 1, NULL, silence == NULL ? NULL : &silence->mask);
        if (got == 1)
            got = read(input, &byte, 1);
        if (got == -1 && errno == EINTR && caught_signal == 0)
            continue;
        if (got == -1)
            return errno == EINTR ? SILENCE_INTERRUPTED : SILENCE_FAILED;
        if (got == 0 || byte == '\n')
            break;
        is_too_long = len == size - 1;
        if (!is_too_long)
            bytes_out[len++] = byte;
    }
    bytes_out[len] = '\0';
    *len_out = len;
    return is_too_long ? SILENCE_TOO_LONG : SILENCE_OK;
}

static void
give_signals_back(const struct silence *silence)
{
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        int result = sigaction(signals[i], &silence->actions[i], NULL);
        assert(result == 0);
    }
    int result = sigprocmask(SIG_SETMASK, &silence->mask, NULL);
    assert(result == 0);
}

/* Takes the signals first: after that nothing ends us before the terminal is given back. */
bool
silence_begin(int input, struct silence *silence_out)
{
    if (tcgetattr(input, &silence_out->settings) == -1)
        return false;
    caught_signal = 0;
    const struct sigaction action = {.sa_handler = catch_signal};
    sigset_t blocked;
    (void)sigemptyset(&blocked); /* fails for no argument that we can give, as sigaddset */
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        (void)sigaddset(&blocked, signals[i]);
        int result = sigaction(signals[i], &action, &silence_out->actions[i]);
        assert(result == 0);
    }
    int result = sigprocmask(SIG_BLOCK, &blocked, &silence_out->mask);
    assert(result == 0);
    struct termios silent = silence_out->settings;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    /* What was typed before the question is thrown away: it was seen on the screen. */
    if (tcsetattr(input, TCSAFLUSH, &silent) == 0)
        return true;
    int error = errno;
    give_signals_back(silence_out);
    errno = error;
    return false;
}

void
silence_end(int input, const struct silence *silence)
{
    (void)tcsetattr(input, TCSAFLUSH, &silence->settings); /* it worked a moment ago */
    give_signals_back(silence);
    if (caught_signal != 0) {
        int result = raise(caught_signal);
        assert(result == 0);
    }
}
