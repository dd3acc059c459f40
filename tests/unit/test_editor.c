/* Tests of terminal/editor.h, on a pseudo-terminal. */
#include "terminal/editor.h"

#include "base/utf8.h"
#include "unit/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define NI  "\xE4\xBD\xA0"
#define HAO "\xE5\xA5\xBD"

struct stage {
    int master;
    int terminal;
    struct editor *editor;
};

static void
open_stage(struct stage *stage)
{
    stage->master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(stage->master != -1);
    CHECK(grantpt(stage->master) == 0);
    CHECK(unlockpt(stage->master) == 0);
    char name[100];
    CHECK(ptsname_r(stage->master, name, sizeof name) == 0);
    stage->terminal = open(name, O_RDWR | O_NOCTTY);
    CHECK(stage->terminal != -1);
    struct cf_err err;
    stage->editor = editor_new(stage->terminal, stage->terminal, &err);
    CHECK(stage->editor != NULL);
}

static void
close_stage(struct stage *stage)
{
    editor_free(&stage->editor);
    CHECK(close(stage->terminal) == 0);
    CHECK(close(stage->master) == 0);
}

static void
insert(struct stage *stage, struct str text)
{
    while (text.len > 0) {
        uint32_t code_point = 0;
        size_t len = utf8_decode(text, &code_point);
        CHECK(len > 0);
        editor_insert(stage->editor, code_point);
        text = str_skip(text, len);
    }
}

static void
check(struct stage *stage, struct str text, size_t cursor)
{
    CHECK_STR(editor_text(stage->editor), text);
    CHECK_U64(editor_cursor(stage->editor), cursor);
}

TEST(characters_of_any_width_are_typed_moved_over_and_deleted)
{
    struct stage stage;
    open_stage(&stage);
    check(&stage, STR(""), 0);
    insert(&stage, STR(NI "a" HAO "\xC3\xA9"));
    check(&stage, STR(NI "a" HAO "\xC3\xA9"), 9);
    editor_do(stage.editor, EDIT_LEFT);
    editor_do(stage.editor, EDIT_LEFT);
    check(&stage, STR(NI "a" HAO "\xC3\xA9"), 4);
    editor_do(stage.editor, EDIT_DELETE_RIGHT);
    check(&stage, STR(NI "a\xC3\xA9"), 4);
    editor_do(stage.editor, EDIT_DELETE_LEFT);
    editor_do(stage.editor, EDIT_DELETE_LEFT);
    check(&stage, STR("\xC3\xA9"), 0);
    editor_do(stage.editor, EDIT_DELETE_LEFT); /* nothing there */
    editor_do(stage.editor, EDIT_LEFT);
    check(&stage, STR("\xC3\xA9"), 0);
    insert(&stage, STR("x"));
    editor_do(stage.editor, EDIT_LINE_END);
    check(&stage, STR("x\xC3\xA9"), 3);
    editor_do(stage.editor, EDIT_DELETE_RIGHT); /* nothing there, and not the end of input */
    editor_do(stage.editor, EDIT_LINE_START);
    check(&stage, STR("x\xC3\xA9"), 0);
    close_stage(&stage);
}

TEST(words_and_lines_are_deleted_and_put_back)
{
    struct stage stage;
    open_stage(&stage);
    insert(&stage, STR("one two \xE5\xAD\x97\xE5\xAD\x97"));
    editor_do(stage.editor, EDIT_DELETE_WORD_LEFT);
    check(&stage, STR("one two "), 8);
    editor_do(stage.editor, EDIT_WORD_LEFT);
    check(&stage, STR("one two "), 4);
    editor_do(stage.editor, EDIT_DELETE_TO_END);
    check(&stage, STR("one "), 4);
    editor_do(stage.editor, EDIT_YANK);
    check(&stage, STR("one two "), 8);
    editor_do(stage.editor, EDIT_LINE_START);
    editor_do(stage.editor, EDIT_DELETE_WORD_RIGHT);
    check(&stage, STR(" two "), 0);
    editor_do(stage.editor, EDIT_WORD_RIGHT);
    editor_do(stage.editor, EDIT_DELETE_LINE);
    check(&stage, STR(""), 0);
    close_stage(&stage);
}

TEST(the_history_is_walked_and_left)
{
    struct stage stage;
    open_stage(&stage);
    editor_remember(stage.editor, STR("first"));
    editor_remember(stage.editor, STR("second " NI));
    editor_remember(stage.editor, STR("second " NI)); /* once is enough */
    editor_remember(stage.editor, STR(""));
    insert(&stage, STR("unfinished"));
    editor_do(stage.editor, EDIT_OLDER);
    check(&stage, STR("second " NI), 10);
    editor_do(stage.editor, EDIT_OLDER);
    check(&stage, STR("first"), 5);
    editor_do(stage.editor, EDIT_OLDER);
    check(&stage, STR("first"), 5);
    editor_do(stage.editor, EDIT_NEWER);
    editor_do(stage.editor, EDIT_NEWER);
    check(&stage, STR("unfinished"), 10);
    editor_do(stage.editor, EDIT_OLDER);
    editor_reset(stage.editor);
    check(&stage, STR(""), 0);
    editor_do(stage.editor, EDIT_OLDER); /* from the newest again */
    check(&stage, STR("second " NI), 10);
    close_stage(&stage);
}

TEST(a_line_can_be_given)
{
    struct stage stage;
    open_stage(&stage);
    insert(&stage, STR("old"));
    editor_set(stage.editor, STR("new " NI HAO), 7);
    check(&stage, STR("new " NI HAO), 7);
    insert(&stage, STR("!"));
    check(&stage, STR("new " NI "!" HAO), 8);
    editor_set(stage.editor, STR(""), 0);
    check(&stage, STR(""), 0);
    close_stage(&stage);
}

TEST(a_line_is_only_so_long)
{
    struct stage stage;
    open_stage(&stage);
    for (size_t i = 0; i < LIMIT_TERMINAL_LINE_BYTES + 100; i++)
        editor_insert(stage.editor, 'x');
    CHECK(editor_text(stage.editor).len <= LIMIT_TERMINAL_LINE_BYTES);
    CHECK(editor_text(stage.editor).len > LIMIT_TERMINAL_LINE_BYTES - 8);
    size_t len = editor_text(stage.editor).len;
    editor_remember(stage.editor, STR("short"));
    editor_do(stage.editor, EDIT_OLDER); /* the long line could not come back whole */
    CHECK_U64(editor_text(stage.editor).len, len);
    editor_do(stage.editor, EDIT_DELETE_LINE);
    for (int i = 0; i < 3; i++)
        editor_do(stage.editor, EDIT_YANK);
    CHECK(editor_text(stage.editor).len <= LIMIT_TERMINAL_LINE_BYTES);
    close_stage(&stage);
}

TEST(the_terminal_is_raw_but_interrupts)
{
    struct stage stage;
    open_stage(&stage);
    struct termios modes;
    CHECK(tcgetattr(stage.terminal, &modes) == 0);
    CHECK((modes.c_lflag & (ICANON | ECHO)) == 0);
    CHECK((modes.c_lflag & ISIG) != 0);
    CHECK((modes.c_oflag & OPOST) != 0);
    modes.c_lflag |= ICANON | ECHO;
    CHECK(tcsetattr(stage.terminal, TCSANOW, &modes) == 0);
    editor_resume(stage.editor);
    CHECK(tcgetattr(stage.terminal, &modes) == 0);
    CHECK((modes.c_lflag & (ICANON | ECHO)) == 0);
    close_stage(&stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_any_width_are_typed_moved_over_and_deleted),
        cmocka_unit_test(words_and_lines_are_deleted_and_put_back),
        cmocka_unit_test(the_history_is_walked_and_left),
        cmocka_unit_test(a_line_can_be_given),
        cmocka_unit_test(a_line_is_only_so_long),
        cmocka_unit_test(the_terminal_is_raw_but_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
