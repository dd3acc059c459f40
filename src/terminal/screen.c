/* The terminal as a device; see screen.h. */
#include "terminal/screen.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

struct screen {
    int in_fd;
    int write_fd; /* ours, without blocking, where it could be opened; else the caller's */
    bool owns_write_fd;
    int signal_fd;
    sigset_t mask_before;
};

/* Crashes, and what ends a program that does not handle it. */
static const int deadly_signals[] = {SIGABRT, SIGBUS, SIGFPE,  SIGILL, SIGSEGV,
                                     SIGHUP,  SIGINT, SIGQUIT, SIGTERM};

/*
 * For the ways out that know no object: exit handlers and the handlers of crashes. Written by the
 * owner thread before is_armed is set.
 */
static struct {
    atomic_bool is_armed;
    int fd;
    struct termios modes;
    struct sigaction actions_before[ARRAY_LEN(deadly_signals)];
} last_resort;

static bool
is_crash(int number)
{
    return number == SIGABRT || number == SIGBUS || number == SIGFPE || number == SIGILL ||
           number == SIGSEGV;
}

/* Async-signal-safe. */
static void
restore_modes(void)
{
    if (!atomic_load(&last_resort.is_armed))
        return;
    /* A terminal that is gone needs no modes. */
    (void)!tcsetattr(last_resort.fd, TCSANOW, &last_resort.modes);
}

/* Gives back the modes and lets whoever handles it without us, often the kernel, do the rest. */
static void
on_deadly_signal(int number)
{
    restore_modes();
    for (size_t i = 0; i < ARRAY_LEN(deadly_signals); i++) {
        if (deadly_signals[i] == number)
            (void)sigaction(number, &last_resort.actions_before[i], NULL); /* can't fail */
    }
    (void)raise(number); /* comes when this returns */
}

static void
arm(int fd, const struct termios *modes)
{
    static atomic_bool is_registered;
    assert(!atomic_load(&last_resort.is_armed));
    last_resort.fd = fd;
    last_resort.modes = *modes;
    if (!atomic_exchange(&is_registered, true) && atexit(restore_modes) != 0)
        return; /* then only screen_free restores */
    for (size_t i = 0; i < ARRAY_LEN(deadly_signals); i++) {
        struct sigaction *before = &last_resort.actions_before[i];
        struct sigaction action = {.sa_handler = on_deadly_signal};
        int result = sigemptyset(&action.sa_mask);
        result |= sigaction(deadly_signals[i], NULL, before);
        bool is_handled = before->sa_handler != SIG_DFL && !is_crash(deadly_signals[i]);
        if (!is_handled) /* who handles it goes on, or leaves by exit() */
            result |= sigaction(deadly_signals[i], &action, NULL);
        assert(result == 0);
    }
    atomic_store(&last_resort.is_armed, true);
}

static void
disarm(void)
{
    if (!atomic_exchange(&last_resort.is_armed, false))
        return;
    for (size_t i = 0; i < ARRAY_LEN(deadly_signals); i++) {
        int result = sigaction(deadly_signals[i], &last_resort.actions_before[i], NULL);
        assert(result == 0);
    }
}

/*
 * The terminal once more, under a description of our own: O_NONBLOCK on the caller's would be seen
 * by every other program that has it, the shell among them.
 */
static void
open_for_writing(struct screen *screen, int out_fd)
{
    char path[256];
    screen->write_fd = out_fd;
    if (ttyname_r(out_fd, path, sizeof path) != 0)
        return;
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd == -1)
        return;
    screen->write_fd = fd;
    screen->owns_write_fd = true;
}

struct screen *
screen_new(int in_fd, int out_fd, struct cf_err *err)
{
    struct termios modes;
    if (tcgetattr(in_fd, &modes) == -1) {
        (void)cf_err_set(err, -errno, "cannot read the terminal's modes: %s", errno_text(errno));
        return NULL;
    }
    struct screen *screen = cf_calloc_array(1, sizeof *screen);
    screen->in_fd = in_fd;
    sigset_t signals;
    int result = sigemptyset(&signals);
    result |= sigaddset(&signals, SIGWINCH);
    result |= sigaddset(&signals, SIGTSTP);
    result |= sigaddset(&signals, SIGCONT);
    result |= pthread_sigmask(SIG_BLOCK, &signals, &screen->mask_before);
    assert(result == 0);
    screen->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (screen->signal_fd == -1) {
        (void)cf_err_set(err, -errno, "cannot wait for signals: %s", errno_text(errno));
        cf_free(screen);
        return NULL;
    }
    open_for_writing(screen, out_fd);
    arm(in_fd, &modes);
    return screen;
}

void
screen_free(struct screen **screen_ptr)
{
    struct screen *screen = *screen_ptr;
    *screen_ptr = NULL;
    if (screen == NULL)
        return;
    if (screen_is_ours(screen)) /* else it would stop us: the shell has its own modes there */
        restore_modes();
    disarm();
    (void)close(screen->signal_fd); /* nothing is lost */
    if (screen->owns_write_fd)
        (void)close(screen->write_fd); /* nothing is lost */
    int result = pthread_sigmask(SIG_SETMASK, &screen->mask_before, NULL);
    assert(result == 0);
    cf_free(screen);
}

static struct winsize
size_of(const struct screen *screen)
{
    struct winsize size = {.ws_row = 0};
    bool is_known = ioctl(screen->in_fd, TIOCGWINSZ, &size) == 0;
    if (!is_known || size.ws_col < 2)
        size.ws_col = 80;
    if (!is_known || size.ws_row < 1)
        size.ws_row = 24;
    return size;
}

size_t
screen_columns(const struct screen *screen)
{
    return size_of(screen).ws_col;
}

size_t
screen_rows(const struct screen *screen)
{
    return size_of(screen).ws_row;
}

int
screen_signal_fd(const struct screen *screen)
{
    return screen->signal_fd;
}

enum screen_signal
screen_take_signal(struct screen *screen)
{
    struct signalfd_siginfo info;
    ssize_t got = read(screen->signal_fd, &info, sizeof info);
    if (got != sizeof info)
        return SCREEN_SIGNAL_NONE;
    if (info.ssi_signo == SIGWINCH)
        return SCREEN_SIGNAL_RESIZED;
    return info.ssi_signo == SIGTSTP ? SCREEN_SIGNAL_STOP : SCREEN_SIGNAL_CONTINUED;
}

void
screen_stop(struct screen *screen)
{
    (void)screen;
    restore_modes();
    (void)kill(getpid(), SIGSTOP); /* can't fail for oneself; returns when continued */
}

bool
screen_is_ours(const struct screen *screen)
{
    pid_t foreground = tcgetpgrp(screen->in_fd);
    return foreground == -1 || foreground == getpgrp();
}

int
screen_out_fd(const struct screen *screen)
{
    return screen->write_fd;
}

ssize_t
screen_write(struct screen *screen, struct str bytes)
{
    size_t done = 0;
    while (done < bytes.len) {
        /* Also where the description is shared, and does block: then this asks, in small parts. */
        struct pollfd fd = {.fd = screen->write_fd, .events = POLLOUT};
        if (poll(&fd, 1, 0) != 1)
            break;
        struct str part = str_take(str_skip(bytes, done), screen->owns_write_fd ? bytes.len : 256);
        ssize_t written = write(screen->write_fd, part.ptr, part.len);
        if (written == -1 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (written == -1 && errno == EAGAIN)
            break;
        if (written > 0)
            done += (size_t)written;
    }
    return (ssize_t)done;
}
