/* Databases with very many messages; see archive.h. */
#include "bench/archive.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/msgid.h"
#include "bench/words.h"
#include "store/line.h"
#include "store/store_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP    5000
#define TEXTS    211                  /* different texts, in turn */
#define STEP     (UINT64_C(10) << 21) /* ten milliseconds, in ids */
#define TEXT_MAX 1024

struct filler {
    const struct archive_options *options;
    struct store *store;
    struct archive *archive;
    struct buf texts[TEXTS];
};

uint64_t
archive_msgid(const struct archive *archive, uint64_t number)
{
    return archive->first_msgid + number * STEP;
}

/* The channels are there, so that who joins one finds its history. */
static int
add_channels(struct filler *filler, struct cf_err *err)
{
    struct line line;
    struct buf text;
    int result = store_begin(filler->store);
    line_init(&line);
    buf_init(&text, 256);
    for (uint32_t i = 0; i < filler->options->channels && result == 0; i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"type\":\"channel\",\"name\":\"#c%u\",\"modes\":\"nt\"}", i);
        result = line_read(buf_str(&text), &line, err);
        assert(result == 0);
        struct record record = record_of_row(line.row, buf_str(&line.key), buf_str(&line.value));
        result = store_apply(filler->store, &record);
        record_deinit(&record);
    }
    line_deinit(&line);
    buf_deinit(&text);
    return result == 0 ? store_commit(filler->store) : result;
}

static int
add_message(struct filler *filler, uint64_t number)
{
    char channel[32];
    char source[64];
    char account[32];
    uint64_t sender = number * 7 % filler->options->senders;
    (void)snprintf(channel, sizeof channel, "#c%llu",
                   (unsigned long long)(number % filler->options->channels)); /* all fit */
    (void)snprintf(source, sizeof source, "sender%llu!~u@host%llu.example",
                   (unsigned long long)sender, (unsigned long long)sender);
    (void)snprintf(account, sizeof account, "sender%llu", (unsigned long long)sender);
    uint64_t msgid = archive_msgid(filler->archive, number);
    struct str params[] = {str_from_nul(channel), buf_str(&filler->texts[number % TEXTS])};
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_MESSAGE,
        .command = STR("PRIVMSG"),
        .is_last_text = true,
        .wall_ms = msgid_wall_ms(msgid),
        .msgid = msgid,
        .seq = number / filler->options->channels + 1,
        .source = str_from_nul(source),
        .account = str_from_nul(account),
        .params = params,
        .param_count = 2,
    });
    struct record record = record_of_event(event, str_from_nul(channel));
    int result = store_apply(filler->store, &record);
    record_deinit(&record);
    event_unref(&event);
    return result;
}

static void
tell(const struct filler *filler, const char *what, uint64_t number)
{
    if (filler->options->has_progress)
        (void)fprintf(stderr, "\r%s: %llu of %llu messages ", what, (unsigned long long)number,
                      (unsigned long long)filler->options->messages);
}

static int
fill(struct filler *filler)
{
    int result = 0;
    for (uint64_t i = 0; i < filler->options->messages && result == 0; i++) {
        if (i % GROUP == 0)
            result = store_begin(filler->store);
        if (result == 0)
            result = add_message(filler, i);
        if (result == 0 && (i % GROUP == GROUP - 1 || i + 1 == filler->options->messages))
            result = store_commit(filler->store);
        if (i % (GROUP * UINT64_C(20)) == 0)
            tell(filler, "filling", i);
    }
    return result;
}

static int
make_index(struct filler *filler)
{
    int result;
    uint64_t steps = 0;
    while ((result = store_index(filler->store)) == 1) {
        if (++steps % 100 == 0)
            tell(filler, "indexing, more than", steps * 25);
    }
    return result;
}

static int
make_folder(struct archive *archive, struct cf_err *err)
{
    char folder[] = "/tmp/confab-archive-XXXXXX";
    if (mkdtemp(folder) == NULL)
        return cf_err_set(err, -errno, "cannot make a folder in /tmp: %s", errno_text(errno));
    (void)snprintf(archive->folder, sizeof archive->folder, "%s", folder);  /* fits */
    (void)snprintf(archive->path, sizeof archive->path, "%s/a.db", folder); /* fits */
    return 0;
}

void
archive_remove(struct archive *archive)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    char name[64];
    if (archive->folder[0] == '\0')
        return;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        (void)snprintf(name, sizeof name, "%s%s", archive->path, endings[i]); /* fits */
        (void)unlink(name);                                                   /* may be elsewhere */
    }
    (void)rmdir(archive->folder); /* a folder that is left in /tmp is no failure */
    archive->folder[0] = '\0';
}

int
archive_make(const struct archive_options *options, struct archive *archive_out, struct cf_err *err)
{
    struct filler filler = {.options = options, .archive = archive_out};
    uint64_t last = msgid_first_at(clock_wall_ms());
    uint64_t state = 1;
    *archive_out = (struct archive){.last_msgid = last};
    if (options->messages * STEP >= last)
        return cf_err_set(err, -EINVAL, "so many messages begin before 2026");
    archive_out->first_msgid = last - options->messages * STEP;
    int result = make_folder(archive_out, err);
    if (result != 0)
        return result;
    filler.store = store_sqlite_open(archive_out->path, NULL, err);
    if (filler.store == NULL)
        return err->code;
    for (size_t i = 0; i < TEXTS; i++) {
        buf_init(&filler.texts[i], TEXT_MAX);
        bench_put_text(&filler.texts[i], options->text_bytes, &state);
    }
    int64_t start_ns = clock_monotonic_ns();
    result = add_channels(&filler, err);
    if (result == 0)
        result = fill(&filler);
    int64_t filled_ns = clock_monotonic_ns();
    if (result == 0 && options->has_index)
        result = make_index(&filler);
    archive_out->fill_seconds = (double)(filled_ns - start_ns) / 1e9;
    archive_out->index_seconds = (double)(clock_monotonic_ns() - filled_ns) / 1e9;
    if (options->has_progress)
        (void)fprintf(stderr, "\r%60s\r", "");
    if (result != 0)
        (void)cf_err_set(err, result, "cannot fill %s: %s", archive_out->path,
                         store_error_text(filler.store));
    store_free(&filler.store);
    for (size_t i = 0; i < TEXTS; i++)
        buf_deinit(&filler.texts[i]);
    return result;
}
