/* All workers together; see fleet.h. */
#include "net/fleet.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "net/worker.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct fleet {
    struct gate *gate; /* immutable, like all down to the mutex */
    enum fleet_model model;
    struct worker_hooks hooks;
    struct tls_server *tls;
    struct str stop_reason;
    struct commits *commits;
    struct writer *writer;
    struct worker *workers[LIMIT_WORKERS]; /* shared ones; the first accepts */
    uint32_t worker_count;
    struct admission admission;
    struct log_limiter refusal_limiter; /* the first worker's thread */

    struct cf_mutex mutex;
    struct net_settings settings CF_GUARDED_BY(mutex);
    struct worker **busy CF_GUARDED_BY(mutex); /* with one client each, and a running thread */
    size_t busy_count CF_GUARDED_BY(mutex);
    size_t busy_capacity CF_GUARDED_BY(mutex);
    struct worker **idle CF_GUARDED_BY(mutex); /* without a thread, kept for the next client */
    size_t idle_count CF_GUARDED_BY(mutex);
    size_t idle_capacity CF_GUARDED_BY(mutex);
    bool is_stopping CF_GUARDED_BY(mutex);
};

/* --- a worker for each client --- */

static void
refuse(struct fleet *fleet, const struct order *order, int error)
{
    uint64_t skipped;
    if (log_limiter_allows(&fleet->refusal_limiter, clock_monotonic_ms(), &skipped)) {
        log_line(LOG_ERROR, "net", "no thread for a client", LOG_ERRNO(error),
                 LOG_NUM("skipped", skipped));
    }
    struct str text =
        STR("ERROR :Closing link: this server has no room for another thread, try again later\r\n");
    if (order->is_tls)
        text = tls_refusal();
    ssize_t sent = send(order->fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* one try */
    (void)close(order->fd);
    admission_release(&fleet->admission, &order->peer);
}

/* An idle worker, or a new one; NULL when there is nothing to make one of. */
static struct worker *
get_small_worker(struct fleet *fleet) CF_REQUIRES(fleet->mutex)
{
    if (fleet->idle_count > 0)
        return fleet->idle[--fleet->idle_count];
    return worker_new(&(struct worker_options){
        .gate = fleet->gate,
        .admission = &fleet->admission,
        .tls = fleet->tls,
        .commits = fleet->commits,
        .writer = fleet->writer,
        .hooks = &fleet->hooks,
        .name = "client",
        .is_small = true,
    });
}

static void
put_idle(struct fleet *fleet, struct worker *worker) CF_REQUIRES(fleet->mutex)
{
    fleet->idle = cf_array_reserve(fleet->idle, &fleet->idle_capacity, fleet->idle_count + 1,
                                   sizeof(struct worker *));
    fleet->idle[fleet->idle_count++] = worker;
}

/* 0 or -errno. */
static int
start_small_worker(struct fleet *fleet, const struct order *order) CF_REQUIRES(fleet->mutex)
{
    struct worker *worker = get_small_worker(fleet);
    if (worker == NULL)
        return -EMFILE;
    /* Counted before the thread runs: a wake-up for the one before may end its first round at
     * once, and without a connection it would take itself to be done. */
    worker_count_load(worker);
    int result = worker_start(worker);
    if (result != 0) {
        worker_discount_load(worker);
        put_idle(fleet, worker);
        return result;
    }
    mailbox_order(worker_mailbox(worker), order);
    fleet->busy = cf_array_reserve(fleet->busy, &fleet->busy_capacity, fleet->busy_count + 1,
                                   sizeof(struct worker *));
    fleet->busy[fleet->busy_count++] = worker;
    return 0;
}

/* --- hooks of the workers --- */

static struct worker *
least_loaded(struct fleet *fleet)
{
    struct worker *best = fleet->workers[0];
    for (uint32_t i = 1; i < fleet->worker_count; i++) {
        if (worker_load(fleet->workers[i]) < worker_load(best))
            best = fleet->workers[i];
    }
    return best;
}

static bool
hook_assign(void *context, struct worker *self, const struct order *order)
{
    struct fleet *fleet = context;
    if (fleet->model == FLEET_PER_CLIENT) {
        cf_mutex_lock(&fleet->mutex);
        int result = fleet->is_stopping ? -ECANCELED : start_small_worker(fleet, order);
        cf_mutex_unlock(&fleet->mutex);
        if (result != 0)
            refuse(fleet, order, -result);
        return false;
    }
    struct worker *best = least_loaded(fleet);
    if (best == self) {
        worker_count_load(self);
        return true;
    }
    worker_assign(best, order);
    return false;
}

/* The last act of a worker with one client: asks to be joined. */
static void
hook_ended(void *context, struct worker *worker)
{
    struct fleet *fleet = context;
    mailbox_order(worker_mailbox(fleet->workers[0]),
                  &(struct order){.kind = ORDER_REAP, .worker = worker});
}

static void
hook_reap(void *context, struct worker *worker)
{
    struct fleet *fleet = context;
    worker_join(worker); /* it has nothing left to do */
    cf_mutex_lock(&fleet->mutex);
    size_t at = 0;
    while (at < fleet->busy_count && fleet->busy[at] != worker)
        at++;
    assert(at < fleet->busy_count);
    fleet->busy[at] = fleet->busy[--fleet->busy_count];
    put_idle(fleet, worker);
    cf_mutex_unlock(&fleet->mutex);
}

/* On each worker that has been told to stop; only the first one has more to do. */
static void
hook_stop(void *context, struct worker *self)
{
    struct fleet *fleet = context;
    if (self != fleet->workers[0])
        return;
    struct hub *hub = gate_enter(fleet->gate);
    struct hub_moment moment = gate_moment();
    hub_detach_all(hub, fleet->stop_reason, &moment);
    gate_leave(fleet->gate, GATE_NO_HOME);
    const struct order stop = {.kind = ORDER_STOP};
    for (uint32_t i = 1; i < fleet->worker_count; i++)
        mailbox_order(worker_mailbox(fleet->workers[i]), &stop);
    cf_mutex_lock(&fleet->mutex);
    fleet->is_stopping = true;
    for (size_t i = 0; i < fleet->busy_count; i++)
        mailbox_order(worker_mailbox(fleet->busy[i]), &stop);
    cf_mutex_unlock(&fleet->mutex);
}

static void
hook_get_settings(void *context, struct net_settings *settings_out)
{
    struct fleet *fleet = context;
    cf_mutex_lock(&fleet->mutex);
    *settings_out = fleet->settings;
    cf_mutex_unlock(&fleet->mutex);
}

/* --- life --- */

static int
start_shared(struct fleet *fleet, const struct fleet_options *options, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct worker *worker = worker_new(&(struct worker_options){
            .gate = fleet->gate,
            .admission = &fleet->admission,
            .tls = fleet->tls,
            .commits = fleet->commits,
            .writer = fleet->writer,
            .hooks = &fleet->hooks,
            .listeners = i == 0 ? options->listeners : NULL,
            .listener_count = i == 0 ? options->listener_count : 0,
            .name = i == 0 ? "worker-0" : "worker",
            .fires_ticks = i == 0,
        });
        if (worker == NULL)
            return -EMFILE;
        fleet->workers[fleet->worker_count++] = worker;
    }
    for (uint32_t i = 0; i < count; i++) {
        int result = worker_start(fleet->workers[i]);
        if (result != 0)
            return result;
    }
    return 0;
}

struct fleet *
fleet_start(struct gate *gate, const struct fleet_options *options, struct cf_err *err)
{
    assert(options->worker_count > 0);
    assert(options->worker_count <= LIMIT_WORKERS);
    struct fleet *fleet = cf_calloc_array(1, sizeof *fleet);
    fleet->gate = gate;
    fleet->model = options->model;
    fleet->tls = options->tls;
    fleet->stop_reason = options->stop_reason;
    fleet->commits = options->commits;
    fleet->writer = options->writer;
    fleet->hooks = (struct worker_hooks){
        .context = fleet,
        .assign = hook_assign,
        .reap = hook_reap,
        .stop = hook_stop,
        .ended = hook_ended,
        .get_settings = hook_get_settings,
    };
    cf_mutex_init(&fleet->mutex);
    cf_mutex_lock(&fleet->mutex);
    fleet->settings = options->settings;
    cf_mutex_unlock(&fleet->mutex);
    admission_init(&fleet->admission);
    uint32_t count = options->model == FLEET_SHARED ? options->worker_count : 1;
    int result = start_shared(fleet, options, count);
    if (result != 0) {
        /* The process ends now: threads that did start are not worth an orderly stop. */
        (void)cf_err_set(err, result,
                         "cannot start %u workers: %s; set `workers` to fewer, or "
                         "raise the limits of processes and open files (ulimit -u, ulimit -n)",
                         count, errno_text(-result));
        return NULL;
    }
    return fleet;
}

void
fleet_configure(struct fleet *fleet, const struct net_settings *settings)
{
    const struct order order = {.kind = ORDER_CONFIGURE};
    cf_mutex_lock(&fleet->mutex);
    fleet->settings = *settings;
    for (size_t i = 0; i < fleet->busy_count; i++)
        mailbox_order(worker_mailbox(fleet->busy[i]), &order);
    cf_mutex_unlock(&fleet->mutex);
    for (uint32_t i = 0; i < fleet->worker_count; i++)
        mailbox_order(worker_mailbox(fleet->workers[i]), &order);
}

void
fleet_add_console(struct fleet *fleet, int fd, const struct door *door)
{
    /* On the first worker in both models: it is the server's own. */
    worker_assign(fleet->workers[0], &(struct order){
                                         .kind = ORDER_ADOPT,
                                         .fd = fd,
                                         .door = door,
                                         .peer = {.family = ADDRESS_UNIX},
                                         .is_local = true,
                                         .is_console = true,
                                     });
}

void
fleet_wake_ticker(struct fleet *fleet)
{
    mailbox_order(worker_mailbox(fleet->workers[0]), &(struct order){.kind = ORDER_TICK});
}

/*
 * Joins the workers with one client; each ends by itself now. None is freed here: the others may
 * still be about to wake it.
 */
static void
join_small_workers(struct fleet *fleet)
{
    cf_mutex_lock(&fleet->mutex);
    size_t count = fleet->busy_count;
    struct worker **busy = fleet->busy;
    fleet->busy = NULL;
    fleet->busy_count = 0;
    cf_mutex_unlock(&fleet->mutex);
    for (size_t i = 0; i < count; i++)
        worker_join(busy[i]);
    cf_mutex_lock(&fleet->mutex);
    for (size_t i = 0; i < count; i++)
        put_idle(fleet, busy[i]);
    cf_mutex_unlock(&fleet->mutex);
    cf_free(busy);
}

void
fleet_stop(struct fleet *fleet)
{
    mailbox_order(worker_mailbox(fleet->workers[0]), &(struct order){.kind = ORDER_STOP});
    for (uint32_t i = 0; i < fleet->worker_count; i++)
        worker_join(fleet->workers[i]);
    join_small_workers(fleet);
}

void
fleet_free(struct fleet **fleet_ptr)
{
    struct fleet *fleet = *fleet_ptr;
    *fleet_ptr = NULL;
    if (fleet == NULL)
        return;
    cf_mutex_lock(&fleet->mutex);
    assert(fleet->busy_count == 0);
    for (size_t i = 0; i < fleet->idle_count; i++)
        worker_free(&fleet->idle[i]);
    cf_free(fleet->idle);
    cf_mutex_unlock(&fleet->mutex);
    for (uint32_t i = 0; i < fleet->worker_count; i++)
        worker_free(&fleet->workers[i]);
    admission_deinit(&fleet->admission);
    cf_mutex_deinit(&fleet->mutex);
    cf_free(fleet);
}
