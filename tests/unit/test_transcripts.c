/*
 * Runs transcripts: golden files of what is sent to the hub and what every session gets. They are
 * read from the folder that is given, or from single files; transcripts/README.md describes them.
 *
 *     test_transcripts [--update] <folder or file>...
 *
 * --update writes the files anew with what the hub says now, for review in the diff.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "transcript_stage.h"
#include "transcript_text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (4 * 1024 * 1024)
#define LINES_MAX      4096 /* that one step may have as expectations or as outputs */

enum line_kind {
    LINE_STEP,
    LINE_EXPECTED, /* "alice< ..." or "! ..." */
    LINE_COMMENT,  /* or empty */
};

/* Lines of one step that concern one player, or the server. */
struct lines {
    struct str items[LINES_MAX];
    size_t count;
};

struct transcript {
    const char *path;
    struct buf content;
    struct buf updated;
    bool is_update;
    struct stage *stage;
    size_t line_number; /* of the step */
    struct str step;
    struct lines expected; /* all of the step, with who gets them */
    struct lines wanted;   /* those of one player */
    struct lines got;
    bool has_failed;
};

/* The transcript under way, for hook_failed: the rig can't go on then. */
static void
stage_failed(void *context, const char *text)
{
    const struct transcript *transcript = context;
    (void)fprintf(stderr, "%s:%zu: after \"%.*s\": %s\n", transcript->path, transcript->line_number,
                  STR_ARG(transcript->step), text);
    _Exit(1);
}

/* "alice" of "alice< text", "!" of "! text"; empty when it is no expectation. */
static struct str
expected_name(struct str line)
{
    struct str word = str_take(line, str_find_byte(line, ' '));
    if (str_equal(word, STR("!")))
        return word;
    if (word.len < 2 || word.ptr[word.len - 1] != '<')
        return STR_NONE;
    word.len--;
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_letter(word.ptr[i]) && !ascii_is_digit(word.ptr[i]))
            return STR_NONE;
    }
    return word;
}

static struct str
expected_text(struct str line)
{
    return str_skip(line, str_find_byte(line, ' ') + 1);
}

static enum line_kind
kind_of(struct str line)
{
    if (line.len == 0 || line.ptr[0] == '#')
        return LINE_COMMENT;
    return expected_name(line).len > 0 ? LINE_EXPECTED : LINE_STEP;
}

static void
add_line(struct lines *lines, struct str line)
{
    assert(lines->count < LINES_MAX);
    lines->items[lines->count++] = line;
}

static struct str
name_of(const struct transcript *transcript, size_t player)
{
    return player == STAGE_SERVER ? STR("!") : stage_player_name(transcript->stage, player);
}

/* Sorts out what was wanted for a player, and what it got. */
static void
select_player(struct transcript *transcript, size_t player)
{
    struct str name = name_of(transcript, player);
    transcript->wanted.count = 0;
    for (size_t i = 0; i < transcript->expected.count; i++) {
        if (str_equal(expected_name(transcript->expected.items[i]), name))
            add_line(&transcript->wanted, expected_text(transcript->expected.items[i]));
    }
    transcript->got.count = 0;
    for (size_t i = 0; i < stage_output_count(transcript->stage); i++) {
        const struct stage_output *output = stage_output_at(transcript->stage, i);
        if (output->player == player)
            add_line(&transcript->got, output->text);
    }
}

static bool
is_as_wanted(const struct transcript *transcript)
{
    return transcript_list_matches(transcript->wanted.items, transcript->wanted.count,
                                   transcript->got.items, transcript->got.count);
}

/* --- failures --- */

static void
print_line(char mark, struct str name, struct str written)
{
    bool is_server = str_equal(name, STR("!"));
    (void)printf("  %c %.*s%s %.*s\n", mark, STR_ARG(name), is_server ? "" : "<", STR_ARG(written));
}

static void
print_got(char mark, struct str name, struct str bytes)
{
    struct buf written;
    buf_init(&written, FILE_BYTES_MAX);
    transcript_put_written(&written, bytes);
    print_line(mark, name, buf_str(&written));
    buf_deinit(&written);
}

/*
 * The difference, as by diff: length[i][j] is how many lines are in common behind line i of what
 * was wanted and line j of what came.
 */
static void
print_difference(const struct transcript *transcript, struct str name)
{
    const struct lines *wanted = &transcript->wanted;
    const struct lines *got = &transcript->got;
    size_t width = got->count + 1;
    size_t *length = cf_calloc_array((wanted->count + 1) * width, sizeof *length);
    for (size_t i = wanted->count; i-- > 0;) {
        for (size_t j = got->count; j-- > 0;) {
            size_t skip_wanted = length[(i + 1) * width + j];
            size_t skip_got = length[i * width + j + 1];
            length[i * width + j] = skip_wanted > skip_got ? skip_wanted : skip_got;
            if (transcript_matches(wanted->items[i], got->items[j]))
                length[i * width + j] = length[(i + 1) * width + j + 1] + 1;
        }
    }
    size_t i = 0;
    size_t j = 0;
    while (i < wanted->count || j < got->count) {
        if (i < wanted->count && j < got->count &&
            transcript_matches(wanted->items[i], got->items[j])) {
            print_line(' ', name, wanted->items[i++]);
            j++;
        } else if (j == got->count || (i < wanted->count &&
                                       length[(i + 1) * width + j] >= length[i * width + j + 1])) {
            print_line('-', name, wanted->items[i++]);
        } else {
            print_got('+', name, got->items[j++]);
        }
    }
    cf_free(length);
}

static void
fail(struct transcript *transcript, struct str why)
{
    (void)printf("%s:%zu: %.*s\n", transcript->path, transcript->line_number,
                 STR_ARG(transcript->step));
    if (why.len > 0)
        (void)printf("  %.*s\n", STR_ARG(why));
    transcript->has_failed = true;
}

/* Expectations that name nobody there. */
static void
check_names(struct transcript *transcript)
{
    for (size_t i = 0; i < transcript->expected.count; i++) {
        struct str name = expected_name(transcript->expected.items[i]);
        if (str_equal(name, STR("!")) || stage_find_player(transcript->stage, name) != STAGE_SERVER)
            continue;
        fail(transcript, STR("somebody is to get something who was never there:"));
        print_line('-', name, expected_text(transcript->expected.items[i]));
    }
}

static void
check_player(struct transcript *transcript, size_t player)
{
    select_player(transcript, player);
    if (is_as_wanted(transcript))
        return;
    if (!transcript->has_failed)
        fail(transcript, STR("(- wanted, + got)"));
    else
        (void)printf("%s:%zu: %.*s\n", transcript->path, transcript->line_number,
                     STR_ARG(transcript->step));
    print_difference(transcript, name_of(transcript, player));
}

static void
check_step(struct transcript *transcript)
{
    check_names(transcript);
    for (size_t i = 0; i < stage_player_count(transcript->stage); i++)
        check_player(transcript, i);
    check_player(transcript, STAGE_SERVER);
}

/* --- updating --- */

static void
update_player(struct transcript *transcript, size_t player)
{
    struct buf *out = &transcript->updated;
    struct str name = name_of(transcript, player);
    select_player(transcript, player);
    bool is_kept = is_as_wanted(transcript);
    const struct lines *lines = is_kept ? &transcript->wanted : &transcript->got;
    for (size_t i = 0; i < lines->count; i++) {
        buf_put(out, name);
        buf_put(out, player == STAGE_SERVER ? STR(" ") : STR("< "));
        if (is_kept) {
            buf_put(out, lines->items[i]);
        } else {
            struct buf written;
            buf_init(&written, FILE_BYTES_MAX);
            transcript_put_written(&written, lines->items[i]);
            transcript_put_general(out, buf_str(&written));
            buf_deinit(&written);
        }
        buf_put_byte(out, '\n');
    }
}

/* The actor first, then the others in the order in which they came, then the server. */
static void
update_step(struct transcript *transcript)
{
    size_t actor = stage_actor(transcript->stage);
    if (actor != STAGE_SERVER)
        update_player(transcript, actor);
    for (size_t i = 0; i < stage_player_count(transcript->stage); i++) {
        if (i != actor)
            update_player(transcript, i);
    }
    update_player(transcript, STAGE_SERVER);
}

/* --- running --- */

/* Plays the step that has been read, and looks at what came of it. */
static void
play_step(struct transcript *transcript)
{
    struct buf why;
    buf_init(&why, 4096);
    if (!stage_play(transcript->stage, transcript->step, &why))
        fail(transcript, buf_str(&why));
    else if (transcript->is_update)
        update_step(transcript);
    else
        check_step(transcript);
    buf_deinit(&why);
}

static void
put_line(struct buf *out, struct str line)
{
    buf_put(out, line);
    buf_put_byte(out, '\n');
}

/*
 * Reads a step with the expectations behind it. Comments between these are kept, behind them,
 * in an update.
 */
static void
run_step(struct transcript *transcript, struct str *rest)
{
    transcript->expected.count = 0;
    put_line(&transcript->updated, transcript->step);
    struct buf comments;
    buf_init(&comments, FILE_BYTES_MAX);
    size_t lines = 0;
    while (rest->len > 0) {
        struct str line = str_take(*rest, str_find_byte(*rest, '\n'));
        enum line_kind kind = kind_of(line);
        if (kind == LINE_STEP)
            break;
        if (kind == LINE_EXPECTED)
            add_line(&transcript->expected, line);
        else
            put_line(&comments, line);
        *rest = str_skip(*rest, line.len + 1);
        lines++;
    }
    play_step(transcript);
    buf_put(&transcript->updated, buf_str(&comments));
    buf_deinit(&comments);
    transcript->line_number += lines + 1;
}

static void
run_steps(struct transcript *transcript)
{
    struct str rest = buf_str(&transcript->content);
    transcript->line_number = 1;
    while (rest.len > 0) {
        struct str line = str_take(rest, str_find_byte(rest, '\n'));
        rest = str_skip(rest, line.len + 1);
        transcript->step = line;
        switch (kind_of(line)) {
        case LINE_STEP:
            run_step(transcript, &rest);
            break;
        case LINE_EXPECTED:
            fail(transcript, STR("an expectation before the first step"));
            transcript->line_number++;
            break;
        case LINE_COMMENT:
            put_line(&transcript->updated, line);
            transcript->line_number++;
            break;
        }
    }
}

static bool
read_file(const char *path, struct buf *content)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerrorname_np(errno));
        return false;
    }
    char *into = buf_reserve(content, FILE_BYTES_MAX);
    assert(into != NULL);
    buf_commit(content, fread(into, 1, FILE_BYTES_MAX, file));
    bool is_read = ferror(file) == 0;
    (void)fclose(file); /* only read from */
    return is_read;
}

static bool
write_file(const char *path, struct str content)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool is_written = fwrite(content.ptr, 1, content.len, file) == content.len;
    return fclose(file) == 0 && is_written;
}

static bool
run_file(const char *path, bool is_update)
{
    struct transcript *transcript = cf_calloc_array(1, sizeof *transcript);
    transcript->path = path;
    transcript->is_update = is_update;
    buf_init(&transcript->content, FILE_BYTES_MAX);
    buf_init(&transcript->updated, FILE_BYTES_MAX);
    transcript->has_failed = !read_file(path, &transcript->content);
    transcript->stage = stage_new(stage_failed, transcript);
    run_steps(transcript);
    stage_free(&transcript->stage);
    bool is_changed = !str_equal(buf_str(&transcript->content), buf_str(&transcript->updated));
    if (is_update && is_changed && !transcript->has_failed) {
        (void)printf("updated %s\n", path);
        transcript->has_failed = !write_file(path, buf_str(&transcript->updated));
    }
    bool is_passed = !transcript->has_failed;
    buf_deinit(&transcript->content);
    buf_deinit(&transcript->updated);
    cf_free(transcript);
    return is_passed;
}

static int
is_transcript(const struct dirent *entry)
{
    return str_ends_with(str_from_nul(entry->d_name), STR(".txt"));
}

/* A folder's transcripts in order of name, or the one file. */
static void
run_path(const char *path, bool is_update, size_t *passed, size_t *failed)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_transcript, alphasort);
    if (count == -1) {
        bool is_passed = run_file(path, is_update);
        *passed += is_passed ? 1 : 0;
        *failed += is_passed ? 0 : 1;
        return;
    }
    for (int i = 0; i < count; i++) {
        struct buf name;
        buf_init(&name, 4096);
        buf_printf(&name, "%s/%s", path, entries[i]->d_name);
        bool is_passed = run_file(buf_nul_terminated(&name), is_update);
        *passed += is_passed ? 1 : 0;
        *failed += is_passed ? 0 : 1;
        buf_deinit(&name);
        free(entries[i]); /* made by scandir */
    }
    free(entries);
}

int
main(int argc, char **argv)
{
    bool is_update = argc > 1 && str_equal(str_from_nul(argv[1]), STR("--update"));
    /* The plain door shows local time. */
    if (setenv("TZ", "UTC", 1) == -1)
        return 1;
    tzset();
    size_t passed = 0;
    size_t failed = 0;
    for (int i = is_update ? 2 : 1; i < argc; i++)
        run_path(argv[i], is_update, &passed, &failed);
    (void)printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
