/* Signals and requests; see control.h. */
#include "server/control.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

int
control_init(struct control *control, struct cf_err *err)
{
    *control = (struct control){.signal_fd = -1, .event_fd = -1};
    cf_mutex_init(&control->mutex);
    sigset_t signals;
    int result = sigemptyset(&signals);
    result |= sigaddset(&signals, SIGINT);
    result |= sigaddset(&signals, SIGTERM);
    result |= sigaddset(&signals, SIGHUP);
    result |= pthread_sigmask(SIG_BLOCK, &signals, NULL);
    assert(result == 0);
    control->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    control->event_fd = eventfd(0, EFD_CLOEXEC);
    if (control->signal_fd == -1 || control->event_fd == -1)
        return cf_err_set(err, -errno, "cannot wait for signals: %s", errno_text(errno));
    return 0;
}

void
control_deinit(struct control *control)
{
    (void)close(control->signal_fd); /* nothing is lost with either */
    (void)close(control->event_fd);
    cf_mutex_lock(&control->mutex);
    cf_free(control->requests);
    cf_mutex_unlock(&control->mutex);
    cf_mutex_deinit(&control->mutex);
}

void
control_ask(struct control *control, const struct request *request)
{
    cf_mutex_lock(&control->mutex);
    control->requests = cf_array_reserve(control->requests, &control->request_capacity,
                                         control->request_count + 1, sizeof *control->requests);
    control->requests[control->request_count++] = *request;
    cf_mutex_unlock(&control->mutex);
    uint64_t one = 1;
    ssize_t written = write(control->event_fd, &one, sizeof one);
    assert(written == sizeof one); /* the counter would have to reach 2^64 */
}

static bool
take_request(struct control *control, struct control_event *event_out)
{
    static const struct control_event events[] = {
        [REQUEST_REHASH] = {.kind = CONTROL_RELOAD, .cause = "REHASH"},
        [REQUEST_DIE] = {.kind = CONTROL_STOP, .cause = "DIE"},
        [REQUEST_RESTART] = {.kind = CONTROL_RESTART, .cause = "RESTART"},
        [REQUEST_REPORT] = {.kind = CONTROL_REPORT, .cause = "STATS"},
    };
    bool has_one = false;
    cf_mutex_lock(&control->mutex);
    if (control->request_count > 0) {
        has_one = true;
        *event_out = events[control->requests[0].kind];
        event_out->session = control->requests[0].session;
        control->request_count--;
        memmove(control->requests, control->requests + 1,
                control->request_count * sizeof *control->requests);
    }
    cf_mutex_unlock(&control->mutex);
    return has_one;
}

static struct control_event
take_signal(struct control *control)
{
    struct signalfd_siginfo info;
    ssize_t got = read(control->signal_fd, &info, sizeof info);
    assert(got == sizeof info); /* poll said so */
    if (info.ssi_signo == SIGHUP)
        return (struct control_event){.kind = CONTROL_RELOAD, .cause = "SIGHUP"};
    return (struct control_event){.kind = CONTROL_STOP,
                                  .cause = info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM"};
}

struct control_event
control_wait(struct control *control)
{
    struct control_event event;
    while (!take_request(control, &event)) {
        struct pollfd fds[] = {
            {.fd = control->signal_fd, .events = POLLIN},
            {.fd = control->event_fd, .events = POLLIN},
        };
        int ready = poll(fds, ARRAY_LEN(fds), -1);
        if (ready == -1) {
            assert(errno == EINTR);
            continue;
        }
        if (fds[0].revents != 0)
            return take_signal(control);
        uint64_t count;
        ssize_t got = read(control->event_fd, &count, sizeof count);
        assert(got == sizeof count);
    }
    return event;
}
