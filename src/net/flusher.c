/* Writing; see flusher.h. */
#include "net/flusher.h"

#include "base/clock.h"

#define GATHER_NS     500000   /* from the first message of a pass to its beginning */
#define GATHER_NS_MAX 20000000 /* while there is more to read */

/* What a worker for many writes with. */
struct salvo {
    struct volley volley;
    struct shot shots[VOLLEY_SHOTS_MAX];
    struct conn *conns[VOLLEY_SHOTS_MAX];
};

void
flusher_init(struct flusher *flusher, struct roster *roster)
{
    flusher->roster = roster;
    list_init(&flusher->pass);
}

void
flusher_open_ring(struct flusher *flusher)
{
    flusher->salvo = cf_calloc_array(1, sizeof *flusher->salvo);
    volley_init(&flusher->salvo->volley, true);
    if (flusher->salvo->volley.ring != NULL)
        return;
    cf_free(flusher->salvo); /* not allowed here: that is how it is */
    flusher->salvo = NULL;
}

void
flusher_close_ring(struct flusher *flusher)
{
    if (flusher->salvo == NULL)
        return;
    volley_deinit(&flusher->salvo->volley);
    cf_free(flusher->salvo);
    flusher->salvo = NULL;
}

/* What follows from having written. */
static void
after_flush(struct roster *roster, struct conn *conn)
{
    if (conn->is_closing)
        roster_proceed_closing(roster, conn);
    else if (conn->is_broken)
        roster_leave(roster, conn, "Connection lost");
    else if (conn->detach_reason != NULL)
        roster_leave(roster, conn, conn->detach_reason);
    else if (conn->is_listing && !conn_has_output(conn))
        roster_serve_soon(roster, conn);
    if (conn->is_starved)
        roster_arm(roster, conn);
}

/* Takes recipients off the list, at most count_max, and writes what can't go in a volley. */
static size_t
aim_volley(struct flusher *flusher, struct list *dirty, size_t count_max, size_t *taken)
{
    struct salvo *salvo = flusher->salvo;
    size_t aimed = 0;
    while (*taken < count_max && aimed < VOLLEY_SHOTS_MAX && !list_is_empty(dirty)) {
        struct conn *conn = conn_of(CONTAINER_OF(dirty->next, struct recipient, dirty));
        list_remove(&conn->recipient.dirty);
        (*taken)++;
        if (salvo != NULL && conn_aim(conn, &salvo->shots[aimed])) {
            salvo->conns[aimed++] = conn;
        } else {
            conn_flush(conn);
            after_flush(flusher->roster, conn);
        }
    }
    return aimed;
}

static void
flush_list(struct flusher *flusher, struct list *dirty, size_t count_max)
{
    size_t taken = 0;
    while (taken < count_max && !list_is_empty(dirty)) {
        size_t aimed = aim_volley(flusher, dirty, count_max, &taken);
        struct salvo *salvo = flusher->salvo;
        if (aimed > 0)
            volley_send(&salvo->volley, salvo->shots, aimed);
        for (size_t i = 0; i < aimed; i++) {
            conn_take_shot(salvo->conns[i], &salvo->shots[i]);
            after_flush(flusher->roster, salvo->conns[i]);
        }
    }
}

/* Whether it is time for one: see flusher.h. */
static bool
begins_pass(struct flusher *flusher, bool has_more_input)
{
    if (flusher->roster->distributor.has_urgent_bulk)
        return true;
    int64_t now_ns = clock_monotonic_ns();
    if (flusher->gathering_ns == 0)
        flusher->gathering_ns = now_ns;
    return now_ns >= flusher->gathering_ns + (has_more_input ? GATHER_NS_MAX : GATHER_NS);
}

void
flusher_write(struct flusher *flusher, bool has_more_input)
{
    struct distributor *distributor = &flusher->roster->distributor;
    flush_list(flusher, &distributor->prompt, SIZE_MAX);
    bool is_over_limit = distributor->pool.bytes > LIMIT_ROUND_OUTPUT_BYTES;
    if (!list_is_empty(&distributor->bulk) &&
        (is_over_limit ||
         (list_is_empty(&flusher->pass) && begins_pass(flusher, has_more_input)))) {
        list_splice(&flusher->pass, &distributor->bulk);
        distributor->has_urgent_bulk = false;
        flusher->gathering_ns = 0;
    }
    flush_list(flusher, &flusher->pass, is_over_limit ? SIZE_MAX : LIMIT_FLUSH_SLICE);
}
