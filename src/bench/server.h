#ifndef CONFAB_BENCH_SERVER_H
#define CONFAB_BENCH_SERVER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Servers to be measured: started on a free loopback port with a configuration that limits
 * nothing, stopped afterwards. Known kinds: "confab" (this program), "floor" (an ideal server,
 * floor.h), and "ngircd", "inspircd", "ergo" where they are installed.
 */
struct bench_server {
    const char *kind;
    pid_t pid;
    uint16_t port;
    struct str workers;  /* of confab; borrowed from kind */
    bool has_only_epoll; /* confab without io_uring */
    bool has_no_history; /* confab that keeps no messages, as the other servers */
    int64_t ready_ns;    /* from its start until it accepted connections */
    char dir[64];        /* its configuration and output; removed by bench_server_remove */
};

struct bench_server_options {
    const char *database; /* moved into its data folder, with what belongs to it; NULL: none */
    const char *kind;     /* "confab", "confab:2", "confab:2:epoll:live", "ngircd", ... */
    const char *program;  /* path of this program */
    int cpu;              /* to pin the server to; -1: none */
};

/* Returns when it accepts connections, which is noted in ready_ns. -errno with err set. */
CF_NODISCARD int bench_server_start(const struct bench_server_options *options,
                                    struct bench_server *server_out, struct cf_err *err);

/* Appends the secret with which the first operator of a new confab is claimed, which it prints when
 * it starts. 0 or -errno with err set. */
CF_NODISCARD int bench_server_secret(const struct bench_server *server, struct buf *out,
                                     struct cf_err *err);

/* What confab says when it ends: of the lock around its hub, and of its store. */
struct bench_server_account {
    uint64_t entered;
    uint64_t contended; /* entries that had to wait */
    uint64_t held_us;
    uint64_t records; /* that were written */
    uint64_t commits; /* in which they were */
};

/* Ends it, and waits for that; its folder stays. False when it has said nothing: it is no
 * confab. */
bool bench_server_end(struct bench_server *server, struct bench_server_account *account_out);

/* Removes the folder of a server that has ended. */
void bench_server_remove(struct bench_server *server);

/* Both. */
bool bench_server_stop(struct bench_server *server, struct bench_server_account *account_out);

#endif
