#ifndef CONFAB_CONN_H
#define CONFAB_CONN_H

#include "base/buf.h"
#include "base/list.h"
#include "base/timers.h"
#include "net/distributor.h"
#include "net/poller.h"
#include "net/settings.h"
#include "net/tls.h"
#include "net/volley.h"
#include "wire/proxy_header.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A connection: a socket, what has come and not been used yet, what is to be written and has not
 * been taken yet. Owned by one worker; all of this is called on its thread. The calls move bytes
 * and keep the account of them; the worker decides.
 *
 * An idle connection owns no buffer: bytes are read into the worker's scratch memory, and only
 * what can't be used at once is kept. Output is written from where it was rendered (output.h); only
 * what the kernel does not take is copied.
 */

/* What a poller's tag points to begins with this. */
enum tag_kind {
    TAG_MAILBOX,
    TAG_LISTENER,
    TAG_CONN,
};

/* Why no more lines are taken from the input for now. */
enum conn_stop {
    CONN_STOP_NO_LINE, /* what is there is no whole line */
    CONN_STOP_RATE,    /* too fast: wait until resume_ms */
    CONN_STOP_ROUND,   /* the round is full, or a barrier was met: the next round goes on */
};

/* How far a connection has come that the hub does not know yet. */
enum conn_entry {
    CONN_ENTRY_DONE,
    CONN_ENTRY_MORE,   /* something has yet to come */
    CONN_ENTRY_PROXY,  /* the header of its proxy has come: see `proxy`, then go on */
    CONN_ENTRY_FAILED, /* entry_failure says why */
};

struct conn {
    enum tag_kind tag;
    int fd;
    struct tls *tls; /* NULL: in the clear */
    struct recipient recipient;
    struct list ready; /* in roster->ready while there is something to do */
    struct timer timer;
    struct address address;

    bool is_entering : 1;   /* header or handshake have yet to come; the hub does not know it */
    bool awaits_proxy : 1;  /* the header */
    bool is_secure : 1;     /* by TLS, of the client itself where a proxy is between */
    bool is_fresh : 1;      /* nothing has come yet */
    bool is_readable : 1;   /* a read may find something */
    bool is_ending : 1;     /* the peer has said that it will send no more */
    bool has_ended : 1;     /* and all that it sent has been read */
    bool is_broken : 1;     /* reading or writing failed: nothing more can be sent */
    bool is_starved : 1;    /* the kernel had no memory for a write: to be tried again */
    bool is_cut : 1;        /* its output queue was full: it gets its last line and nothing else */
    bool is_waiting : 1;    /* for an answer: HUB_WAIT */
    bool is_listing : 1;    /* HUB_MORE */
    bool is_registered : 1; /* as the hub says */
    bool is_exempt : 1;     /* from the input rate: an operator */
    bool is_closing : 1;    /* the hub has closed the session: write what is left */
    bool has_said_end : 1;  /* TLS: that no more will come is on its way to the peer */
    bool is_lingering : 1;  /* all is written; waiting for the peer to hang up */
    bool is_dead : 1;       /* to be freed at the end of the round */
    bool is_pinged : 1;
    bool is_paused : 1; /* the pause has come after which a line needs no end */
    bool is_console : 1;
    bool is_local : 1;
    bool is_attached : 1; /* the hub knows it */
    bool is_costly : 1;   /* its lines went to so many that some had to wait for the next round */

    struct buf input;   /* came and was not used yet */
    struct buf backlog; /* the kernel did not take it yet */

    int64_t last_input_ms;
    int64_t paid_until_us; /* of the input rate: when all lines so far have been paid for */
    int64_t resume_ms;     /* CONN_STOP_RATE: when the next line may come */

    union {                /* one after the other in its life */
        int64_t opened_ms; /* until it is registered */
        int64_t pinged_ms; /* while is_pinged */
        int64_t close_ms;  /* while is_closing: when it is given up */
    };

    struct proxy_header *proxy; /* owned: of a connection that begins with one, else NULL */
    const char *entry_failure;  /* static: why it is not let in, for the log */
    const char *detach_reason;  /* static: the hub is to be told; NULL: no */

    /* This round: what the lines were cut from, and how much of it has been used. */
    struct str round_input;
    size_t round_used;
    bool is_round_from_scratch;
    enum conn_stop stop;
};

/* The connection that a recipient is part of. */
static inline struct conn *
conn_of(struct recipient *recipient)
{
    return CONTAINER_OF(recipient, struct conn, recipient);
}

/* fd: taken over. The queues' limits are those of `settings` now. Freed with conn_free. */
struct conn *conn_new(int fd, const struct door *door, const struct address *address,
                      const struct net_settings *settings, int64_t now_ms);

/* Closes the socket. The recipient must have been removed from its distributor. */
void conn_free(struct conn **conn);

/* Before anything else is done with it: the connection is one over TLS. Takes over tls. */
void conn_take_tls(struct conn *conn, struct tls *tls);

/* The same for one that begins with the header of a proxy. */
void conn_expect_proxy(struct conn *conn);

/* Goes on with proxy and TLS, as far as it can now. Whom that fails has been told. */
CF_NODISCARD enum conn_entry conn_enter(struct conn *conn);

/*
 * Reads what has come: into `scratch`, or behind what is left of earlier input. Sets round_input
 * to all there is to cut lines from. Returns how many bytes have come; they are in scratch when
 * is_round_from_scratch.
 */
size_t conn_read(struct conn *conn, char *scratch, size_t scratch_bytes);

/* More is waiting for its turn than the settings allow; no more is read. */
bool conn_is_input_full(const struct conn *conn);

/* After the round: keeps what has not been used. */
void conn_keep_rest(struct conn *conn);

/* Whether the input rate allows one more line now; else sets resume_ms. */
bool conn_may_take_line(struct conn *conn, const struct net_settings *settings, int64_t now_ms);

/* A line has been taken. */
void conn_pay_line(struct conn *conn, const struct net_settings *settings, int64_t now_ms);

/* It was put back, to be taken and paid for again. */
void conn_refund_line(struct conn *conn, const struct net_settings *settings);

/*
 * Writes the recipient's output, at most once to the kernel. What it does not take is kept; when
 * that is more than the settings allow, sets detach_reason. From then on all output is dropped, so
 * that what was kept has no gap in it, but for the line with which the session ends.
 */
void conn_flush(struct conn *conn);

/*
 * The same in two steps, for a volley: conn_aim says whether the output can go in one (else
 * conn_flush it) and what is to be written; conn_take_shot notes what has become of it. Nothing
 * may be done with the connection in between.
 */
CF_NODISCARD bool conn_aim(struct conn *conn, struct shot *shot);
void conn_take_shot(struct conn *conn, const struct shot *shot);

/* The socket takes bytes again: writes what is kept. */
void conn_flush_backlog(struct conn *conn);

bool conn_has_output(const struct conn *conn);

/* Whether something waits for the socket to take bytes again. */
bool conn_has_backlog(const struct conn *conn);

/*
 * All is written: tells the peer that no more will come. That may leave output of its own (TLS):
 * to be called again when it is written.
 */
void conn_finish_writing(struct conn *conn);

/* Bytes to a client that is not let in, past TLS: one try. */
void conn_say_raw(struct conn *conn, struct str bytes);

/* Reads and forgets what comes, until the peer hangs up. */
void conn_discard_input(struct conn *conn);

#endif
