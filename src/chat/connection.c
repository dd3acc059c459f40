/* The connection to the server; see connection.h. */
#include "chat/connection.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "chat/resolver.h"
#include "wire/address.h"
#include "wire/irc_line.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* For one address. */
#define CONNECT_TIMEOUT_MS 10000

/* For all that getaddrinfo asks. */
#define RESOLVE_TIMEOUT_MS 30000

#define READ_BYTES_MAX   16384
#define OUTPUT_BYTES_MAX (1024 * 1024)
#define ERROR_BYTES_MAX  512

struct connection {
    enum connection_state state;
    struct buf host;
    struct buf port;
    struct buf path;
    struct buf name;
    struct buf error;
    struct resolver *resolver;        /* while it is at work */
    struct addrinfo *addresses;       /* of the resolver; NULL for a Unix socket */
    const struct addrinfo *candidate; /* the one that is tried */
    int fd;                           /* -1: none */
    int64_t deadline_ms;
    struct buf input;
    size_t input_used; /* bytes of it that have been returned as lines */
    struct buf output;
};

static void
init_text(struct buf *buf, struct str text)
{
    buf_init(buf, 4096);
    buf_put(buf, text);
}

struct connection *
connection_new(const struct connection_target *target)
{
    assert((target->host.len > 0) != (target->path.len > 0));
    struct connection *connection = cf_calloc_array(1, sizeof *connection);
    connection->fd = -1;
    init_text(&connection->host, target->host);
    init_text(&connection->port, STR(""));
    buf_put_u64(&connection->port, target->port);
    init_text(&connection->path, target->path);
    init_text(&connection->name, target->path);
    bool is_ipv6 = str_find_byte(target->host, ':') < target->host.len;
    if (target->host.len > 0)
        buf_printf(&connection->name, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", STR_ARG(target->host),
                   target->port);
    buf_init(&connection->error, ERROR_BYTES_MAX);
    buf_init(&connection->input, LIMIT_INPUT_LINE_BYTES + LIMIT_INPUT_LINE_BYTES + READ_BYTES_MAX);
    buf_init(&connection->output, OUTPUT_BYTES_MAX);
    return connection;
}

static void
close_socket(struct connection *connection)
{
    if (connection->fd != -1)
        (void)close(connection->fd); /* nothing is to be had from it any more */
    connection->fd = -1;
}

void
connection_end(struct connection *connection)
{
    close_socket(connection);
    resolver_free(&connection->resolver);
    if (connection->addresses != NULL)
        freeaddrinfo(connection->addresses);
    connection->addresses = NULL;
    connection->candidate = NULL;
    connection->deadline_ms = 0;
    connection->state = CONNECTION_ENDED;
    buf_clear(&connection->output);
}

void
connection_free(struct connection **connection_ptr)
{
    struct connection *connection = *connection_ptr;
    *connection_ptr = NULL;
    if (connection == NULL)
        return;
    connection_end(connection);
    buf_deinit(&connection->host);
    buf_deinit(&connection->port);
    buf_deinit(&connection->path);
    buf_deinit(&connection->name);
    buf_deinit(&connection->error);
    buf_deinit(&connection->input);
    buf_deinit(&connection->output);
    cf_free(connection);
}

struct str
connection_name(const struct connection *connection)
{
    return buf_str(&connection->name);
}

enum connection_state
connection_state(const struct connection *connection)
{
    return connection->state;
}

bool
connection_is_local(const struct connection *connection)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof peer;
    if (getpeername(connection->fd, (struct sockaddr *)(void *)&peer, &len) == -1)
        return false; /* it has ended at once */
    struct address address = address_from_sockaddr(&peer);
    return address.family == ADDRESS_UNIX || address_is_loopback(&address);
}

struct str
connection_error(const struct connection *connection)
{
    return buf_str(&connection->error);
}

/* Ends it; error: already in place. */
static void
give_up(struct connection *connection)
{
    assert(connection->error.len > 0);
    connection_end(connection);
}

static void
set_error(struct connection *connection, const char *what, int code)
{
    buf_clear(&connection->error);
    buf_printf(&connection->error, "%s %.*s: %s", what, STR_ARG(buf_str(&connection->name)),
               errno_text(code));
    if (code == ECONNREFUSED || code == ENOENT)
        buf_put(&connection->error, STR("; no server listens there, confab serve starts one"));
}

/* --- connecting --- */

/* Begins to connect to one address; 0 or -errno. */
static int
try_address(struct connection *connection, const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -errno;
    if (connect(fd, address, len) == -1 && errno != EINPROGRESS) {
        int failure = errno;
        (void)close(fd); /* nothing is lost */
        return -failure;
    }
    connection->fd = fd;
    return 0;
}

/* Goes on to the next address that can be tried, or gives up when there is none left. */
static void
try_candidates(struct connection *connection, int64_t now_ms)
{
    while (connection->candidate != NULL) {
        const struct addrinfo *candidate = connection->candidate;
        int result = try_address(connection, candidate->ai_addr, candidate->ai_addrlen);
        if (result == 0) {
            connection->deadline_ms = now_ms + CONNECT_TIMEOUT_MS;
            return;
        }
        set_error(connection, "cannot connect to", -result);
        connection->candidate = candidate->ai_next;
    }
    give_up(connection);
}

static void
start_unix(struct connection *connection, int64_t now_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (connection->path.len >= sizeof address.sun_path) {
        set_error(connection, "cannot connect to", ENAMETOOLONG);
        give_up(connection);
        return;
    }
    memcpy(address.sun_path, connection->path.ptr, connection->path.len);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + connection->path.len + 1);
    int result = try_address(connection, (const struct sockaddr *)(const void *)&address, len);
    connection->deadline_ms = now_ms + CONNECT_TIMEOUT_MS;
    if (result != 0) {
        set_error(connection, "cannot connect to", -result);
        give_up(connection);
    }
}

void
connection_start(struct connection *connection, int64_t now_ms)
{
    assert(connection->state == CONNECTION_ENDED);
    buf_clear(&connection->input);
    connection->input_used = 0;
    buf_clear(&connection->error);
    connection->state = CONNECTION_STARTING;
    if (connection->path.len > 0) {
        start_unix(connection, now_ms);
        return;
    }
    const char *host = buf_nul_terminated(&connection->host);
    const char *port = buf_nul_terminated(&connection->port);
    struct addrinfo numeric = {.ai_family = AF_UNSPEC,
                               .ai_socktype = SOCK_STREAM,
                               .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    if (getaddrinfo(host, port, &numeric, &connection->addresses) == 0) { /* no name: at once */
        connection->candidate = connection->addresses;
        try_candidates(connection, now_ms);
        return;
    }
    connection->addresses = NULL;
    struct cf_err err;
    connection->deadline_ms = now_ms + RESOLVE_TIMEOUT_MS;
    connection->resolver = resolver_start(host, port, &err);
    if (connection->resolver == NULL) {
        buf_put(&connection->error, str_from_nul(err.text));
        give_up(connection);
    }
}

static void
take_addresses(struct connection *connection, int64_t now_ms)
{
    struct pollfd fd = {.fd = resolver_fd(connection->resolver), .events = POLLIN};
    if (poll(&fd, 1, 0) != 1) {
        if (now_ms >= connection->deadline_ms) {
            set_error(connection, "cannot find", ETIMEDOUT);
            give_up(connection);
        }
        return;
    }
    struct cf_err err;
    if (resolver_take(connection->resolver, &connection->addresses, &err) != 0) {
        buf_clear(&connection->error);
        buf_put(&connection->error, str_from_nul(err.text));
        give_up(connection);
        return;
    }
    resolver_free(&connection->resolver);
    connection->candidate = connection->addresses;
    try_candidates(connection, now_ms);
}

static void
finish_connecting(struct connection *connection, int64_t now_ms)
{
    struct pollfd fd = {.fd = connection->fd, .events = POLLOUT};
    int failure = 0;
    if (poll(&fd, 1, 0) != 1) {
        if (now_ms < connection->deadline_ms)
            return;
        failure = ETIMEDOUT;
    } else {
        socklen_t len = sizeof failure;
        if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &failure, &len) == -1)
            failure = errno;
    }
    if (failure == 0) {
        connection->state = CONNECTION_OPEN;
        connection->deadline_ms = 0;
        return;
    }
    close_socket(connection);
    set_error(connection, "cannot connect to", failure);
    if (connection->candidate != NULL)
        connection->candidate = connection->candidate->ai_next;
    try_candidates(connection, now_ms);
}

/* --- reading and writing --- */

static void
lose(struct connection *connection, int code)
{
    buf_clear(&connection->error);
    if (code == 0)
        buf_printf(&connection->error, "the connection to %.*s has ended",
                   STR_ARG(buf_str(&connection->name)));
    else
        set_error(connection, "lost the connection to", code);
    give_up(connection);
}

static void
write_output(struct connection *connection)
{
    while (connection->state == CONNECTION_OPEN && connection->output.len > 0) {
        ssize_t sent = send(connection->fd, connection->output.ptr, connection->output.len,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            buf_consume(&connection->output, (size_t)sent);
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            return;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            /* The server may have said why: reading finds the end of it. */
            buf_clear(&connection->output);
        } else if (errno != EINTR) {
            lose(connection, errno);
        }
    }
}

static void
read_input(struct connection *connection)
{
    if (connection->input_used > 0)
        buf_consume(&connection->input, connection->input_used);
    connection->input_used = 0;
    char *into = buf_reserve(&connection->input, READ_BYTES_MAX);
    if (into == NULL) { /* no line end for so long */
        lose(connection, EMSGSIZE);
        return;
    }
    ssize_t got = recv(connection->fd, into, READ_BYTES_MAX, MSG_DONTWAIT);
    if (got > 0)
        buf_commit(&connection->input, (size_t)got);
    else if (got == 0)
        lose(connection, 0);
    else if (errno != EAGAIN && errno != EINTR)
        lose(connection, errno);
}

void
connection_work(struct connection *connection, bool wants_input, int64_t now_ms)
{
    switch (connection->state) {
    case CONNECTION_ENDED:
        break;
    case CONNECTION_STARTING:
        if (connection->resolver != NULL)
            take_addresses(connection, now_ms);
        else
            finish_connecting(connection, now_ms);
        break;
    case CONNECTION_OPEN:
        write_output(connection);
        if (connection->state == CONNECTION_OPEN && wants_input)
            read_input(connection);
        break;
    }
}

bool
connection_read_line(struct connection *connection, struct str *line_out)
{
    struct str rest = str_skip(buf_str(&connection->input), connection->input_used);
    size_t before = rest.len;
    if (irc_line_cut(&rest, line_out) != IRC_CUT_LINE)
        return false;
    connection->input_used += before - rest.len;
    return true;
}

void
connection_send(struct connection *connection, struct str bytes)
{
    if (connection->state != CONNECTION_OPEN)
        return;
    if (buf_room(&connection->output) < bytes.len) {
        lose(connection, ENOBUFS);
        return;
    }
    buf_put(&connection->output, bytes);
    write_output(connection);
}

bool
connection_poll_fd(const struct connection *connection, bool wants_input, struct pollfd *fd_out)
{
    struct pollfd fd = {.fd = connection->fd};
    switch (connection->state) {
    case CONNECTION_ENDED:
        return false;
    case CONNECTION_STARTING:
        if (connection->resolver != NULL)
            fd = (struct pollfd){.fd = resolver_fd(connection->resolver), .events = POLLIN};
        else
            fd.events = POLLOUT;
        break;
    case CONNECTION_OPEN:
        if (wants_input)
            fd.events = POLLIN;
        if (connection->output.len > 0)
            fd.events |= POLLOUT;
        break;
    }
    *fd_out = fd;
    return fd.events != 0;
}

int64_t
connection_deadline_ms(const struct connection *connection)
{
    return connection->deadline_ms;
}
