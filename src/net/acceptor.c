/* Accepting connections; see acceptor.h. */
#include "net/acceptor.h"

#include "net/entry.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_PAUSE_MS 1000 /* without file descriptors, if even the spare one is gone */

struct listener_tag {
    enum tag_kind tag;
    struct listener *listener;
    bool is_paused;
};

static int
open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int
acceptor_init(struct acceptor *acceptor, struct roster *roster, struct listener *listeners,
              size_t count)
{
    acceptor->roster = roster;
    acceptor->listeners = listeners;
    acceptor->listener_count = count;
    acceptor->tags = cf_calloc_array(count, sizeof *acceptor->tags);
    acceptor->is_open = count > 0;
    acceptor->spare_fd = count > 0 ? open_spare() : -1;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct listener_tag *tag = &acceptor->tags[i];
        *tag = (struct listener_tag){.tag = TAG_LISTENER, .listener = &listeners[i]};
        result = poller_add_level(roster->poller, tag->listener->fd, tag);
    }
    return result;
}

void
acceptor_deinit(struct acceptor *acceptor)
{
    acceptor_close(acceptor);
    if (acceptor->spare_fd != -1)
        (void)close(acceptor->spare_fd);
    cf_free(acceptor->tags);
}

static void
refuse(const struct listener *listener, int fd, const char *reason)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES + 2);
    entry_put_refusal(&text, listener->is_tls, reason);
    /* One try: who is refused for want of room gets no more attention than that. */
    ssize_t sent = send(fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
    (void)close(fd);
    buf_deinit(&text);
}

static void
log_accept_failure(struct acceptor *acceptor, int error)
{
    uint64_t skipped;
    if (log_limiter_allows(&acceptor->failures, acceptor->roster->now_ms, &skipped)) {
        log_line(LOG_ERROR, "net", "connection can't be accepted", LOG_ERRNO(error),
                 LOG_NUM("skipped", skipped));
    }
}

/*
 * No file descriptor is free: gives up the spare one to take the connection and tell it, so that
 * it does not hang unanswered and the listener does not spin.
 */
static void
refuse_for_want_of_fds(struct acceptor *acceptor, struct listener_tag *tag)
{
    if (acceptor->spare_fd != -1) {
        (void)close(acceptor->spare_fd);
        int fd = accept4(tag->listener->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd != -1)
            refuse(tag->listener, fd, "this server has no room, try later");
        acceptor->spare_fd = open_spare();
    }
    if (acceptor->spare_fd == -1 && !tag->is_paused) {
        struct roster *roster = acceptor->roster;
        poller_pause_level(roster->poller, tag->listener->fd, tag);
        tag->is_paused = true;
        timers_set(&roster->timers, &acceptor->timer, roster->now_ms + ACCEPT_PAUSE_MS);
    }
}

static bool
is_proxy(const struct roster *roster, const struct address *address)
{
    for (size_t i = 0; i < roster->settings.proxy_count; i++) {
        if (address_block_holds(&roster->settings.proxies[i], address))
            return true;
    }
    return address->family == ADDRESS_UNIX;
}

/* Why a connection is not let in; NULL when it is, and has been counted. */
static const char *
ask_admission(struct roster *roster, const struct listener *listener, const struct address *address)
{
    if (listener->has_proxy && !is_proxy(roster, address))
        return "this port is for proxies only, use another one";
    enum admission_result result = admission_ask(roster->admission, &roster->settings, address,
                                                 listener->has_proxy, roster->now_ms);
    return result == ADMISSION_OK ? NULL : admission_reason(result);
}

static enum accept_result
admit(struct acceptor *acceptor, const struct listener *listener, int fd,
      const struct sockaddr_storage *sockaddr, struct order *order_out)
{
    struct order order = {
        .kind = ORDER_ADOPT,
        .fd = fd,
        .door = listener->door,
        .peer = address_from_sockaddr(sockaddr),
        .is_tls = listener->is_tls,
        .has_proxy = listener->has_proxy,
    };
    if (listener->is_unix)
        order.peer.family = ADDRESS_UNIX;
    order.is_local = address_is_loopback(&order.peer);
    const char *refusal = ask_admission(acceptor->roster, listener, &order.peer);
    if (refusal != NULL) {
        roster_log_unwanted(acceptor->roster, "connection refused", &order.peer, refusal);
        refuse(listener, fd, refusal);
        return ACCEPT_REFUSED;
    }
    *order_out = order;
    return ACCEPT_ADMITTED;
}

enum accept_result
acceptor_next(struct acceptor *acceptor, struct listener_tag *tag, struct order *order_out)
{
    assert(acceptor->is_open);
    struct sockaddr_storage sockaddr = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof sockaddr;
    int fd = accept4(tag->listener->fd, (struct sockaddr *)&sockaddr, &len,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        return admit(acceptor, tag->listener, fd, &sockaddr, order_out);
    if (errno == EINTR || errno == ECONNABORTED)
        return ACCEPT_REFUSED;
    if (errno != EAGAIN) {
        log_accept_failure(acceptor, errno);
        refuse_for_want_of_fds(acceptor, tag);
    }
    return ACCEPT_NONE;
}

void
acceptor_resume(struct acceptor *acceptor)
{
    if (acceptor->spare_fd == -1)
        acceptor->spare_fd = open_spare();
    for (size_t i = 0; i < acceptor->listener_count && acceptor->is_open; i++) {
        struct listener_tag *tag = &acceptor->tags[i];
        if (tag->is_paused)
            poller_resume_level(acceptor->roster->poller, tag->listener->fd, tag);
        tag->is_paused = false;
    }
}

void
acceptor_close(struct acceptor *acceptor)
{
    if (!acceptor->is_open)
        return;
    acceptor->is_open = false;
    timers_clear(&acceptor->roster->timers, &acceptor->timer);
    for (size_t i = 0; i < acceptor->listener_count; i++)
        listener_close(&acceptor->listeners[i]);
}
