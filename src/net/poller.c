/* epoll; see poller.h. */
#include "net/poller.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

int
poller_init(struct poller *poller)
{
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return poller->epoll_fd == -1 ? -errno : 0;
}

void
poller_deinit(struct poller *poller)
{
    (void)close(poller->epoll_fd); /* nothing is lost with it */
    poller->epoll_fd = -1;
}

static int
control(struct poller *poller, int operation, int fd, uint32_t events, void *tag)
{
    struct epoll_event event = {.events = events, .data.ptr = tag};
    return epoll_ctl(poller->epoll_fd, operation, fd, &event) == -1 ? -errno : 0;
}

int
poller_add_connection(struct poller *poller, int fd, void *tag)
{
    return control(poller, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, tag);
}

int
poller_add_level(struct poller *poller, int fd, void *tag)
{
    return control(poller, EPOLL_CTL_ADD, fd, EPOLLIN, tag);
}

void
poller_remove(struct poller *poller, int fd)
{
    int result = control(poller, EPOLL_CTL_DEL, fd, 0, NULL);
    assert(result == 0 || result == -ENOENT || result == -EPERM);
}

void
poller_pause_level(struct poller *poller, int fd, void *tag)
{
    int result = control(poller, EPOLL_CTL_MOD, fd, 0, tag);
    assert(result == 0);
}

void
poller_resume_level(struct poller *poller, int fd, void *tag)
{
    int result = control(poller, EPOLL_CTL_MOD, fd, EPOLLIN, tag);
    assert(result == 0);
}

size_t
poller_wait(struct poller *poller, int timeout_ms, struct poller_event events[POLLER_EVENTS_MAX])
{
    struct epoll_event ready[POLLER_EVENTS_MAX];
    int count = epoll_wait(poller->epoll_fd, ready, POLLER_EVENTS_MAX, timeout_ms);
    if (count == -1) {
        assert(errno == EINTR);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        uint32_t bits = ready[i].events;
        events[i] = (struct poller_event){
            .tag = ready[i].data.ptr,
            .is_readable = (bits & EPOLLIN) != 0,
            .is_ending = (bits & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
            .is_writable = (bits & EPOLLOUT) != 0,
        };
    }
    return (size_t)count;
}
