/*
 * Block lists in DNS; see dnsbl.h.
 *
 * What others ask goes through a queue with an eventfd; all the rest belongs to the thread. A
 * look-up is in `lookups` while somebody waits for it. When its time is up those are answered, and
 * it lives on until c-ares has given back its queries: what comes late is at least remembered.
 */
#include "server/dnsbl.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "server/config.h"
#include "server/dnsbl_cache.h"
#include "wire/dnsbl_name.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ADDRESS_BYTES_MAX 64 /* of its text */
#define EVENTS_MAX        16
#define REPLIES_MAX       16 /* addresses of one answer that are looked at */

/* So often a name server is asked; the time-out of c-ares, which doubles, ends after ours. */
#define TRIES 2

struct asked {
    struct slot_id session;
    size_t address_len;
    char address[ADDRESS_BYTES_MAX];
};

struct lookup;

/* One list is asked about one address. */
struct query {
    struct lookup *lookup;
    size_t zone; /* index in the configuration */
};

struct lookup {
    struct map_node node; /* in dnsbl->lookups; key: text */
    struct dnsbl *dnsbl;
    struct address address;
    char text[ADDRESS_BYTES_MAX];
    size_t text_len;
    int64_t deadline_ms;
    struct slot_id *sessions; /* that wait */
    size_t session_count;
    size_t session_capacity;
    struct query queries[LIMIT_DNSBL_ZONES];
    size_t pending;  /* queries without a reply, and one more while they are sent */
    uint32_t listed; /* bits of zones */
    bool has_failed; /* a query */
    bool is_settled; /* nobody waits; not in dnsbl->lookups */
};

struct dnsbl {
    dnsbl_answer_fn *answer; /* immutable, like the three behind it */
    void *context;
    int event_fd;
    pthread_t thread;

    struct cf_mutex mutex;
    struct asked *asked CF_GUARDED_BY(mutex); /* not taken yet */
    size_t asked_count CF_GUARDED_BY(mutex);
    size_t asked_capacity CF_GUARDED_BY(mutex);
    size_t open_count CF_GUARDED_BY(mutex);               /* questions without an answer */
    const struct config *new_config CF_GUARDED_BY(mutex); /* not taken yet, else NULL */
    bool is_stopping CF_GUARDED_BY(mutex);

    /* Of the thread. */
    int epoll_fd;
    const struct config *config;
    ares_channel channel; /* NULL: none, because of an error or because nothing is configured */
    struct map lookups;   /* the oldest first, so in the order of their deadlines */
    size_t lookup_count;  /* those that are settled included */
    struct dnsbl_cache cache;
    struct log_limiter limiter;
};

/* --- answers --- */

static void
log_failure(struct dnsbl *dnsbl, const char *why)
{
    uint64_t skipped;
    if (log_limiter_allows(&dnsbl->limiter, clock_monotonic_ms(), &skipped))
        log_line(LOG_WARN, "dnsbl", "connection let in without an answer of the block lists",
                 LOG_STR("reason", str_from_nul(why)), LOG_NUM("before", skipped));
}

/* zone: index in the configuration, or DNSBL_CACHE_CLEAN. */
static void
answer(struct dnsbl *dnsbl, struct slot_id session, size_t zone)
{
    cf_mutex_lock(&dnsbl->mutex);
    assert(dnsbl->open_count > 0);
    dnsbl->open_count--;
    cf_mutex_unlock(&dnsbl->mutex);
    struct str name =
        zone == DNSBL_CACHE_CLEAN ? STR_NONE : dnsbl->config->hub.dnsbl_zones[zone].zone;
    dnsbl->answer(dnsbl->context, session, name);
}

/* Of the zones that have it, the one that counts. */
static size_t
choose_zone(const struct dnsbl *dnsbl, uint32_t listed)
{
    const struct hub_config *hub = &dnsbl->config->hub;
    size_t chosen = DNSBL_CACHE_CLEAN;
    for (size_t i = hub->dnsbl_zone_count; i > 0; i--) {
        bool is_listed = (listed >> (i - 1) & 1U) != 0;
        bool is_rejected = is_listed && hub->dnsbl_zones[i - 1].action == DNSBL_REJECT;
        bool has_rejected =
            chosen != DNSBL_CACHE_CLEAN && hub->dnsbl_zones[chosen].action == DNSBL_REJECT;
        if (is_rejected || (is_listed && !has_rejected))
            chosen = i - 1;
    }
    return chosen;
}

/* --- look-ups --- */

static struct str
lookup_text(const struct lookup *lookup)
{
    return (struct str){.ptr = lookup->text, .len = lookup->text_len};
}

static void
lookup_free(struct lookup *lookup)
{
    assert(lookup->pending == 0);
    assert(lookup->dnsbl->lookup_count > 0);
    lookup->dnsbl->lookup_count--;
    cf_free(lookup->sessions);
    cf_free(lookup);
}

/* Answers all who wait with what is known now. */
static void
settle(struct lookup *lookup, const char *failure)
{
    struct dnsbl *dnsbl = lookup->dnsbl;
    assert(!lookup->is_settled);
    map_remove(&dnsbl->lookups, &lookup->node);
    lookup->is_settled = true;
    size_t zone = choose_zone(dnsbl, lookup->listed);
    if (failure != NULL && zone == DNSBL_CACHE_CLEAN)
        log_failure(dnsbl, failure);
    for (size_t i = 0; i < lookup->session_count; i++)
        answer(dnsbl, lookup->sessions[i], zone);
}

/* One thing less to wait for. Frees the look-up with the last one. */
static void
release(struct lookup *lookup, const char *failure)
{
    struct dnsbl *dnsbl = lookup->dnsbl;
    assert(lookup->pending > 0);
    lookup->has_failed = lookup->has_failed || failure != NULL;
    if (--lookup->pending > 0)
        return;
    int64_t cache_ms = dnsbl->config->dnsbl.cache_ms;
    if (!lookup->has_failed && cache_ms > 0)
        dnsbl_cache_put(&dnsbl->cache, lookup_text(lookup), choose_zone(dnsbl, lookup->listed),
                        clock_monotonic_ms() + cache_ms);
    if (!lookup->is_settled)
        settle(lookup, lookup->has_failed && failure == NULL ? "a list has failed" : failure);
    lookup_free(lookup);
}

/* What a reply says; returns why it is none, or NULL. */
static const char *
judge(const struct query *query, const unsigned char *bytes, int byte_count)
{
    struct lookup *lookup = query->lookup;
    const struct hub_dnsbl_zone *zone = &lookup->dnsbl->config->hub.dnsbl_zones[query->zone];
    struct ares_addrttl replies[REPLIES_MAX];
    int reply_count = REPLIES_MAX;
    int status = ares_parse_a_reply(bytes, byte_count, NULL, replies, &reply_count);
    if (status == ARES_ENODATA)
        return NULL;
    if (status != ARES_SUCCESS)
        return ares_strerror(status);
    for (int i = 0; i < reply_count; i++) {
        uint8_t ipv4[4];
        memcpy(ipv4, &replies[i].ipaddr, sizeof ipv4);
        struct address reply = address_from_ipv4(ipv4);
        if (dnsbl_reply_is_refusal(&reply))
            return "a list refuses to answer this server's resolver";
        if (dnsbl_reply_counts(&reply, zone->replies, zone->reply_count))
            lookup->listed |= 1U << query->zone;
    }
    return NULL;
}

/* Of c-ares: also within ares_query, and for each query that is left at its end. */
static void
on_reply(void *argument, int status, int timeouts, unsigned char *bytes, int byte_count)
{
    const struct query *query = argument;
    struct lookup *lookup = query->lookup;
    (void)timeouts;
    if (status == ARES_EDESTRUCTION) { /* the thread asks again, or ends */
        lookup->pending--;
        if (lookup->pending == 0 && lookup->is_settled)
            lookup_free(lookup);
        return;
    }
    const char *failure = NULL;
    if (status == ARES_SUCCESS)
        failure = judge(query, bytes, byte_count);
    else if (status != ARES_ENOTFOUND && status != ARES_ENODATA)
        failure = ares_strerror(status);
    release(lookup, failure);
}

/* Asks all lists; the look-up may be gone afterwards. */
static void
lookup_start(struct lookup *lookup)
{
    struct dnsbl *dnsbl = lookup->dnsbl;
    const struct hub_config *hub = &dnsbl->config->hub;
    assert(lookup->pending == 0);
    lookup->listed = 0;
    lookup->has_failed = false;
    lookup->deadline_ms = clock_monotonic_ms() + dnsbl->config->dnsbl.timeout_ms;
    lookup->pending = 1;
    const char *failure =
        dnsbl->channel == NULL && hub->dnsbl_zone_count > 0 ? "there is no resolver" : NULL;
    for (size_t i = 0; i < hub->dnsbl_zone_count && dnsbl->channel != NULL; i++) {
        struct buf name;
        buf_init(&name, DNSBL_NAME_BYTES_MAX + 1);
        dnsbl_put_name(&name, &lookup->address, hub->dnsbl_zones[i].zone);
        lookup->queries[i] = (struct query){.lookup = lookup, .zone = i};
        lookup->pending++;
        ares_query(dnsbl->channel, buf_nul_terminated(&name), C_IN, T_A, on_reply,
                   &lookup->queries[i]);
        buf_deinit(&name);
    }
    release(lookup, failure);
}

static bool
is_exempt(const struct config *config, const struct address *address)
{
    for (size_t i = 0; i < config->net.exempt_count; i++) {
        if (address_block_holds(&config->net.exempt[i], address))
            return true;
    }
    return false;
}

static void
lookup_add_session(struct lookup *lookup, struct slot_id session)
{
    lookup->sessions = cf_array_reserve(lookup->sessions, &lookup->session_capacity,
                                        lookup->session_count + 1, sizeof *lookup->sessions);
    lookup->sessions[lookup->session_count++] = session;
}

static void
look_up(struct dnsbl *dnsbl, const struct asked *asked)
{
    struct str text = {.ptr = asked->address, .len = asked->address_len};
    struct address_block block;
    size_t zone = DNSBL_CACHE_CLEAN;
    if (!address_block_parse(text, &block) || is_exempt(dnsbl->config, &block.base) ||
        dnsbl_cache_find(&dnsbl->cache, text, clock_monotonic_ms(), &zone)) {
        answer(dnsbl, asked->session, zone);
        return;
    }
    struct map_node *under_way = map_find(&dnsbl->lookups, text);
    if (under_way != NULL) {
        lookup_add_session(CONTAINER_OF(under_way, struct lookup, node), asked->session);
        return;
    }
    if (dnsbl->lookup_count >= LIMIT_DNSBL_LOOKUPS) {
        log_failure(dnsbl, "too many addresses are being looked up");
        answer(dnsbl, asked->session, DNSBL_CACHE_CLEAN);
        return;
    }
    struct lookup *lookup = cf_calloc_array(1, sizeof *lookup);
    lookup->dnsbl = dnsbl;
    lookup->address = block.base;
    memcpy(lookup->text, text.ptr, text.len);
    lookup->text_len = text.len;
    lookup_add_session(lookup, asked->session);
    map_insert(&dnsbl->lookups, &lookup->node, lookup_text(lookup));
    dnsbl->lookup_count++;
    lookup_start(lookup);
}

/* Answers those who have waited long enough. */
static void
settle_overdue(struct dnsbl *dnsbl)
{
    int64_t now_ms = clock_monotonic_ms();
    struct map_node *node;
    while ((node = map_first(&dnsbl->lookups)) != NULL) {
        struct lookup *lookup = CONTAINER_OF(node, struct lookup, node);
        if (lookup->deadline_ms > now_ms)
            return;
        settle(lookup, "the lists did not answer in time"); /* c-ares still has its queries */
    }
}

/* --- the channel of c-ares --- */

/* What c-ares wants to be told of a socket. */
static void
on_socket(void *argument, ares_socket_t fd, int readable, int writable)
{
    const struct dnsbl *dnsbl = argument;
    struct epoll_event event = {.data.fd = fd};
    event.events = (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0);
    if (event.events == 0) {
        (void)epoll_ctl(dnsbl->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* it may not be there */
        return;
    }
    if (epoll_ctl(dnsbl->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return;
    if (errno != ENOENT || epoll_ctl(dnsbl->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
        log_line(LOG_ERROR, "dnsbl", "socket not watched", LOG_ERRNO(errno)); /* it times out */
}

static void
close_channel(struct dnsbl *dnsbl)
{
    if (dnsbl->channel != NULL)
        ares_destroy(dnsbl->channel);
    dnsbl->channel = NULL;
}

static void
open_channel(struct dnsbl *dnsbl)
{
    const struct config_dnsbl *settings = &dnsbl->config->dnsbl;
    assert(dnsbl->channel == NULL);
    if (dnsbl->config->hub.dnsbl_zone_count == 0)
        return;
    struct ares_options options = {
        .timeout = (int)(settings->timeout_ms / TRIES),
        .tries = TRIES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = dnsbl,
    };
    int status = ares_init_options(&dnsbl->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) {
        dnsbl->channel = NULL;
    } else if (settings->nameservers.len > 0) {
        status = ares_set_servers_ports_csv(dnsbl->channel, settings->nameservers.ptr);
        if (status != ARES_SUCCESS)
            close_channel(dnsbl);
    }
    if (status != ARES_SUCCESS)
        log_line(LOG_ERROR, "dnsbl", "no resolver: everybody is let in",
                 LOG_STR("error", str_from_nul(ares_strerror(status))));
}

/* Begins anew with another configuration. */
static void
take_config(struct dnsbl *dnsbl, const struct config *config)
{
    close_channel(dnsbl);
    dnsbl_cache_clear(&dnsbl->cache);
    dnsbl->config = config;
    open_channel(dnsbl);
    struct map lookups = dnsbl->lookups;
    dnsbl->lookups = (struct map){0};
    struct map_node *node;
    while ((node = map_first(&lookups)) != NULL) {
        struct lookup *lookup = CONTAINER_OF(node, struct lookup, node);
        map_remove(&lookups, node);
        map_insert(&dnsbl->lookups, node, lookup_text(lookup));
        lookup_start(lookup);
    }
}

/* --- the thread --- */

static int
wait_ms(const struct dnsbl *dnsbl)
{
    int64_t wait_ms = -1;
    struct map_node *first = map_first(&dnsbl->lookups);
    if (first != NULL) {
        wait_ms = CONTAINER_OF(first, struct lookup, node)->deadline_ms - clock_monotonic_ms();
        wait_ms = wait_ms < 0 ? 0 : wait_ms;
    }
    struct timeval storage;
    const struct timeval *next =
        dnsbl->channel == NULL ? NULL : ares_timeout(dnsbl->channel, NULL, &storage);
    if (next != NULL) {
        int64_t ares_ms = (int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
        wait_ms = wait_ms == -1 || ares_ms < wait_ms ? ares_ms : wait_ms;
    }
    return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

/* What c-ares has to do: replies, and its own time-outs. */
static void
process_sockets(struct dnsbl *dnsbl, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (fd == dnsbl->event_fd || dnsbl->channel == NULL)
            continue;
        bool is_readable = (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
        bool is_writable = (events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
        ares_process_fd(dnsbl->channel, is_readable ? fd : ARES_SOCKET_BAD,
                        is_writable ? fd : ARES_SOCKET_BAD);
    }
    if (dnsbl->channel != NULL)
        ares_process_fd(dnsbl->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* What others have left in the queue. False: the thread is to end. */
static bool
take_queue(struct dnsbl *dnsbl)
{
    uint64_t count;
    (void)!read(dnsbl->event_fd, &count, sizeof count); /* may be empty */
    cf_mutex_lock(&dnsbl->mutex);
    struct asked *asked = dnsbl->asked;
    size_t asked_count = dnsbl->asked_count;
    const struct config *config = dnsbl->new_config;
    bool is_stopping = dnsbl->is_stopping;
    dnsbl->asked = NULL;
    dnsbl->asked_count = 0;
    dnsbl->asked_capacity = 0;
    dnsbl->new_config = NULL;
    cf_mutex_unlock(&dnsbl->mutex);
    if (config != NULL && !is_stopping)
        take_config(dnsbl, config);
    for (size_t i = 0; i < asked_count && !is_stopping; i++)
        look_up(dnsbl, &asked[i]);
    cf_free(asked);
    return !is_stopping;
}

static void
end_lookups(struct dnsbl *dnsbl)
{
    close_channel(dnsbl);
    struct map_node *node;
    while ((node = map_first(&dnsbl->lookups)) != NULL) {
        map_remove(&dnsbl->lookups, node);
        lookup_free(CONTAINER_OF(node, struct lookup, node));
    }
    assert(dnsbl->lookup_count == 0);
    dnsbl_cache_clear(&dnsbl->cache);
}

static void *
run(void *argument)
{
    struct dnsbl *dnsbl = argument;
    open_channel(dnsbl);
    do {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(dnsbl->epoll_fd, events, EVENTS_MAX, wait_ms(dnsbl));
        assert(count >= 0 || errno == EINTR);
        process_sockets(dnsbl, events, count);
        settle_overdue(dnsbl);
    } while (take_queue(dnsbl));
    end_lookups(dnsbl);
    return NULL;
}

/* --- from outside --- */

static void
wake(struct dnsbl *dnsbl)
{
    uint64_t one = 1;
    ssize_t written = write(dnsbl->event_fd, &one, sizeof one);
    assert(written == sizeof one || errno == EAGAIN); /* it is signalled already */
}

/* Closes what is open. */
static void
free_unstarted(struct dnsbl *dnsbl)
{
    if (dnsbl->event_fd != -1)
        (void)close(dnsbl->event_fd); /* nothing to lose, as with epoll's */
    if (dnsbl->epoll_fd != -1)
        (void)close(dnsbl->epoll_fd);
    cf_free(dnsbl->asked);
    cf_mutex_deinit(&dnsbl->mutex);
    cf_free(dnsbl);
    ares_library_cleanup();
}

struct dnsbl *
dnsbl_new(const struct config *config, dnsbl_answer_fn *answer_fn, void *context,
          struct cf_err *err)
{
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status != ARES_SUCCESS) {
        (void)cf_err_set(err, -EINVAL, "cannot start c-ares: %s", ares_strerror(status));
        return NULL;
    }
    struct dnsbl *dnsbl = cf_calloc_array(1, sizeof *dnsbl);
    dnsbl->answer = answer_fn;
    dnsbl->context = context;
    dnsbl->config = config;
    cf_mutex_init(&dnsbl->mutex);
    dnsbl->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dnsbl->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = dnsbl->event_fd};
    int result = 0;
    if (dnsbl->event_fd == -1 || dnsbl->epoll_fd == -1 ||
        epoll_ctl(dnsbl->epoll_fd, EPOLL_CTL_ADD, dnsbl->event_fd, &event) == -1)
        result = -errno;
    if (result == 0)
        result = thread_start(&dnsbl->thread, "dnsbl", 0, run, dnsbl);
    if (result == 0)
        return dnsbl;
    (void)cf_err_set(err, result, "cannot start the thread for block lists: %s",
                     errno_text(-result)); /* the code is in err, too */
    free_unstarted(dnsbl);
    return NULL;
}

void
dnsbl_free(struct dnsbl **dnsbl)
{
    if (*dnsbl == NULL)
        return;
    cf_mutex_lock(&(*dnsbl)->mutex);
    (*dnsbl)->is_stopping = true;
    cf_mutex_unlock(&(*dnsbl)->mutex);
    wake(*dnsbl);
    thread_join((*dnsbl)->thread);
    free_unstarted(*dnsbl);
    *dnsbl = NULL;
}

void
dnsbl_configure(struct dnsbl *dnsbl, const struct config *config)
{
    cf_mutex_lock(&dnsbl->mutex);
    dnsbl->new_config = config;
    cf_mutex_unlock(&dnsbl->mutex);
    wake(dnsbl);
}

bool
dnsbl_ask(struct dnsbl *dnsbl, struct slot_id session, struct str address)
{
    assert(address.len > 0);
    assert(address.len <= ADDRESS_BYTES_MAX);
    cf_mutex_lock(&dnsbl->mutex);
    bool has_room = dnsbl->open_count < LIMIT_DNSBL_QUESTIONS;
    bool is_first = dnsbl->asked_count == 0;
    if (has_room) {
        dnsbl->asked = cf_array_reserve(dnsbl->asked, &dnsbl->asked_capacity,
                                        dnsbl->asked_count + 1, sizeof *dnsbl->asked);
        struct asked *asked = &dnsbl->asked[dnsbl->asked_count++];
        *asked = (struct asked){.session = session, .address_len = address.len};
        memcpy(asked->address, address.ptr, address.len);
        dnsbl->open_count++;
    }
    cf_mutex_unlock(&dnsbl->mutex);
    if (has_room && is_first)
        wake(dnsbl);
    return has_room;
}
