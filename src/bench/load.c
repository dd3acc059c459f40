/* Many IRC clients on one thread; see load.h. */
#include "bench/load.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/number.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES           (256 * 1024)
#define PARTIAL_BYTES        1024
#define EVENTS_MAX           512
#define INFLIGHT_MAX         64
#define MARK_DIGITS          28 /* 4 of the sender, 8 of the number, 16 of the moment */
#define MARK_BYTES           (MARK_DIGITS + 2)
#define CONNECT_TIMEOUT_MS   120000
#define DRAIN_TIMEOUT_MS     10000
#define SLOW_DRAIN_MS        3000
#define CLIENTS_PER_ADDRESS  20000
#define PROGRESS_INTERVAL_MS 1000
#define SLOW_RECEIVE_BYTES   4096
#define NS_A_MILLISECOND     INT64_C(1000000)
#define NS_A_SECOND          INT64_C(1000000000)

enum client_state {
    CLIENT_NEW,
    CLIENT_REGISTERING, /* until 001 */
    CLIENT_JOINING,     /* until 366 */
    CLIENT_READY,
    CLIENT_LEAVING, /* a visitor that has said QUIT: until the server hangs up */
    CLIENT_CLOSED,
};

struct client {
    int fd;
    uint32_t number;
    enum client_state state;
    uint32_t channel; /* UINT32_MAX: in none */
    uint32_t sender;  /* number among its channel's senders; UINT32_MAX: only listens */
    bool is_visitor;
    bool is_slow;
    uint32_t partial_len;
    char *partial;       /* the beginning of a line; owned */
    uint32_t *next_seq;  /* of each sender of its channel: what is to come next; owned */
    uint32_t visit_left; /* messages that a visitor has yet to say */
};

/* One of the senders of a channel. */
struct sender {
    struct client *client;
    uint32_t seq;                   /* next to be sent */
    uint32_t missing[INFLIGHT_MAX]; /* members that have yet to get message seq % INFLIGHT_MAX */
    uint32_t under_way;
};

struct load {
    struct load_options options;
    int epoll_fd;
    struct client *clients;
    uint32_t client_count;
    struct sender *senders; /* channel by channel */
    uint32_t senders_each;  /* in a channel: members that send, then visitors */
    uint32_t member_count;  /* in all channels; behind them come visitors, then the idle */
    uint32_t receivers;     /* that a message is for, its sender aside */
    uint32_t ready_count;
    char *buffer;
    char *text; /* of a message, text_bytes */
    struct load_totals totals;
    char complaint[256];
    int64_t now_ns;
    int64_t progress_ms; /* of the last line */
    bool is_visiting;
    bool is_refused; /* a capability that was asked for */
    bool is_sending; /* the closed loop goes on */
    uint32_t inflight;
    uint64_t under_way;
};

/* --- life --- */

/* The client's part: members channel by channel, visitors channel by channel, the idle. */
static void
set_up_client(struct load *load, uint32_t index)
{
    const struct load_options *options = &load->options;
    struct client *client = &load->clients[index];
    *client = (struct client){
        .fd = -1,
        .number = options->first_number + index,
        .channel = UINT32_MAX,
        .sender = UINT32_MAX,
    };
    uint32_t visitor = index - load->member_count;
    if (index < load->member_count) {
        uint32_t place = index % options->members;
        client->channel = index / options->members;
        client->next_seq = cf_calloc_array(load->senders_each, sizeof *client->next_seq);
        client->is_slow = place >= options->members - options->slow;
        if (place < options->senders)
            client->sender = place;
    } else if (visitor < options->channels * options->visitors) {
        client->is_visitor = true;
        client->channel = visitor / options->visitors;
        client->sender = options->senders + visitor % options->visitors;
    }
    if (client->sender != UINT32_MAX)
        load->senders[client->channel * load->senders_each + client->sender].client = client;
}

struct load *
load_new(const struct load_options *options, struct cf_err *err)
{
    assert(options->senders + options->slow <= options->members);
    assert(options->shape == LOAD_CHANNELS || (options->members == 2 && options->senders == 2));
    assert(options->text_bytes >= MARK_BYTES);
    struct load *load = cf_calloc_array(1, sizeof *load);
    load->options = *options;
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll_fd == -1) {
        (void)cf_err_set(err, -errno, "epoll: %s", errno_text(errno));
        cf_free(load);
        return NULL;
    }
    load->member_count = options->channels * options->members;
    uint32_t visitor_count = options->channels * options->visitors;
    load->client_count = load->member_count + visitor_count + options->idle;
    load->clients = cf_calloc_array(load->client_count, sizeof *load->clients);
    load->senders_each = options->senders + options->visitors;
    load->senders =
        cf_calloc_array((size_t)options->channels * load->senders_each, sizeof *load->senders);
    load->receivers = options->members - options->slow;
    load->buffer = cf_alloc(PARTIAL_BYTES + READ_BYTES);
    load->text = cf_alloc(options->text_bytes);
    memset(load->text, 'x', options->text_bytes);
    for (uint32_t i = 0; i < load->client_count; i++)
        set_up_client(load, i);
    return load;
}

void
load_free(struct load **load_ptr)
{
    struct load *load = *load_ptr;
    *load_ptr = NULL;
    if (load == NULL)
        return;
    for (uint32_t i = 0; i < load->client_count; i++) {
        if (load->clients[i].fd != -1)
            (void)close(load->clients[i].fd); /* the measurement is over */
        cf_free(load->clients[i].partial);
        cf_free(load->clients[i].next_seq);
    }
    (void)close(load->epoll_fd);
    cf_free(load->clients);
    cf_free(load->senders);
    cf_free(load->buffer);
    cf_free(load->text);
    cf_free(load);
}

const char *
load_complaint(const struct load *load)
{
    return load->complaint;
}

/* --- sending --- */

static void
send_bytes(struct load *load, struct client *client, const char *bytes, size_t len)
{
    while (len > 0 && client->state != CLIENT_CLOSED) {
        ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent == -1) { /* blocking sockets: an error, not a full buffer */
            client->state = CLIENT_CLOSED;
            load->totals.closed++;
            return;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
}

static void
put_hex(char *out, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
}

static bool
take_hex(const char *text, int digits, uint64_t *value_out)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        char digit = text[i];
        if (digit >= '0' && digit <= '9')
            value = value << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = value << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return false;
    }
    *value_out = value;
    return true;
}

/* The number in the name of whom a client speaks to: its partner's nick or its channel's name. */
static uint32_t
target_number(const struct load *load, const struct client *client)
{
    uint32_t first = load->options.first_number;
    if (load->options.shape == LOAD_PAIRS)
        return first + ((client->number - first) ^ 1U);
    return first + client->channel;
}

/* moment_ns: when the message was due. */
static void
send_message(struct load *load, struct sender *sender, int64_t moment_ns)
{
    const struct load_options *options = &load->options;
    struct client *client = sender->client;
    load->text[0] = '|';
    put_hex(load->text + 1, client->sender, 4);
    put_hex(load->text + 5, sender->seq, 8);
    put_hex(load->text + 13, (uint64_t)moment_ns, 16);
    load->text[29] = '|';
    char line[600];
    int len = snprintf(line, sizeof line, "PRIVMSG %sb%u :%.*s\r\n",
                       options->shape == LOAD_PAIRS ? "" : "#", target_number(load, client),
                       (int)options->text_bytes, load->text);
    assert(len > 0 && (size_t)len < sizeof line);
    /* A visitor is none of the receivers, a sender with an echo is. */
    bool is_for_all = options->has_echo || client->is_visitor;
    uint32_t *missing = &sender->missing[sender->seq % INFLIGHT_MAX];
    load->totals.faults +=
        *missing; /* so old and still not everywhere: it will not come any more */
    *missing = load->receivers - (is_for_all ? 0 : 1);
    sender->seq++;
    sender->under_way++;
    load->under_way++;
    load->totals.sent++;
    send_bytes(load, client, line, (size_t)len);
}

/* --- receiving --- */

/* A message has come to all whom it is for. */
static void
finish_message(struct load *load, struct sender *sender)
{
    sender->under_way--;
    load->under_way--;
    struct client *client = sender->client;
    if (!client->is_visitor) {
        if (load->is_sending && sender->under_way < load->inflight)
            send_message(load, sender, load->now_ns);
    } else if (client->visit_left > 0) {
        client->visit_left--;
        send_message(load, sender, load->now_ns);
    } else {
        static const char bye[] = "QUIT :bye\r\n";
        client->state = CLIENT_LEAVING;
        load->totals.visits++;
        send_bytes(load, client, bye, sizeof bye - 1);
    }
}

static void
take_delivery(struct load *load, struct client *client, const char *mark)
{
    uint64_t sender_number;
    uint64_t seq;
    uint64_t moment_ns;
    if (client->is_visitor)
        return; /* what it hears of others depends on when it came */
    load->totals.delivered++;
    if (!take_hex(mark, 4, &sender_number) || !take_hex(mark + 4, 8, &seq) ||
        !take_hex(mark + 12, 16, &moment_ns) || client->channel == UINT32_MAX ||
        sender_number >= load->senders_each ||
        (sender_number == client->sender && !load->options.has_echo)) {
        load->totals.faults++;
        return;
    }
    if (client->next_seq[sender_number] != seq)
        load->totals.faults++;
    client->next_seq[sender_number] = (uint32_t)seq + 1;
    if (client->is_slow)
        return; /* late by its own will; what counts is that there is no gap */
    if (!load->options.has_echo || sender_number == client->sender)
        histogram_add(&load->totals.latency, load->now_ns - (int64_t)moment_ns);
    struct sender *sender = &load->senders[client->channel * load->senders_each + sender_number];
    uint32_t *missing = &sender->missing[seq % INFLIGHT_MAX];
    if (*missing == 0) {
        load->totals.faults++;
        return;
    }
    (*missing)--;
    if (*missing == 0)
        finish_message(load, sender);
}

static void
set_ready(struct load *load, struct client *client)
{
    client->state = CLIENT_READY;
    load->ready_count++;
    if (!client->is_visitor)
        return;
    assert(load->options.visit_messages > 0);
    client->visit_left = load->options.visit_messages - 1;
    send_message(load, &load->senders[client->channel * load->senders_each + client->sender],
                 clock_monotonic_ns());
}

static void
complain(struct load *load, const char *line, size_t len)
{
    if (load->complaint[0] != '\0')
        return;
    (void)snprintf(load->complaint, sizeof load->complaint, "%.*s", (int)len, line); /* cut */
}

/* A line that is no delivery: what matters of registration, PING and ERROR. */
static void
take_other(struct load *load, struct client *client, const char *line, size_t len)
{
    if (len >= 6 && memcmp(line, "PING ", 5) == 0) {
        struct str token =
            str_take((struct str){.ptr = line + 5, .len = len - 5}, LIMIT_LINE_BYTES);
        char pong[600];
        int pong_len = snprintf(pong, sizeof pong, "PONG %.*s\r\n", STR_ARG(token));
        assert(pong_len > 0 && (size_t)pong_len < sizeof pong);
        send_bytes(load, client, pong, (size_t)pong_len);
        return;
    }
    if (len >= 6 && memcmp(line, "ERROR ", 6) == 0)
        complain(load, line, len);
    const char *space = memchr(line, ' ', len);
    if (space == NULL || (size_t)(line + len - space) < 5)
        return;
    struct str text = {.ptr = line, .len = len};
    if (client->state == CLIENT_REGISTERING && str_find(text, STR(" NAK ")) < len) {
        complain(load, line, len);
        load->is_refused = true;
    } else if (client->state == CLIENT_REGISTERING && memcmp(space, " 001 ", 5) == 0) {
        if (client->channel == UINT32_MAX || load->options.shape == LOAD_PAIRS) {
            set_ready(load, client);
            return;
        }
        char join[64];
        int join_len = snprintf(join, sizeof join, "JOIN #b%u\r\n",
                                load->options.first_number + client->channel);
        assert(join_len > 0 && (size_t)join_len < sizeof join);
        client->state = CLIENT_JOINING;
        send_bytes(load, client, join, (size_t)join_len);
    } else if (client->state == CLIENT_JOINING && memcmp(space, " 366 ", 5) == 0) {
        set_ready(load, client);
    } else if (client->state != CLIENT_READY && (space[1] == '4' || space[1] == '5') &&
               memcmp(space, " 422 ", 5) != 0) {
        complain(load, line, len);
    }
}

static void
take_untagged(struct load *load, struct client *client, struct str line)
{
    if (str_starts_with(line, STR("@")))
        line = str_skip(line, str_find_byte(line, ' ') + 1);
    if (line.len > 0)
        take_other(load, client, line.ptr, line.len);
}

static void
take_line(struct load *load, struct client *client, const char *line, size_t len)
{
    bool is_in = client->state == CLIENT_READY || client->state == CLIENT_LEAVING;
    const char *mark = is_in ? memchr(line, '|', len) : NULL;
    if (mark != NULL && (size_t)(line + len - mark) > MARK_DIGITS)
        take_delivery(load, client, mark + 1);
    else
        take_untagged(load, client, (struct str){.ptr = line, .len = len});
}

static int connect_client(struct load *load, struct client *client, struct cf_err *err);

static void
close_client(struct load *load, struct client *client)
{
    if (client->is_slow)
        load->totals.cut_off++;
    else if (client->state != CLIENT_CLOSED && client->state != CLIENT_LEAVING)
        load->totals.closed++;
    if (client->state == CLIENT_READY || client->state == CLIENT_LEAVING)
        load->ready_count--;
    bool comes_again = client->state == CLIENT_LEAVING && load->is_visiting;
    client->state = CLIENT_CLOSED;
    client->partial_len = 0;
    (void)close(client->fd); /* the server has closed it */
    client->fd = -1;
    struct cf_err err;
    if (comes_again && connect_client(load, client, &err) != 0) {
        complain(load, err.text, strlen(err.text));
        load->totals.closed++;
    }
}

/* Reads all that a client has got; lines that are cut in two wait in `partial`. */
static void
receive(struct load *load, struct client *client)
{
    char *start = load->buffer + PARTIAL_BYTES - client->partial_len;
    if (client->partial_len > 0)
        memcpy(start, client->partial, client->partial_len);
    ssize_t got = recv(client->fd, load->buffer + PARTIAL_BYTES, READ_BYTES, MSG_DONTWAIT);
    if (got == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        close_client(load, client);
        return;
    }
    load->totals.reads++;
    load->totals.bytes += (uint64_t)got;
    load->now_ns = clock_monotonic_ns();
    char *end = load->buffer + PARTIAL_BYTES + got;
    char *line = start;
    char *newline;
    while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        take_line(load, client, line, (size_t)(newline - line));
        line = newline + 1;
    }
    client->partial_len = (uint32_t)(end - line);
    if (client->partial_len == 0)
        return;
    if (client->partial_len > PARTIAL_BYTES) { /* no server sends such lines */
        load->totals.faults++;
        client->partial_len = 0;
        return;
    }
    if (client->partial == NULL)
        client->partial = cf_alloc(PARTIAL_BYTES);
    memcpy(client->partial, line, client->partial_len);
}

/* Once a second, on a terminal: what has been done. */
static void
show_progress(struct load *load)
{
    int64_t now_ms = clock_monotonic_ms();
    if (!load->options.has_progress || now_ms - load->progress_ms < PROGRESS_INTERVAL_MS)
        return;
    load->progress_ms = now_ms;
    (void)fprintf(stderr, "\r%u of %u clients, %llu sent, %llu delivered, %llu faults ",
                  load->ready_count, load->client_count, (unsigned long long)load->totals.sent,
                  (unsigned long long)load->totals.delivered,
                  (unsigned long long)load->totals.faults);
}

static void
end_progress(struct load *load)
{
    if (load->options.has_progress && load->progress_ms != 0)
        (void)fputs("\r\033[K", stderr);
    load->progress_ms = 0;
}

/* To the nanosecond where the kernel can (Linux 5.11), else up to a millisecond longer. */
static int
wait_for_events(int epoll_fd, struct epoll_event *events, int64_t timeout_ns)
{
    const struct timespec timeout = {
        .tv_sec = timeout_ns / NS_A_SECOND,
        .tv_nsec = timeout_ns % NS_A_SECOND,
    };
    int count = epoll_pwait2(epoll_fd, events, EVENTS_MAX, &timeout, NULL);
    if (count == -1 && errno == ENOSYS)
        count = epoll_wait(epoll_fd, events, EVENTS_MAX,
                           (int)((timeout_ns + NS_A_MILLISECOND - 1) / NS_A_MILLISECOND));
    return count;
}

/* Waits at most that long, and takes what has come. */
static void
poll_for(struct load *load, int64_t timeout_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int count = wait_for_events(load->epoll_fd, events, timeout_ns);
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (client->fd != -1)
            receive(load, client);
    }
    show_progress(load);
}

static void
poll_once(struct load *load, int timeout_ms)
{
    poll_for(load, (int64_t)timeout_ms * NS_A_MILLISECOND);
}

/* --- connecting --- */

/* Loopback has 16 million addresses, each with ports of its own. 0 or -1 with errno. */
static int
bind_to_own_address(const struct client *client, sa_family_t family)
{
    uint32_t number = client->number / CLIENTS_PER_ADDRESS;
    if (family != AF_INET || number == 0)
        return 0;
    int yes = 1;
    struct sockaddr_in source = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number),
    };
    /* The port is chosen at connect, when the whole pair is known. */
    if (setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes) == -1)
        return -1;
    return bind(client->fd, (const struct sockaddr *)&source, sizeof source);
}

static void
send_hello(struct load *load, struct client *client)
{
    const struct load_options *options = &load->options;
    bool has_caps = options->caps != NULL && (options->is_caps_for_all || client->number % 2 == 1);
    bool has_echo = options->has_echo && client->sender != UINT32_MAX;
    char hello[512];
    int len = snprintf(hello, sizeof hello, "%s%s%s%s%sNICK b%u\r\nUSER b 0 * :bench\r\n%s",
                       has_caps || has_echo ? "CAP REQ :" : "", has_caps ? options->caps : "",
                       has_caps && has_echo ? " " : "", has_echo ? "echo-message" : "",
                       has_caps || has_echo ? "\r\n" : "", client->number,
                       has_caps || has_echo ? "CAP END\r\n" : "");
    assert(len > 0 && (size_t)len < sizeof hello);
    client->state = CLIENT_REGISTERING;
    send_bytes(load, client, hello, (size_t)len);
}

static int
connect_client(struct load *load, struct client *client, struct cf_err *err)
{
    const struct load_options *options = &load->options;
    int fd = socket(options->target.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return cf_err_set(err, -errno, "client %u: socket: %s (ulimit -n?)", client->number,
                          errno_text(errno));
    client->fd = fd;
    int yes = 1;
    /* Only to measure the server and not Nagle's algorithm. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind_to_own_address(client, options->target.ss_family) == -1)
        return cf_err_set(err, -errno, "client %u: bind: %s", client->number, errno_text(errno));
    if (client->is_slow) {
        int bytes = SLOW_RECEIVE_BYTES;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); /* it may read later */
    }
    if (connect(fd, (const struct sockaddr *)&options->target, options->target_len) == -1)
        return cf_err_set(err, -errno, "client %u: connect: %s", client->number, errno_text(errno));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
        return cf_err_set(err, -errno, "epoll: %s", errno_text(errno));
    send_hello(load, client);
    return 0;
}

int
load_connect(struct load *load, double *seconds_out, struct cf_err *err)
{
    int64_t started_ms = clock_monotonic_ms();
    uint32_t next = 0;
    uint32_t begun = 0;
    uint32_t wanted = load->client_count - load->options.channels * load->options.visitors;
    while (load->ready_count < wanted) {
        while (next < load->client_count &&
               begun - load->ready_count < load->options.connects_at_once) {
            struct client *client = &load->clients[next++];
            if (client->is_visitor)
                continue; /* they come later */
            int result = connect_client(load, client, err);
            if (result != 0)
                return result;
            begun++;
        }
        poll_once(load, 1000);
        if (load->is_refused)
            return cf_err_set(err, -ENOTSUP, "the server refuses a capability: %s",
                              load->complaint);
        if (load->totals.closed > 0)
            return cf_err_set(err, -ECONNRESET, "the server closes connections: %s",
                              load->complaint);
        if (clock_monotonic_ms() - started_ms > CONNECT_TIMEOUT_MS)
            return cf_err_set(err, -ETIMEDOUT, "only %u of %u clients came in: %s",
                              load->ready_count, wanted, load->complaint);
    }
    *seconds_out = (double)(clock_monotonic_ms() - started_ms) / 1000;
    end_progress(load);
    /* What the joins of the others still send is not part of what is measured. */
    load_idle(load, 0.5);
    return 0;
}

/* --- running --- */

static uint32_t
sender_count(const struct load *load)
{
    return load->options.channels * load->senders_each;
}

static void
start_totals(struct load *load)
{
    load->totals = (struct load_totals){.sent = 0};
    load->now_ns = clock_monotonic_ns();
}

/* Waits for what is still under way; what does not come is lost. */
static void
drain(struct load *load)
{
    int64_t give_up_ms = clock_monotonic_ms() + DRAIN_TIMEOUT_MS;
    while (load->under_way > 0 && clock_monotonic_ms() < give_up_ms && load->totals.closed == 0)
        poll_once(load, 100);
    for (uint32_t i = 0; i < sender_count(load); i++) {
        struct sender *sender = &load->senders[i];
        for (uint32_t slot = 0; slot < INFLIGHT_MAX; slot++) {
            load->totals.faults += sender->missing[slot];
            sender->missing[slot] = 0;
        }
        sender->under_way = 0;
    }
    load->under_way = 0;
}

/* What the kernel and the server have kept for the slow ones: it must have no gap. */
static void
drain_slow(struct load *load)
{
    if (load->options.slow == 0)
        return;
    for (uint32_t i = 0; i < load->member_count; i++) {
        struct client *client = &load->clients[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (client->is_slow && client->fd != -1 &&
            epoll_ctl(load->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) == -1)
            load->totals.faults++;
    }
    int64_t end_ms = clock_monotonic_ms() + SLOW_DRAIN_MS;
    uint64_t all = (uint64_t)load->options.slow * load->options.channels;
    while (clock_monotonic_ms() < end_ms && load->totals.cut_off < all)
        poll_once(load, 100);
}

/* What is measured has ended: the rest is only checked. */
static void
settle(struct load *load, struct load_totals *totals_out)
{
    *totals_out = load->totals;
    drain(load);
    drain_slow(load);
    totals_out->faults = load->totals.faults;
    totals_out->closed = load->totals.closed;
    totals_out->cut_off = load->totals.cut_off;
    end_progress(load);
}

void
load_stop_slow(struct load *load)
{
    for (uint32_t i = 0; i < load->member_count; i++) {
        struct client *client = &load->clients[i];
        struct epoll_event event = {.events = 0, .data.ptr = client};
        if (client->is_slow && client->fd != -1 &&
            epoll_ctl(load->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) == -1)
            load->totals.faults++;
    }
}

void
load_run_closed(struct load *load, uint32_t inflight, double seconds,
                struct load_totals *totals_out)
{
    assert(inflight > 0);
    assert(inflight <= INFLIGHT_MAX);
    start_totals(load);
    load->is_sending = true;
    load->inflight = inflight;
    int64_t end_ns = load->now_ns + (int64_t)(seconds * 1e9);
    for (uint32_t i = 0; i < sender_count(load); i++) {
        for (uint32_t m = 0; m < inflight; m++)
            send_message(load, &load->senders[i], clock_monotonic_ns());
    }
    while (clock_monotonic_ns() < end_ns && load->totals.closed == 0)
        poll_once(load, 10);
    load->is_sending = false;
    settle(load, totals_out);
}

void
load_run_visits(struct load *load, double seconds, struct load_totals *totals_out)
{
    assert(load->options.visitors > 0);
    start_totals(load);
    load->is_visiting = true;
    int64_t end_ns = load->now_ns + (int64_t)(seconds * 1e9);
    uint32_t next = load->member_count;
    uint32_t end = next + load->options.channels * load->options.visitors;
    struct cf_err err;
    while (clock_monotonic_ns() < end_ns && load->totals.closed == 0) {
        /* A few at a time to begin with; later they come as they left. */
        for (uint32_t i = 0; i < load->options.connects_at_once / 8 && next < end; i++, next++) {
            if (connect_client(load, &load->clients[next], &err) != 0) {
                complain(load, err.text, strlen(err.text));
                load->totals.closed++;
            }
        }
        poll_once(load, next < end ? 1 : 10);
    }
    load->is_visiting = false;
    settle(load, totals_out);
}

void
load_run_open(struct load *load, double per_second, double seconds, struct load_totals *totals_out)
{
    assert(per_second > 0);
    start_totals(load);
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* else it sleeps up to 50 us longer than it says */
    int64_t started_ns = load->now_ns;
    double interval_ns = 1e9 / per_second;
    uint64_t count = (uint64_t)(per_second * seconds);
    uint64_t next = 0;
    uint32_t turn = 0;
    while (next < count && load->totals.closed == 0) {
        int64_t due_ns = started_ns + (int64_t)((double)next * interval_ns);
        int64_t now_ns = clock_monotonic_ns();
        if (now_ns < due_ns) {
            poll_for(load, due_ns - now_ns);
            continue;
        }
        struct sender *sender = &load->senders[turn % sender_count(load)];
        turn++;
        if (sender->under_way == INFLIGHT_MAX) { /* the server does not keep up */
            poll_once(load, 0);
            continue;
        }
        send_message(load, sender, due_ns);
        next++;
    }
    settle(load, totals_out);
    totals_out->delivered = load->totals.delivered; /* all that was sent in time is measured */
    totals_out->latency = load->totals.latency;
}

void
load_idle(struct load *load, double seconds)
{
    int64_t end_ms = clock_monotonic_ms() + (int64_t)(seconds * 1000);
    int64_t left_ms;
    while ((left_ms = end_ms - clock_monotonic_ms()) > 0)
        poll_once(load, (int)left_ms);
}
