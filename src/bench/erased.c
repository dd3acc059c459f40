/* `confab bench erase`; see erased.h. */
#include "bench/erased.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "bench/archive.h"
#include "bench/client.h"
#include "bench/histogram.h"
#include "bench/numbers.h"
#include "bench/server.h"
#include "bench/words.h"
#include "store/sql.h"
#include "store/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define UNDER_WAY_MAX   1024 /* messages that have not come back */
#define ECHO_NS_MAX     INT64_C(60000000000)
#define LOOK_NS         INT64_C(250000000) /* between looks whether all is cleared away */
#define CLEARING_NS_MAX INT64_C(1800000000000)
#define NS_A_SECOND     INT64_C(1000000000)

static const char usage[] =
    "Usage: confab bench erase [options]\n"
    "Makes a database with many messages and the index of their words, starts a server with it, and\n"
    "has an operator erase all that one account has said (HistServ FORGET). Prints how long the echo\n"
    "of somebody else took before, meanwhile and after. The database is in /tmp meanwhile.\n"
    "\n"
    "      --messages N  (default 300000)\n"
    "      --accounts N  that have said as much each (default 3; 1: all is erased)\n"
    "      --channels N  over which they are spread (default 100)\n"
    "      --bytes N     of text in a message, 1 to 400 (default 80)\n"
    "      --rate N      messages that are echoed in each second (default 50)\n"
    "      --seconds N   before, and after (default 5)\n"
    "      --quiet       no progress\n"
    "  -h, --help        print this\n";

struct erased_options {
    uint64_t messages;
    uint64_t accounts;
    uint64_t channels;
    uint64_t text_bytes;
    uint64_t rate;
    uint64_t seconds;
    bool is_quiet;
};

struct stage {
    const struct erased_options *options;
    struct archive archive;
    struct bench_server server;
    struct bench_client talker;
    struct bench_client keeper; /* the operator */
    sqlite3 *db;                /* of the server, to look at */
    uint64_t random;
};

/* While somebody talks. */
struct phase {
    int64_t due_ns; /* when the next message is */
    int64_t end_ns; /* what is due from then on is not said any more */
    uint64_t sent;
    int64_t dues_ns[UNDER_WAY_MAX]; /* of the last messages */
    struct histogram waits;         /* of those that have come back */
};

/* --- somebody who talks --- */

static int
say(struct stage *stage, struct cf_err *err)
{
    struct buf line;
    buf_init(&line, 1024);
    buf_put(&line, STR("PRIVMSG #talk :"));
    bench_put_text(&line, stage->options->text_bytes, &stage->random);
    buf_put(&line, STR("\r\n"));
    int result = bench_client_send(&stage->talker, buf_str(&line), err);
    buf_deinit(&line);
    return result;
}

/* 1, 0, or -errno with err set. */
static int
is_cleared(struct stage *stage, struct cf_err *err)
{
    int64_t left = 0;
    int result = sql_query_number(stage->db, "SELECT count(*) FROM erasures", 0, &left);
    if (result != 0)
        return cf_err_set(err, result, "cannot look at the database: %s",
                          sqlite3_errmsg(stage->db));
    return left == 0;
}

/* Says what is due, or else waits for an echo until something is. Echoes come in order. */
static int
take_turn(struct stage *stage, struct phase *phase, struct cf_err *err)
{
    struct str line;
    int64_t now_ns = clock_monotonic_ns();
    bool has_room = phase->sent - phase->waits.total < UNDER_WAY_MAX;
    if (has_room && phase->due_ns < phase->end_ns && phase->due_ns <= now_ns) {
        phase->dues_ns[phase->sent++ % UNDER_WAY_MAX] = phase->due_ns;
        phase->due_ns += NS_A_SECOND / (int64_t)stage->options->rate;
        return say(stage, err);
    }
    bool is_waiting = !has_room || phase->due_ns >= phase->end_ns;
    int64_t until_ns = is_waiting ? now_ns + ECHO_NS_MAX : phase->due_ns;
    int result = bench_client_next(&stage->talker, until_ns, &line, err);
    if (result == 0 && is_waiting)
        return cf_err_set(err, -ETIMEDOUT, "the server does not answer");
    if (result == 1 && str_find(line, STR(" PRIVMSG #talk ")) < line.len) {
        int64_t due_ns = phase->dues_ns[phase->waits.total % UNDER_WAY_MAX];
        histogram_add(&phase->waits, clock_monotonic_ns() - due_ns);
    }
    return result < 0 ? result : 0;
}

static void
print_phase(const struct phase *phase, const char *when, double seconds)
{
    const struct histogram *waits = &phase->waits;
    printf("%-10s %7.1f %8llu %9.3f %9.3f %9.3f %9.3f\n", when, seconds,
           (unsigned long long)waits->total, (double)histogram_percentile_ns(waits, 0.5) / 1e6,
           (double)histogram_percentile_ns(waits, 0.99) / 1e6,
           (double)histogram_percentile_ns(waits, 0.999) / 1e6, (double)waits->max_ns / 1e6);
    (void)fflush(stdout); /* for whoever waits */
}

/* Talks at the rate, for some seconds, or until all is cleared away that was erased. An echo is as
 * late as it comes after its message was due. */
static int
talk(struct stage *stage, const char *when, bool is_clearing, struct cf_err *err)
{
    struct phase *phase = cf_calloc_array(1, sizeof *phase);
    int64_t start_ns = clock_monotonic_ns();
    int64_t look_ns = start_ns;
    int result = 0;
    phase->due_ns = start_ns;
    phase->end_ns =
        start_ns + (is_clearing ? CLEARING_NS_MAX : (int64_t)stage->options->seconds * NS_A_SECOND);
    while (result == 0 && (phase->due_ns < phase->end_ns || phase->waits.total < phase->sent)) {
        result = take_turn(stage, phase, err);
        if (result != 0 || !is_clearing || phase->due_ns < look_ns)
            continue;
        look_ns = phase->due_ns + LOOK_NS;
        int cleared = is_cleared(stage, err);
        result = cleared < 0 ? cleared : 0;
        if (cleared == 1)
            phase->end_ns = phase->due_ns;
    }
    if (result == 0)
        print_phase(phase, when, (double)(clock_monotonic_ns() - start_ns) / 1e9);
    cf_free(phase);
    return result;
}

/* --- the operator --- */

static int
ask(struct bench_client *client, struct str question, const char *answer, struct str *line_out,
    struct cf_err *err)
{
    int result = bench_client_send(client, question, err);
    return result == 0 ? bench_client_wait(client, answer, line_out, err) : result;
}

static int
become_operator(struct stage *stage, struct cf_err *err)
{
    struct buf line;
    struct bench_client *keeper = &stage->keeper;
    int result = bench_client_open(keeper, stage->server.port, "keeper", "standard-replies", err);
    buf_init(&line, 256);
    if (result == 0)
        result = ask(keeper, STR("REGISTER * * of-no-value\r\n"), "REGISTER SUCCESS", NULL, err);
    buf_put(&line, STR("CLAIM "));
    if (result == 0)
        result = bench_server_secret(&stage->server, &line, err);
    buf_put(&line, STR("\r\n"));
    if (result == 0)
        result = ask(keeper, buf_str(&line), " 381 ", NULL, err);
    buf_deinit(&line);
    return result;
}

/* Is told the command with a code, and sends that. */
static int
erase(struct stage *stage, struct cf_err *err)
{
    static const char command[] = "FORGET sender0 ";
    struct str told;
    struct buf line;
    int result = ask(&stage->keeper, STR("HISTSERV FORGET sender0\r\n"), command, &told, err);
    if (result != 0)
        return result;
    struct str confirmed = str_skip(told, str_find(told, str_from_nul(command)));
    buf_init(&line, 256);
    buf_printf(&line, "HISTSERV %.*s\r\n", STR_ARG(confirmed));
    result = ask(&stage->keeper, buf_str(&line), "is erased", NULL, err);
    buf_deinit(&line);
    return result;
}

/* --- the stage --- */

static int
measure(struct stage *stage, struct cf_err *err)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/" STORE_SQLITE_FILE, stage->server.dir); /* fits */
    int result = sql_open(path, SQLITE_OPEN_READONLY, NULL, &stage->db);
    if (result != 0)
        return cf_err_set(err, result, "cannot open %s: %s", path, errno_text(-result));
    result = become_operator(stage, err);
    if (result == 0)
        result =
            bench_client_open(&stage->talker, stage->server.port, "talker", "echo-message", err);
    if (result == 0)
        result = ask(&stage->talker, STR("JOIN #talk\r\n"), " 366 ", NULL, err);
    if (result != 0)
        return result;
    printf("%-10s %7s %8s %9s %9s %9s %9s\n", "the echo", "s", "messages", "p50 ms", "p99 ms",
           "p99.9 ms", "max ms");
    result = talk(stage, "before", false, err);
    if (result == 0)
        result = erase(stage, err);
    if (result == 0)
        result = talk(stage, "meanwhile", true, err);
    return result == 0 ? talk(stage, "after", false, err) : result;
}

static int
run_with_archive(struct stage *stage, const char *program, struct cf_err *err)
{
    const struct erased_options *options = stage->options;
    struct bench_server_account account;
    const struct archive_options archive = {
        .messages = options->messages,
        .channels = (uint32_t)options->channels,
        .senders = (uint32_t)options->accounts,
        .text_bytes = (uint32_t)options->text_bytes,
        .has_index = true,
        .has_progress = !options->is_quiet && isatty(STDERR_FILENO) == 1,
    };
    int result = archive_make(&archive, &stage->archive, err);
    if (result != 0)
        return result;
    printf("%llu messages of %llu accounts: made in %.1f s, indexed in %.1f s; one account is "
           "erased\n",
           (unsigned long long)options->messages, (unsigned long long)options->accounts,
           stage->archive.fill_seconds, stage->archive.index_seconds);
    result = bench_server_start(&(struct bench_server_options){.kind = "confab:1",
                                                               .program = program,
                                                               .cpu = -1,
                                                               .database = stage->archive.path},
                                &stage->server, err);
    if (result == 0)
        result = measure(stage, err);
    (void)sqlite3_close(stage->db); /* nothing is open in it any more */
    bench_client_close(&stage->talker);
    bench_client_close(&stage->keeper);
    (void)bench_server_stop(&stage->server, &account); /* it says nothing that matters here */
    return result;
}

static int
run(const struct erased_options *options, const char *program)
{
    struct cf_err err;
    struct stage stage = {
        .options = options,
        .talker.fd = -1,
        .keeper.fd = -1,
        .random = 5,
    };
    int result = run_with_archive(&stage, program, &err);
    if (result != 0)
        (void)fprintf(stderr, "confab bench erase: %s\n", err.text);
    archive_remove(&stage.archive);
    return result == 0 ? 0 : 1;
}

int
erased_main(int argc, char **argv, const char *program)
{
    struct erased_options options = {
        .messages = 300000,
        .accounts = 3,
        .channels = 100,
        .text_bytes = 80,
        .rate = 50,
        .seconds = 5,
    };
    struct bench_number numbers[] = {
        {.name = "messages", .value = &options.messages, .min = 1, .max = 100000000},
        {.name = "accounts", .value = &options.accounts, .min = 1, .max = 10000},
        {.name = "channels", .value = &options.channels, .min = 1, .max = 10000},
        {.name = "bytes", .value = &options.text_bytes, .min = 1, .max = 400},
        {.name = "rate", .value = &options.rate, .min = 1, .max = 1000},
        {.name = "seconds", .value = &options.seconds, .min = 1, .max = 3600},
    };
    const struct command_option others[] = {
        {.name = "quiet", .flag = &options.is_quiet},
    };
    int status;
    if (!bench_numbers_read(usage, numbers, ARRAY_LEN(numbers), others, ARRAY_LEN(others), argc,
                            argv, &status))
        return status;
    return run(&options, program);
}
