/* A client that waits; see client.h. */
#include "bench/client.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IN_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define READ_BYTES   65536
#define NS_A_SECOND  INT64_C(1000000000)

static int
fail(struct cf_err *err, const char *what)
{
    return cf_err_set(err, errno == 0 ? -EPROTO : -errno, "%s: %s", what,
                      errno == 0 ? "not what was expected" : errno_text(errno));
}

int
bench_client_send(struct bench_client *client, struct str text, struct cf_err *err)
{
    while (text.len > 0) {
        ssize_t sent = send(client->fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1)
            return fail(err, "cannot send");
        text = str_skip(text, (size_t)sent);
    }
    return 0;
}

/* Waits for more. 1; 0: nothing has come until then; or -errno with err set. */
static int
receive(struct bench_client *client, int64_t until_ns, struct cf_err *err)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    int64_t left_ns = until_ns - clock_monotonic_ns();
    const struct timespec left = {
        .tv_sec = left_ns > 0 ? left_ns / NS_A_SECOND : 0,
        .tv_nsec = left_ns > 0 ? left_ns % NS_A_SECOND : 0,
    };
    int ready = ppoll(&poll_fd, 1, &left, NULL);
    if (ready == 0)
        return 0;
    char *room = buf_reserve(&client->in, READ_BYTES);
    if (room == NULL)
        return cf_err_set(err, -EOVERFLOW, "the server sends too much");
    ssize_t got = ready == -1 ? -1 : recv(client->fd, room, READ_BYTES, 0);
    if (got == -1 && errno != EINTR)
        return fail(err, "cannot receive");
    if (got == 0)
        return cf_err_set(err, -ECONNRESET, "the server has closed the connection");
    buf_commit(&client->in, got == -1 ? 0 : (size_t)got);
    return 1;
}

int
bench_client_next(struct bench_client *client, int64_t until_ns, struct str *line_out,
                  struct cf_err *err)
{
    buf_consume(&client->in, client->taken);
    client->taken = 0;
    for (;;) {
        struct str all = buf_str(&client->in);
        size_t end = str_find_byte(all, '\n');
        if (end < all.len) {
            *line_out = str_take(all, end);
            client->taken = end + 1;
            return 1;
        }
        int result = receive(client, until_ns, err);
        if (result <= 0)
            return result;
    }
}

int
bench_client_wait(struct bench_client *client, const char *text, struct str *line_out,
                  struct cf_err *err)
{
    struct str expected = str_from_nul(text);
    int64_t until_ns = clock_monotonic_ns() + BENCH_CLIENT_WAIT_MS * INT64_C(1000000);
    size_t at = 0; /* what is before it was looked at */
    buf_consume(&client->in, client->taken);
    client->taken = 0;
    client->lines = 0;
    for (;;) {
        struct str rest = str_skip(buf_str(&client->in), at);
        size_t end = str_find_byte(rest, '\n');
        if (end == rest.len) {
            buf_consume(&client->in, at);
            at = 0;
            int result = receive(client, until_ns, err);
            if (result == 0)
                return cf_err_set(err, -ETIMEDOUT, "the server does not answer");
            if (result < 0)
                return result;
            continue;
        }
        struct str line = str_take(rest, end);
        at += end + 1;
        client->lines++;
        if (str_find(line, expected) == line.len)
            continue;
        if (line_out != NULL)
            *line_out = line;
        client->taken = at;
        return 0;
    }
}

int
bench_client_open(struct bench_client *client, uint16_t port, const char *nick, const char *caps,
                  struct cf_err *err)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int on = 1;
    *client = (struct bench_client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    buf_init(&client->in, IN_BYTES_MAX);
    errno = 0;
    if (client->fd == -1 ||
        connect(client->fd, (const struct sockaddr *)&address, sizeof address) == -1)
        return fail(err, "cannot connect");
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only slower */
    struct buf text;
    buf_init(&text, 1024);
    if (caps[0] != '\0')
        buf_printf(&text, "CAP REQ :%s\r\n", caps);
    buf_printf(&text, "NICK %s\r\nUSER %s 0 * :%s\r\nCAP END\r\n", nick, nick, nick);
    int result = bench_client_send(client, buf_str(&text), err);
    if (result == 0)
        result = bench_client_wait(client, " 001 ", NULL, err);
    buf_deinit(&text);
    return result;
}

void
bench_client_close(struct bench_client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd); /* nothing that was sent is of interest any more */
    client->fd = -1;
    buf_deinit(&client->in);
}
