#ifndef CONFAB_BENCH_CLIENT_H
#define CONFAB_BENCH_CLIENT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/*
 * One IRC client that waits: for what is measured one request at a time. A value; one thread.
 */
struct bench_client {
    int fd;         /* -1: none */
    struct buf in;  /* what has come and was not looked at yet */
    size_t taken;   /* of it, by the last line that was given out */
    uint32_t lines; /* that the last bench_client_wait has seen */
};

/* Connects to a port of this machine and registers with capabilities (may be empty). 0 or -errno
 * with err set. */
CF_NODISCARD int bench_client_open(struct bench_client *client, uint16_t port, const char *nick,
                                   const char *caps, struct cf_err *err);
void bench_client_close(struct bench_client *client);

/* Sends text, which ends with a line end. 0 or -errno with err set. */
CF_NODISCARD int bench_client_send(struct bench_client *client, struct str text,
                                   struct cf_err *err);

/* Reads until a line that has the text in it, which is passed to line_out (may be NULL; valid until
 * the next call). 0 or -errno with err set: it has not come in BENCH_CLIENT_WAIT_MS. */
CF_NODISCARD int bench_client_wait(struct bench_client *client, const char *text,
                                   struct str *line_out, struct cf_err *err);

#define BENCH_CLIENT_WAIT_MS 60000

/* Reads one line, which is valid until the next call. 1; 0: none has come until that moment of
 * clock_monotonic_ns(); or -errno with err set. */
CF_NODISCARD int bench_client_next(struct bench_client *client, int64_t until_ns,
                                   struct str *line_out, struct cf_err *err);

#endif
