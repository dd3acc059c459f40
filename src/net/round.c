/* Reading, and executing what was read; see round.h. */
#include "net/round.h"

#include "base/clock.h"

#include <assert.h>

#define LINES_PER_CONN_MAX 32 /* in one round, so that all get their turn */
#define LINES_COSTLY       4  /* of a connection whose lines had to wait for their effect */
#define LINES_SMALL        32

/* A line that is to be executed in this round. */
struct round_line {
    struct conn *conn;
    size_t end; /* what of the connection's input is used when it has been */
    enum irc_parse_result why;
    struct irc_msg msg; /* with IRC_PARSE_OK */
};

void
round_init(struct round *round, const struct round_options *options)
{
    round->options = *options;
    buf_init(&round->answer, LIMIT_INPUT_LINE_BYTES);
    round->scratch_bytes =
        options->is_small ? LIMIT_ROUND_INPUT_BYTES_SMALL : LIMIT_ROUND_INPUT_BYTES;
    round->scratch = cf_alloc(round->scratch_bytes);
    round->line_capacity = options->is_small ? LINES_SMALL : LIMIT_ROUND_LINES;
    round->lines = cf_calloc_array(round->line_capacity, sizeof *round->lines);
}

void
round_deinit(struct round *round)
{
    buf_deinit(&round->answer);
    cf_free(round->scratch);
    cf_free(round->lines);
    cf_free(round->conns.items);
}

/* --- reading --- */

/* Cuts one line; false when there is none to be had now, and conn->stop says why. */
static bool
cut_line(struct round *round, struct conn *conn, struct str *rest)
{
    const struct roster *roster = round->options.roster;
    if (round->line_count == round->line_capacity) {
        conn->stop = CONN_STOP_ROUND;
        return false;
    }
    if (rest->len == 0) {
        conn->stop = CONN_STOP_NO_LINE;
        return false;
    }
    if (!conn_may_take_line(conn, &roster->settings, roster->now_ms)) {
        conn->stop = CONN_STOP_RATE;
        return false;
    }
    struct round_line *line = &round->lines[round->line_count];
    struct door_line door_line;
    door_line.is_barrier = false;
    door_line.answer = &round->answer;
    enum door_result result =
        conn->recipient.door->read(conn->recipient.door_state, rest, conn->is_paused, &door_line);
    if (result == DOOR_MORE) {
        conn->stop = CONN_STOP_NO_LINE;
        return false;
    }
    conn_pay_line(conn, &roster->settings, roster->now_ms);
    line->conn = conn;
    line->end = conn->round_input.len - rest->len;
    line->why = IRC_PARSE_EMPTY;
    if (result == DOOR_LINE) {
        line->why = IRC_PARSE_OK;
        line->msg = door_line.msg;
    } else if (result == DOOR_INVALID) {
        line->why = door_line.why;
    }
    round->line_count++;
    conn->stop = CONN_STOP_ROUND;
    return !door_line.is_barrier;
}

/* A client of TLS at a port without it: it is told so in its own terms, and the log in words. */
static void
reject_hello(struct roster *roster, struct conn *conn)
{
    distributor_say(&roster->distributor, &conn->recipient, tls_refusal());
    log_line(LOG_INFO, "net", "TLS where there is none",
             LOG_NUM("conn", slot_id_number(conn->recipient.session)));
    roster_leave(roster, conn,
                 "This port does not speak TLS: turn TLS (SSL) off, or use the port for it");
}

/* Reads from a connection and cuts lines into the round. Returns the scratch memory used. */
static size_t
collect(struct round *round, struct conn *conn, size_t scratch_used)
{
    struct roster *roster = round->options.roster;
    bool is_first = conn->is_fresh && !conn->is_console;
    size_t received =
        conn_read(conn, round->scratch + scratch_used, round->scratch_bytes - scratch_used);
    if (is_first && received > 1 && tls_may_be_hello(conn->round_input)) {
        reject_hello(roster, conn);
        conn->round_used = conn->round_input.len;
        conn_array_add(&round->conns, conn);
        return received;
    }
    if (received > 0) {
        conn->last_input_ms = roster->now_ms;
        conn->is_pinged = false;
        conn->is_paused = false;
    }
    struct str rest = conn->round_input;
    int lines = 0;
    int lines_max = conn->is_costly ? LINES_COSTLY : LINES_PER_CONN_MAX;
    while (lines < lines_max && cut_line(round, conn, &rest))
        lines++;
    if (round->answer.len > 0) {
        distributor_say(&roster->distributor, &conn->recipient, buf_str(&round->answer));
        buf_clear(&round->answer);
    }
    conn_array_add(&round->conns, conn);
    return conn->is_round_from_scratch ? received : 0;
}

/* The next slice of a long answer is due when the reader has taken the last one. */
static void
go_on_listing(struct round *round, struct conn *conn)
{
    if (conn_has_output(conn))
        return; /* comes again when all is written: flusher.c, conn_event */
    round->listing_count++;
    conn_array_add(&round->conns, conn);
}

void
round_collect(struct round *round)
{
    struct roster *roster = round->options.roster;
    size_t scratch_used = 0;
    size_t entry_count = 0;
    struct list later;
    list_init(&later);
    while (!list_is_empty(&roster->ready) && round->line_count < round->line_capacity &&
           round->scratch_bytes - scratch_used >= LIMIT_INPUT_LINE_BYTES) {
        struct conn *conn = CONTAINER_OF(roster->ready.next, struct conn, ready);
        list_remove(&conn->ready);
        if (conn->is_closing)
            roster_proceed_closing(roster, conn);
        else if (conn->is_entering && entry_count == LIMIT_ROUND_HANDSHAKES)
            list_append(&later, &conn->ready);
        else if (conn->is_entering)
            entry_count += entry_proceed(round->options.entry, conn);
        else if (conn->is_listing)
            go_on_listing(round, conn);
        else if (!conn->is_waiting && conn->is_attached)
            scratch_used += collect(round, conn, scratch_used);
    }
    while (!list_is_empty(&later)) {
        struct list *link = later.next;
        list_remove(link);
        list_append(&roster->ready, link);
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
postpone_line(const struct round *round, const struct round_line *line)
{
    line->conn->stop = CONN_STOP_ROUND;
    conn_refund_line(line->conn, &round->options.roster->settings);
}

static void
execute_line(const struct round *round, struct hub *hub, const struct round_line *line)
{
    struct conn *conn = line->conn;
    if (conn->is_waiting || conn->is_listing || !conn->is_attached) {
        postpone_line(round, line);
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
 * round, before those who had one in this: see round_finish.
 */
static void
execute_lines(const struct round *round, struct hub *hub)
{
    uint64_t began = hub_reach(hub);
    uint64_t conn_began = began;
    const struct conn *conn = NULL;
    for (size_t i = 0; i < round->line_count; i++) {
        const struct round_line *line = &round->lines[i];
        uint64_t reach = hub_reach(hub);
        if (line->conn != conn) {
            conn = line->conn;
            conn_began = reach;
        }
        bool is_round_full = reach - began > LIMIT_ROUND_REACH;
        if (!is_round_full)
            line->conn->is_costly = reach - conn_began > LIMIT_ROUND_REACH_PER_CONN;
        if (is_round_full || line->conn->is_costly)
            postpone_line(round, line);
        else
            execute_line(round, hub, line);
    }
}

static void
continue_listing(struct hub *hub, struct conn *conn)
{
    struct hub_moment moment = gate_moment();
    conn->is_listing = false;
    note_verdict(conn, hub_continue(hub, conn->recipient.session, &moment));
}

void
round_visit_hub(struct round *round)
{
    struct conn_array *arrivals = &round->options.roster->arrivals;
    struct conn_array *leaving = &round->options.roster->leaving;
    int64_t tick_ms = gate_next_tick_ms(round->options.gate);
    bool is_tick_due = round->options.fires_ticks && tick_ms <= clock_wall_ms();
    size_t wishes = round->line_count + round->listing_count + arrivals->count + leaving->count;
    if (wishes == 0 && !is_tick_due)
        return;
    struct hub *hub = gate_enter(round->options.gate);
    struct hub_moment moment = gate_moment();
    if (is_tick_due)
        hub_tick(hub, &moment);
    for (size_t i = 0; i < arrivals->count; i++) {
        if (!arrivals->items[i]->is_dead)
            entry_attach(round->options.entry, hub, round->home, arrivals->items[i]);
    }
    for (size_t i = 0; i < round->conns.count; i++) {
        if (round->conns.items[i]->is_listing)
            continue_listing(hub, round->conns.items[i]);
    }
    execute_lines(round, hub);
    for (size_t i = 0; i < leaving->count; i++) {
        struct conn *conn = leaving->items[i];
        if (conn->is_attached)
            hub_detach(hub, conn->recipient.session, str_from_nul(conn->detach_reason), &moment);
        conn->is_attached = false;
    }
    gate_leave(round->options.gate, round->home);
    arrivals->count = 0;
    leaving->count = 0;
    round->listing_count = 0;
}

/* --- afterwards --- */

/* What becomes of a connection after its lines have been executed. */
static void
finish_input(struct roster *roster, struct conn *conn)
{
    if (conn->round_input.ptr != NULL)
        conn_keep_rest(conn);
    if (conn->is_dead || !conn->is_attached || conn->is_waiting)
        return;
    if (conn->is_listing) {
        roster_serve_soon(roster, conn);
    } else if (conn->is_broken) {
        roster_leave(roster, conn, "Connection lost");
    } else if (conn->stop == CONN_STOP_RATE && conn_is_input_full(conn)) {
        /* Nothing more is read before there is room, and the sender has to wait: nobody is
         * disconnected for being fast (ISUPPORT SAFERATE). The timer goes on when it may. */
    } else if (conn->stop == CONN_STOP_NO_LINE &&
               conn->input.len > conn->recipient.door->line_bytes_max) {
        roster_leave(roster, conn, "Input line too long");
    } else if (conn->stop == CONN_STOP_ROUND || conn->is_readable) {
        roster_serve_soon(roster, conn);
    } else if (conn->has_ended && conn->stop == CONN_STOP_NO_LINE) {
        if (conn->input.len > 0 && conn->recipient.door->pause_ms > 0 && !conn->is_paused) {
            conn->is_paused = true; /* its last words need no line end */
            roster_serve_soon(roster, conn);
        } else {
            roster_leave(roster, conn, "Connection closed");
        }
    }
    roster_arm(roster, conn);
}

void
round_finish(struct round *round)
{
    struct roster *roster = round->options.roster;
    struct conn_array *conns = &round->conns;
    size_t served = 0;
    for (size_t i = 0; i < conns->count; i++) {
        struct conn *conn = conns->items[i];
        if (conn->round_used > 0)
            conns->items[served++] = conn;
        else
            finish_input(roster, conn);
    }
    for (size_t i = 0; i < served; i++)
        finish_input(roster, conns->items[i]);
    conns->count = 0;
    round->line_count = 0;
}
