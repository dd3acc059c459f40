/* The event loop; see worker.h. */
#include "net/worker.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/acceptor.h"
#include "net/entry.h"
#include "net/flusher.h"
#include "net/roster.h"
#include "net/round.h"

#include <assert.h>
#include <stdatomic.h>

#define READING_NS_MAX    2000000 /* of a round: what is written together is worth a short wait */
#define STACK_BYTES_SMALL (256 * 1024)
#define STOP_TIMEOUT_MS   4000 /* for connections to end decently when the server stops */

struct mailbox_tag {
    enum tag_kind tag;
};

struct worker {
    struct worker_options options; /* immutable */
    struct mailbox mailbox;
    pthread_t thread;
    atomic_uint_least32_t load;

    /* All below: the worker's thread only. */
    struct poller poller;
    struct mailbox_tag mailbox_tag;
    struct roster roster;
    struct acceptor acceptor;
    struct entry entry;
    struct round round;
    struct flusher flusher;
    struct mail mail;
    struct deliveries barred; /* behind a barrier, in order */
    bool is_watching;         /* the next commit will be told */
    bool has_mail_signal;
    int64_t stop_ms; /* when stopping: give up then; else 0 */
};

/* --- mail --- */

static void
take_order(struct worker *worker, const struct order *order)
{
    const struct worker_hooks *hooks = worker->options.hooks;
    switch (order->kind) {
    case ORDER_ADOPT:
        entry_adopt(&worker->entry, order);
        break;
    case ORDER_TICK: /* only to wake up and look */
        break;
    case ORDER_CONFIGURE:
        hooks->get_settings(hooks->context, &worker->roster.settings);
        break;
    case ORDER_STOP:
        acceptor_close(&worker->acceptor);
        worker->stop_ms = worker->roster.now_ms + STOP_TIMEOUT_MS;
        roster_drop_entering(&worker->roster);
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
            taken += distributor_take(&worker->roster.distributor, next, deliveries->count - taken);
        else if (writer_outcome(worker->options.writer, next->ticket) != OUTCOME_PENDING)
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
    if (list_is_empty(&worker->roster.distributor.held) && worker->barred.count == 0)
        return;
    if (!worker->is_watching) {
        worker->is_watching = true;
        commits_watch(worker->options.commits, &worker->mailbox);
    }
    /* After watching: what is settled from now on is told. */
    take_deliveries(worker);
    distributor_release(&worker->roster.distributor);
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

/* --- events and timers --- */

static void
conn_event(struct roster *roster, struct conn *conn, const struct poller_event *event)
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
            roster_leave(roster, conn, "Connection lost");
    }
    roster_serve_soon(roster, conn);
}

static void
accept_some(struct worker *worker, struct listener_tag *tag)
{
    const struct worker_hooks *hooks = worker->options.hooks;
    for (int i = 0; i < LIMIT_ACCEPT_BATCH && worker->acceptor.is_open; i++) {
        struct order order;
        enum accept_result result = acceptor_next(&worker->acceptor, tag, &order);
        if (result == ACCEPT_NONE)
            return;
        if (result == ACCEPT_ADMITTED && hooks->assign(hooks->context, worker, &order))
            entry_adopt(&worker->entry, &order);
    }
}

static void
take_event(struct worker *worker, const struct poller_event *event)
{
    switch (*(const enum tag_kind *)event->tag) {
    case TAG_MAILBOX:
        worker->has_mail_signal = true;
        break;
    case TAG_LISTENER:
        accept_some(worker, event->tag);
        break;
    case TAG_CONN:
        conn_event(&worker->roster, event->tag, event);
        break;
    }
}

static void
fire_timers(struct worker *worker)
{
    struct timer *due;
    while ((due = timers_take_due(&worker->roster.timers, worker->roster.now_ms)) != NULL) {
        if (due == &worker->acceptor.timer)
            acceptor_resume(&worker->acceptor);
        else
            roster_take_timer(&worker->roster, CONTAINER_OF(due, struct conn, timer));
    }
}

/* Milliseconds until something has to be done that no event announces; -1 for never. */
static int
wait_ms(const struct worker *worker)
{
    const struct roster *roster = &worker->roster;
    const struct distributor *distributor = &roster->distributor;
    if (!list_is_empty(&roster->ready) || !list_is_empty(&distributor->prompt) ||
        !list_is_empty(&worker->flusher.pass) || roster->leaving.count > 0 ||
        roster->arrivals.count > 0)
        return 0;
    int64_t wait = list_is_empty(&distributor->bulk) ? INT64_MAX : 1;
    int64_t timer_ms = timers_next_ms(&roster->timers);
    if (timer_ms != INT64_MAX && timer_ms - roster->now_ms < wait)
        wait = timer_ms - roster->now_ms;
    if (worker->options.fires_ticks) {
        int64_t tick_ms = gate_next_tick_ms(worker->options.gate);
        int64_t until_tick = tick_ms == INT64_MAX ? INT64_MAX : tick_ms - clock_wall_ms();
        wait = until_tick < wait ? until_tick : wait;
    }
    if (worker->stop_ms != 0 && worker->stop_ms - roster->now_ms < wait)
        wait = worker->stop_ms - roster->now_ms;
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
    return is_ending && atomic_load(&worker->load) == 0 && !worker->acceptor.is_open;
}

/* One turn of reading: waits for at most timeout_ms, and executes what has come. True when more
 * is there already. */
static bool
take_input(struct worker *worker, int timeout_ms)
{
    struct poller_event events[POLLER_EVENTS_MAX];
    size_t count = poller_wait(&worker->poller, timeout_ms, events);
    worker->roster.now_ms = clock_monotonic_ms();
    worker->roster.distributor.now_ms = worker->roster.now_ms;
    for (size_t i = 0; i < count; i++)
        take_event(worker, &events[i]);
    if (worker->has_mail_signal)
        take_mail(worker);
    fire_timers(worker);
    round_collect(&worker->round);
    round_visit_hub(&worker->round);
    round_finish(&worker->round);
    take_mail(worker);
    return count == POLLER_EVENTS_MAX || !list_is_empty(&worker->roster.ready);
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
    flusher_write(&worker->flusher, has_more);
    if (worker->stop_ms != 0 && worker->roster.now_ms >= worker->stop_ms)
        roster_drop_all(&worker->roster);
    uint32_t freed = roster_free_dead(&worker->roster);
    if (freed > 0)
        atomic_fetch_sub(&worker->load, freed);
    distributor_rewind(&worker->roster.distributor);
}

static void *
worker_main(void *argument)
{
    struct worker *worker = argument;
    struct roster *roster = &worker->roster;
    const struct worker_hooks *hooks = worker->options.hooks;
    worker->round.home = gate_add_home(worker->options.gate, &worker->mailbox);
    roster->now_ms = clock_monotonic_ms();
    worker->stop_ms = 0;
    hooks->get_settings(hooks->context, &roster->settings);
    roster->distributor.server_name = roster->settings.server_name;
    if (roster->settings.has_io_uring && !worker->options.is_small)
        flusher_open_ring(&worker->flusher);
    do
        run_round(worker);
    while (!is_done(worker));
    flusher_close_ring(&worker->flusher);
    gate_remove_home(worker->options.gate, worker->round.home);
    if (worker->options.is_small)
        hooks->ended(hooks->context, worker);
    return NULL;
}

/* Puts mailbox and listeners into the poller. */
static int
watch(struct worker *worker)
{
    int result = acceptor_init(&worker->acceptor, &worker->roster, worker->options.listeners,
                               worker->options.listener_count);
    worker->mailbox_tag.tag = TAG_MAILBOX;
    if (result == 0)
        result = poller_add_level(&worker->poller, worker->mailbox.event_fd, &worker->mailbox_tag);
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
    roster_init(&worker->roster, &worker->poller, options->admission, options->writer);
    entry_init(&worker->entry, &worker->roster, options->tls);
    round_init(&worker->round, &(struct round_options){
                                   .roster = &worker->roster,
                                   .entry = &worker->entry,
                                   .gate = options->gate,
                                   .is_small = options->is_small,
                                   .fires_ticks = options->fires_ticks,
                               });
    flusher_init(&worker->flusher, &worker->roster);
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
    acceptor_deinit(&worker->acceptor);
    mail_deinit(&worker->mail);
    deliveries_deinit(&worker->barred);
    mailbox_deinit(&worker->mailbox);
    round_deinit(&worker->round);
    roster_deinit(&worker->roster);
    entry_deinit(&worker->entry);
    poller_deinit(&worker->poller);
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
