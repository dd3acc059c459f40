/* `confab passwd`; see passwd.h. */
#include "server/passwd.h"

#include "base/entropy.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/password.h"
#include "server/command_line.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char usage[] =
    "Usage: confab passwd\n"
    "Makes the hash of a password for the configuration: server.password, operators.password.\n"
    "At a terminal it asks for the password twice; from a pipe it takes one line:\n"
    "\n"
    "    echo \"$PASSWORD\" | confab passwd\n"
    "\n"
    "  -h, --help  print this\n";

struct password {
    char bytes[LIMIT_PASSWORD_BYTES + 2]; /* one that is too long, and a NUL */
    size_t len;
};

static void
wipe(struct password *password)
{
    explicit_bzero(password, sizeof *password);
}

/* --- reading a line --- */

/* The signal that has come while the terminal is ours. */
static volatile sig_atomic_t caught_signal;

static void
catch_signal(int signal)
{
    caught_signal = signal;
}

enum line_result {
    LINE_OK,
    LINE_TOO_LONG,
    LINE_INTERRUPTED,
    LINE_FAILED, /* errno says why */
};

/*
 * Byte by byte: what stands behind the line is not for us. The end of the input ends the line, too;
 * bytes that are too many are read and counted only. waiting: the signals that are blocked while
 * it waits, NULL for no change. Those of a terminal come only then, so that none is missed
 * between the look at caught_signal and the read.
 */
static enum line_result
read_line(int input, const sigset_t *waiting, struct password *password_out)
{
    password_out->len = 0;
    for (;;) {
        char byte;
        struct pollfd poll_fd = {.fd = input, .events = POLLIN};
        ssize_t got = ppoll(&poll_fd, 1, NULL, waiting);
        if (got == 1)
            got = read(input, &byte, 1);
        if (got == -1 && errno == EINTR && caught_signal == 0)
            continue;
        if (got == -1)
            return errno == EINTR ? LINE_INTERRUPTED : LINE_FAILED;
        if (got == 0 || byte == '\n')
            break;
        if (password_out->len < sizeof password_out->bytes - 1)
            password_out->bytes[password_out->len++] = byte;
    }
    password_out->bytes[password_out->len] = '\0';
    return password_out->len > LIMIT_PASSWORD_BYTES ? LINE_TOO_LONG : LINE_OK;
}

/* --- the terminal --- */

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

struct terminal {
    struct termios settings;
    struct sigaction actions[ARRAY_LEN(signals)];
    sigset_t mask;
};

static void
give_signals_back(const struct terminal *terminal)
{
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        int result = sigaction(signals[i], &terminal->actions[i], NULL);
        assert(result == 0);
    }
    int result = sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
    assert(result == 0);
}

/* Takes the signals first: after that nothing ends us before the terminal is given back. */
static bool
take_terminal(int input, struct terminal *terminal)
{
    if (tcgetattr(input, &terminal->settings) == -1)
        return false;
    caught_signal = 0;
    const struct sigaction action = {.sa_handler = catch_signal};
    sigset_t blocked;
    (void)sigemptyset(&blocked); /* fails for no argument that we can give, as sigaddset */
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        (void)sigaddset(&blocked, signals[i]);
        int result = sigaction(signals[i], &action, &terminal->actions[i]);
        assert(result == 0);
    }
    int result = sigprocmask(SIG_BLOCK, &blocked, &terminal->mask);
    assert(result == 0);
    struct termios silent = terminal->settings;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    /* What was typed before the question is thrown away: it was seen on the screen. */
    if (tcsetattr(input, TCSAFLUSH, &silent) == 0)
        return true;
    int error = errno;
    give_signals_back(terminal);
    errno = error;
    return false;
}

/* A signal that has come takes effect now. */
static void
give_terminal_back(int input, const struct terminal *terminal)
{
    (void)tcsetattr(input, TCSAFLUSH, &terminal->settings); /* it worked a moment ago */
    give_signals_back(terminal);
    if (caught_signal != 0) {
        int result = raise(caught_signal);
        assert(result == 0);
    }
}

/* --- asking --- */

static bool
is_good(enum line_result result, const struct password *password, FILE *err)
{
    switch (result) {
    case LINE_OK:
        break;
    case LINE_TOO_LONG:
        (void)fprintf(err, "passwd: a password has at most %d bytes: more do not fit in a line\n",
                      LIMIT_PASSWORD_BYTES);
        return false;
    case LINE_INTERRUPTED:
        return false;
    case LINE_FAILED:
        (void)fprintf(err, "passwd: the password can't be read: %s\n", errno_text(errno));
        return false;
    }
    if (password->len == 0) {
        (void)fputs("passwd: the password is empty; write one\n", err);
        return false;
    }
    if (memchr(password->bytes, '\0', password->len) != NULL ||
        memchr(password->bytes, '\r', password->len) != NULL) {
        (void)fputs("passwd: the password has a NUL or CR in it, which no client can send\n", err);
        return false;
    }
    return true;
}

static bool
ask(const char *question, int input, const sigset_t *waiting, struct password *password_out,
    FILE *err)
{
    (void)fputs(question, err);
    (void)fflush(err); /* a question that is not seen can be answered all the same */
    return is_good(read_line(input, waiting, password_out), password_out, err);
}

static bool
ask_at_terminal(int input, struct password *password_out, FILE *err)
{
    struct terminal terminal;
    if (!take_terminal(input, &terminal)) {
        (void)fprintf(err, "passwd: the terminal can't be silenced: %s\n", errno_text(errno));
        return false;
    }
    struct password again = {.len = 0};
    bool is_asked = ask("Password: ", input, &terminal.mask, password_out, err) &&
                    ask("The same again: ", input, &terminal.mask, &again, err);
    give_terminal_back(input, &terminal);
    if (is_asked && strcmp(password_out->bytes, again.bytes) != 0) {
        (void)fputs("passwd: these are two different passwords\n", err);
        is_asked = false;
    }
    wipe(&again);
    return is_asked;
}

static bool
print_hash(const struct password *password, FILE *out, FILE *err)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (entropy_init() != 0 || !password_hash(password->bytes, password->len, hash)) {
        (void)fputs("passwd: there is no memory or no randomness for a hash\n", err);
        return false;
    }
    (void)fprintf(out, "%s\n", hash);
    if (fflush(out) == 0 && ferror(out) == 0)
        return true;
    (void)fprintf(err, "passwd: the hash can't be written: %s\n", errno_text(errno));
    return false;
}

static int
make_hash(int input, FILE *out, FILE *err)
{
    struct password password = {.len = 0};
    bool is_asked = isatty(input) == 1 ? ask_at_terminal(input, &password, err)
                                       : is_good(read_line(input, NULL, &password), &password, err);
    bool is_made = is_asked && print_hash(&password, out, err);
    wipe(&password);
    return is_made ? 0 : 1;
}

int
passwd_main(int argc, char **argv, int input, FILE *out, FILE *err)
{
    const struct command_line line = {.usage = usage}; /* --help is its only option */
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, out, err, &rest, &status))
        return status;
    if (rest < argc) {
        (void)fputs("passwd: a password is not given as an argument, where others can see it; see "
                    "confab passwd --help\n",
                    err);
        return 2;
    }
    return make_hash(input, out, err);
}
