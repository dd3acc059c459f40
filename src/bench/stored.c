/* `confab bench store`; see stored.h. */
#include "bench/stored.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "bench/bare.h"
#include "bench/client.h"
#include "bench/numbers.h"
#include "bench/server.h"
#include "bench/words.h"
#include "server/command_line.h"
#include "store/store_sqlite.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CLIENTS_MAX   64
#define REPEATS_MAX   100
#define BURST         50 /* messages that are sent with one call */
#define READ_BYTES    65536
#define WARM_UP_S     0.5
#define TEXT_BYTES_IN 4096 /* of a burst: for each message */

static const char usage[] =
    "Usage: confab bench store [options]\n"
    "Clients in a channel each send messages and get their echoes, which come when the message is\n"
    "stored; then a bare loop with SQLite writes such messages in commits of the same size. Prints\n"
    "both, their ratio, and what a message takes on disk.\n"
    "\n"
    "      --clients N   who send (default 8, at most 64)\n"
    "      --inflight N  messages of each that are not echoed yet (default 2000)\n"
    "      --bytes N     of text in a message, 1 to 400 (default 80)\n"
    "      --seconds N   of each run (default 5)\n"
    "      --repeat N    runs of both in turn; the ratio is the median (default 3)\n"
    "      --server KIND confab[:WORKERS] (default confab:1)\n"
    "  -h, --help        print this\n";

struct stored_options {
    const char *server;
    uint64_t clients;
    uint64_t inflight;
    uint64_t text_bytes;
    uint64_t seconds;
    uint64_t repeats;
};

struct sender {
    struct bench_client client;
    struct buf burst; /* BURST messages */
    uint64_t outstanding;
    uint64_t echoed;
};

struct stored_run {
    double stored;      /* messages a second, with echo */
    double bare;        /* messages a second of the bare loop */
    double commit_rows; /* records in a commit */
    struct bare_size size;
};

/* --- senders --- */

static void
make_burst(struct sender *sender, const struct stored_options *options, uint64_t number)
{
    uint64_t state = number + 1;
    buf_init(&sender->burst, (size_t)BURST * TEXT_BYTES_IN);
    for (size_t i = 0; i < BURST; i++) {
        buf_printf(&sender->burst, "PRIVMSG #s%llu :", (unsigned long long)number);
        bench_put_text(&sender->burst, options->text_bytes, &state);
        buf_put(&sender->burst, STR("\r\n"));
    }
}

static int
open_sender(struct sender *sender, const struct stored_options *options, uint16_t port,
            uint64_t number, struct cf_err *err)
{
    char text[64];
    (void)snprintf(text, sizeof text, "sender%llu", (unsigned long long)number); /* fits */
    make_burst(sender, options, number);
    int result = bench_client_open(&sender->client, port, text, "echo-message", err);
    (void)snprintf(text, sizeof text, "JOIN #s%llu\r\n", (unsigned long long)number); /* fits */
    if (result == 0)
        result = bench_client_send(&sender->client, str_from_nul(text), err);
    return result == 0 ? bench_client_wait(&sender->client, " 366 ", NULL, err) : result;
}

/* Each line that comes is an echo: a message has no other way to come back. */
static int
take_echoes(struct sender *sender, struct cf_err *err)
{
    static char bytes[READ_BYTES]; /* one thread, and too large for its stack */
    ssize_t got = recv(sender->client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got == -1 && errno != EAGAIN && errno != EINTR))
        return cf_err_set(err, got == 0 ? -ECONNRESET : -errno, "the server has hung up");
    for (const char *at = bytes; got > 0;) {
        const char *end = memchr(at, '\n', (size_t)(bytes + got - at));
        if (end == NULL)
            break;
        sender->echoed++;
        sender->outstanding--;
        at = end + 1;
    }
    return 0;
}

static int
top_up(struct sender *sender, uint64_t inflight, struct cf_err *err)
{
    while (sender->outstanding + BURST <= inflight) {
        int result = bench_client_send(&sender->client, buf_str(&sender->burst), err);
        if (result != 0)
            return result;
        sender->outstanding += BURST;
    }
    return 0;
}

/* Lets all send until the moment; the echoes that have come since the call. */
static int
send_until(struct sender *senders, const struct stored_options *options, int64_t end_ns,
           uint64_t *echoed_out, struct cf_err *err)
{
    struct pollfd poll_fds[CLIENTS_MAX];
    uint64_t before = 0;
    *echoed_out = 0;
    for (uint64_t i = 0; i < options->clients; i++) {
        poll_fds[i] = (struct pollfd){.fd = senders[i].client.fd, .events = POLLIN};
        before += senders[i].echoed;
    }
    while (clock_monotonic_ns() < end_ns) {
        for (uint64_t i = 0; i < options->clients; i++) {
            int result = top_up(&senders[i], options->inflight, err);
            if (result != 0)
                return result;
        }
        if (poll(poll_fds, options->clients, 1000) == 0)
            return cf_err_set(err, -ETIMEDOUT, "no echo has come for a second");
        for (uint64_t i = 0; i < options->clients; i++) {
            int result = poll_fds[i].revents == 0 ? 0 : take_echoes(&senders[i], err);
            if (result != 0)
                return result;
        }
    }
    for (uint64_t i = 0; i < options->clients; i++)
        *echoed_out += senders[i].echoed;
    *echoed_out -= before;
    return 0;
}

/* --- a run --- */

static int
load_server(const struct stored_options *options, uint16_t port, struct stored_run *run,
            struct cf_err *err)
{
    struct sender *senders = cf_calloc_array(options->clients, sizeof *senders);
    uint64_t echoed = 0;
    int result = 0;
    for (uint64_t i = 0; i < options->clients; i++)
        senders[i].client.fd = -1;
    for (uint64_t i = 0; i < options->clients && result == 0; i++)
        result = open_sender(&senders[i], options, port, i, err);
    int64_t now_ns = clock_monotonic_ns();
    int64_t start_ns = now_ns + (int64_t)(WARM_UP_S * 1e9);
    if (result == 0)
        result = send_until(senders, options, start_ns, &echoed, err);
    start_ns = clock_monotonic_ns();
    if (result == 0)
        result = send_until(senders, options, start_ns + (int64_t)(options->seconds * 1000000000),
                            &echoed, err);
    run->stored = (double)echoed / ((double)(clock_monotonic_ns() - start_ns) / 1e9);
    for (uint64_t i = 0; i < options->clients; i++) {
        bench_client_close(&senders[i].client);
        buf_deinit(&senders[i].burst);
    }
    cf_free(senders);
    return result;
}

/* What the server has done in all, and the bare loop in the same folder. */
static int
compare_with_bare(const struct stored_options *options, struct bench_server *server,
                  struct stored_run *run, struct cf_err *err)
{
    struct bench_server_account account;
    char path[512];
    if (!bench_server_end(server, &account) || account.commits == 0)
        return cf_err_set(err, -EPROTO, "the server has not said what it has stored");
    (void)snprintf(path, sizeof path, "%s/" STORE_SQLITE_FILE, server->dir); /* fits */
    int result = bare_measure(path, &run->size, err);
    if (result != 0)
        return result;
    run->commit_rows = (double)account.records / (double)account.commits;
    const struct bare_options bare = {
        .folder = server->dir,
        .commit_rows = (uint32_t)(run->commit_rows + 0.5),
        .text_bytes = (uint32_t)options->text_bytes,
        .target_count = (uint32_t)options->clients,
        .seconds = (double)options->seconds,
    };
    uint64_t messages = 0;
    double seconds = 0;
    result = bare_run(&bare, &messages, &seconds, err);
    run->bare = (double)messages / seconds;
    return result;
}

static int
run_once(const struct stored_options *options, const char *program, struct stored_run *run,
         struct cf_err *err)
{
    struct bench_server server = {.pid = 0};
    int result = bench_server_start(&(struct bench_server_options){.kind = options->server,
                                                                   .program = program,
                                                                   .cpu = -1},
                                    &server, err);
    if (result == 0)
        result = load_server(options, server.port, run, err);
    if (result == 0)
        result = compare_with_bare(options, &server, run, err);
    struct bench_server_account account;
    (void)bench_server_stop(&server, &account); /* it may have ended already */
    return result;
}

/* --- report --- */

static int
run_all(const struct stored_options *options, const char *program)
{
    double ratios[REPEATS_MAX];
    struct stored_run run = {.stored = 0};
    struct cf_err err;
    printf("%4s %14s %14s %14s %7s\n", "run", "stored/s", "in a commit", "bare loop/s", "ratio");
    for (uint64_t i = 0; i < options->repeats; i++) {
        if (run_once(options, program, &run, &err) != 0) {
            (void)fprintf(stderr, "confab bench store: %s\n", err.text);
            return 1;
        }
        ratios[i] = run.stored / run.bare;
        printf("%4llu %14.0f %14.1f %14.0f %7.2f\n", (unsigned long long)i + 1, run.stored,
               run.commit_rows, run.bare, ratios[i]);
        (void)fflush(stdout); /* for whoever waits */
    }
    printf("ratio: %.2f (median of %llu)\n", bench_median(ratios, options->repeats),
           (unsigned long long)options->repeats);
    bare_print_size(&run.size, options->text_bytes);
    return 0;
}

int
stored_main(int argc, char **argv, const char *program)
{
    struct stored_options options = {
        .server = "confab:1",
        .clients = 8,
        .inflight = 2000,
        .text_bytes = 80,
        .seconds = 5,
        .repeats = 3,
    };
    struct bench_number numbers[] = {
        {.name = "clients", .value = &options.clients, .min = 1, .max = CLIENTS_MAX},
        {.name = "inflight", .value = &options.inflight, .min = BURST, .max = 100000},
        {.name = "bytes", .value = &options.text_bytes, .min = 1, .max = 400},
        {.name = "seconds", .value = &options.seconds, .min = 1, .max = 3600},
        {.name = "repeat", .value = &options.repeats, .min = 1, .max = REPEATS_MAX},
    };
    const struct command_option others[] = {{.name = "server", .text = &options.server}};
    int status;
    if (!bench_numbers_read(usage, numbers, ARRAY_LEN(numbers), others, ARRAY_LEN(others), argc,
                            argv, &status))
        return status;
    return run_all(&options, program);
}
