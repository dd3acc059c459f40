/* The line editor, which is libedit; see editor.h. */
#include "terminal/editor.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include <histedit.h>

#define KEYS_MAX 4

/* libedit's EL_BUFSIZ, less its margin. */
#define HISTORY_CHARACTERS_MAX 1000

/*
 * A control character that no key stands for: libedit's map holds our own function under it, whose
 * result makes libedit forget the line and its place in the history (there is no call for that
 * which does not also switch the terminal's modes to and fro).
 */
#define RESET_KEY ((wchar_t)0x1E)

static_assert(sizeof(wchar_t) == sizeof(uint32_t), "a wchar_t is a code point, as in glibc");

struct editor {
    EditLine *line_editor;
    HistoryW *history;
    FILE *nowhere; /* where libedit draws */
    locale_t locale;
    locale_t locale_before;
    wchar_t keys[KEYS_MAX]; /* what libedit is to read */
    size_t key_count;
    size_t key_next;
    struct buf text; /* the line, when is_text_fresh */
    size_t cursor;
    bool is_text_fresh;
};

/* The keys of libedit's emacs mode. */
static const wchar_t *const command_keys[] = {
    [EDIT_LEFT] = L"\x02",
    [EDIT_RIGHT] = L"\x06",
    [EDIT_WORD_LEFT] = L"\x1B"
                       L"b",
    [EDIT_WORD_RIGHT] = L"\x1B"
                        L"f",
    [EDIT_LINE_START] = L"\x01",
    [EDIT_LINE_END] = L"\x05",
    [EDIT_OLDER] = L"\x10",
    [EDIT_NEWER] = L"\x0E",
    [EDIT_DELETE_LEFT] = L"\x08",
    [EDIT_DELETE_RIGHT] = L"\x04",
    [EDIT_DELETE_WORD_LEFT] = L"\x17",
    [EDIT_DELETE_WORD_RIGHT] = L"\x1B"
                               L"d",
    [EDIT_DELETE_TO_END] = L"\x0B",
    [EDIT_DELETE_LINE] = L"\x15",
    [EDIT_YANK] = L"\x19",
    [EDIT_TRANSPOSE] = L"\x14",
};
static_assert(ARRAY_LEN(command_keys) == EDIT_COMMAND_COUNT, "one row for each command");

/* --- called by libedit --- */

static wchar_t *
empty_prompt(EditLine *line_editor)
{
    static wchar_t empty[] = L"";
    (void)line_editor;
    return empty;
}

static int
read_key(EditLine *line_editor, wchar_t *key_out)
{
    struct editor *editor = NULL;
    int result = el_wget(line_editor, EL_CLIENTDATA, (void **)&editor);
    assert(result == 0);
    assert(editor != NULL);
    if (editor->key_next == editor->key_count)
        return 0; /* end of input, for it: only with a key that wants more than it is given */
    *key_out = editor->keys[editor->key_next++];
    return 1;
}

static unsigned char
forget_line(EditLine *line_editor, wint_t key)
{
    (void)line_editor;
    (void)key;
    return CC_FATAL;
}

/* --- life --- */

static void
set_up(struct editor *editor)
{
    EditLine *line_editor = editor->line_editor;
    int result = el_wset(line_editor, EL_CLIENTDATA, (void *)editor);
    result |= el_wset(line_editor, EL_EDITOR, L"emacs");
    result |= el_wset(line_editor, EL_PROMPT, empty_prompt);
    result |= el_wset(line_editor, EL_GETCFN, read_key);
    result |= el_wset(line_editor, EL_HIST, history_w, editor->history);
    result |=
        el_wset(line_editor, EL_ADDFN, L"confab-forget-line", L"Forget the line", forget_line);
    const wchar_t reset_key[] = {RESET_KEY, L'\0'};
    result |= el_wset(line_editor, EL_BIND, reset_key, L"confab-forget-line", NULL);
    result |= el_wset(line_editor, EL_BIND, L"\x17", L"ed-delete-prev-word", NULL);
    result |= el_wset(line_editor, EL_UNBUFFERED, 1);
    assert(result == 0);
    HistEventW event;
    result = history_w(editor->history, &event, H_SETSIZE, LIMIT_TERMINAL_HISTORY);
    assert(result == 0);
    result = history_w(editor->history, &event, H_SETUNIQUE, 1); /* no line twice in a row */
    assert(result == 0);
}

struct editor *
editor_new(int in_fd, int out_fd, struct cf_err *err)
{
    struct editor *editor = cf_calloc_array(1, sizeof *editor);
    buf_init(&editor->text, LIMIT_TERMINAL_LINE_BYTES);
    editor->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (editor->locale != (locale_t)0)
        editor->locale_before = uselocale(editor->locale);
    editor->nowhere = fopen("/dev/null", "r+e");
    editor->history = history_winit();
    if (editor->nowhere != NULL && editor->history != NULL)
        editor->line_editor = el_init_fd("confab", editor->nowhere, editor->nowhere,
                                         editor->nowhere, in_fd, out_fd, fileno(editor->nowhere));
    if (editor->line_editor == NULL) {
        (void)cf_err_set(err, -ENOTTY, "cannot use the terminal for editing; try --plain");
        editor_free(&editor);
        return NULL;
    }
    set_up(editor);
    return editor;
}

void
editor_free(struct editor **editor_ptr)
{
    struct editor *editor = *editor_ptr;
    *editor_ptr = NULL;
    if (editor == NULL)
        return;
    if (editor->line_editor != NULL)
        el_end(editor->line_editor);
    if (editor->history != NULL)
        history_wend(editor->history);
    if (editor->nowhere != NULL)
        (void)fclose(editor->nowhere); /* nothing in it is wanted */
    if (editor->locale != (locale_t)0) {
        (void)uselocale(editor->locale_before);
        freelocale(editor->locale);
    }
    buf_deinit(&editor->text);
    cf_free(editor);
}

void
editor_resume(struct editor *editor)
{
    /* It switches only when it believes the terminal to be in the other mode. */
    (void)el_wset(editor->line_editor, EL_PREP_TERM, 0); /* always 0 */
    (void)el_wset(editor->line_editor, EL_PREP_TERM, 1);
}

/* --- editing --- */

static void
feed(struct editor *editor, const wchar_t *keys)
{
    editor->key_next = 0;
    editor->key_count = 0;
    while (keys[editor->key_count] != L'\0') {
        assert(editor->key_count < KEYS_MAX);
        editor->keys[editor->key_count] = keys[editor->key_count];
        editor->key_count++;
    }
    for (size_t i = 0; i < KEYS_MAX && editor->key_next < editor->key_count; i++) {
        int count;
        const wchar_t *line = el_wgets(editor->line_editor, &count);
        (void)line; /* read by editor_text */
    }
    editor->is_text_fresh = false;
}

static void
refresh_text(struct editor *editor)
{
    if (editor->is_text_fresh)
        return;
    const LineInfoW *line = el_wline(editor->line_editor);
    buf_clear(&editor->text);
    for (const wchar_t *at = line->buffer; at <= line->lastchar; at++) {
        if (at == line->cursor)
            editor->cursor = editor->text.len;
        if (at == line->lastchar)
            break;
        char bytes[4];
        buf_put(&editor->text,
                (struct str){.ptr = bytes, .len = utf8_encode((uint32_t)*at, bytes)});
    }
    assert(!editor->text.is_truncated);
    editor->is_text_fresh = true;
}

struct str
editor_text(struct editor *editor)
{
    refresh_text(editor);
    return buf_str(&editor->text);
}

size_t
editor_cursor(struct editor *editor)
{
    refresh_text(editor);
    return editor->cursor;
}

void
editor_insert(struct editor *editor, uint32_t code_point)
{
    assert(code_point >= ' ');
    refresh_text(editor);
    if (buf_room(&editor->text) < 4)
        return;
    const wchar_t text[] = {(wchar_t)code_point, L'\0'};
    if (code_point < 0x100 && code_point >= 0x80) {
        /* libedit takes these for commands; as a string they are text. */
        (void)el_winsertstr(editor->line_editor, text); /* fails only without memory */
        editor->is_text_fresh = false;
        return;
    }
    feed(editor, text);
}

void
editor_do(struct editor *editor, enum edit_command command)
{
    assert(command < EDIT_COMMAND_COUNT);
    refresh_text(editor);
    /* What was deleted may be more than there is room for. */
    if (command == EDIT_YANK && editor->text.len > LIMIT_TERMINAL_LINE_BYTES / 2)
        return;
    /* libedit keeps only so much of a line while it shows another one of the history. */
    bool is_walk = command == EDIT_OLDER || command == EDIT_NEWER;
    if (is_walk && editor->text.len >= HISTORY_CHARACTERS_MAX)
        return;
    /* On an empty line libedit takes this key for the end of input. */
    if (command == EDIT_DELETE_RIGHT && editor->cursor == editor->text.len)
        return;
    feed(editor, command_keys[command]);
}

void
editor_reset(struct editor *editor)
{
    const wchar_t keys[] = {RESET_KEY, L'\0'};
    feed(editor, keys);
    refresh_text(editor);
    assert(editor->text.len == 0);
}

/* A NUL-terminated copy in wide characters; the caller frees it. */
static wchar_t *
widen(struct str text, size_t cursor, size_t *cursor_out)
{
    wchar_t *wide = cf_calloc_array(text.len + 1, sizeof *wide);
    size_t count = 0;
    size_t at = 0;
    while (at < text.len) {
        if (at == cursor)
            *cursor_out = count;
        uint32_t code_point = 0;
        size_t len = utf8_decode(str_skip(text, at), &code_point);
        assert(len > 0);
        wide[count++] = (wchar_t)code_point;
        at += len;
    }
    if (at == cursor)
        *cursor_out = count;
    return wide;
}

void
editor_set(struct editor *editor, struct str text, size_t cursor)
{
    assert(cursor <= text.len);
    editor_reset(editor);
    if (text.len == 0 || text.len > LIMIT_TERMINAL_LINE_BYTES - 4)
        return;
    size_t wide_cursor = 0;
    wchar_t *wide = widen(text, cursor, &wide_cursor);
    (void)el_winsertstr(editor->line_editor, wide); /* fails only without memory */
    cf_free(wide);
    const LineInfoW *line = el_wline(editor->line_editor);
    int count = (int)(line->lastchar - line->buffer);
    (void)el_cursor(editor->line_editor, (int)wide_cursor - count); /* returns where it is */
    editor->is_text_fresh = false;
}

void
editor_remember(struct editor *editor, struct str text)
{
    if (text.len == 0)
        return;
    size_t cursor;
    wchar_t *wide = widen(text, 0, &cursor);
    HistEventW event;
    (void)history_w(editor->history, &event, H_ENTER, wide); /* fails only without memory */
    cf_free(wide);
}
