/* `confab bench history`; see paged.h. */
#include "bench/paged.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/msgid.h"
#include "bench/archive.h"
#include "bench/bare.h"
#include "bench/client.h"
#include "bench/numbers.h"
#include "bench/process.h"
#include "bench/server.h"
#include "bench/words.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE           100
#define JOINED_MAX     20 /* channels that the reader is in */
#define SENDERS        100
#define QUIET_SECONDS  3
#define TURNS_A_SECOND 50 /* of the one who talks meanwhile */
#define CAPS           "batch message-tags server-time draft/chathistory draft/search"

static const char usage[] =
    "Usage: confab bench history [options]\n"
    "Makes a database with many messages, starts a server with it, and pages through it at random\n"
    "while somebody talks. Prints how long the start took, and the CPU of a page of 100 messages, of\n"
    "TARGETS, and with --search of searches: all of the server but the thread that writes, less what\n"
    "it takes without them. The database is in /tmp meanwhile: about 120 bytes a message.\n"
    "\n"
    "      --messages N  (default 1000000)\n"
    "      --channels N  over which they are spread (default 100)\n"
    "      --bytes N     of text in a message, 1 to 400 (default 80)\n"
    "      --pages N     how many (default 3000)\n"
    "      --rate N      messages that come in each second meanwhile (default 1000)\n"
    "      --search      also makes the index of words, and searches\n"
    "      --quiet       no progress\n"
    "  -h, --help        print this\n";

struct paged_options {
    uint64_t messages;
    uint64_t channels;
    uint64_t text_bytes;
    uint64_t pages;
    uint64_t rate;
    bool has_search;
    bool is_quiet;
};

struct stage {
    const struct paged_options *options;
    struct archive archive;
    struct bench_server server;
    struct bench_client reader;
    pid_t talker;
    double quiet_cpu; /* share of a CPU that the server takes without the reader */
    uint64_t random;
};

/* --- somebody who talks --- */

/* In a process of its own, until it is ended. */
static _Noreturn void
talk(const struct paged_options *options, uint16_t port)
{
    struct bench_client client;
    struct cf_err err;
    struct buf text;
    uint64_t state = 99;
    buf_init(&text, (size_t)1024 * 1024);
    for (uint64_t i = 0; i < (options->rate + TURNS_A_SECOND - 1) / TURNS_A_SECOND; i++) {
        buf_put(&text, STR("PRIVMSG #talk :"));
        bench_put_text(&text, options->text_bytes, &state);
        buf_put(&text, STR("\r\n"));
    }
    int result = bench_client_open(&client, port, "talker", "", &err);
    if (result == 0)
        result = bench_client_send(&client, STR("JOIN #talk\r\n"), &err);
    while (result == 0) {
        result = bench_client_send(&client, buf_str(&text), &err);
        (void)usleep(1000000 / TURNS_A_SECOND); /* woken early does no harm */
    }
    _exit(1);
}

static int
start_talker(struct stage *stage, struct cf_err *err)
{
    stage->talker = fork();
    if (stage->talker == -1)
        return cf_err_set(err, -errno, "cannot fork: %s", errno_text(errno));
    if (stage->talker == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* without it, it may be left behind */
        talk(stage->options, stage->server.port);
    }
    return 0;
}

static void
end_talker(struct stage *stage)
{
    if (stage->talker <= 0)
        return;
    (void)kill(stage->talker, SIGKILL); /* it may have ended */
    (void)waitpid(stage->talker, NULL, 0);
    stage->talker = 0;
}

/* --- measuring --- */

/* What the server has taken so far, but for the thread that writes. */
static int64_t
cpu_ns(const struct stage *stage)
{
    struct process_usage used;
    if (!process_read(stage->server.pid, &used))
        return 0;
    return used.cpu_ns - process_thread_cpu_ns(stage->server.pid, "store");
}

static void
measure_quiet(struct stage *stage)
{
    int64_t before_ns = cpu_ns(stage);
    int64_t start_ns = clock_monotonic_ns();
    (void)sleep(QUIET_SECONDS); /* woken early does no harm */
    stage->quiet_cpu =
        (double)(cpu_ns(stage) - before_ns) / (double)(clock_monotonic_ns() - start_ns);
}

/* Asks so many times and waits for each answer, whose last line has `end` in it. */
static int
ask(struct stage *stage, const char *what, uint64_t count, uint32_t lines,
    void (*put_question)(struct stage *stage, struct buf *out), const char *end, struct cf_err *err)
{
    double *waits = cf_calloc_array(count, sizeof *waits);
    struct buf question;
    int result = 0;
    buf_init(&question, 1024);
    int64_t before_ns = cpu_ns(stage);
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count && result == 0; i++) {
        buf_clear(&question);
        put_question(stage, &question);
        int64_t asked_ns = clock_monotonic_ns();
        result = bench_client_send(&stage->reader, buf_str(&question), err);
        if (result == 0)
            result = bench_client_wait(&stage->reader, end, NULL, err);
        waits[i] = (double)(clock_monotonic_ns() - asked_ns) / 1e6;
        if (result == 0 && lines > 0 && stage->reader.lines < lines)
            result = cf_err_set(err, -EPROTO, "%s: %u lines came instead of %u", what,
                                stage->reader.lines, lines);
    }
    double seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    double cpu_ms = ((double)(cpu_ns(stage) - before_ns) / 1e6 - stage->quiet_cpu * seconds * 1e3) /
                    (double)count;
    double middle = bench_median(waits, count); /* sorts them */
    if (result == 0)
        printf("%-34s %8.3f ms of CPU, answered in %8.3f ms (median), %8.3f ms (99 of 100)\n", what,
               cpu_ms, middle, waits[(count - 1) * 99 / 100]);
    (void)fflush(stdout); /* for whoever waits */
    buf_deinit(&question);
    cf_free(waits);
    return result;
}

/* --- questions --- */

static uint64_t
joined_channels(const struct stage *stage)
{
    return stage->options->channels < JOINED_MAX ? stage->options->channels : JOINED_MAX;
}

/* A page before a message that has a whole one before it. */
static void
put_page_question(struct stage *stage, struct buf *out)
{
    uint64_t channels = stage->options->channels;
    uint64_t channel = bench_random(&stage->random) % joined_channels(stage);
    uint64_t of_channel = stage->options->messages / channels;
    uint64_t at = PAGE + bench_random(&stage->random) % (of_channel - PAGE);
    char msgid[MSGID_TEXT_LEN];
    msgid_to_text(archive_msgid(&stage->archive, at * channels + channel), msgid);
    buf_printf(out, "CHATHISTORY BEFORE #c%llu msgid=%.*s %d\r\n", (unsigned long long)channel,
               MSGID_TEXT_LEN, msgid, PAGE);
}

static void
put_targets_question(struct stage *stage, struct buf *out)
{
    (void)stage;
    buf_put(out, STR("CHATHISTORY TARGETS timestamp=2026-01-01T00:00:00.000Z "
                     "timestamp=2100-01-01T00:00:00.000Z 50\r\n"));
}

/* A word by its rank. */
static void
put_search(struct stage *stage, struct buf *out, uint32_t rank)
{
    buf_printf(out, "SEARCH in=#c%llu;limit=50;text=",
               (unsigned long long)(bench_random(&stage->random) % joined_channels(stage)));
    bench_put_word(out, rank);
    buf_put(out, STR("\r\n"));
}

static void
put_frequent_search(struct stage *stage, struct buf *out)
{
    put_search(stage, out, (uint32_t)(bench_random(&stage->random) % 10));
}

static void
put_rare_search(struct stage *stage, struct buf *out)
{
    put_search(stage, out, 1000 + (uint32_t)(bench_random(&stage->random) % 10000));
}

/* --- the stage --- */

static int
open_reader(struct stage *stage, struct cf_err *err)
{
    struct buf text;
    int result = bench_client_open(&stage->reader, stage->server.port, "reader", CAPS, err);
    buf_init(&text, 4096);
    buf_put(&text, STR("JOIN "));
    for (uint64_t i = 0; i < joined_channels(stage); i++)
        buf_printf(&text, "%s#c%llu", i == 0 ? "" : ",", (unsigned long long)i);
    buf_put(&text, STR("\r\nPING joined\r\n"));
    if (result == 0)
        result = bench_client_send(&stage->reader, buf_str(&text), err);
    if (result == 0)
        result = bench_client_wait(&stage->reader, "PONG", NULL, err);
    buf_deinit(&text);
    return result;
}

static int
measure(struct stage *stage, struct cf_err *err)
{
    const struct paged_options *options = stage->options;
    int result = open_reader(stage, err);
    if (result == 0)
        result = start_talker(stage, err);
    if (result != 0)
        return result;
    (void)sleep(1); /* what starts has started */
    measure_quiet(stage);
    printf("%-34s %8.1f %% of a CPU\n", "without questions", stage->quiet_cpu * 100);
    result = ask(stage, "a page of 100 messages", options->pages, PAGE + 2, put_page_question,
                 "BATCH -", err);
    if (result == 0)
        result = ask(stage, "TARGETS", options->pages, 0, put_targets_question, "BATCH -", err);
    if (result == 0 && options->has_search)
        result =
            ask(stage, "SEARCH for a frequent word", 50, 0, put_frequent_search, "BATCH -", err);
    if (result == 0 && options->has_search)
        result = ask(stage, "SEARCH for a rare word", 50, 0, put_rare_search, "BATCH -", err);
    return result;
}

/* A server with the database, or NULL for an empty one. */
static int
start_server(struct stage *stage, const char *database, const char *program, struct cf_err *err)
{
    int result = bench_server_start(&(struct bench_server_options){.kind = "confab:1",
                                                                   .program = program,
                                                                   .cpu = -1,
                                                                   .database = database},
                                    &stage->server, err);
    if (result == 0)
        printf("%-34s %8.1f ms\n",
               database == NULL ? "start without messages" : "start with all messages",
               (double)stage->server.ready_ns / 1e6);
    return result;
}

static int
run_with_archive(struct stage *stage, const char *program, struct cf_err *err)
{
    const struct paged_options *options = stage->options;
    struct bench_server_account account;
    const struct archive_options archive = {
        .messages = options->messages,
        .channels = (uint32_t)options->channels,
        .senders = SENDERS,
        .text_bytes = (uint32_t)options->text_bytes,
        .has_index = options->has_search,
        .has_progress = !options->is_quiet && isatty(STDERR_FILENO) == 1,
    };
    int result = archive_make(&archive, &stage->archive, err);
    if (result != 0)
        return result;
    printf("%llu messages in %llu channels: made in %.1f s", (unsigned long long)options->messages,
           (unsigned long long)options->channels, stage->archive.fill_seconds);
    if (options->has_search)
        printf(", indexed in %.1f s", stage->archive.index_seconds);
    printf("\n");
    struct bare_size size;
    result = bare_measure(stage->archive.path, &size, err);
    if (result != 0)
        return result;
    bare_print_size(&size, options->text_bytes);
    result = start_server(stage, NULL, program, err);
    (void)bench_server_stop(&stage->server, &account); /* it has shown what it was for */
    if (result == 0)
        result = start_server(stage, stage->archive.path, program, err);
    stage->reader.fd = -1;
    if (result == 0)
        result = measure(stage, err);
    end_talker(stage);
    bench_client_close(&stage->reader);
    (void)bench_server_stop(&stage->server, &account); /* it says nothing that matters here */
    return result;
}

static int
run(const struct paged_options *options, const char *program)
{
    struct stage stage = {.options = options, .random = 7};
    struct cf_err err;
    int result = run_with_archive(&stage, program, &err);
    if (result != 0)
        (void)fprintf(stderr, "confab bench history: %s\n", err.text);
    archive_remove(&stage.archive);
    return result == 0 ? 0 : 1;
}

int
paged_main(int argc, char **argv, const char *program)
{
    struct paged_options options = {
        .messages = 1000000,
        .channels = 100,
        .text_bytes = 80,
        .pages = 3000,
        .rate = 1000,
    };
    struct bench_number numbers[] = {
        {.name = "messages", .value = &options.messages, .min = 1000, .max = 100000000},
        {.name = "channels", .value = &options.channels, .min = 1, .max = 10000},
        {.name = "bytes", .value = &options.text_bytes, .min = 1, .max = 400},
        {.name = "pages", .value = &options.pages, .min = 1, .max = 1000000},
        {.name = "rate", .value = &options.rate, .min = 1, .max = 100000},
    };
    const struct command_option others[] = {
        {.name = "search", .flag = &options.has_search},
        {.name = "quiet", .flag = &options.is_quiet},
    };
    int status;
    if (!bench_numbers_read(usage, numbers, ARRAY_LEN(numbers), others, ARRAY_LEN(others), argc,
                            argv, &status))
        return status;
    if (options.messages / options.channels < 2 * PAGE) {
        (void)fprintf(stderr, "history: each channel needs 200 messages: give fewer --channels\n");
        return 2;
    }
    return run(&options, program);
}
