/* Connections of a worker: what is due, and how they end; see roster.h. */
#include "net/roster.h"

#include <assert.h>

#define CLOSE_TIMEOUT_MS 2000 /* to write what is left, and for the peer to hang up */
#define STARVED_RETRY_MS 100

/* --- what the distributor tells --- */

static void
hook_state(void *context, struct recipient *recipient, uint32_t flags)
{
    struct roster *roster = context;
    struct conn *conn = conn_of(recipient);
    conn->is_registered = (flags & SESSION_STATE_REGISTERED) != 0;
    conn->is_exempt = (flags & SESSION_STATE_OPERATOR) != 0;
    roster_arm(roster, conn);
}

/* It comes from elsewhere than its socket does: limits are for who is really there. */
static void
hook_address(void *context, struct recipient *recipient, struct str text)
{
    struct roster *roster = context;
    struct conn *conn = conn_of(recipient);
    struct address_block block;
    bool is_address = address_block_parse(text, &block);
    assert(is_address);
    enum admission_result result = admission_move(roster->admission, &roster->settings,
                                                  &conn->address, &block.base, roster->now_ms);
    if (result == ADMISSION_OK)
        conn->address = block.base;
    else
        roster_leave(roster, conn, admission_reason(result));
}

static void
hook_resume(void *context, struct recipient *recipient)
{
    struct conn *conn = conn_of(recipient);
    conn->is_waiting = false;
    roster_serve_soon(context, conn);
}

static void
hook_close(void *context, struct recipient *recipient)
{
    struct roster *roster = context;
    struct conn *conn = conn_of(recipient);
    if (conn->is_dead)
        return;
    conn->is_attached = false;
    roster_begin_closing(roster, conn);
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
    struct roster *roster = context;
    return writer_outcome(roster->writer, ticket);
}

void
roster_init(struct roster *roster, struct poller *poller, struct admission *admission,
            struct writer *writer)
{
    roster->poller = poller;
    roster->admission = admission;
    roster->writer = writer;
    distributor_init(&roster->distributor, &(struct distributor_hooks){
                                               .context = roster,
                                               .state = hook_state,
                                               .address = hook_address,
                                               .resume = hook_resume,
                                               .close = hook_close,
                                               .full = hook_full,
                                               .outcome = hook_outcome,
                                           });
    list_init(&roster->ready);
}

void
roster_deinit(struct roster *roster)
{
    assert(roster->dead.count == 0);
    distributor_deinit(&roster->distributor);
    timers_deinit(&roster->timers);
    cf_free(roster->arrivals.items);
    cf_free(roster->leaving.items);
    cf_free(roster->dead.items);
}

/* --- what is to be done --- */

void
roster_serve_soon(struct roster *roster, struct conn *conn)
{
    if (!conn->is_dead && !list_is_linked(&conn->ready))
        list_append(&roster->ready, &conn->ready);
}

void
roster_arrive(struct roster *roster, struct conn *conn)
{
    conn_array_add(&roster->arrivals, conn);
}

/* The next moment at which something about the connection has to be looked at. */
static int64_t
next_deadline(const struct roster *roster, const struct conn *conn)
{
    const struct net_settings *settings = &roster->settings;
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
    if (conn->is_starved && roster->now_ms + STARVED_RETRY_MS < next)
        next = roster->now_ms + STARVED_RETRY_MS;
    return next;
}

void
roster_arm(struct roster *roster, struct conn *conn)
{
    int64_t next = next_deadline(roster, conn);
    if (next == INT64_MAX || conn->is_dead)
        return;
    if (!timer_is_set(&conn->timer) || next < conn->timer.deadline_ms)
        timers_set(&roster->timers, &conn->timer, next);
}

static void
ping(struct roster *roster, struct conn *conn)
{
    struct buf line;
    buf_init(&line, LIMIT_LINE_BYTES + 2);
    conn->recipient.door->put_ping(roster->settings.server_name, &line);
    distributor_say(&roster->distributor, &conn->recipient, buf_str(&line));
    buf_deinit(&line);
    conn->is_pinged = true;
    conn->pinged_ms = roster->now_ms;
}

/* What is due of a connection that is not closing; false when that ends it. */
static bool
check_silence(struct roster *roster, struct conn *conn)
{
    int64_t now = roster->now_ms;
    const struct net_settings *settings = &roster->settings;
    if (conn->is_entering) {
        if (now >= conn->opened_ms + settings->handshake_timeout_ms) {
            roster_turn_away(roster, conn, "TLS handshake timed out");
            return false;
        }
    } else if (!conn->is_registered) {
        if (now >= conn->opened_ms + settings->registration_timeout_ms) {
            roster_leave(roster, conn,
                         "Registration timed out: send NICK and USER after connecting");
            return false;
        }
    } else if (conn->recipient.door->has_pings) {
        if (conn->is_pinged && now >= conn->pinged_ms + settings->ping_timeout_ms) {
            roster_leave(roster, conn, "Ping timeout");
            return false;
        }
        if (!conn->is_pinged && now >= conn->last_input_ms + settings->ping_interval_ms)
            ping(roster, conn);
    }
    return true;
}

void
roster_take_timer(struct roster *roster, struct conn *conn)
{
    int64_t now = roster->now_ms;
    if (conn->is_closing) {
        if (now >= conn->close_ms)
            roster_bury(roster, conn);
        else
            roster_arm(roster, conn);
        return;
    }
    if (conn->is_starved) {
        conn->is_starved = false;
        conn_flush_backlog(conn);
        roster_serve_soon(roster, conn);
    }
    if (!check_silence(roster, conn))
        return; /* armed again when the hub has closed it */
    if (conn->stop == CONN_STOP_RATE && now >= conn->resume_ms) {
        conn->stop = CONN_STOP_ROUND;
        roster_serve_soon(roster, conn);
    }
    int64_t pause_ms = conn->recipient.door->pause_ms;
    if (pause_ms > 0 && conn->input.len > 0 && now >= conn->last_input_ms + pause_ms) {
        conn->is_paused = true;
        roster_serve_soon(roster, conn);
    }
    roster_arm(roster, conn);
}

/* --- ends --- */

void
roster_leave(struct roster *roster, struct conn *conn, const char *reason)
{
    if (conn->is_closing || conn->is_dead)
        return;
    if (conn->is_entering) {
        roster_turn_away(roster, conn, reason);
        return;
    }
    if (conn->detach_reason == NULL)
        conn->detach_reason = reason;
    conn_array_add(&roster->leaving, conn);
}

void
roster_turn_away(struct roster *roster, struct conn *conn, const char *reason)
{
    assert(conn->is_entering);
    roster_log_unwanted(roster, "connection turned away", &conn->address, reason);
    conn->is_entering = false;
    roster_begin_closing(roster, conn);
}

void
roster_log_unwanted(struct roster *roster, const char *message, const struct address *from,
                    const char *reason)
{
    uint64_t skipped;
    if (!log_limiter_allows(&roster->unwanted, roster->now_ms, &skipped))
        return;
    struct buf address;
    buf_init(&address, 64);
    address_put(&address, from);
    log_line(LOG_INFO, "net", message, LOG_STR("addr", buf_str(&address)),
             LOG_STR("reason", str_from_nul(reason)), LOG_NUM("skipped", skipped));
    buf_deinit(&address);
}

void
roster_begin_closing(struct roster *roster, struct conn *conn)
{
    conn->is_closing = true;
    conn->close_ms = roster->now_ms + CLOSE_TIMEOUT_MS;
    roster_arm(roster, conn);
    roster_serve_soon(roster, conn);
}

void
roster_proceed_closing(struct roster *roster, struct conn *conn)
{
    assert(conn->is_closing);
    if (!conn->is_broken && !conn->is_lingering && !conn_has_output(conn))
        conn_finish_writing(conn);
    if (conn->is_lingering)
        conn_discard_input(conn);
    if (conn->is_broken || (conn->is_lingering && conn->has_ended))
        roster_bury(roster, conn);
}

void
roster_bury(struct roster *roster, struct conn *conn)
{
    if (conn->is_dead)
        return;
    conn->is_dead = true;
    timers_clear(&roster->timers, &conn->timer);
    if (list_is_linked(&conn->ready))
        list_remove(&conn->ready);
    conn_array_add(&roster->dead, conn);
}

void
roster_drop_entering(struct roster *roster)
{
    uint32_t cursor = 0;
    struct recipient *recipient;
    while ((recipient = slots_next(&roster->distributor.peers, &cursor)) != NULL) {
        if (conn_of(recipient)->is_entering)
            roster_bury(roster, conn_of(recipient));
    }
}

void
roster_drop_all(struct roster *roster)
{
    uint32_t cursor = 0;
    struct recipient *recipient;
    while ((recipient = slots_next(&roster->distributor.peers, &cursor)) != NULL) {
        struct conn *conn = conn_of(recipient);
        if (conn->is_closing)
            roster_bury(roster, conn);
        else
            roster_leave(roster, conn, "Server is stopping");
    }
}

/* The dead may have wanted to tell the hub: it has closed them by itself meanwhile. */
static void
forget_leaving_dead(struct roster *roster)
{
    struct conn_array *leaving = &roster->leaving;
    size_t kept = 0;
    for (size_t i = 0; i < leaving->count; i++) {
        if (!leaving->items[i]->is_dead)
            leaving->items[kept++] = leaving->items[i];
    }
    leaving->count = kept;
}

uint32_t
roster_free_dead(struct roster *roster)
{
    uint32_t count = (uint32_t)roster->dead.count;
    if (count > 0)
        forget_leaving_dead(roster);
    for (size_t i = 0; i < count; i++) {
        struct conn *conn = roster->dead.items[i];
        distributor_remove(&roster->distributor, &conn->recipient);
        if (!conn->is_console)
            admission_release(roster->admission, &conn->address);
        poller_remove(roster->poller, conn->fd);
        conn_free(&conn);
    }
    roster->dead.count = 0;
    return count;
}
