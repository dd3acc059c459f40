/* The event loop; see worker.h. */
#include "net/worker.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/conn.h"
#include "net/tls.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES_PER_CONN_MAX 32 /* in one round, so that all get their turn */
#define LINES_COSTLY       4  /* of a connection whose lines had to wait for their effect */
#define LINES_SMALL        32
#define GATHER_NS          500000 /* see begins_pass */
#define GATHER_NS_MAX      20000000
#define READING_NS_MAX     2000000 /* of a round: what is written together is worth a short wait */
#define STACK_BYTES_SMALL  (256 * 1024)
#define CLOSE_TIMEOUT_MS   2000 /* to write what is left, and for the peer to hang up */
#define STOP_TIMEOUT_MS    4000 /* for all of that when the server stops */
#define STARVED_RETRY_MS   100
#define ACCEPT_PAUSE_MS    1000 /* without file descriptors, if even the spare one is gone */

struct mailbox_tag {
    enum tag_kind tag;
};

struct listener_tag {
    enum tag_kind tag;
    struct listener *listener;
    bool is_paused;
};

/* A line that is to be executed in this round. */
struct round_line {
    struct conn *conn;
    size_t end; /* what of the connection's input is used when it has been */
    enum irc_parse_result why;
    struct irc_msg msg; /* with IRC_PARSE_OK */
};

/* What a worker for many writes with. */
struct salvo {
    struct volley volley;
    struct shot shots[VOLLEY_SHOTS_MAX];
    struct conn *conns[VOLLEY_SHOTS_MAX];
};

struct worker {
    struct worker_options options; /* immutable */
    struct mailbox mailbox;
    pthread_t thread;
    atomic_uint_least32_t load;

    /* All below: the worker's thread only. */
    uint32_t home;
    struct net_settings settings;
    struct poller poller;
    struct mailbox_tag mailbox_tag;
    struct listener_tag *listener_tags;
    bool has_listeners;
    int spare_fd; /* given up to accept and refuse when there are no others */
    struct timer accept_timer;
    struct distributor distributor;
    struct timers timers;
    struct list ready;
    struct mail mail;
    struct deliveries barred; /* behind a barrier, in order */
    bool is_watching;         /* the next commit will be told */
    bool has_mail_signal;
    struct conn **arrivals; /* adopted, not yet known to the hub */
    size_t arrival_count;
    size_t arrival_capacity;
    struct conn **leaving; /* with a detach_reason */
    size_t leaving_count;
    size_t leaving_capacity;
    struct conn **dead;
    size_t dead_count;
    size_t dead_capacity;
    char *scratch;
    size_t scratch_bytes;
    struct round_line *lines;
    size_t line_capacity;
    size_t line_count;
    struct conn **round_conns;
    size_t round_conn_count;
    size_t round_conn_capacity;
    size_t listing_count; /* of these, those that go on with a long answer */
    struct salvo *salvo;  /* owned; NULL: writes one by one */
    struct list pass;     /* recipients of large fan-outs that are being written to */
    int64_t gathering_ns; /* since when others wait for the next pass; 0: none do */
    struct buf answer;
    int64_t now_ms;
    int64_t stop_ms; /* when stopping: give up then; else 0 */
    struct log_limiter accept_limiter;
    struct log_limiter entry_limiter;
    struct tls_bench *bench; /* NULL until there is a connection with TLS */
};

static void serve_conn_soon(struct worker *worker, struct conn *conn);

static struct conn *
conn_of(struct recipient *recipient)
{
    return CONTAINER_OF(recipient, struct conn, recipient);
}

/* --- timers of connections --- */

/* The next moment at which something about the connection has to be looked at. */
static int64_t
next_deadline(const struct worker *worker, const struct conn *conn)
{
    const struct net_settings *settings = &worker->settings;
    if (conn->is_closing)
        return conn->close_ms;
    int64_t next = INT64_MAX;
    if (conn->is_entering)
        next = conn->opened_ms + settings->handshake_timeout_ms;
    else if (!conn->is_registered)
        next = conn->opened_ms + settings->registration_timeout_ms;
    else if (conn->recipient.door->has_pings)
        next = conn->is_pinged ? conn->pinged_ms + settings->ping_timeout_ms
                               : conn->last_input_ms + settings->ping_interval_ms;
    if (conn->stop == CONN_STOP_RATE && conn->resume_ms < next)
        next = conn->resume_ms;
    int64_t pause_ms = conn->recipient.door->pause_ms;
    if (pause_ms > 0 && conn->input.len > 0 && !conn->is_paused &&
        conn->last_input_ms + pause_ms < next)
        next = conn->last_input_ms + pause_ms;
    if (conn->is_starved && worker->now_ms + STARVED_RETRY_MS < next)
        next = worker->now_ms + STARVED_RETRY_MS;
    return next;
}

/* Sets the timer when the deadline is earlier than what it is set to; a later one is found when
 * it fires. So input does not move timers. */
static void
arm(struct worker *worker, struct conn *conn)
{
    int64_t next = next_deadline(worker, conn);
    if (next == INT64_MAX || conn->is_dead)
        return;
    if (!timer_is_set(&conn->timer) || next < conn->timer.deadline_ms)
        timers_set(&worker->timers, &conn->timer, next);
}

/* --- ends --- */

static void
bury(struct worker *worker, struct conn *conn)
{
    if (conn->is_dead)
        return;
    conn->is_dead = true;
    timers_clear(&worker->timers, &conn->timer);
    if (list_is_linked(&conn->ready))
        list_remove(&conn->ready);
    worker->dead = cf_array_reserve(worker->dead, &worker->dead_capacity, worker->dead_count + 1,
                                    sizeof(struct conn *));
    worker->dead[worker->dead_count++] = conn;
}

/* Ends a connection that the hub does not know, and says in the log why. */
static void
turn_away(struct worker *worker, struct conn *conn, const char *reason)
{
    assert(conn->is_entering);
    uint64_t skipped;
    if (log_limiter_allows(&worker->entry_limiter, worker->now_ms, &skipped)) {
        struct buf address;
        buf_init(&address, 64);
        address_put(&address, &conn->address);
        log_line(LOG_INFO, "net", "connection turned away", LOG_STR("addr", buf_str(&address)),
                 LOG_STR("reason", str_from_nul(reason)), LOG_NUM("skipped", skipped));
        buf_deinit(&address);
    }
    conn->is_entering = false;
    conn->is_closing = true;
    conn->close_ms = worker->now_ms + CLOSE_TIMEOUT_MS;
    arm(worker, conn);
    serve_conn_soon(worker, conn);
}

/* The hub is to be told, in the next round, that the connection is over. */
static void
leave(struct worker *worker, struct conn *conn, const char *reason)
{
    if (conn->is_closing || conn->is_dead)
        return;
    if (conn->is_entering) {
        turn_away(worker, conn, reason);
        return;
    }
    if (conn->detach_reason == NULL)
        conn->detach_reason = reason;
    worker->leaving = cf_array_reserve(worker->leaving, &worker->leaving_capacity,
                                       worker->leaving_count + 1, sizeof(struct conn *));
    worker->leaving[worker->leaving_count++] = conn;
}

/* A closing connection: goes on towards its end as far as it can now. */
static void
proceed_closing(struct worker *worker, struct conn *conn)
{
    assert(conn->is_closing);
    if (!conn->is_broken && !conn->is_lingering && !conn_has_output(conn))
        conn_finish_writing(conn);
    if (conn->is_lingering)
        conn_discard_input(conn);
    if (conn->is_broken || (conn->is_lingering && conn->has_ended))
        bury(worker, conn);
}

/* The dead may have wanted to tell the hub: it has closed them by itself meanwhile. */
static void
forget_leaving_dead(struct worker *worker)
{
    size_t kept = 0;
    for (size_t i = 0; i < worker->leaving_count; i++) {
        if (!worker->leaving[i]->is_dead)
            worker->leaving[kept++] = worker->leaving[i];
    }
    worker->leaving_count = kept;
}

static void
free_dead(struct worker *worker)
{
    if (worker->dead_count > 0)
        forget_leaving_dead(worker);
    for (size_t i = 0; i < worker->dead_count; i++) {
        struct conn *conn = worker->dead[i];
        distributor_remove(&worker->distributor, &conn->recipient);
        if (!conn->is_console)
            admission_release(worker->options.admission, &conn->address);
        poller_remove(&worker->poller, conn->fd);
        conn_free(&conn);
        atomic_fetch_sub(&worker->load, 1);
    }
    worker->dead_count = 0;
}

/* --- what the distributor tells --- */

static void
hook_state(void *context, struct recipient *recipient, uint32_t flags)
{
    struct worker *worker = context;
    struct conn *conn = conn_of(recipient);
    conn->is_registered = (flags & SESSION_STATE_REGISTERED) != 0;
    conn->is_exempt = (flags & SESSION_STATE_OPERATOR) != 0;
    arm(worker, conn);
}

/* It comes from elsewhere than its socket does: limits are for who is really there. */
static void
hook_address(void *context, struct recipient *recipient, struct str text)
{
    struct worker *worker = context;
    struct conn *conn = conn_of(recipient);
    struct address_block block;
    bool is_address = address_block_parse(text, &block);
    assert(is_address);
    enum admission_result result = admission_move(worker->options.admission, &worker->settings,
                                                  &conn->address, &block.base, worker->now_ms);
    if (result == ADMISSION_OK)
        conn->address = block.base;
    else
        leave(worker, conn, admission_reason(result));
}

static void
hook_resume(void *context, struct recipient *recipient)
{
    struct conn *conn = conn_of(recipient);
    conn->is_waiting = false;
    serve_conn_soon(context, conn);
}

static void
hook_close(void *context, struct recipient *recipient)
{
    struct worker *worker = context;
    struct conn *conn = conn_of(recipient);
    if (conn->is_dead)
        return;
    conn->is_closing = true;
    conn->is_attached = false;
    conn->close_ms = worker->now_ms + CLOSE_TIMEOUT_MS;
    arm(worker, conn);
    serve_conn_soon(worker, conn);
}

static void
hook_full(void *context, struct recipient *recipient)
{
    (void)context;
    conn_flush(conn_of(recipient)); /* what follows from it is seen at the end of the round */
}

static enum outcome
hook_outcome(void *context, uint64_t ticket)
{
    struct worker *worker = context;
    return writer_outcome(worker->options.writer, ticket);
}

/* --- arrivals --- */

static void
serve_conn_soon(struct worker *worker, struct conn *conn)
{
    if (!conn->is_dead && !list_is_linked(&conn->ready))
        list_append(&worker->ready, &conn->ready);
}

static void
arrive(struct worker *worker, struct conn *conn)
{
    worker->arrivals = cf_array_reserve(worker->arrivals, &worker->arrival_capacity,
                                        worker->arrival_count + 1, sizeof(struct conn *));
    worker->arrivals[worker->arrival_count++] = conn;
}

/* False when no certificate is there, which only a bug can bring about; it has been logged. */
static bool
begin_tls(struct worker *worker, struct conn *conn)
{
    if (worker->bench == NULL)
        worker->bench = tls_bench_new();
    struct tls *tls = tls_new(worker->options.tls, worker->bench);
    if (tls == NULL) {
        log_line(LOG_ERROR, "net", "no certificate for a connection", LOG_NUM("fd", conn->fd));
        return false;
    }
    conn_take_tls(conn, tls);
    return true;
}

static void
adopt(struct worker *worker, const struct order *order)
{
    struct conn *conn =
        conn_new(order->fd, order->door, &order->peer, &worker->settings, worker->now_ms);
    conn->is_console = order->is_console;
    conn->is_local = order->is_local;
    distributor_add(&worker->distributor, &conn->recipient);
    int result = poller_add_connection(&worker->poller, conn->fd, conn);
    if (result != 0) {
        log_line(LOG_ERROR, "net", "connection can't be watched", LOG_ERRNO(-result));
        bury(worker, conn);
        return;
    }
    if (order->is_tls && !begin_tls(worker, conn)) {
        bury(worker, conn);
        return;
    }
    if (order->has_proxy)
        conn_expect_proxy(conn);
    if (!conn->is_entering)
        arrive(worker, conn);
    arm(worker, conn);
}

/* "ERROR :Closing link: ..." */
static void
put_refusal(struct buf *out, const char *reason)
{
    buf_printf(out, "ERROR :Closing link: %s\r\n", reason);
}

/* turn_away for a client that is told why, in words when it can read them. */
static void
refuse_conn(struct worker *worker, struct conn *conn, const char *reason)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES + 2);
    if (conn->tls == NULL)
        put_refusal(&text, reason);
    else
        buf_put(&text, tls_refusal());
    conn_say_raw(conn, buf_str(&text));
    buf_deinit(&text);
    turn_away(worker, conn, reason);
}

/* Who is behind a proxy: from here on the connection is theirs. False: not admitted. */
static bool
take_proxied(struct worker *worker, struct conn *conn)
{
    const struct proxy_header *proxy = conn->proxy;
    if (proxy->is_local)
        return true;
    enum admission_result result = admission_move(worker->options.admission, &worker->settings,
                                                  &conn->address, &proxy->source, worker->now_ms);
    if (result != ADMISSION_OK) {
        refuse_conn(worker, conn, admission_reason(result));
        return false;
    }
    conn->address = proxy->source;
    conn->is_local = false;
    conn->is_secure = conn->is_secure || proxy->is_secure;
    return true;
}

/* Goes on with a connection that the hub does not know yet. Returns 1, a step of a handshake. */
static size_t
enter(struct worker *worker, struct conn *conn)
{
    enum conn_entry entry = conn_enter(conn);
    if (entry == CONN_ENTRY_PROXY) {
        if (!take_proxied(worker, conn))
            return 1;
        entry = conn_enter(conn);
    }
    switch (entry) {
    case CONN_ENTRY_PROXY:
        cf_unreachable("one header");
    case CONN_ENTRY_DONE:
        arrive(worker, conn);
        arm(worker, conn);
        break;
    case CONN_ENTRY_MORE:
        if (conn->is_readable)
            serve_conn_soon(worker, conn);
        break;
    case CONN_ENTRY_FAILED:
        turn_away(worker, conn, conn->entry_failure);
        break;
    }
    return 1;
}

static void
attach(struct worker *worker, struct hub *hub, struct conn *conn)
{
    struct buf address;
    buf_init(&address, 64);
    if (conn->is_console)
        buf_put(&address, STR("console"));
    else
        address_put(&address, &conn->address);
    struct hub_attach attach = {
        .home = worker->home,
        .peer = conn->recipient.peer,
        .address = buf_str(&address),
        .is_secure = conn->is_local || conn->is_secure,
        .is_operator = conn->is_console,
    };
    char fingerprint[TLS_FINGERPRINT_BYTES + 1];
    if (conn->tls != NULL && tls_fingerprint(conn->tls, fingerprint))
        attach.fingerprint = str_from_nul(fingerprint);
    conn->recipient.door->attach(conn->recipient.door_state, &attach);
    conn->recipient.caps = attach.caps;
    struct hub_moment moment = gate_moment();
    struct slot_id session = hub_attach(hub, &attach, &moment);
    conn->recipient.session = session;
    conn->is_attached = !slot_id_is_none(session);
    if (!conn->is_attached) {
        distributor_say(&worker->distributor, &conn->recipient,
                        STR("ERROR :Closing link: this server is full, try again later\r\n"));
        conn->is_closing = true;
        conn->close_ms = worker->now_ms + CLOSE_TIMEOUT_MS;
    }
    serve_conn_soon(worker, conn);
    buf_deinit(&address);
}

/* --- accepting --- */

static void
refuse(const struct listener *listener, int fd, const char *reason)
{
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES + 2);
    /* A client of TLS could not read words before a handshake, and that is too dear for this. */
    if (listener->is_tls)
        buf_put(&text, tls_refusal());
    else
        put_refusal(&text, reason);
    /* One try: who is refused for want of room gets no more attention than that. */
    ssize_t sent = send(fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
    (void)close(fd);
    buf_deinit(&text);
}

static void
log_accept_failure(struct worker *worker, int error)
{
    uint64_t skipped;
    if (log_limiter_allows(&worker->accept_limiter, worker->now_ms, &skipped)) {
        log_line(LOG_ERROR, "net", "connection can't be accepted", LOG_ERRNO(error),
                 LOG_NUM("skipped", skipped));
    }
}

/*
 * No file descriptor is free: gives up the spare one to take the connection and tell it, so that
 * it does not hang unanswered and the listener does not spin.
 */
static void
refuse_for_want_of_fds(struct worker *worker, struct listener_tag *tag)
{
    if (worker->spare_fd != -1) {
        (void)close(worker->spare_fd);
        int fd = accept4(tag->listener->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd != -1)
            refuse(tag->listener, fd, "this server has no room, try later");
        worker->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (worker->spare_fd == -1 && !tag->is_paused) {
        poller_pause_level(&worker->poller, tag->listener->fd, tag);
        tag->is_paused = true;
        timers_set(&worker->timers, &worker->accept_timer, worker->now_ms + ACCEPT_PAUSE_MS);
    }
}

static void
log_refusal(struct worker *worker, const struct address *from, const char *reason)
{
    uint64_t skipped;
    if (!log_limiter_allows(&worker->entry_limiter, worker->now_ms, &skipped))
        return;
    struct buf address;
    buf_init(&address, 64);
    address_put(&address, from);
    log_line(LOG_INFO, "net", "connection refused", LOG_STR("addr", buf_str(&address)),
             LOG_STR("reason", str_from_nul(reason)), LOG_NUM("skipped", skipped));
    buf_deinit(&address);
}

static bool
is_proxy(const struct worker *worker, const struct address *address)
{
    for (size_t i = 0; i < worker->settings.proxy_count; i++) {
        if (address_block_holds(&worker->settings.proxies[i], address))
            return true;
    }
    return address->family == ADDRESS_UNIX;
}

/* Why a connection is not let in; NULL when it is, and has been counted. */
static const char *
ask_admission(struct worker *worker, const struct listener *listener, const struct address *address)
{
    if (listener->has_proxy && !is_proxy(worker, address))
        return "this port is for proxies only, use another one";
    enum admission_result result = admission_ask(worker->options.admission, &worker->settings,
                                                 address, listener->has_proxy, worker->now_ms);
    return result == ADMISSION_OK ? NULL : admission_reason(result);
}

static void
admit(struct worker *worker, const struct listener *listener, int fd,
      const struct sockaddr_storage *sockaddr)
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
    const char *refusal = ask_admission(worker, listener, &order.peer);
    if (refusal != NULL) {
        log_refusal(worker, &order.peer, refusal);
        refuse(listener, fd, refusal);
    } else if (worker->options.hooks->assign(worker->options.hooks->context, worker, &order)) {
        adopt(worker, &order);
    }
}

static void
accept_some(struct worker *worker, struct listener_tag *tag)
{
    for (int i = 0; i < LIMIT_ACCEPT_BATCH && worker->has_listeners; i++) {
        struct sockaddr_storage sockaddr = {.ss_family = AF_UNSPEC};
        socklen_t len = sizeof sockaddr;
        int fd = accept4(tag->listener->fd, (struct sockaddr *)&sockaddr, &len,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            admit(worker, tag->listener, fd, &sockaddr);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            log_accept_failure(worker, errno);
            refuse_for_want_of_fds(worker, tag);
        }
        return;
    }
}

static void
resume_accepting(struct worker *worker)
{
    if (worker->spare_fd == -1)
        worker->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < worker->options.listener_count && worker->has_listeners; i++) {
        struct listener_tag *tag = &worker->listener_tags[i];
        if (tag->is_paused)
            poller_resume_level(&worker->poller, tag->listener->fd, tag);
        tag->is_paused = false;
    }
}

static void
stop_accepting(struct worker *worker)
{
    if (!worker->has_listeners)
        return;
    worker->has_listeners = false;
    timers_clear(&worker->timers, &worker->accept_timer);
    for (size_t i = 0; i < worker->options.listener_count; i++)
        listener_close(&worker->options.listeners[i]);
}

/* --- mail --- */

/* The server stops: who has not got to the hub yet will not be told by it. */
static void
drop_entering(struct worker *worker)
{
    uint32_t cursor = 0;
    struct recipient *recipient;
    while ((recipient = slots_next(&worker->distributor.peers, &cursor)) != NULL) {
        if (conn_of(recipient)->is_entering)
            bury(worker, conn_of(recipient));
    }
}

static void
take_order(struct worker *worker, const struct order *order)
{
    const struct worker_hooks *hooks = worker->options.hooks;
    switch (order->kind) {
    case ORDER_ADOPT:
        adopt(worker, order);
        break;
    case ORDER_TICK: /* only to wake up and look */
        break;
    case ORDER_CONFIGURE:
        hooks->get_settings(hooks->context, &worker->settings);
        break;
    case ORDER_STOP:
        stop_accepting(worker);
        worker->stop_ms = worker->now_ms + STOP_TIMEOUT_MS;
        drop_entering(worker);
        hooks->stop(hooks->context, worker);
        break;
    case ORDER_SETTLED:
        worker->is_watching = false;
        break;
    case ORDER_REAP:
        hooks->reap(hooks->context, order->worker);
        break;
    }
}

/* Takes deliveries up to a barrier that is not settled yet; the others stay. */
static void
take_deliveries(struct worker *worker)
{
    struct deliveries *deliveries = &worker->barred;
    size_t taken = 0;
    while (taken < deliveries->count) {
        struct delivery *next = &deliveries->items[taken];
        if (next->kind != DELIVERY_BARRIER)
            taken += distributor_take(&worker->distributor, next, deliveries->count - taken);
        else if (hook_outcome(worker, next->ticket) != OUTCOME_PENDING)
            taken++;
        else
            break;
    }
    deliveries_drop_first(deliveries, taken);
}

/* Gives out what waited for records that are settled, and has itself told of the next ones. */
static void
take_settled(struct worker *worker)
{
    if (list_is_empty(&worker->distributor.held) && worker->barred.count == 0)
        return;
    if (!worker->is_watching) {
        worker->is_watching = true;
        commits_watch(worker->options.commits, &worker->mailbox);
    }
    /* After watching: what is settled from now on is told. */
    take_deliveries(worker);
    distributor_release(&worker->distributor);
}

static void
take_mail(struct worker *worker)
{
    struct mail *mail = &worker->mail;
    mailbox_take(&worker->mailbox, mail, worker->has_mail_signal);
    worker->has_mail_signal = false;
    for (size_t i = 0; i < mail->order_count; i++)
        take_order(worker, &mail->orders[i]);
    mail->order_count = 0;
    deliveries_move(&worker->barred, &mail->deliveries);
    take_deliveries(worker);
    take_settled(worker);
}

/* --- reading --- */

/* Cuts one line; false when there is none to be had now, and conn->stop says why. */
static bool
cut_line(struct worker *worker, struct conn *conn, struct str *rest)
{
    if (worker->line_count == worker->line_capacity) {
        conn->stop = CONN_STOP_ROUND;
        return false;
    }
    if (rest->len == 0) {
        conn->stop = CONN_STOP_NO_LINE;
        return false;
    }
    if (!conn_may_take_line(conn, &worker->settings, worker->now_ms)) {
        conn->stop = CONN_STOP_RATE;
        return false;
    }
    struct round_line *line = &worker->lines[worker->line_count];
    struct door_line door_line;
    door_line.is_barrier = false;
    door_line.answer = &worker->answer;
    enum door_result result =
        conn->recipient.door->read(conn->recipient.door_state, rest, conn->is_paused, &door_line);
    if (result == DOOR_MORE) {
        conn->stop = CONN_STOP_NO_LINE;
        return false;
    }
    conn_pay_line(conn, &worker->settings, worker->now_ms);
    line->conn = conn;
    line->end = conn->round_input.len - rest->len;
    line->why = IRC_PARSE_EMPTY;
    if (result == DOOR_LINE) {
        line->why = IRC_PARSE_OK;
        line->msg = door_line.msg;
    } else if (result == DOOR_INVALID) {
        line->why = door_line.why;
    }
    worker->line_count++;
    conn->stop = CONN_STOP_ROUND;
    return !door_line.is_barrier;
}

static void
add_to_round(struct worker *worker, struct conn *conn)
{
    worker->round_conns = cf_array_reserve(worker->round_conns, &worker->round_conn_capacity,
                                           worker->round_conn_count + 1, sizeof(struct conn *));
    worker->round_conns[worker->round_conn_count++] = conn;
}

/* A client of TLS at a port without it: it is told so in its own terms, and the log in words. */
static void
reject_hello(struct worker *worker, struct conn *conn)
{
    distributor_say(&worker->distributor, &conn->recipient, tls_refusal());
    log_line(LOG_INFO, "net", "TLS where there is none",
             LOG_NUM("conn", slot_id_number(conn->recipient.session)));
    leave(worker, conn, "This port does not speak TLS: turn TLS (SSL) off, or use the port for it");
}

/* Reads from a connection and cuts lines into the round. Returns the scratch memory used. */
static size_t
collect(struct worker *worker, struct conn *conn, size_t scratch_used)
{
    bool is_first = conn->is_fresh && !conn->is_console;
    size_t received =
        conn_read(conn, worker->scratch + scratch_used, worker->scratch_bytes - scratch_used);
    if (is_first && received > 1 && tls_may_be_hello(conn->round_input)) {
        reject_hello(worker, conn);
        conn->round_used = conn->round_input.len;
        add_to_round(worker, conn);
        return received;
    }
    if (received > 0) {
        conn->last_input_ms = worker->now_ms;
        conn->is_pinged = false;
        conn->is_paused = false;
    }
    struct str rest = conn->round_input;
    int lines = 0;
    int lines_max = conn->is_costly ? LINES_COSTLY : LINES_PER_CONN_MAX;
    while (lines < lines_max && cut_line(worker, conn, &rest))
        lines++;
    if (worker->answer.len > 0) {
        distributor_say(&worker->distributor, &conn->recipient, buf_str(&worker->answer));
        buf_clear(&worker->answer);
    }
    add_to_round(worker, conn);
    return conn->is_round_from_scratch ? received : 0;
}

/* The next slice of a long answer is due when the reader has taken the last one. */
static void
go_on_listing(struct worker *worker, struct conn *conn)
{
    if (conn_has_output(conn))
        return; /* comes again when all is written: flush_one, conn_event */
    worker->listing_count++;
    add_to_round(worker, conn);
}

/* Takes connections that are ready, until the round is full. */
static void
collect_round(struct worker *worker)
{
    size_t scratch_used = 0;
    size_t entry_count = 0;
    struct list later;
    list_init(&later);
    while (!list_is_empty(&worker->ready) && worker->line_count < worker->line_capacity &&
           worker->scratch_bytes - scratch_used >= LIMIT_INPUT_LINE_BYTES) {
        struct conn *conn = CONTAINER_OF(worker->ready.next, struct conn, ready);
        list_remove(&conn->ready);
        if (conn->is_closing)
            proceed_closing(worker, conn);
        else if (conn->is_entering && entry_count == LIMIT_ROUND_HANDSHAKES)
            list_append(&later, &conn->ready);
        else if (conn->is_entering)
            entry_count += enter(worker, conn);
        else if (conn->is_listing)
            go_on_listing(worker, conn);
        else if (!conn->is_waiting && conn->is_attached)
            scratch_used += collect(worker, conn, scratch_used);
    }
    while (!list_is_empty(&later)) {
        struct list *link = later.next;
        list_remove(link);
        list_append(&worker->ready, link);
    }
}

/* --- executing --- */

static void
note_verdict(struct conn *conn, enum hub_verdict verdict)
{
    switch (verdict) {
    case HUB_NEXT:
        break;
    case HUB_WAIT:
        conn->is_waiting = true;
        break;
    case HUB_MORE:
        conn->is_listing = true;
        break;
    case HUB_CLOSED:
        conn->is_attached = false;
        break;
    }
}

/* The line stays where it is, for a later round. */
static void
postpone_line(struct worker *worker, const struct round_line *line)
{
    line->conn->stop = CONN_STOP_ROUND;
    conn_refund_line(line->conn, &worker->settings);
}

static void
execute_line(struct worker *worker, struct hub *hub, const struct round_line *line)
{
    struct conn *conn = line->conn;
    if (conn->is_waiting || conn->is_listing || !conn->is_attached) {
        postpone_line(worker, line);
        return;
    }
    conn->round_used = line->end;
    if (line->why == IRC_PARSE_EMPTY)
        return;
    struct hub_moment moment = gate_moment();
    struct slot_id session = conn->recipient.session;
    note_verdict(conn, line->why == IRC_PARSE_OK
                           ? hub_execute(hub, session, &line->msg, &moment)
                           : hub_reject_line(hub, session, line->why, &moment));
}

/*
 * Executes the lines of the round, as far as there is work for in one round: a line to a channel of
 * 10,000 is ten thousand times as much as one to a person. What is left has its turn in the next
 * round, before those who had one in this: see finish_round.
 */
static void
execute_lines(struct worker *worker, struct hub *hub)
{
    uint64_t began = hub_reach(hub);
    uint64_t conn_began = began;
    const struct conn *conn = NULL;
    for (size_t i = 0; i < worker->line_count; i++) {
        const struct round_line *line = &worker->lines[i];
        uint64_t reach = hub_reach(hub);
        if (line->conn != conn) {
            conn = line->conn;
            conn_began = reach;
        }
        bool is_round_full = reach - began > LIMIT_ROUND_REACH;
        if (!is_round_full)
            line->conn->is_costly = reach - conn_began > LIMIT_ROUND_REACH_PER_CONN;
        if (is_round_full || line->conn->is_costly)
            postpone_line(worker, line);
        else
            execute_line(worker, hub, line);
    }
}

static void
continue_listing(struct hub *hub, struct conn *conn)
{
    struct hub_moment moment = gate_moment();
    conn->is_listing = false;
    note_verdict(conn, hub_continue(hub, conn->recipient.session, &moment));
}

/* All that this worker wants of the hub in this round, under one lock. */
static void
visit_hub(struct worker *worker)
{
    int64_t tick_ms = gate_next_tick_ms(worker->options.gate);
    bool is_tick_due = worker->options.fires_ticks && tick_ms <= clock_wall_ms();
    size_t wishes =
        worker->line_count + worker->listing_count + worker->arrival_count + worker->leaving_count;
    if (wishes == 0 && !is_tick_due)
        return;
    struct hub *hub = gate_enter(worker->options.gate);
    struct hub_moment moment = gate_moment();
    if (is_tick_due)
        hub_tick(hub, &moment);
    for (size_t i = 0; i < worker->arrival_count; i++) {
        if (!worker->arrivals[i]->is_dead)
            attach(worker, hub, worker->arrivals[i]);
    }
    for (size_t i = 0; i < worker->round_conn_count; i++) {
        if (worker->round_conns[i]->is_listing)
            continue_listing(hub, worker->round_conns[i]);
    }
    execute_lines(worker, hub);
    for (size_t i = 0; i < worker->leaving_count; i++) {
        struct conn *conn = worker->leaving[i];
        if (conn->is_attached)
            hub_detach(hub, conn->recipient.session, str_from_nul(conn->detach_reason), &moment);
        conn->is_attached = false;
    }
    gate_leave(worker->options.gate, worker->home);
    worker->arrival_count = 0;
    worker->leaving_count = 0;
    worker->listing_count = 0;
}

/* What becomes of a connection after its lines have been executed. */
static void
finish_input(struct worker *worker, struct conn *conn)
{
    if (conn->round_input.ptr != NULL)
        conn_keep_rest(conn);
    if (conn->is_dead || !conn->is_attached || conn->is_waiting)
        return;
    if (conn->is_listing) {
        serve_conn_soon(worker, conn);
    } else if (conn->is_broken) {
        leave(worker, conn, "Connection lost");
    } else if (conn->stop == CONN_STOP_RATE && conn_is_input_full(conn)) {
        /* Nothing more is read before there is room, and the sender has to wait: nobody is
         * disconnected for being fast (ISUPPORT SAFERATE). The timer goes on when it may. */
    } else if (conn->stop == CONN_STOP_NO_LINE &&
               conn->input.len > conn->recipient.door->line_bytes_max) {
        leave(worker, conn, "Input line too long");
    } else if (conn->stop == CONN_STOP_ROUND || conn->is_readable) {
        serve_conn_soon(worker, conn);
    } else if (conn->has_ended && conn->stop == CONN_STOP_NO_LINE) {
        if (conn->input.len > 0 && conn->recipient.door->pause_ms > 0 && !conn->is_paused) {
            conn->is_paused = true; /* its last words need no line end */
            serve_conn_soon(worker, conn);
        } else {
            leave(worker, conn, "Connection closed");
        }
    }
    arm(worker, conn);
}

/* Those whose lines had no turn are the first to have one in the next round. */
static void
finish_round(struct worker *worker)
{
    size_t served = 0;
    for (size_t i = 0; i < worker->round_conn_count; i++) {
        struct conn *conn = worker->round_conns[i];
        if (conn->round_used > 0)
            worker->round_conns[served++] = conn;
        else
            finish_input(worker, conn);
    }
    for (size_t i = 0; i < served; i++)
        finish_input(worker, worker->round_conns[i]);
    worker->round_conn_count = 0;
    worker->line_count = 0;
}

/* --- writing --- */

/* What follows from having written. */
static void
after_flush(struct worker *worker, struct conn *conn)
{
    if (conn->is_closing)
        proceed_closing(worker, conn);
    else if (conn->is_broken)
        leave(worker, conn, "Connection lost");
    else if (conn->detach_reason != NULL)
        leave(worker, conn, conn->detach_reason);
    else if (conn->is_listing && !conn_has_output(conn))
        serve_conn_soon(worker, conn);
    if (conn->is_starved)
        arm(worker, conn);
}

/* Takes recipients off the list, at most count_max, and writes what can't go in a volley. */
static size_t
aim_volley(struct worker *worker, struct list *dirty, size_t count_max, size_t *taken)
{
    struct salvo *salvo = worker->salvo;
    size_t aimed = 0;
    while (*taken < count_max && aimed < VOLLEY_SHOTS_MAX && !list_is_empty(dirty)) {
        struct conn *conn = conn_of(CONTAINER_OF(dirty->next, struct recipient, dirty));
        list_remove(&conn->recipient.dirty);
        (*taken)++;
        if (salvo != NULL && conn_aim(conn, &salvo->shots[aimed])) {
            salvo->conns[aimed++] = conn;
        } else {
            conn_flush(conn);
            after_flush(worker, conn);
        }
    }
    return aimed;
}

static void
flush_list(struct worker *worker, struct list *dirty, size_t count_max)
{
    size_t taken = 0;
    while (taken < count_max && !list_is_empty(dirty)) {
        size_t aimed = aim_volley(worker, dirty, count_max, &taken);
        struct salvo *salvo = worker->salvo;
        if (aimed > 0)
            volley_send(&salvo->volley, salvo->shots, aimed);
        for (size_t i = 0; i < aimed; i++) {
            conn_take_shot(salvo->conns[i], &salvo->shots[i]);
            after_flush(worker, salvo->conns[i]);
        }
    }
}

/*
 * Large fan-outs are written in passes, each over all recipients that have something when it
 * begins, in slices between which other work is done; what comes for them afterwards waits for the
 * next pass. A pass begins a moment after the first message of a busy channel, and while there is
 * more to read a little later, so that what all its senders are about to say goes out with one
 * write: else the first recipients would be written to twice. Nothing out of the blue waits.
 */
static bool
begins_pass(struct worker *worker, bool has_more_input)
{
    if (worker->distributor.has_urgent_bulk)
        return true;
    int64_t now_ns = clock_monotonic_ns();
    if (worker->gathering_ns == 0)
        worker->gathering_ns = now_ns;
    return now_ns >= worker->gathering_ns + (has_more_input ? GATHER_NS_MAX : GATHER_NS);
}

static void
flush_round(struct worker *worker, bool has_more_input)
{
    struct distributor *distributor = &worker->distributor;
    flush_list(worker, &distributor->prompt, SIZE_MAX);
    bool is_over_limit = distributor->pool.bytes > LIMIT_ROUND_OUTPUT_BYTES;
    if (!list_is_empty(&distributor->bulk) &&
        (is_over_limit || (list_is_empty(&worker->pass) && begins_pass(worker, has_more_input)))) {
        list_splice(&worker->pass, &distributor->bulk);
        distributor->has_urgent_bulk = false;
        worker->gathering_ns = 0;
    }
    flush_list(worker, &worker->pass, is_over_limit ? SIZE_MAX : LIMIT_FLUSH_SLICE);
}

/* --- events and timers --- */

static void
conn_event(struct worker *worker, struct conn *conn, const struct poller_event *event)
{
    if (conn->is_dead)
        return;
    if (event->is_ending)
        conn->is_ending = true;
    if (event->is_readable || event->is_ending)
        conn->is_readable = true;
    if (event->is_writable && conn_has_backlog(conn)) {
        conn_flush_backlog(conn);
        if (conn->is_broken)
            leave(worker, conn, "Connection lost");
    }
    serve_conn_soon(worker, conn);
}

static void
take_event(struct worker *worker, const struct poller_event *event)
{
    switch (*(const enum tag_kind *)event->tag) {
    case TAG_MAILBOX:
        worker->has_mail_signal = true;
        break;
    case TAG_LISTENER:
        if (worker->has_listeners)
            accept_some(worker, event->tag);
        break;
    case TAG_CONN:
        conn_event(worker, event->tag, event);
        break;
    }
}

static void
ping(struct worker *worker, struct conn *conn)
{
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES + 2);
    conn->recipient.door->put_ping(worker->settings.server_name, &line);
    distributor_say(&worker->distributor, &conn->recipient, buf_str(&line));
    buf_deinit(&line);
    conn->is_pinged = true;
    conn->pinged_ms = worker->now_ms;
}

/* What is due of a connection that is not closing; false when that ends it. */
static bool
check_silence(struct worker *worker, struct conn *conn)
{
    int64_t now = worker->now_ms;
    const struct net_settings *settings = &worker->settings;
    if (conn->is_entering) {
        if (now >= conn->opened_ms + settings->handshake_timeout_ms) {
            turn_away(worker, conn, "TLS handshake timed out");
            return false;
        }
    } else if (!conn->is_registered) {
        if (now >= conn->opened_ms + settings->registration_timeout_ms) {
            leave(worker, conn, "Registration timed out: send NICK and USER after connecting");
            return false;
        }
    } else if (conn->recipient.door->has_pings) {
        if (conn->is_pinged && now >= conn->pinged_ms + settings->ping_timeout_ms) {
            leave(worker, conn, "Ping timeout");
            return false;
        }
        if (!conn->is_pinged && now >= conn->last_input_ms + settings->ping_interval_ms)
            ping(worker, conn);
    }
    return true;
}

/*
 * A timer has fired: does what is due, if it still is. What has been done must no longer be a
 * deadline afterwards, or the timer would fire again in the same round, without end.
 */
static void
conn_timer(struct worker *worker, struct conn *conn)
{
    int64_t now = worker->now_ms;
    if (conn->is_closing) {
        if (now >= conn->close_ms)
            bury(worker, conn);
        else
            arm(worker, conn);
        return;
    }
    if (conn->is_starved) {
        conn->is_starved = false;
        conn_flush_backlog(conn);
        serve_conn_soon(worker, conn);
    }
    if (!check_silence(worker, conn))
        return; /* armed again when the hub has closed it */
    if (conn->stop == CONN_STOP_RATE && now >= conn->resume_ms) {
        conn->stop = CONN_STOP_ROUND;
        serve_conn_soon(worker, conn);
    }
    int64_t pause_ms = conn->recipient.door->pause_ms;
    if (pause_ms > 0 && conn->input.len > 0 && now >= conn->last_input_ms + pause_ms) {
        conn->is_paused = true;
        serve_conn_soon(worker, conn);
    }
    arm(worker, conn);
}

static void
fire_timers(struct worker *worker)
{
    struct timer *due;
    while ((due = timers_take_due(&worker->timers, worker->now_ms)) != NULL) {
        if (due == &worker->accept_timer)
            resume_accepting(worker);
        else
            conn_timer(worker, CONTAINER_OF(due, struct conn, timer));
    }
}

/* Milliseconds until something has to be done that no event announces; -1 for never. */
static int
wait_ms(const struct worker *worker)
{
    if (!list_is_empty(&worker->ready) || !list_is_empty(&worker->distributor.prompt) ||
        !list_is_empty(&worker->pass) || worker->leaving_count > 0 || worker->arrival_count > 0)
        return 0;
    int64_t wait = list_is_empty(&worker->distributor.bulk) ? INT64_MAX : 1;
    int64_t timer_ms = timers_next_ms(&worker->timers);
    if (timer_ms != INT64_MAX && timer_ms - worker->now_ms < wait)
        wait = timer_ms - worker->now_ms;
    if (worker->options.fires_ticks) {
        int64_t tick_ms = gate_next_tick_ms(worker->options.gate);
        int64_t until_tick = tick_ms == INT64_MAX ? INT64_MAX : tick_ms - clock_wall_ms();
        wait = until_tick < wait ? until_tick : wait;
    }
    if (worker->stop_ms != 0 && worker->stop_ms - worker->now_ms < wait)
        wait = worker->stop_ms - worker->now_ms;
    if (wait == INT64_MAX)
        return -1;
    if (wait < 0)
        return 0;
    return wait > 60000 ? 60000 : (int)wait;
}

/* --- life --- */

/* Nothing is left to do: the server stops, or this worker's one connection has gone. */
static bool
is_done(struct worker *worker)
{
    bool is_ending = worker->stop_ms != 0 || worker->options.is_small;
    return is_ending && atomic_load(&worker->load) == 0 && !worker->has_listeners;
}

/* The time for a decent end is over: drops the connections that are left. */
static void
drop_all(struct worker *worker)
{
    uint32_t cursor = 0;
    struct recipient *recipient;
    while ((recipient = slots_next(&worker->distributor.peers, &cursor)) != NULL) {
        struct conn *conn = conn_of(recipient);
        if (conn->is_closing)
            bury(worker, conn);
        else
            leave(worker, conn, "Server is stopping");
    }
}

/* One turn of reading: waits for at most timeout_ms, and executes what has come. True when more
 * is there already. */
static bool
take_input(struct worker *worker, int timeout_ms)
{
    struct poller_event events[POLLER_EVENTS_MAX];
    size_t count = poller_wait(&worker->poller, timeout_ms, events);
    worker->now_ms = clock_monotonic_ms();
    worker->distributor.now_ms = worker->now_ms;
    for (size_t i = 0; i < count; i++)
        take_event(worker, &events[i]);
    if (worker->has_mail_signal)
        take_mail(worker);
    fire_timers(worker);
    collect_round(worker);
    visit_hub(worker);
    finish_round(worker);
    take_mail(worker);
    return count == POLLER_EVENTS_MAX || !list_is_empty(&worker->ready);
}

static void
run_round(struct worker *worker)
{
    int64_t started_ns = 0;
    bool has_more = take_input(worker, wait_ms(worker));
    if (has_more)
        started_ns = clock_monotonic_ns();
    while (has_more && clock_monotonic_ns() - started_ns < READING_NS_MAX)
        has_more = take_input(worker, 0);
    flush_round(worker, has_more);
    if (worker->stop_ms != 0 && worker->now_ms >= worker->stop_ms)
        drop_all(worker);
    free_dead(worker);
    distributor_rewind(&worker->distributor);
}

/* On the worker's own thread, which the ring then belongs to. */
static void
open_salvo(struct worker *worker)
{
    worker->salvo = cf_calloc_array(1, sizeof *worker->salvo);
    volley_init(&worker->salvo->volley, true);
    if (worker->salvo->volley.ring != NULL)
        return;
    cf_free(worker->salvo); /* not allowed here: that is how it is */
    worker->salvo = NULL;
}

static void
close_salvo(struct worker *worker)
{
    if (worker->salvo == NULL)
        return;
    volley_deinit(&worker->salvo->volley);
    cf_free(worker->salvo);
    worker->salvo = NULL;
}

static void *
worker_main(void *argument)
{
    struct worker *worker = argument;
    worker->home = gate_add_home(worker->options.gate, &worker->mailbox);
    worker->now_ms = clock_monotonic_ms();
    worker->stop_ms = 0;
    worker->options.hooks->get_settings(worker->options.hooks->context, &worker->settings);
    worker->distributor.server_name = worker->settings.server_name;
    if (worker->settings.has_io_uring && !worker->options.is_small)
        open_salvo(worker);
    do
        run_round(worker);
    while (!is_done(worker));
    close_salvo(worker);
    gate_remove_home(worker->options.gate, worker->home);
    if (worker->options.is_small)
        worker->options.hooks->ended(worker->options.hooks->context, worker);
    return NULL;
}

/* Puts mailbox and listeners into the poller. */
static int
watch(struct worker *worker)
{
    worker->mailbox_tag.tag = TAG_MAILBOX;
    int result = poller_add_level(&worker->poller, worker->mailbox.event_fd, &worker->mailbox_tag);
    size_t count = worker->options.listener_count;
    worker->listener_tags = cf_calloc_array(count, sizeof *worker->listener_tags);
    worker->has_listeners = count > 0;
    worker->spare_fd = -1;
    if (count > 0)
        worker->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct listener_tag *tag = &worker->listener_tags[i];
        *tag =
            (struct listener_tag){.tag = TAG_LISTENER, .listener = &worker->options.listeners[i]};
        result = poller_add_level(&worker->poller, tag->listener->fd, tag);
    }
    return result;
}

struct worker *
worker_new(const struct worker_options *options)
{
    struct worker *worker = cf_calloc_array(1, sizeof *worker);
    worker->options = *options;
    if (mailbox_init(&worker->mailbox) != 0) {
        cf_free(worker);
        return NULL;
    }
    if (poller_init(&worker->poller) != 0) {
        mailbox_deinit(&worker->mailbox);
        cf_free(worker);
        return NULL;
    }
    distributor_init(&worker->distributor, &(struct distributor_hooks){
                                               .context = worker,
                                               .state = hook_state,
                                               .address = hook_address,
                                               .resume = hook_resume,
                                               .close = hook_close,
                                               .full = hook_full,
                                               .outcome = hook_outcome,
                                           });
    list_init(&worker->ready);
    list_init(&worker->pass);
    buf_init(&worker->answer, LIMIT_INPUT_LINE_BYTES);
    worker->scratch_bytes =
        options->is_small ? LIMIT_ROUND_INPUT_BYTES_SMALL : LIMIT_ROUND_INPUT_BYTES;
    worker->scratch = cf_alloc(worker->scratch_bytes);
    worker->line_capacity = options->is_small ? LINES_SMALL : LIMIT_ROUND_LINES;
    worker->lines = cf_calloc_array(worker->line_capacity, sizeof *worker->lines);
    if (watch(worker) != 0)
        worker_free(&worker);
    return worker;
}

void
worker_free(struct worker **worker_ptr)
{
    struct worker *worker = *worker_ptr;
    *worker_ptr = NULL;
    if (worker == NULL)
        return;
    assert(worker->dead_count == 0);
    stop_accepting(worker);
    if (worker->spare_fd != -1)
        (void)close(worker->spare_fd);
    mail_deinit(&worker->mail);
    deliveries_deinit(&worker->barred);
    mailbox_deinit(&worker->mailbox);
    poller_deinit(&worker->poller);
    distributor_deinit(&worker->distributor);
    timers_deinit(&worker->timers);
    buf_deinit(&worker->answer);
    tls_bench_free(&worker->bench);
    cf_free(worker->listener_tags);
    cf_free(worker->arrivals);
    cf_free(worker->leaving);
    cf_free(worker->dead);
    cf_free(worker->scratch);
    cf_free(worker->lines);
    cf_free(worker->round_conns);
    cf_free(worker);
}

int
worker_start(struct worker *worker)
{
    return thread_start(&worker->thread, worker->options.name,
                        worker->options.is_small ? STACK_BYTES_SMALL : 0, worker_main, worker);
}

void
worker_join(struct worker *worker)
{
    thread_join(worker->thread);
}

void
worker_assign(struct worker *worker, const struct order *order)
{
    assert(order->kind == ORDER_ADOPT);
    atomic_fetch_add(&worker->load, 1);
    mailbox_order(&worker->mailbox, order);
}

void
worker_count_load(struct worker *worker)
{
    atomic_fetch_add(&worker->load, 1);
}

void
worker_discount_load(struct worker *worker)
{
    atomic_fetch_sub(&worker->load, 1);
}

struct mailbox *
worker_mailbox(struct worker *worker)
{
    return &worker->mailbox;
}

uint32_t
worker_load(const struct worker *worker)
{
    return atomic_load(&worker->load);
}
