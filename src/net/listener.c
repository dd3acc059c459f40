/* Listening sockets; see listener.h. */
#include "net/listener.h"

#include "base/buf.h"
#include "wire/address.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* bursts of reconnecting clients; the kernel cuts it to its own limit */

static int
fail(struct cf_err *err, int error, const char *where)
{
    const char *advice = "";
    if (error == EADDRINUSE)
        advice = ": another program listens there; stop it or change `listen` in the configuration";
    else if (error == EACCES)
        advice = ": ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher port";
    else if (error == EADDRNOTAVAIL)
        advice = ": this machine has no such address";
    return cf_err_set(err, -error, "cannot listen on %s: %s%s", where, errno_text(error), advice);
}

/* --- TCP --- */

static int
open_tcp(const struct sockaddr *sockaddr, socklen_t len, const char *where, struct cf_err *err)
{
    int fd = socket(sockaddr->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return fail(err, errno, where);
    int yes = 1;
    int no = 0;
    /* A restart must not wait for old connections to time out. */
    bool is_set_up = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0;
    if (sockaddr->sa_family == AF_INET6 && is_set_up)
        is_set_up = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0;
    if (!is_set_up || bind(fd, sockaddr, len) == -1 || listen(fd, BACKLOG) == -1) {
        int error = errno;
        (void)close(fd); /* the error that matters is kept */
        return fail(err, error, where);
    }
    return fd;
}

static int
open_everywhere(uint16_t port, struct cf_err *err)
{
    char where[32];
    (void)snprintf(where, sizeof where, "port %u", port); /* always fits */
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = open_tcp((struct sockaddr *)&ipv6, sizeof ipv6, where, err);
    if (fd >= 0 || (fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL))
        return fd;
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    return open_tcp((struct sockaddr *)&ipv4, sizeof ipv4, where, err);
}

static int
open_named(const struct listen_spec *spec, struct cf_err *err)
{
    struct buf host;
    buf_init(&host, NI_MAXHOST);
    buf_put(&host, spec->host);
    char where[NI_MAXHOST + 16];
    char port[8];
    (void)snprintf(where, sizeof where, "%s:%u", buf_nul_terminated(&host), spec->port);
    (void)snprintf(port, sizeof port, "%u", spec->port);
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    struct addrinfo *found = NULL;
    int result = getaddrinfo(buf_nul_terminated(&host), port, &hints, &found);
    buf_deinit(&host);
    if (result != 0) {
        return cf_err_set(err, -EINVAL, "cannot listen on %s: no such address (%s)", where,
                          gai_strerror(result));
    }
    int fd = open_tcp(found->ai_addr, found->ai_addrlen, where, err);
    freeaddrinfo(found);
    return fd;
}

/* The address as it is bound, for people. */
static void
describe_tcp(struct listener *listener)
{
    struct sockaddr_storage bound = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof bound;
    int result = getsockname(listener->fd, (struct sockaddr *)&bound, &len);
    assert(result == 0);
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    result = getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);
    assert(result == 0);
    bool is_ipv6 = bound.ss_family == AF_INET6;
    (void)snprintf(listener->text, sizeof listener->text, is_ipv6 ? "[%.80s]:%.8s" : "%.80s:%.8s",
                   host, port); /* numeric: always fits */
    const void *address = &bound;
    listener->port = is_ipv6 ? ntohs(((const struct sockaddr_in6 *)address)->sin6_port)
                             : ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/* --- Unix --- */

/* Whether a socket file is left over: nobody answers there. */
static bool
is_stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) == -1 || !S_ISSOCK(status.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    bool is_refused = result == -1 && errno == ECONNREFUSED;
    (void)close(fd); /* it was only to ask */
    return is_refused;
}

static int
open_unix(const struct listen_spec *spec, struct listener *listener, struct cf_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (spec->path.len >= sizeof address.sun_path) {
        return cf_err_set(err, -ENAMETOOLONG,
                          "cannot listen on %.*s: the path of a Unix socket has at most %zu bytes",
                          STR_ARG(spec->path), sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, spec->path.ptr, spec->path.len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return fail(err, errno, address.sun_path);
    int result = bind(fd, (struct sockaddr *)&address, sizeof address);
    if (result == -1 && errno == EADDRINUSE && is_stale(&address) && unlink(address.sun_path) == 0)
        result = bind(fd, (struct sockaddr *)&address, sizeof address);
    if (result == -1 || listen(fd, BACKLOG) == -1) {
        int error = errno;
        (void)close(fd); /* the error that matters is kept */
        return fail(err, error, address.sun_path);
    }
    memcpy(listener->path, address.sun_path, sizeof listener->path);
    (void)snprintf(listener->text, sizeof listener->text, "%s", address.sun_path);
    return fd;
}

int
listener_open(const struct listen_spec *spec, struct listener *listener_out, struct cf_err *err)
{
    struct listener listener = {.door = spec->door,
                                .is_unix = spec->path.len > 0,
                                .is_tls = spec->is_tls,
                                .has_proxy = spec->has_proxy};
    static_assert(sizeof listener.path >= sizeof((struct sockaddr_un *)0)->sun_path, "path fits");
    if (listener.is_unix)
        listener.fd = open_unix(spec, &listener, err);
    else if (str_equal(spec->host, STR("*")))
        listener.fd = open_everywhere(spec->port, err);
    else
        listener.fd = open_named(spec, err);
    if (listener.fd < 0)
        return listener.fd;
    if (!listener.is_unix)
        describe_tcp(&listener);
    *listener_out = listener;
    return 0;
}

void
listener_close(struct listener *listener)
{
    if (listener->path[0] != '\0')
        (void)unlink(listener->path); /* it may have been taken away already */
    (void)close(listener->fd);        /* a listening socket has nothing to lose */
    listener->fd = -1;
}
