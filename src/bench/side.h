#ifndef CONFAB_BENCH_SIDE_H
#define CONFAB_BENCH_SIDE_H

#include "base/attr.h"
#include "base/err.h"
#include "bench/load.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * What goes on at the side while good clients are timed: hostile connections that send bytes no
 * client sends, or a crowd, a channel with very many members in which some talk as fast as they
 * can. In a process of its own, so that the clients that are timed are not held up by it.
 */
enum side_kind {
    SIDE_HOSTILE,
    SIDE_CROWD,
};

struct side_options {
    enum side_kind kind;
    struct sockaddr_storage target;
    socklen_t target_len;
    uint32_t connections; /* SIDE_HOSTILE: kept up, however often the server hangs up */
    uint64_t seed;        /* SIDE_HOSTILE: of the bytes */
    struct load_options crowd;
    uint32_t inflight; /* SIDE_CROWD: for each sender */
};

struct side_totals {
    uint64_t bytes;       /* SIDE_HOSTILE: sent */
    uint64_t connections; /* SIDE_HOSTILE: made */
    uint64_t delivered;   /* SIDE_CROWD */
    uint64_t faults;      /* SIDE_CROWD */
    uint64_t closed;      /* SIDE_CROWD */
};

struct side {
    pid_t pid;
    int from_fd; /* readiness and totals come here */
    int to_fd;   /* closing it ends the run */
};

/* Returns when all is connected and the side waits for side_go. 0 or -errno with err set. */
CF_NODISCARD int side_start(const struct side_options *options, struct side *side_out,
                            struct cf_err *err);

/* Lets it begin. */
void side_go(struct side *side);

/* Ends it. False when it has ended by itself before, which is a failure. */
CF_NODISCARD bool side_finish(struct side *side, struct side_totals *totals_out);

#endif
