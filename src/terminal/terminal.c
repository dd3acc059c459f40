/* The line of input and what is printed above it; see terminal.h. */
#include "terminal/terminal.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "terminal/editor.h"
#include "terminal/keys.h"
#include "terminal/layout.h"
#include "terminal/screen.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES_MAX 4096

/* How often a program in the background looks whether it still is. */
#define LOOK_MS 500

/* A pipe that poll() calls writable takes this much without blocking (PIPE_BUF). */
#define PIPE_BYTES 4096

#define SCREEN_CLEAR STR("\x1B[H\x1B[2J")

/* What is on the screen below what has been printed. */
struct drawing {
    bool is_there;
    struct buf text;   /* prompt and line */
    size_t cursor;     /* byte of it */
    size_t rows_above; /* of the cursor's, that do not fit on the screen and are not drawn */
};

struct cycle {
    bool is_on; /* the last key was Tab */
    struct buf original;
    size_t original_cursor;
    struct completion completion;
    size_t next; /* byte of the candidates */
};

struct terminal {
    struct terminal_options options;
    struct screen *screen; /* NULL in plain mode, as is editor */
    struct editor *editor;
    struct buf input; /* what was read and not used yet */
    struct buf line;  /* what terminal_read returned */
    struct buf prompt;
    struct buf printed; /* to be shown above the line of input */
    struct buf output;  /* bytes for the terminal, in their final form */
    struct drawing drawing;
    struct cycle cycle;
    bool is_drawing_stale;
    bool is_suspended; /* in the background: the terminal is not ours */
    bool has_ended;    /* no more input will come */
    bool has_said_end;
    bool has_failed;
};

/* --- life --- */

static bool
can_move_cursor(void)
{
    const char *kind = getenv("TERM"); /* NOLINT(concurrency-mt-unsafe): nothing here sets it */
    return kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
}

struct terminal *
terminal_new(const struct terminal_options *options, struct cf_err *err)
{
    struct terminal *terminal = cf_calloc_array(1, sizeof *terminal);
    terminal->options = *options;
    terminal->is_drawing_stale = true;
    buf_init(&terminal->input, LIMIT_TERMINAL_LINE_BYTES + READ_BYTES_MAX);
    buf_init(&terminal->line, LIMIT_TERMINAL_LINE_BYTES);
    buf_init(&terminal->prompt, LIMIT_TERMINAL_PROMPT_BYTES);
    buf_init(&terminal->printed, LIMIT_TERMINAL_OUTPUT_BYTES);
    buf_init(&terminal->output, 2 * LIMIT_TERMINAL_OUTPUT_BYTES);
    buf_init(&terminal->drawing.text, LIMIT_TERMINAL_LINE_BYTES + LIMIT_TERMINAL_PROMPT_BYTES);
    buf_init(&terminal->cycle.original, LIMIT_TERMINAL_LINE_BYTES);
    buf_init(&terminal->cycle.completion.candidates, LIMIT_TERMINAL_OUTPUT_BYTES);
    bool is_interactive = !options->is_plain && isatty(options->in_fd) == 1 &&
                          isatty(options->out_fd) == 1 && can_move_cursor();
    if (!is_interactive)
        return terminal;
    terminal->screen = screen_new(options->in_fd, options->out_fd, err);
    if (terminal->screen != NULL)
        terminal->editor = editor_new(options->in_fd, options->out_fd, err);
    if (terminal->editor == NULL)
        terminal_free(&terminal);
    return terminal;
}

bool
terminal_is_plain(const struct terminal *terminal)
{
    return terminal->editor == NULL;
}

/* --- drawing --- */

/*
 * Appends what takes the drawing off the screen and leaves the cursor where it began. The window
 * may have another width by now: terminals then wrap what is on them anew, as layout_measure does.
 */
static void
put_erasure(struct terminal *terminal, struct buf *out)
{
    struct drawing *drawing = &terminal->drawing;
    if (!drawing->is_there)
        return;
    struct layout layout =
        layout_measure(buf_str(&drawing->text), drawing->cursor, screen_columns(terminal->screen));
    size_t rows_up =
        layout.cursor_row > drawing->rows_above ? layout.cursor_row - drawing->rows_above : 0;
    if (rows_up > 0)
        buf_printf(out, "\x1B[%zuA", rows_up);
    buf_put(out, STR("\r\x1B[J"));
    drawing->is_there = false;
}

/* Appends the prompt and the line, or the part of it around the cursor that fits on the screen. */
static void
put_drawing(struct terminal *terminal, struct buf *out)
{
    struct drawing *drawing = &terminal->drawing;
    buf_clear(&drawing->text);
    buf_put(&drawing->text, buf_str(&terminal->prompt));
    buf_put(&drawing->text, editor_text(terminal->editor));
    drawing->cursor = terminal->prompt.len + editor_cursor(terminal->editor);
    struct str text = buf_str(&drawing->text);
    size_t columns = screen_columns(terminal->screen);
    size_t rows_max = screen_rows(terminal->screen);
    struct layout layout = layout_measure(text, drawing->cursor, columns);
    size_t first = layout.cursor_row >= rows_max ? layout.cursor_row - rows_max + 1 : 0;
    size_t last = layout.rows - 1;
    if (last - first >= rows_max)
        last = first + rows_max - 1;

    size_t start = 0;
    struct str part = layout_rows(text, columns, first, last - first + 1, &start);
    buf_put(out, part);
    /* A full last row leaves the cursor waiting at its edge; the next one has to be begun. */
    bool is_empty_row = layout.rows - 1 == last && last > 0 && text.len == start + part.len &&
                        layout_measure(text, text.len, columns).cursor_column == 0;
    if (is_empty_row)
        buf_put(out, STR("\r\n"));
    if (last > layout.cursor_row)
        buf_printf(out, "\x1B[%zuA", last - layout.cursor_row);
    buf_put_byte(out, '\r');
    if (layout.cursor_column > 0)
        buf_printf(out, "\x1B[%zuC", layout.cursor_column);
    drawing->rows_above = first;
    drawing->is_there = true;
}

static void
fail(struct terminal *terminal)
{
    terminal->has_failed = true;
    terminal->has_ended = true;
    buf_clear(&terminal->output);
    buf_clear(&terminal->printed);
}

static void
write_plain(struct terminal *terminal)
{
    struct buf *output = &terminal->output;
    size_t done = 0;
    while (done < output->len) {
        struct pollfd fd = {.fd = terminal->options.out_fd, .events = POLLOUT};
        if (poll(&fd, 1, 0) != 1)
            break;
        struct str part = str_take(str_skip(buf_str(output), done), PIPE_BYTES);
        ssize_t written = write(terminal->options.out_fd, part.ptr, part.len);
        if (written == -1 && errno == EAGAIN)
            break;
        if (written == -1 && errno != EINTR) {
            fail(terminal);
            return;
        }
        if (written > 0)
            done += (size_t)written;
    }
    buf_consume(output, done);
}

static void
write_output(struct terminal *terminal)
{
    if (terminal_is_plain(terminal)) {
        write_plain(terminal);
        return;
    }
    ssize_t written = screen_write(terminal->screen, buf_str(&terminal->output));
    if (written < 0)
        fail(terminal);
    else
        buf_consume(&terminal->output, (size_t)written);
}

void
terminal_flush(struct terminal *terminal)
{
    if (terminal->has_failed || terminal->is_suspended)
        return;
    write_output(terminal);
    bool is_stale = terminal->printed.len > 0 || terminal->is_drawing_stale;
    if (terminal_is_plain(terminal)) {
        buf_put(&terminal->output, buf_str(&terminal->printed));
        buf_clear(&terminal->printed);
    } else if (terminal->output.len == 0 && is_stale) {
        /* Only when all that was drawn before has gone: what would be drawn twice is drawn once. */
        put_erasure(terminal, &terminal->output);
        buf_put(&terminal->output, buf_str(&terminal->printed));
        buf_clear(&terminal->printed);
        put_drawing(terminal, &terminal->output);
        terminal->is_drawing_stale = false;
    }
    write_output(terminal);
}

void
terminal_free(struct terminal **terminal_ptr)
{
    struct terminal *terminal = *terminal_ptr;
    *terminal_ptr = NULL;
    if (terminal == NULL)
        return;
    if (!terminal->has_failed && !terminal->is_suspended) {
        if (!terminal_is_plain(terminal))
            put_erasure(terminal, &terminal->output);
        buf_put(&terminal->output, buf_str(&terminal->printed));
        write_output(terminal);
    }
    editor_free(&terminal->editor);
    screen_free(&terminal->screen);
    buf_deinit(&terminal->input);
    buf_deinit(&terminal->line);
    buf_deinit(&terminal->prompt);
    buf_deinit(&terminal->printed);
    buf_deinit(&terminal->output);
    buf_deinit(&terminal->drawing.text);
    buf_deinit(&terminal->cycle.original);
    buf_deinit(&terminal->cycle.completion.candidates);
    cf_free(terminal);
}

/* --- output --- */

void
terminal_print(struct terminal *terminal, enum terminal_style style, struct str line)
{
    static const struct str starts[] = {
        [TERMINAL_NORMAL] = STR_INIT(""),
        [TERMINAL_DIM] = STR_INIT("\x1B[2m"),
        [TERMINAL_STRONG] = STR_INIT("\x1B[1m"),
        [TERMINAL_ALERT] = STR_INIT("\x1B[31m"),
    };
    bool is_styled = !terminal_is_plain(terminal) && style != TERMINAL_NORMAL;
    if (is_styled)
        buf_put(&terminal->printed, starts[style]);
    buf_put(&terminal->printed, line);
    if (is_styled)
        buf_put(&terminal->printed, STR("\x1B[0m"));
    buf_put_byte(&terminal->printed, '\n');
}

void
terminal_set_prompt(struct terminal *terminal, struct str prompt)
{
    if (terminal_is_plain(terminal) || str_equal(buf_str(&terminal->prompt), prompt))
        return;
    buf_clear(&terminal->prompt);
    buf_put(&terminal->prompt, utf8_take(prompt, LIMIT_TERMINAL_PROMPT_BYTES));
    terminal->is_drawing_stale = true;
}

size_t
terminal_backlog(const struct terminal *terminal)
{
    return terminal->printed.len + terminal->output.len;
}

bool
terminal_has_failed(const struct terminal *terminal)
{
    return terminal->has_failed;
}

void
terminal_clear(struct terminal *terminal)
{
    if (terminal_is_plain(terminal))
        return;
    buf_clear(&terminal->printed);
    buf_put(&terminal->printed, SCREEN_CLEAR);
    terminal->is_drawing_stale = true;
}

/* --- the line of input --- */

void
terminal_remember(struct terminal *terminal, struct str line)
{
    if (!terminal_is_plain(terminal))
        editor_remember(terminal->editor, line);
}

void
terminal_give_back(struct terminal *terminal, struct str line)
{
    if (terminal_is_plain(terminal))
        return;
    if (editor_text(terminal->editor).len > 0) {
        editor_remember(terminal->editor, line);
        return;
    }
    editor_set(terminal->editor, line, line.len);
    terminal->is_drawing_stale = true;
}

bool
terminal_drop_line(struct terminal *terminal)
{
    if (terminal_is_plain(terminal) || editor_text(terminal->editor).len == 0)
        return false;
    editor_remember(terminal->editor, editor_text(terminal->editor));
    editor_reset(terminal->editor);
    terminal->cycle.is_on = false;
    terminal->is_drawing_stale = true;
    return true;
}

/* --- completion --- */

static void
begin_cycle(struct terminal *terminal)
{
    struct cycle *cycle = &terminal->cycle;
    buf_clear(&cycle->original);
    buf_put(&cycle->original, editor_text(terminal->editor));
    cycle->original_cursor = editor_cursor(terminal->editor);
    cycle->next = 0;
    cycle->completion.start = cycle->original_cursor;
    buf_clear(&cycle->completion.candidates);
    struct str before = str_take(buf_str(&cycle->original), cycle->original_cursor);
    terminal->options.completion(terminal->options.context, before, &cycle->completion);
    assert(cycle->completion.start <= cycle->original_cursor);
}

/* The next candidate in the place of the word; behind the last one, what was typed itself. */
static void
complete(struct terminal *terminal)
{
    if (terminal->options.completion == NULL)
        return;
    struct cycle *cycle = &terminal->cycle;
    if (!cycle->is_on)
        begin_cycle(terminal);
    struct str rest = str_skip(buf_str(&cycle->completion.candidates), cycle->next);
    struct str original = buf_str(&cycle->original);
    if (rest.len == 0) {
        editor_set(terminal->editor, original, cycle->original_cursor);
        cycle->is_on = false;
        return;
    }
    size_t len = str_find_byte(rest, '\n');
    cycle->next += len + 1;
    struct buf text;
    buf_init(&text, LIMIT_TERMINAL_LINE_BYTES);
    buf_put(&text, str_take(original, cycle->completion.start));
    buf_put(&text, str_take(rest, len));
    size_t cursor = text.len;
    buf_put(&text, str_skip(original, cycle->original_cursor));
    if (!text.is_truncated)
        editor_set(terminal->editor, buf_str(&text), cursor);
    buf_deinit(&text);
    cycle->is_on = true;
}

/* --- input --- */

/* Reads once, if there is anything. */
static void
fill_input(struct terminal *terminal)
{
    struct pollfd fd = {.fd = terminal->options.in_fd, .events = POLLIN};
    if (terminal->has_ended || terminal->is_suspended || poll(&fd, 1, 0) != 1)
        return;
    char *into = buf_reserve(&terminal->input, READ_BYTES_MAX);
    if (into == NULL)
        return; /* full: what is there is used first */
    ssize_t got = read(terminal->options.in_fd, into, READ_BYTES_MAX);
    if (got > 0)
        buf_commit(&terminal->input, (size_t)got);
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        terminal->has_ended = true;
}

static void
resume(struct terminal *terminal)
{
    terminal->is_suspended = !screen_is_ours(terminal->screen);
    if (terminal->is_suspended)
        return;
    editor_resume(terminal->editor);
    buf_put(&terminal->output, STR("\r\x1B[J")); /* whatever is in this row by now */
    terminal->drawing.is_there = false;
    terminal->is_drawing_stale = true;
}

static void
take_signals(struct terminal *terminal)
{
    if (terminal->is_suspended)
        resume(terminal);
    for (;;) {
        switch (screen_take_signal(terminal->screen)) {
        case SCREEN_SIGNAL_NONE:
            return;
        case SCREEN_SIGNAL_RESIZED:
            terminal->is_drawing_stale = true;
            break;
        case SCREEN_SIGNAL_STOP:
            put_erasure(terminal, &terminal->output);
            write_output(terminal);
            terminal->is_suspended = true; /* until SIGCONT, which the end of the stop brings */
            screen_stop(terminal->screen);
            break;
        case SCREEN_SIGNAL_CONTINUED:
            resume(terminal);
            break;
        }
    }
}

/* Moves the line of input to terminal->line. */
static void
enter(struct terminal *terminal)
{
    buf_clear(&terminal->line);
    buf_put(&terminal->line, editor_text(terminal->editor));
    if (terminal->options.keeps_lines && terminal->line.len > 0) {
        buf_put(&terminal->printed, buf_str(&terminal->prompt));
        buf_put(&terminal->printed, buf_str(&terminal->line));
        buf_put_byte(&terminal->printed, '\n');
    }
    editor_reset(terminal->editor);
}

static enum terminal_event
press(struct terminal *terminal, const struct key *key)
{
    terminal->is_drawing_stale = true;
    if (key->kind != KEY_COMPLETE)
        terminal->cycle.is_on = false;
    switch (key->kind) {
    case KEY_TEXT:
        editor_insert(terminal->editor, key->code_point);
        break;
    case KEY_EDIT:
        editor_do(terminal->editor, key->command);
        break;
    case KEY_ENTER:
        enter(terminal);
        return TERMINAL_LINE;
    case KEY_COMPLETE:
        complete(terminal);
        break;
    case KEY_END:
        if (editor_text(terminal->editor).len == 0)
            return TERMINAL_END;
        editor_do(terminal->editor, key->command);
        break;
    case KEY_CLEAR:
        terminal_clear(terminal);
        break;
    case KEY_NONE:
        break;
    }
    return TERMINAL_NOTHING;
}

static enum terminal_event
read_keys(struct terminal *terminal)
{
    take_signals(terminal);
    enum terminal_event event = TERMINAL_NOTHING;
    fill_input(terminal);
    struct str rest = buf_str(&terminal->input);
    struct key key;
    while (event == TERMINAL_NOTHING && keys_next(&rest, &key))
        event = press(terminal, &key);
    buf_consume(&terminal->input, terminal->input.len - rest.len);
    if (event == TERMINAL_NOTHING && terminal->has_ended)
        buf_clear(&terminal->input); /* half a key */
    return event;
}

/* A line of what was read, or all of it at the end, or as much as a line may be long. */
static bool
cut_line(struct terminal *terminal, struct str *line_out)
{
    struct str input = buf_str(&terminal->input);
    size_t end = str_find_byte(input, '\n');
    struct str line = str_take(input, end);
    size_t used = end < input.len ? end + 1 : end;
    if (line.len > LIMIT_TERMINAL_LINE_BYTES) {
        line = utf8_take(line, LIMIT_TERMINAL_LINE_BYTES);
        used = line.len;
    } else if (end == input.len && (!terminal->has_ended || input.len == 0)) {
        return false;
    }
    buf_clear(&terminal->line);
    buf_put(&terminal->line, line);
    buf_consume(&terminal->input, used);
    *line_out = buf_str(&terminal->line);
    if (str_ends_with(*line_out, STR("\r")))
        line_out->len--;
    return true;
}

enum terminal_event
terminal_read(struct terminal *terminal, struct str *line_out)
{
    enum terminal_event event = TERMINAL_NOTHING;
    if (!terminal_is_plain(terminal)) {
        event = read_keys(terminal);
        if (event == TERMINAL_LINE)
            *line_out = buf_str(&terminal->line);
    } else if (cut_line(terminal, line_out)) {
        event = TERMINAL_LINE;
    } else {
        fill_input(terminal);
        if (cut_line(terminal, line_out))
            event = TERMINAL_LINE;
    }
    bool is_over = event == TERMINAL_NOTHING && terminal->has_ended && terminal->input.len == 0;
    if (is_over && !terminal->has_said_end) {
        terminal->has_said_end = true;
        return TERMINAL_END;
    }
    return event;
}

int
terminal_timeout_ms(const struct terminal *terminal)
{
    return terminal->is_suspended ? LOOK_MS : -1;
}

size_t
terminal_poll_fds(const struct terminal *terminal, bool wants_input,
                  struct pollfd fds[TERMINAL_FDS])
{
    size_t count = 0;
    bool is_plain = terminal_is_plain(terminal);
    if (wants_input && !terminal->has_ended && !terminal->is_suspended)
        fds[count++] = (struct pollfd){.fd = terminal->options.in_fd, .events = POLLIN};
    if (!is_plain)
        fds[count++] = (struct pollfd){.fd = screen_signal_fd(terminal->screen), .events = POLLIN};
    if (terminal->output.len > 0 && !terminal->has_failed && !terminal->is_suspended) {
        int fd = is_plain ? terminal->options.out_fd : screen_out_fd(terminal->screen);
        fds[count++] = (struct pollfd){.fd = fd, .events = POLLOUT};
    }
    return count;
}
