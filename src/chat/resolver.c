/* Addresses without waiting; see resolver.h. */
#include "chat/resolver.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HOST_BYTES_MAX 256
#define PORT_BYTES_MAX 16

struct resolver {
    atomic_int owners; /* the caller and the thread: the last one frees */
    int event_fd;      /* immutable, like host and port */
    pthread_t thread;  /* the caller's, like is_joined */
    bool is_joined;
    char host[HOST_BYTES_MAX];
    char port[PORT_BYTES_MAX];
    int failure;                /* the thread's until it has written to event_fd, like addresses */
    struct addrinfo *addresses; /* then the caller's */
};

static void
unref(struct resolver *resolver)
{
    if (atomic_fetch_sub(&resolver->owners, 1) != 1)
        return;
    if (resolver->addresses != NULL)
        freeaddrinfo(resolver->addresses);
    (void)close(resolver->event_fd); /* nothing is lost */
    cf_free(resolver);
}

static void *
run(void *argument)
{
    struct resolver *resolver = argument;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int failure = getaddrinfo(resolver->host, resolver->port, &hints, &addresses);
    resolver->failure = failure;
    resolver->addresses = failure == 0 ? addresses : NULL;
    uint64_t one = 1;
    ssize_t written = write(resolver->event_fd, &one, sizeof one);
    assert(written == sizeof one); /* nobody else writes to it */
    unref(resolver);
    return NULL;
}

static int
start_thread(struct resolver *resolver)
{
    sigset_t all;
    sigset_t before;
    int result = sigfillset(&all);
    assert(result == 0);
    result = pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    assert(result == 0);
    int failure = pthread_create(&resolver->thread, NULL, run, resolver);
    result = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(result == 0);
    return -failure;
}

/*
 * The answer is there, so that the thread ends at once. It is waited for all the same: what glibc
 * keeps for each thread that has asked a name server is given back only at its end, and would be a
 * leak if the program ended first.
 */
static void
join(struct resolver *resolver)
{
    if (resolver->is_joined)
        return;
    int result = pthread_join(resolver->thread, NULL);
    assert(result == 0);
    resolver->is_joined = true;
}

struct resolver *
resolver_start(const char *host, const char *port, struct cf_err *err)
{
    size_t host_len = strlen(host);
    size_t port_len = strlen(port);
    if (host_len >= HOST_BYTES_MAX || port_len >= PORT_BYTES_MAX) {
        (void)cf_err_set(err, -ENAMETOOLONG, "the name of the host is too long");
        return NULL;
    }
    struct resolver *resolver = cf_calloc_array(1, sizeof *resolver);
    memcpy(resolver->host, host, host_len);
    memcpy(resolver->port, port, port_len);
    atomic_store(&resolver->owners, 2);
    resolver->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int result = resolver->event_fd == -1 ? -errno : start_thread(resolver);
    if (result == 0)
        return resolver;
    (void)cf_err_set(err, result, "cannot look up %s: %s", host, errno_text(-result));
    if (resolver->event_fd != -1)
        (void)close(resolver->event_fd); /* nothing is lost */
    cf_free(resolver);
    return NULL;
}

int
resolver_fd(const struct resolver *resolver)
{
    return resolver->event_fd;
}

static bool
has_answer(const struct resolver *resolver)
{
    struct pollfd fd = {.fd = resolver->event_fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

int
resolver_take(struct resolver *resolver, struct addrinfo **addresses_out, struct cf_err *err)
{
    assert(has_answer(resolver));
    join(resolver);
    if (resolver->failure != 0)
        return cf_err_set(err, -ENOENT, "cannot find %s: %s", resolver->host,
                          gai_strerror(resolver->failure));
    *addresses_out = resolver->addresses;
    resolver->addresses = NULL;
    return 0;
}

void
resolver_free(struct resolver **resolver_ptr)
{
    struct resolver *resolver = *resolver_ptr;
    *resolver_ptr = NULL;
    if (resolver == NULL)
        return;
    if (has_answer(resolver)) {
        join(resolver);
    } else { /* it may wait for a name server for long: it frees what is left when it ends */
        int result = pthread_detach(resolver->thread);
        assert(result == 0);
    }
    unref(resolver);
}
