/* Moving bytes of one connection; see conn.h. */
#include "net/conn.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Read from one connection in one round, so that a fast one leaves room for the others. */
#define READ_BYTES_MAX (16 * 1024)

/* Above the output queue's limit: the last words to a reader that was too slow. */
#define LAST_WORDS_BYTES 1024

/* Records of TLS that are sealed before they are sent; what the socket does not take of them waits
 * besides the output queue. */
#define SEALED_RECORDS_MAX 4

/* Reads of one handshake in one round. */
#define ENTRY_READS_MAX 4

/* A peer that vanished without a word is noticed after idle + probes * interval: 3.5 minutes. */
#define KEEPALIVE_IDLE_S     120
#define KEEPALIVE_INTERVAL_S 30
#define KEEPALIVE_PROBES     3

static void
set_option(int fd, int level, int option, int value)
{
    /* Not all sockets have all options (Unix, console); none is needed for the chat to work. */
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

struct conn *
conn_new(int fd, const struct door *door, const struct address *address,
         const struct net_settings *settings, int64_t now_ms)
{
    assert(fd >= 0);
    struct conn *conn = cf_calloc_array(1, sizeof *conn);
    conn->tag = TAG_CONN;
    conn->is_fresh = true;
    conn->fd = fd;
    conn->address = *address;
    conn->opened_ms = now_ms;
    conn->last_input_ms = now_ms;
    conn->recipient.door = door;
    if (door->state_bytes > 0)
        conn->recipient.door_state = cf_calloc_array(1, door->state_bytes);
    buf_init(&conn->input, settings->input_queue_bytes + READ_BYTES_MAX);
    buf_init(&conn->backlog, settings->output_queue_bytes + LAST_WORDS_BYTES);
    if (address->family == ADDRESS_IPV4 || address->family == ADDRESS_IPV6) {
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* we write whole rounds already */
        set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
        set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
        set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    }
    return conn;
}

void
conn_free(struct conn **conn_ptr)
{
    struct conn *conn = *conn_ptr;
    *conn_ptr = NULL;
    assert(!list_is_linked(&conn->ready));
    assert(!timer_is_set(&conn->timer));
    (void)close(conn->fd); /* what could be written has been */
    tls_free(&conn->tls);
    buf_deinit(&conn->input);
    buf_deinit(&conn->backlog);
    cf_free(conn->proxy);
    cf_free(conn->recipient.door_state);
    cf_free(conn);
}

void
conn_take_tls(struct conn *conn, struct tls *tls)
{
    assert(conn->tls == NULL);
    assert(conn->is_fresh);
    conn->tls = tls;
    conn->is_entering = true;
    conn->is_secure = true;
}

void
conn_expect_proxy(struct conn *conn)
{
    assert(conn->is_fresh);
    conn->is_entering = true;
    conn->awaits_proxy = true;
    conn->proxy = cf_calloc_array(1, sizeof *conn->proxy);
}

/* --- the socket --- */

/* Reads once. Returns the bytes read, 0 for none. */
static size_t
receive_raw(struct conn *conn, char *into, size_t room)
{
    ssize_t got;
    do
        got = recv(conn->fd, into, room, MSG_DONTWAIT);
    while (got == -1 && errno == EINTR);
    if (got > 0) {
        /* A short read has emptied the socket, unless its end is known to be next. */
        if ((size_t)got < room && !conn->is_ending)
            conn->is_readable = false;
        conn->is_fresh = false;
        return (size_t)got;
    }
    conn->is_readable = false;
    if (got == 0)
        conn->has_ended = true;
    else if (errno != EAGAIN)
        conn->is_broken = true;
    return 0;
}

/* What has become of a write (bytes, or -errno). Returns the bytes taken. */
static size_t
note_sent(struct conn *conn, ssize_t result)
{
    if (result >= 0)
        return (size_t)result;
    if (result == -ENOBUFS || result == -ENOMEM)
        conn->is_starved = true; /* the machine's fault, not the peer's: to be tried again */
    else if (result != -EAGAIN)
        conn->is_broken = true;
    return 0;
}

/* One write. Returns the bytes taken; 0 when none could be, or the connection is broken. */
static size_t
transmit_raw(struct conn *conn, struct iovec *pieces, size_t count)
{
    return note_sent(conn, volley_send_alone(conn->fd, pieces, count));
}

/* --- TLS --- */

/* Sends what has been sealed. False when the socket has not taken all of it. */
static bool
send_sealed(struct conn *conn)
{
    struct str sealed = tls_output(conn->tls);
    if (sealed.len > 0) {
        struct iovec piece = {.iov_base = (void *)(uintptr_t)sealed.ptr, .iov_len = sealed.len};
        tls_output_sent(conn->tls, transmit_raw(conn, &piece, 1));
        tls_keep_output(conn->tls);
    }
    return tls_output(conn->tls).len == 0;
}

/* The plaintext of what has come, as much of it as there is room for. */
static size_t
unseal(struct conn *conn, char *into, size_t room)
{
    size_t got = 0;
    while (got < room) {
        size_t part;
        switch (tls_read(conn->tls, into + got, room - got, &part)) {
        case TLS_DONE:
            got += part;
            continue;
        case TLS_MORE:
            return got;
        case TLS_ENDED:
            conn->has_ended = true;
            return got;
        case TLS_FAILED:
            conn->is_broken = true;
            return got;
        }
    }
    return got;
}

/* The same as receive_raw, for plaintext: nothing may have come of something. */
static size_t
receive_sealed(struct conn *conn, char *into, size_t room)
{
    size_t got = tls_has_input(conn->tls) ? unseal(conn, into, room) : 0;
    if (got == 0 && !conn->is_broken && !conn->has_ended) {
        size_t sealed_room;
        char *sealed = tls_receive_room(conn->tls, &sealed_room);
        size_t len = receive_raw(conn, sealed, sealed_room);
        tls_feed(conn->tls, (struct str){.ptr = sealed, .len = len});
        if (len > 0)
            got = unseal(conn, into, room);
        tls_keep_input(conn->tls);
    } else if (got == 0) {
        conn->is_readable = false;
    }
    (void)send_sealed(conn); /* an alert, say; what is not taken goes with what follows */
    if (tls_has_input(conn->tls))
        conn->is_readable = true;
    return got;
}

/* What is sent of the pieces in order; `at` says how far that has come. */
struct piece_cursor {
    const struct iovec *pieces;
    size_t count;
    size_t index;
    size_t used; /* of that piece */
};

static struct str
piece_rest(const struct piece_cursor *at)
{
    const struct iovec *piece = &at->pieces[at->index];
    return str_skip((struct str){.ptr = piece->iov_base, .len = piece->iov_len}, at->used);
}

static void
piece_skip(struct piece_cursor *at, size_t len)
{
    at->used += len;
    assert(at->used <= at->pieces[at->index].iov_len);
    if (at->used == at->pieces[at->index].iov_len) {
        at->index++;
        at->used = 0;
    }
}

/* The next bytes for one record, put together when they are of several pieces. */
static struct str
next_record(struct conn *conn, struct piece_cursor *at)
{
    struct str first = piece_rest(at);
    if (first.len >= TLS_RECORD_BYTES || at->index + 1 == at->count) {
        struct str record = str_take(first, TLS_RECORD_BYTES);
        piece_skip(at, record.len);
        return record;
    }
    char *room = tls_record_room(conn->tls);
    size_t len = 0;
    while (at->index < at->count && len < TLS_RECORD_BYTES) {
        struct str part = str_take(piece_rest(at), TLS_RECORD_BYTES - len);
        memcpy(room + len, part.ptr, part.len);
        len += part.len;
        piece_skip(at, part.len);
    }
    return (struct str){.ptr = room, .len = len};
}

/* The same as transmit_raw: what has been sealed counts as taken. */
static size_t
transmit_sealed(struct conn *conn, const struct iovec *pieces, size_t count)
{
    size_t taken = 0;
    struct piece_cursor at = {.pieces = pieces, .count = count};
    while (send_sealed(conn) && at.index < count && !conn->is_broken) {
        for (int i = 0; i < SEALED_RECORDS_MAX && at.index < count; i++) {
            struct str record = next_record(conn, &at);
            if (tls_write(conn->tls, record) != TLS_DONE) {
                conn->is_broken = true;
                break;
            }
            taken += record.len;
        }
    }
    return taken;
}

void
conn_say_raw(struct conn *conn, struct str bytes)
{
    struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes.ptr, .iov_len = bytes.len};
    (void)transmit_raw(conn, &piece, 1); /* one try */
}

/* Who does not speak TLS where it is expected is told so in words. */
static enum conn_entry
refuse_plaintext(struct conn *conn)
{
    conn_say_raw(conn, STR("ERROR :Closing link: this port speaks TLS only; turn TLS (SSL) on in "
                           "your client, or connect to the port without it\r\n"));
    conn->entry_failure = "the client does not speak TLS";
    return CONN_ENTRY_FAILED;
}

/* One step of the handshake: what has come, and what is to be said to it. */
static enum conn_entry
shake(struct conn *conn)
{
    bool is_first = conn->is_fresh;
    size_t room;
    char *sealed = tls_receive_room(conn->tls, &room);
    struct str came = {.ptr = sealed, .len = receive_raw(conn, sealed, room)};
    if (is_first && !tls_may_be_hello(came))
        return refuse_plaintext(conn);
    if (came.len == 0 && (conn->has_ended || conn->is_broken)) {
        conn->entry_failure = "the client has hung up";
        return CONN_ENTRY_FAILED;
    }
    tls_feed(conn->tls, came);
    enum tls_result result = tls_shake(conn->tls);
    tls_keep_input(conn->tls);
    (void)send_sealed(conn); /* what is left of it goes when the socket takes it */
    if (result == TLS_DONE) {
        if (tls_has_input(conn->tls))
            conn->is_readable = true;
        return CONN_ENTRY_DONE;
    }
    if (result == TLS_MORE)
        return CONN_ENTRY_MORE;
    conn->entry_failure = tls_failure(conn->tls);
    return CONN_ENTRY_FAILED;
}

/* --- the header of a proxy --- */

/* Puts what has come behind the header where the client's bytes are expected. */
static void
skip_header(struct conn *conn)
{
    buf_consume(&conn->input, conn->proxy->len);
    if (conn->tls != NULL) {
        tls_feed(conn->tls, buf_str(&conn->input));
        tls_keep_input(conn->tls);
        buf_clear(&conn->input);
    }
    if (conn->input.len == 0)
        buf_deinit(&conn->input);
    conn->is_readable = true;
}

static enum conn_entry
read_header(struct conn *conn)
{
    char *room = buf_reserve(&conn->input, LIMIT_PROXY_HEADER_BYTES);
    assert(room != NULL);
    buf_commit(&conn->input, receive_raw(conn, room, LIMIT_PROXY_HEADER_BYTES));
    switch (proxy_header_parse(buf_str(&conn->input), conn->proxy)) {
    case PROXY_OK:
        conn->awaits_proxy = false;
        skip_header(conn);
        return CONN_ENTRY_PROXY;
    case PROXY_MORE:
        conn->entry_failure = "the proxy has hung up";
        return conn->has_ended || conn->is_broken ? CONN_ENTRY_FAILED : CONN_ENTRY_MORE;
    case PROXY_ERR_NOT_PROXY:
        conn->entry_failure = "no PROXY header";
        break;
    case PROXY_ERR_INVALID:
        conn->entry_failure = "a PROXY header that is wrong";
        break;
    case PROXY_ERR_TOO_LONG:
        conn->entry_failure = "a PROXY header that is too long";
        break;
    }
    return CONN_ENTRY_FAILED;
}

enum conn_entry
conn_enter(struct conn *conn)
{
    assert(conn->is_entering);
    enum conn_entry entry = CONN_ENTRY_MORE;
    while (conn->awaits_proxy && conn->is_readable && entry == CONN_ENTRY_MORE)
        entry = read_header(conn);
    if (conn->awaits_proxy || entry != CONN_ENTRY_MORE)
        return entry;
    if (conn->tls == NULL) {
        conn->is_entering = false;
        return CONN_ENTRY_DONE;
    }
    for (int i = 0; i < ENTRY_READS_MAX && conn->is_readable && entry == CONN_ENTRY_MORE; i++)
        entry = shake(conn);
    if (entry == CONN_ENTRY_DONE) {
        conn->is_entering = false;
        /* The peer's Finished has no answer; without an acknowledgement at once, a client with
         * Nagle's algorithm holds its first line back for the 40 ms of a delayed one. */
        set_option(conn->fd, IPPROTO_TCP, TCP_QUICKACK, 1);
    }
    return entry;
}

/* --- input --- */

static size_t
receive(struct conn *conn, char *into, size_t room)
{
    return conn->tls == NULL ? receive_raw(conn, into, room) : receive_sealed(conn, into, room);
}

bool
conn_is_input_full(const struct conn *conn)
{
    return conn->input.len > conn->input.size_max - READ_BYTES_MAX;
}

size_t
conn_read(struct conn *conn, char *scratch, size_t scratch_bytes)
{
    conn->round_used = 0;
    conn->is_round_from_scratch = conn->input.len == 0;
    if (conn->is_round_from_scratch) {
        size_t got = 0;
        if (conn->is_readable)
            got = receive(conn, scratch,
                          scratch_bytes < READ_BYTES_MAX ? scratch_bytes : READ_BYTES_MAX);
        conn->round_input = (struct str){.ptr = scratch, .len = got};
        return got;
    }
    size_t got = 0;
    if (conn->is_readable && !conn_is_input_full(conn)) {
        char *into = buf_reserve(&conn->input, READ_BYTES_MAX);
        assert(into != NULL);
        got = receive(conn, into, READ_BYTES_MAX);
        buf_commit(&conn->input, got);
    }
    conn->round_input = buf_str(&conn->input);
    return got;
}

void
conn_keep_rest(struct conn *conn)
{
    assert(conn->round_used <= conn->round_input.len);
    if (conn->is_round_from_scratch)
        buf_put(&conn->input, str_skip(conn->round_input, conn->round_used));
    else
        buf_consume(&conn->input, conn->round_used);
    if (conn->input.len == 0)
        buf_deinit(&conn->input);
    conn->round_input = STR_NONE;
    conn->round_used = 0;
}

/* In microseconds: in milliseconds, a rate of 600 lines a second would be one of 1000. */
static int64_t
line_cost_us(const struct net_settings *settings)
{
    return 1000000 / settings->input_rate;
}

bool
conn_may_take_line(struct conn *conn, const struct net_settings *settings, int64_t now_ms)
{
    if (settings->input_rate == 0 || conn->is_exempt)
        return true;
    int64_t credit_us = line_cost_us(settings) * settings->input_burst;
    if (conn->paid_until_us - now_ms * 1000 < credit_us)
        return true;
    conn->resume_ms = (conn->paid_until_us - credit_us) / 1000 + 1;
    return false;
}

void
conn_pay_line(struct conn *conn, const struct net_settings *settings, int64_t now_ms)
{
    if (settings->input_rate == 0 || conn->is_exempt)
        return;
    if (conn->paid_until_us < now_ms * 1000)
        conn->paid_until_us = now_ms * 1000;
    conn->paid_until_us += line_cost_us(settings);
}

void
conn_refund_line(struct conn *conn, const struct net_settings *settings)
{
    if (settings->input_rate > 0 && !conn->is_exempt)
        conn->paid_until_us -= line_cost_us(settings);
}

void
conn_discard_input(struct conn *conn)
{
    char nowhere[4096];
    for (int i = 0; i < 16 && conn->is_readable && !conn->is_broken; i++)
        (void)receive_raw(conn, nowhere, sizeof nowhere); /* not wanted any more */
}

/* --- output --- */

bool
conn_has_backlog(const struct conn *conn)
{
    return conn->backlog.len > 0 || (conn->tls != NULL && tls_output(conn->tls).len > 0);
}

bool
conn_has_output(const struct conn *conn)
{
    return conn->recipient.spans.count > 0 || conn->recipient.is_held || conn_has_backlog(conn);
}

/* Returns the bytes taken; 0 when none could be, or the connection is broken. */
static size_t
transmit(struct conn *conn, struct iovec *pieces, size_t count)
{
    return conn->tls == NULL ? transmit_raw(conn, pieces, count)
                             : transmit_sealed(conn, pieces, count);
}

/* Keeps bytes for later; of what is too much, only whole lines, and nothing of what follows. */
static void
keep_output(struct conn *conn, struct str bytes)
{
    size_t limit = conn->backlog.size_max - LAST_WORDS_BYTES;
    size_t room = conn->backlog.len < limit ? limit - conn->backlog.len : 0;
    if (bytes.len > room) {
        size_t whole_lines = room;
        while (whole_lines > 0 && bytes.ptr[whole_lines - 1] != '\n')
            whole_lines--;
        bytes.len = whole_lines;
        conn->is_cut = true;
        if (!conn->is_closing)
            conn->detach_reason = "Output queue full: you read too slowly";
    }
    buf_put(&conn->backlog, bytes);
}

/* The line that says why a session ends: nothing comes after it, and it is rendered as a whole. */
static struct str
last_line(const struct spans *spans)
{
    const struct span *span = spans_at(spans, spans->count - 1);
    size_t start = span->len - 1;
    while (start > 0 && span->ptr[start - 1] != '\n')
        start--;
    return (struct str){.ptr = span->ptr + start, .len = span->len - start};
}

/* Keeps the spans' bytes from `skip` on. */
static void
keep_spans(struct conn *conn, size_t skip)
{
    const struct spans *spans = &conn->recipient.spans;
    for (size_t i = 0; i < spans->count && !conn->is_cut; i++) {
        const struct span *span = spans_at(spans, i);
        if (skip >= span->len) {
            skip -= span->len;
            continue;
        }
        keep_output(conn, (struct str){.ptr = span->ptr + skip, .len = span->len - skip});
        skip = 0;
    }
    if (conn->is_cut && conn->is_closing)
        buf_put(&conn->backlog, last_line(spans));
}

static void
put_pieces(const struct spans *spans, struct iovec *pieces)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = spans_at(spans, i);
        pieces[i] = (struct iovec){.iov_base = (void *)(uintptr_t)span->ptr, .iov_len = span->len};
    }
}

/* So much of the spans has been taken: keeps the rest. */
static void
finish_spans(struct conn *conn, size_t sent)
{
    struct spans *spans = &conn->recipient.spans;
    if (sent < spans->bytes && !conn->is_broken)
        keep_spans(conn, sent);
    spans_clear(spans);
    if (conn->is_cut && conn->is_closing)
        conn_flush_backlog(conn); /* the socket may have had room again, and has said so then */
}

void
conn_flush(struct conn *conn)
{
    struct spans *spans = &conn->recipient.spans;
    if (spans->count == 0)
        return;
    if (conn->is_broken) {
        spans_clear(spans);
        return;
    }
    size_t sent = 0;
    if (conn->backlog.len == 0 && !conn->is_cut) {
        struct iovec pieces[SPANS_MAX];
        put_pieces(spans, pieces);
        sent = transmit(conn, pieces, spans->count);
    }
    finish_spans(conn, sent);
}

bool
conn_aim(struct conn *conn, struct shot *shot)
{
    const struct spans *spans = &conn->recipient.spans;
    if (spans->count == 0 || spans->count > VOLLEY_PIECES_MAX || conn->tls != NULL ||
        conn->backlog.len > 0 || conn->is_broken || conn->is_cut)
        return false;
    shot->fd = conn->fd;
    shot->piece_count = spans->count;
    put_pieces(spans, shot->pieces);
    return true;
}

void
conn_take_shot(struct conn *conn, const struct shot *shot)
{
    assert(conn->fd == shot->fd);
    finish_spans(conn, note_sent(conn, shot->result));
}

void
conn_flush_backlog(struct conn *conn)
{
    if (!conn_has_backlog(conn) || conn->is_broken)
        return;
    struct iovec piece = {.iov_base = conn->backlog.ptr, .iov_len = conn->backlog.len};
    buf_consume(&conn->backlog, transmit(conn, &piece, conn->backlog.len > 0 ? 1 : 0));
    if (conn->backlog.len == 0)
        buf_deinit(&conn->backlog);
}

void
conn_finish_writing(struct conn *conn)
{
    assert(!conn_has_output(conn));
    if (conn->tls != NULL && !conn->has_said_end) {
        conn->has_said_end = true;
        tls_say_end(conn->tls);
        if (!send_sealed(conn))
            return;
    }
    conn->is_lingering = true;
    if (shutdown(conn->fd, SHUT_WR) == -1)
        conn->is_broken = true; /* the peer is gone already */
}
