/* Hostile connections and crowds; see side.h. */
#include "bench/side.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTILE_BYTES 2048 /* sent by each connection in a turn */
#define TURN_MS       10
#define CROWD_SLICE_S 0.25
#define READY         'r'
#define GO            'g'
#define DISCARD_BYTES 4096
#define SHAPES        5

/* --- hostile bytes --- */

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One turn's worth of what a server must not mind. */
static void
fill_hostile(char *bytes, uint64_t *random)
{
    uint64_t shape = next_random(random) % SHAPES;
    for (size_t i = 0; i < HOSTILE_BYTES; i++) {
        uint64_t value = next_random(random);
        if (shape == 0) /* noise */
            bytes[i] = (char)value;
        else if (shape == 1) /* a line without end */
            bytes[i] = 'A';
        else if (shape == 2) /* empty lines */
            bytes[i] = '\n';
        else if (shape == 3) /* short lines of noise */
            bytes[i] = i % 16 == 15 ? '\n' : (char)(value % 127 + 1);
        else /* separators */
            bytes[i] = "@;=: \r\n"[value % 7];
    }
}

static void
open_hostile(const struct side_options *options, int *fd, struct side_totals *totals)
{
    *fd = socket(options->target.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd == -1)
        return; /* tried again in the next turn */
    int result = connect(*fd, (const struct sockaddr *)&options->target, options->target_len);
    if (result == -1 && errno != EINPROGRESS) {
        (void)close(*fd); /* tried again */
        *fd = -1;
        return;
    }
    totals->connections++;
}

/* Sends one portion and throws away what has come; closes what the server has closed. */
static void
turn_hostile(int *fd, const char *bytes, struct side_totals *totals)
{
    char nowhere[DISCARD_BYTES];
    ssize_t got = recv(*fd, nowhere, sizeof nowhere, MSG_DONTWAIT);
    bool has_ended = got == 0 || (got == -1 && errno != EAGAIN && errno != ENOTCONN);
    ssize_t sent = has_ended ? -1 : send(*fd, bytes, HOSTILE_BYTES, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        totals->bytes += (uint64_t)sent;
    if (sent >= 0 || (!has_ended && (errno == EAGAIN || errno == ENOTCONN)))
        return;
    (void)close(*fd); /* the server has had enough of it */
    *fd = -1;
}

/* True once the parent has closed its end. */
static bool
is_over(int from_parent, int timeout_ms)
{
    struct pollfd wait = {.fd = from_parent, .events = POLLIN};
    return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLHUP) != 0;
}

static void
run_hostile(const struct side_options *options, int from_parent, struct side_totals *totals)
{
    int *fds = cf_calloc_array(options->connections, sizeof *fds);
    char bytes[HOSTILE_BYTES];
    uint64_t random = options->seed | 1;
    for (uint32_t i = 0; i < options->connections; i++)
        fds[i] = -1;
    while (!is_over(from_parent, TURN_MS)) {
        for (uint32_t i = 0; i < options->connections; i++) {
            if (fds[i] == -1)
                open_hostile(options, &fds[i], totals);
            fill_hostile(bytes, &random);
            if (fds[i] != -1)
                turn_hostile(&fds[i], bytes, totals);
        }
    }
    cf_free(fds);
}

/* --- a crowd --- */

/* Talks until the parent has closed its end. */
static void
run_crowd(const struct side_options *options, struct load *load, int from_parent,
          struct side_totals *totals)
{
    struct load_totals *slice = cf_calloc_array(1, sizeof *slice);
    while (!is_over(from_parent, 0)) {
        load_run_closed(load, options->inflight, CROWD_SLICE_S, slice);
        totals->delivered += slice->delivered;
        totals->faults += slice->faults;
        totals->closed += slice->closed;
        if (slice->closed > 0)
            break;
    }
    cf_free(slice);
}

/* --- the process --- */

static _Noreturn void
child_main(const struct side_options *options, int from_parent, int to_parent)
{
    struct side_totals totals = {.bytes = 0};
    struct load *load = NULL;
    struct cf_err err = {.code = 0};
    double seconds;
    if (options->kind == SIDE_CROWD) {
        load = load_new(&options->crowd, &err);
        if (load == NULL || load_connect(load, &seconds, &err) != 0)
            _exit(1);
    }
    char word = READY;
    if (write(to_parent, &word, 1) != 1 || read(from_parent, &word, 1) != 1)
        _exit(1);
    if (options->kind == SIDE_CROWD)
        run_crowd(options, load, from_parent, &totals);
    else
        run_hostile(options, from_parent, &totals);
    load_free(&load);
    _exit(write(to_parent, &totals, sizeof totals) == (ssize_t)sizeof totals ? 0 : 1);
}

int
side_start(const struct side_options *options, struct side *side_out, struct cf_err *err)
{
    int up[2];
    int down[2];
    if (pipe2(up, O_CLOEXEC) == -1)
        return cf_err_set(err, -errno, "pipe: %s", errno_text(errno));
    if (pipe2(down, O_CLOEXEC) == -1) {
        int error = errno;
        (void)close(up[0]); /* nothing has been written */
        (void)close(up[1]);
        return cf_err_set(err, -error, "pipe: %s", errno_text(error));
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(up[0]); /* the parent's ends */
        (void)close(down[1]);
        child_main(options, down[0], up[1]);
    }
    int fork_error = errno;
    (void)close(up[1]); /* the child's ends */
    (void)close(down[0]);
    char word = 0;
    if (pid == -1 || read(up[0], &word, 1) != 1) {
        (void)close(up[0]); /* it has failed already */
        (void)close(down[1]);
        if (pid == -1)
            return cf_err_set(err, -fork_error, "fork: %s", errno_text(fork_error));
        (void)waitpid(pid, NULL, 0); /* it has said why */
        return cf_err_set(err, -ECONNABORTED, "the crowd can't connect");
    }
    *side_out = (struct side){.pid = pid, .from_fd = up[0], .to_fd = down[1]};
    return 0;
}

void
side_go(struct side *side)
{
    char word = GO;
    ssize_t written = write(side->to_fd, &word, 1);
    (void)written; /* a side that has gone is noticed by side_finish */
}

bool
side_finish(struct side *side, struct side_totals *totals_out)
{
    (void)close(side->to_fd); /* that is the word to stop */
    ssize_t got = read(side->from_fd, totals_out, sizeof *totals_out);
    (void)close(side->from_fd); /* it was only read */
    (void)waitpid(side->pid, NULL, 0);
    side->pid = 0;
    return got == (ssize_t)sizeof *totals_out;
}
