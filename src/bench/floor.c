/* The ideal server; see floor.h. */
#include "bench/floor.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/number.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX   256
#define READ_BYTES   (64 * 1024)
#define ROUND_BYTES  (256 * 1024)
#define CHANNELS_MAX 4096
#define BACKLOG      4096
#define NUMBERS_MAX  1000000
#define HEAD         ":f!f@127.0.0.1 " /* about as long as a real source */

struct peer {
    int fd;
    uint32_t number;  /* of its nick: b<number>; UINT32_MAX: none yet */
    uint32_t channel; /* UINT32_MAX: none */
    bool has_echo;
    bool has_quit;
    struct buf partial;
    struct buf pending; /* what the kernel did not take */
};

/* The messages of one round, one after another; who sent which bytes. */
struct piece {
    const struct peer *sender;
    size_t start;
    size_t end;
};

struct room {
    struct peer **members;
    size_t count;
    size_t capacity;
    struct buf round;
    struct piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
};

struct ideal {
    int epoll_fd;
    int listen_fd;
    struct room rooms[CHANNELS_MAX];
    uint32_t dirty[CHANNELS_MAX];
    size_t dirty_count;
    struct peer **by_number; /* for what goes to one nick */
    size_t number_count;
    size_t number_capacity;
    struct buf line; /* for one nick */
    char buffer[READ_BYTES];
};

static void
transmit(struct peer *peer, const char *bytes, size_t len)
{
    if (peer->pending.len > 0) {
        buf_put(&peer->pending, (struct str){.ptr = bytes, .len = len});
        return;
    }
    ssize_t sent = send(peer->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    size_t done = sent < 0 ? 0 : (size_t)sent;
    buf_put(&peer->pending, (struct str){.ptr = bytes + done, .len = len - done});
}

/* All of the round but what the member itself has sent. */
static void
send_round(struct peer *member, const struct room *room)
{
    size_t start = 0;
    for (size_t i = 0; i < room->piece_count; i++) {
        if (room->pieces[i].sender != member || member->has_echo)
            continue;
        if (room->pieces[i].start > start)
            transmit(member, room->round.ptr + start, room->pieces[i].start - start);
        start = room->pieces[i].end;
    }
    if (room->round.len > start)
        transmit(member, room->round.ptr + start, room->round.len - start);
}

static void
flush_round(struct ideal *ideal)
{
    for (size_t i = 0; i < ideal->dirty_count; i++) {
        struct room *room = &ideal->rooms[ideal->dirty[i]];
        for (size_t m = 0; m < room->count; m++)
            send_round(room->members[m], room);
        buf_clear(&room->round);
        room->piece_count = 0;
    }
    ideal->dirty_count = 0;
}

static void
relay(struct ideal *ideal, const struct peer *peer, struct str line)
{
    struct room *room = &ideal->rooms[peer->channel];
    if (room->round.len == 0)
        ideal->dirty[ideal->dirty_count++] = peer->channel;
    if (room->piece_count == room->piece_capacity)
        room->pieces = cf_array_reserve(room->pieces, &room->piece_capacity, room->piece_count + 1,
                                        sizeof *room->pieces);
    struct piece *piece = &room->pieces[room->piece_count++];
    piece->sender = peer;
    piece->start = room->round.len;
    buf_put(&room->round, STR(HEAD));
    buf_put(&room->round, line);
    buf_put_byte(&room->round, '\n');
    piece->end = room->round.len;
}

/* The digits after `prefix`; UINT32_MAX when there are none. */
static uint32_t
number_after(struct str line, struct str prefix)
{
    struct str rest = str_skip(line, prefix.len);
    size_t len = 0;
    while (len < rest.len && ascii_is_digit(rest.ptr[len]))
        len++;
    uint64_t number;
    if (!number_parse_u64(str_take(rest, len), NUMBERS_MAX, &number))
        return UINT32_MAX; /* the load never sends such a line */
    return (uint32_t)number;
}

static void
take_nick(struct ideal *ideal, struct peer *peer, uint32_t number)
{
    if (number == UINT32_MAX)
        return;
    ideal->by_number = cf_array_reserve(ideal->by_number, &ideal->number_capacity,
                                        (size_t)number + 1, sizeof(struct peer *));
    while (ideal->number_count <= number)
        ideal->by_number[ideal->number_count++] = NULL;
    ideal->by_number[number] = peer;
    peer->number = number;
}

static void
relay_to_one(struct ideal *ideal, struct peer *from, struct str line)
{
    uint32_t number = number_after(line, STR("PRIVMSG b"));
    if (number >= ideal->number_count || ideal->by_number[number] == NULL)
        return;
    struct buf *out = &ideal->line;
    buf_clear(out);
    buf_put(out, STR(HEAD));
    buf_put(out, line);
    buf_put_byte(out, '\n');
    transmit(ideal->by_number[number], out->ptr, out->len);
    if (from->has_echo)
        transmit(from, out->ptr, out->len);
}

static void
join(struct ideal *ideal, struct peer *peer, uint32_t number)
{
    if (number == UINT32_MAX)
        return;
    peer->channel = number % CHANNELS_MAX;
    struct room *room = &ideal->rooms[peer->channel];
    if (room->round.size_max == 0)
        buf_init(&room->round, 64 * 1024 * 1024);
    room->members =
        cf_array_reserve(room->members, &room->capacity, room->count + 1, sizeof(struct peer *));
    room->members[room->count++] = peer;
    static const char names[] = ":f 366 b #b :End\r\n";
    transmit(peer, names, sizeof names - 1);
}

static void
take_line(struct ideal *ideal, struct peer *peer, struct str line)
{
    if (str_starts_with(line, STR("PRIVMSG #"))) {
        if (peer->channel != UINT32_MAX)
            relay(ideal, peer, line);
    } else if (str_starts_with(line, STR("PRIVMSG b"))) {
        relay_to_one(ideal, peer, line);
    } else if (str_starts_with(line, STR("JOIN #b"))) {
        join(ideal, peer, number_after(line, STR("JOIN #b")));
    } else if (str_starts_with(line, STR("NICK b"))) {
        take_nick(ideal, peer, number_after(line, STR("NICK b")));
    } else if (str_starts_with(line, STR("CAP REQ"))) {
        peer->has_echo = str_find(line, STR("echo-message")) < line.len;
    } else if (str_starts_with(line, STR("USER"))) {
        static const char welcome[] = ":f 001 b :Welcome\r\n";
        transmit(peer, welcome, sizeof welcome - 1);
    } else if (str_starts_with(line, STR("QUIT"))) {
        peer->has_quit = true;
    }
}

static void
remove_peer(struct ideal *ideal, struct peer *peer)
{
    (void)close(peer->fd); /* the client has gone */
    if (peer->channel != UINT32_MAX) {
        struct room *room = &ideal->rooms[peer->channel];
        for (size_t i = 0; i < room->piece_count; i++) {
            if (room->pieces[i].sender == peer)
                room->pieces[i].sender = NULL; /* its words stay */
        }
        for (size_t i = 0; i < room->count; i++) {
            if (room->members[i] == peer)
                room->members[i] = room->members[--room->count];
        }
    }
    if (peer->number != UINT32_MAX && ideal->by_number[peer->number] == peer)
        ideal->by_number[peer->number] = NULL;
    buf_deinit(&peer->partial);
    buf_deinit(&peer->pending);
    cf_free(peer);
}

/* False when the client has gone. */
static bool
take_input(struct ideal *ideal, struct peer *peer)
{
    ssize_t got = recv(peer->fd, ideal->buffer, READ_BYTES, MSG_DONTWAIT);
    if (got <= 0)
        return got == -1 && (errno == EAGAIN || errno == EINTR);
    struct str rest = {.ptr = ideal->buffer, .len = (size_t)got};
    if (peer->partial.len > 0) {
        buf_put(&peer->partial, rest);
        rest = buf_str(&peer->partial);
    }
    size_t end;
    while ((end = str_find_byte(rest, '\n')) < rest.len) {
        take_line(ideal, peer, str_take(rest, end));
        rest = str_skip(rest, end + 1);
    }
    if (peer->partial.len > 0)
        buf_consume(&peer->partial, peer->partial.len - rest.len);
    else
        buf_put(&peer->partial, rest);
    return !peer->has_quit;
}

static void
accept_all(struct ideal *ideal)
{
    int fd;
    while ((fd = accept4(ideal->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        int yes = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* as servers do */
        struct peer *peer = cf_calloc_array(1, sizeof *peer);
        peer->fd = fd;
        peer->number = UINT32_MAX;
        peer->channel = UINT32_MAX;
        buf_init(&peer->partial, READ_BYTES);
        buf_init(&peer->pending, 64 * 1024 * 1024);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = peer};
        if (epoll_ctl(ideal->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
            remove_peer(ideal, peer);
    }
}

static void
take_event(struct ideal *ideal, const struct epoll_event *event)
{
    if (event->data.ptr == NULL) {
        accept_all(ideal);
        return;
    }
    struct peer *peer = event->data.ptr;
    if ((event->events & EPOLLOUT) && peer->pending.len > 0) {
        ssize_t sent =
            send(peer->fd, peer->pending.ptr, peer->pending.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            buf_consume(&peer->pending, (size_t)sent);
    }
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !take_input(ideal, peer))
        remove_peer(ideal, peer);
}

static int
listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) == -1 || listen(fd, BACKLOG) == -1) {
        perror("confab bench: floor");
        return -1;
    }
    return fd;
}

int
floor_serve(uint16_t port)
{
    struct ideal *ideal = cf_calloc_array(1, sizeof *ideal);
    buf_init(&ideal->line, 4096);
    ideal->listen_fd = listen_on(port);
    ideal->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event accept_event = {.events = EPOLLIN, .data.ptr = NULL};
    if (ideal->listen_fd == -1 || ideal->epoll_fd == -1 ||
        epoll_ctl(ideal->epoll_fd, EPOLL_CTL_ADD, ideal->listen_fd, &accept_event) == -1)
        return 1;
    for (;;) { /* until SIGTERM, whose default action ends a process */
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(ideal->epoll_fd, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++)
            take_event(ideal, &events[i]);
        flush_round(ideal);
    }
}
