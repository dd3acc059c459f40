/* io_uring for writes, and what takes its place; see volley.h. */
#include "net/volley.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>

#include <liburing.h>

/* Below this the ring's own work costs what it saves. */
#define RING_SHOTS_MIN 4

struct volley_ring {
    struct io_uring uring;
};

/* 0 or -errno: ENOSYS, EPERM where it is not allowed. */
static int
open_ring(struct volley_ring *ring)
{
    /* Cheaper, and known since Linux 6.0. */
    int result = io_uring_queue_init(VOLLEY_SHOTS_MAX, &ring->uring, IORING_SETUP_SINGLE_ISSUER);
    if (result == -EINVAL)
        result = io_uring_queue_init(VOLLEY_SHOTS_MAX, &ring->uring, 0);
    return result;
}

void
volley_init(struct volley *volley, bool wants_ring)
{
    *volley = (struct volley){.ring = NULL};
    if (!wants_ring)
        return;
    struct volley_ring *ring = cf_calloc_array(1, sizeof *ring);
    if (open_ring(ring) == 0)
        volley->ring = ring;
    else
        cf_free(ring);
}

void
volley_deinit(struct volley *volley)
{
    if (volley->ring != NULL)
        io_uring_queue_exit(&volley->ring->uring);
    cf_free(volley->ring);
    *volley = (struct volley){.ring = NULL};
}

ssize_t
volley_send_alone(int fd, struct iovec *pieces, size_t count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent == -1 && errno == EINTR);
    return sent == -1 ? -errno : sent;
}

static void
send_one_by_one(struct shot *shots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shots[i].result = volley_send_alone(shots[i].fd, shots[i].pieces, shots[i].piece_count);
}

static void
load(struct volley_ring *ring, struct shot *shots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shot *shot = &shots[i];
        struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);
        assert(entry != NULL); /* the ring is as large as a volley, and empty in between */
        /* MSG_DONTWAIT: a full socket is answered with EAGAIN at once and not waited for. */
        if (shot->piece_count == 1) {
            io_uring_prep_send(entry, shot->fd, shot->pieces[0].iov_base, shot->pieces[0].iov_len,
                               MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            shot->message =
                (struct msghdr){.msg_iov = shot->pieces, .msg_iovlen = shot->piece_count};
            io_uring_prep_sendmsg(entry, shot->fd, &shot->message, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        io_uring_sqe_set_data(entry, shot);
    }
}

static size_t
take_results(struct volley_ring *ring)
{
    struct io_uring_cqe *entry;
    unsigned head;
    unsigned taken = 0;
    io_uring_for_each_cqe(&ring->uring, head, entry)
    {
        struct shot *shot = io_uring_cqe_get_data(entry);
        shot->result = entry->res;
        taken++;
    }
    io_uring_cq_advance(&ring->uring, taken);
    return taken;
}

static void
send_through_ring(struct volley_ring *ring, struct shot *shots, size_t count)
{
    load(ring, shots, count);
    size_t over = 0;
    while (over < count) {
        int result = io_uring_submit_and_wait(&ring->uring, (unsigned)(count - over));
        /* Nothing else can go wrong with entries that were made right: it would be our own bug. */
        assert(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY);
        over += take_results(ring);
    }
    for (size_t i = 0; i < count; i++) {
        if (shots[i].result == -EINTR) /* nothing of it was taken */
            send_one_by_one(&shots[i], 1);
    }
}

void
volley_send(struct volley *volley, struct shot *shots, size_t count)
{
    assert(count <= VOLLEY_SHOTS_MAX);
    if (volley->ring == NULL || count < RING_SHOTS_MIN)
        send_one_by_one(shots, count);
    else
        send_through_ring(volley->ring, shots, count);
}
