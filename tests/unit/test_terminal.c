/* Tests of terminal/terminal.h in plain mode; on a terminal it is driven by tests/system. */
#include "terminal/terminal.h"

#include "unit/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct stage {
    int in[2]; /* the test writes to in[1] and reads from out[0] */
    int out[2];
    struct terminal *terminal;
};

static void
open_stage(struct stage *stage)
{
    CHECK(pipe(stage->in) == 0);
    CHECK(pipe2(stage->out, O_NONBLOCK) == 0);
    struct cf_err err;
    stage->terminal =
        terminal_new(&(struct terminal_options){.in_fd = stage->in[0], .out_fd = stage->out[1]},
                     &err);
    CHECK(stage->terminal != NULL);
    CHECK(terminal_is_plain(stage->terminal));
}

static void
close_stage(struct stage *stage)
{
    terminal_free(&stage->terminal);
    CHECK(close(stage->in[0]) == 0);
    if (stage->in[1] != -1)
        CHECK(close(stage->in[1]) == 0);
    if (stage->out[0] != -1)
        CHECK(close(stage->out[0]) == 0);
    CHECK(close(stage->out[1]) == 0);
}

static void
write_input(struct stage *stage, struct str bytes)
{
    CHECK(write(stage->in[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len);
}

static void
end_input(struct stage *stage)
{
    CHECK(close(stage->in[1]) == 0);
    stage->in[1] = -1;
}

/* The next event is this line; ptr NULL: the end. */
static void
check_line(struct stage *stage, struct str line)
{
    struct str got;
    enum terminal_event event = terminal_read(stage->terminal, &got);
    CHECK(event == (line.ptr == NULL ? TERMINAL_END : TERMINAL_LINE));
    if (line.ptr != NULL)
        CHECK_STR(got, line);
}

static void
check_nothing(struct stage *stage)
{
    struct str got;
    CHECK(terminal_read(stage->terminal, &got) == TERMINAL_NOTHING);
}

TEST(lines_come_in)
{
    struct stage stage;
    open_stage(&stage);
    check_nothing(&stage);
    write_input(&stage, STR("one\ntwo\r\n\nhal"));
    check_line(&stage, STR("one"));
    check_line(&stage, STR("two"));
    check_line(&stage, STR(""));
    check_nothing(&stage);
    write_input(&stage, STR("f\nrest"));
    check_line(&stage, STR("half"));
    check_nothing(&stage);
    end_input(&stage);
    check_line(&stage, STR("rest"));
    check_line(&stage, STR_NONE);
    check_nothing(&stage); /* said once */
    close_stage(&stage);
}

TEST(a_long_line_comes_in_parts_between_characters)
{
    struct stage stage;
    open_stage(&stage);
    struct buf text;
    buf_init(&text, 3 * LIMIT_TERMINAL_LINE_BYTES);
    while (text.len < LIMIT_TERMINAL_LINE_BYTES + 100)
        buf_put(&text, STR("\xE5\xAD\x97"));
    buf_put_byte(&text, '\n');
    write_input(&stage, buf_str(&text));
    size_t total = 0;
    struct str line;
    for (int i = 0; i < 100 && total < text.len - 1; i++) {
        if (terminal_read(stage.terminal, &line) != TERMINAL_LINE)
            continue;
        CHECK_U64(line.len % 3, 0);
        CHECK(line.len <= LIMIT_TERMINAL_LINE_BYTES);
        total += line.len;
    }
    CHECK_U64(total, text.len - 1);
    buf_deinit(&text);
    close_stage(&stage);
}

TEST(lines_go_out_without_prompt_or_escapes)
{
    struct stage stage;
    open_stage(&stage);
    terminal_set_prompt(stage.terminal, STR("> "));
    terminal_print(stage.terminal, TERMINAL_ALERT, STR("one"));
    terminal_print(stage.terminal, TERMINAL_NORMAL, STR("two"));
    terminal_clear(stage.terminal);
    terminal_give_back(stage.terminal, STR("three"));
    CHECK(!terminal_drop_line(stage.terminal));
    CHECK_U64(terminal_backlog(stage.terminal), 8);
    terminal_flush(stage.terminal);
    CHECK_U64(terminal_backlog(stage.terminal), 0);
    char bytes[100];
    ssize_t got = read(stage.out[0], bytes, sizeof bytes);
    CHECK(got > 0);
    CHECK_STR(((struct str){.ptr = bytes, .len = (size_t)got}), STR("one\ntwo\n"));
    close_stage(&stage);
}

TEST(a_full_pipe_is_waited_for_and_a_broken_one_noticed)
{
    struct stage stage;
    open_stage(&stage);
    char line[1000];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 200; i++)
        terminal_print(stage.terminal, TERMINAL_NORMAL,
                       (struct str){.ptr = line, .len = sizeof line});
    terminal_flush(stage.terminal); /* does not block */
    size_t backlog = terminal_backlog(stage.terminal);
    CHECK(backlog > 0);
    struct pollfd fds[TERMINAL_FDS];
    CHECK_U64(terminal_poll_fds(stage.terminal, false, fds), 1);
    CHECK(fds[0].fd == stage.out[1]);
    CHECK(read(stage.out[0], line, sizeof line) == sizeof line);
    while (read(stage.out[0], line, sizeof line) > 0)
        continue;
    terminal_flush(stage.terminal);
    CHECK(terminal_backlog(stage.terminal) < backlog);
    CHECK(!terminal_has_failed(stage.terminal));
    CHECK(close(stage.out[0]) == 0);
    stage.out[0] = -1;
    terminal_print(stage.terminal, TERMINAL_NORMAL, STR("more"));
    terminal_flush(stage.terminal);
    CHECK(terminal_has_failed(stage.terminal));
    CHECK_U64(terminal_backlog(stage.terminal), 0);
    check_line(&stage, STR_NONE);
    close_stage(&stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_in),
        cmocka_unit_test(a_long_line_comes_in_parts_between_characters),
        cmocka_unit_test(lines_go_out_without_prompt_or_escapes),
        cmocka_unit_test(a_full_pipe_is_waited_for_and_a_broken_one_noticed),
    };
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
