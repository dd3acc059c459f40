/* The operator's terminal; see console.h. */
#include "server/console.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "doors/plain.h"
#include "terminal/terminal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROMPT STR("console> ")

#define READ_BYTES_MAX 16384

/* Of a line that the door writes; a longer one is shown in parts. */
#define SHOWN_BYTES_MAX 65536

/* Typed lines that the session has not taken yet; above it, the keyboard waits. */
#define TYPED_BYTES_MAX 32768

struct console {
    pthread_t thread;          /* the main thread's */
    sigset_t mask_before;      /* the main thread's, too */
    int stop_fd;               /* eventfd; immutable, like fd */
    int fd;                    /* the other end is the session's */
    struct terminal *terminal; /* the console's thread's, like all that follows */
    struct buf typed;
    struct buf shown; /* the beginning of a line */
    bool has_input_ended;
    bool has_session_ended;
};

bool
console_is_terminal(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/* --- its thread --- */

static void
end_input(struct console *console)
{
    console->has_input_ended = true;
    if (!terminal_is_plain(console->terminal))
        terminal_print(console->terminal, TERMINAL_DIM,
                       STR("* The console is closed; the server goes on, Ctrl-C stops it"));
}

static void
read_keyboard(struct console *console)
{
    struct str line;
    while (!console->has_input_ended && console->typed.len < TYPED_BYTES_MAX) {
        enum terminal_event event = terminal_read(console->terminal, &line);
        if (event == TERMINAL_NOTHING)
            return;
        if (event == TERMINAL_END) {
            end_input(console);
            return;
        }
        if (line.len == 0)
            continue;
        if (!str_starts_with(line, STR("/oper "))) /* a password */
            terminal_remember(console->terminal, line);
        buf_put(&console->typed, line);
        buf_put_byte(&console->typed, '\n');
    }
}

static void
write_typed(struct console *console)
{
    while (console->typed.len > 0) {
        ssize_t sent =
            send(console->fd, console->typed.ptr, console->typed.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1 && errno != EAGAIN && errno != ENOBUFS)
            buf_clear(&console->typed); /* nobody is there: reading finds that, too */
        if (sent == -1)
            return;
        buf_consume(&console->typed, (size_t)sent);
    }
    if (console->has_input_ended)
        (void)shutdown(console->fd, SHUT_WR); /* fails when the session has ended */
}

/* Prints the whole lines of what has been read, or all of it at the end. */
static void
print_lines(struct console *console)
{
    struct str rest = buf_str(&console->shown);
    for (;;) {
        size_t end = str_find_byte(rest, '\n');
        bool is_part = end == rest.len;
        bool must_go = console->has_session_ended || buf_room(&console->shown) < READ_BYTES_MAX;
        if (rest.len == 0 || (is_part && !must_go))
            break;
        terminal_print(console->terminal, TERMINAL_NORMAL, str_take(rest, end));
        rest = str_skip(rest, is_part ? end : end + 1);
    }
    buf_consume(&console->shown, console->shown.len - rest.len);
}

static void
read_session(struct console *console)
{
    char *into = buf_reserve(&console->shown, READ_BYTES_MAX);
    assert(into != NULL);
    ssize_t got = recv(console->fd, into, READ_BYTES_MAX, MSG_DONTWAIT);
    if (got > 0)
        buf_commit(&console->shown, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        console->has_session_ended = true;
    print_lines(console);
}

/* False when it is to end. */
static bool
wait_for_events(struct console *console)
{
    struct pollfd fds[2 + TERMINAL_FDS];
    size_t count = 0;
    bool is_slow = terminal_backlog(console->terminal) > LIMIT_TERMINAL_OUTPUT_BYTES / 2;
    short events = is_slow ? 0 : POLLIN;
    if (console->typed.len > 0)
        events |= POLLOUT;
    fds[count++] = (struct pollfd){.fd = console->stop_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = console->fd, .events = events};
    count += terminal_poll_fds(console->terminal,
                               !console->has_input_ended && console->typed.len < TYPED_BYTES_MAX,
                               &fds[count]);
    int ready = poll(fds, (nfds_t)count, terminal_timeout_ms(console->terminal));
    assert(ready != -1 || errno == EINTR);
    if (ready > 0 && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_session(console);
    return ready <= 0 || fds[0].revents == 0;
}

/* What a slow reader has not taken yet gets a moment more. */
static void
drain(struct console *console)
{
    for (int i = 0; i < 10 && terminal_backlog(console->terminal) > 0; i++) {
        struct pollfd fds[TERMINAL_FDS];
        size_t count = terminal_poll_fds(console->terminal, false, fds);
        int ready = poll(fds, (nfds_t)count, 100);
        assert(ready != -1 || errno == EINTR);
        terminal_flush(console->terminal);
    }
}

static void *
run(void *argument)
{
    struct console *console = argument;
    struct terminal_options options = {.in_fd = STDIN_FILENO,
                                       .out_fd = STDOUT_FILENO,
                                       .keeps_lines = true};
    struct cf_err err;
    console->terminal = terminal_new(&options, &err);
    if (console->terminal == NULL) { /* better lines without editing than none */
        options.is_plain = true;
        console->terminal = terminal_new(&options, &err);
    }
    assert(console->terminal != NULL);
    terminal_set_prompt(console->terminal, PROMPT);
    terminal_flush(console->terminal);
    bool is_running = true;
    while (is_running && !console->has_session_ended) {
        is_running = wait_for_events(console);
        read_keyboard(console);
        write_typed(console);
        terminal_flush(console->terminal);
    }
    read_session(console); /* its last words */
    terminal_flush(console->terminal);
    drain(console);
    terminal_free(&console->terminal);
    (void)shutdown(console->fd, SHUT_RDWR); /* ends the session, if that has not ended it */
    return NULL;
}

/* --- the main thread --- */

/* Those that the terminal reads: nobody else is to get them. */
static void
block_signals(sigset_t *mask_before)
{
    sigset_t signals;
    int result = sigemptyset(&signals);
    result |= sigaddset(&signals, SIGWINCH);
    result |= sigaddset(&signals, SIGTSTP);
    result |= sigaddset(&signals, SIGCONT);
    result |= pthread_sigmask(SIG_BLOCK, &signals, mask_before);
    assert(result == 0);
}

static void
free_console(struct console *console)
{
    if (console->stop_fd != -1)
        (void)close(console->stop_fd); /* nothing is lost */
    if (console->fd != -1)
        (void)close(console->fd); /* nothing is lost */
    buf_deinit(&console->typed);
    buf_deinit(&console->shown);
    cf_free(console);
}

struct console *
console_start(struct fleet *fleet, struct cf_err *err)
{
    struct console *console = cf_calloc_array(1, sizeof *console);
    console->fd = -1;
    buf_init(&console->typed, TYPED_BYTES_MAX + LIMIT_TERMINAL_LINE_BYTES + 1);
    buf_init(&console->shown, SHOWN_BYTES_MAX);
    console->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int ends[2];
    if (console->stop_fd == -1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
        (void)cf_err_set(err, -errno, "cannot open the console: %s", errno_text(errno));
        free_console(console);
        return NULL;
    }
    console->fd = ends[0];
    int result = pthread_sigmask(SIG_BLOCK, NULL, &console->mask_before);
    assert(result == 0);
    if (console_is_terminal())
        block_signals(&console->mask_before);
    result = thread_start(&console->thread, "console", 0, run, console);
    if (result != 0) {
        (void)cf_err_set(err, result, "cannot start the console's thread: %s", errno_text(-result));
        (void)close(ends[1]); /* nothing is lost */
        free_console(console);
        return NULL;
    }
    fleet_add_console(fleet, ends[1], &console_door);
    return console;
}

void
console_stop(struct console **console_ptr)
{
    struct console *console = *console_ptr;
    *console_ptr = NULL;
    if (console == NULL)
        return;
    uint64_t one = 1;
    ssize_t written = write(console->stop_fd, &one, sizeof one);
    assert(written == sizeof one); /* nobody else writes to it */
    thread_join(console->thread);
    int result = pthread_sigmask(SIG_SETMASK, &console->mask_before, NULL);
    assert(result == 0);
    free_console(console);
}
