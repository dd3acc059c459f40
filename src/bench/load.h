#ifndef CONFAB_LOAD_H
#define CONFAB_LOAD_H

#include "base/attr.h"
#include "base/err.h"
#include "bench/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The load: many IRC clients on one thread. Cheap on purpose: a delivery costs it one search for a
 * line end, one for a mark and the reading of a few digits, so that it is not what is measured.
 *
 * Messages carry who sent them, a number and the moment: "|SSSSNNNNNNNNTTTTTTTTTTTTTTTT|padding",
 * in hexadecimal digits. Every delivery is checked: each message exactly once to each member but
 * its sender, and those of one sender in order.
 *
 * Clients bind to loopback addresses of their own, CLIENTS_PER_ADDRESS to each: the ports of one
 * address end at 28,000.
 */
struct load;

enum load_shape {
    LOAD_CHANNELS, /* messages to channels */
    LOAD_PAIRS,    /* to each other's nick: `channels` pairs; members and senders are 2 */
};

struct load_options {
    struct sockaddr_storage target;
    socklen_t target_len;
    enum load_shape shape;
    uint32_t channels;
    uint32_t members;  /* of each channel */
    uint32_t senders;  /* of these, in each channel */
    uint32_t slow;     /* of these, which stop reading; no senders */
    uint32_t visitors; /* of each channel, besides: who come, speak and leave, again and again */
    uint32_t visit_messages;   /* said in a visit */
    uint32_t idle;             /* clients in no channel */
    uint32_t first_number;     /* of nicks and channels, where several loads meet */
    uint32_t connects_at_once; /* under way at a time: some servers have a backlog of ten */
    uint32_t text_bytes;
    const char *caps; /* to be asked for by the odd-numbered clients, or by all; NULL: none */
    bool is_caps_for_all;
    bool has_echo;     /* senders ask for echo-message: what is timed is the way back to them */
    bool has_progress; /* a line to standard error now and then */
};

struct load_totals {
    uint64_t sent;      /* messages */
    uint64_t delivered; /* messages times members that got them */
    uint64_t bytes;     /* received */
    uint64_t reads;     /* calls of recv that got something */
    uint64_t faults;    /* deliveries lost, doubled, out of order, to the wrong client */
    uint64_t closed;    /* clients that the server has thrown out */
    uint64_t cut_off;   /* of the slow ones, which it may */
    uint64_t visits;    /* complete: connected, joined, all said was heard, left */
    struct histogram latency;
};

/* NULL with err set when there are not enough file descriptors. */
CF_NODISCARD struct load *load_new(const struct load_options *options, struct cf_err *err);
void load_free(struct load **load);

/* Connects, registers and joins all clients. Returns 0, or -errno with err set. seconds_out: how
 * long the registrations took. */
CF_NODISCARD int load_connect(struct load *load, double *seconds_out, struct cf_err *err);

/* The slow ones stop reading, from now until the end of the run. */
void load_stop_slow(struct load *load);

/*
 * Lets each sender have `inflight` messages under way for so many seconds: the next one goes out
 * when one has come to all members. Then waits until all has come, at most 10 seconds; what has
 * not is a fault.
 */
void load_run_closed(struct load *load, uint32_t inflight, double seconds,
                     struct load_totals *totals_out);

/* Sends so many messages a second in all, evenly, whatever comes back; latency counts from when
 * a message was due. */
void load_run_open(struct load *load, double per_second, double seconds,
                   struct load_totals *totals_out);

/* Lets the visitors come and go for so many seconds. */
void load_run_visits(struct load *load, double seconds, struct load_totals *totals_out);

/* Answers PINGs and otherwise does nothing for so many seconds. */
void load_idle(struct load *load, double seconds);

/* What the server said to a client that it threw out first; "" for none. */
const char *load_complaint(const struct load *load);

#endif
