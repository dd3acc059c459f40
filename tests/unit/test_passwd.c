/* Tests of server/passwd.h: from a pipe, and at one end of a pseudo terminal. */
#include "server/passwd.h"

#include "base/buf.h"
#include "base/entropy.h"
#include "base/limits.h"
#include "base/password.h"
#include "unit/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SEEN_BYTES_MAX 4096

struct result {
    int status;
    char *out;
    char *err;
};

static void
free_result(struct result *result)
{
    free(result->out); /* both made by open_memstream */
    free(result->err);
}

/* Runs `confab passwd` with input; an argument may be NULL. */
static struct result
run(int input, const char *argument)
{
    struct result result = {.status = -1};
    size_t out_len;
    size_t err_len;
    FILE *out = open_memstream(&result.out, &out_len);
    FILE *err = open_memstream(&result.err, &err_len);
    CHECK(out != NULL);
    CHECK(err != NULL);
    char name[] = "passwd";
    char word[64] = "";
    if (argument != NULL)
        memcpy(word, argument, strlen(argument) + 1);
    char *arguments[] = {name, argument == NULL ? NULL : word, NULL};
    result.status = passwd_main(argument == NULL ? 1 : 2, arguments, input, out, err);
    CHECK(fclose(out) == 0);
    CHECK(fclose(err) == 0);
    return result;
}

/* Runs it with bytes coming from a pipe. */
static struct result
run_with(struct str bytes)
{
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    CHECK(write(ends[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    CHECK(close(ends[1]) == 0);
    struct result result = run(ends[0], NULL);
    CHECK(close(ends[0]) == 0);
    return result;
}

/* The hash, a line, is of this password. */
static void
check_hash(const char *out, const char *password)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    size_t len = strlen(out);
    CHECK(len > 0);
    CHECK(len < sizeof hash);
    CHECK(out[len - 1] == '\n');
    memcpy(hash, out, len - 1);
    hash[len - 1] = '\0';
    CHECK(password_matches(hash, password, strlen(password)));
}

/* --- pipes --- */

TEST(a_line_from_a_pipe_is_the_password)
{
    static const struct {
        struct str input;
        const char *password;
    } rows[] = {
        {STR_INIT("hunter2\n"), "hunter2"},
        {STR_INIT("no end of line"), "no end of line"},
        {STR_INIT("one\ntwo\n"), "one"},
        {STR_INIT(" \xC3\xA4 \n"), " \xC3\xA4 "},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct result result = run_with(rows[i].input);
        CHECK_STR(str_from_nul(result.err), STR(""));
        CHECK_I64(result.status, 0);
        check_hash(result.out, rows[i].password);
        free_result(&result);
    }
}

TEST(what_no_client_can_send_is_refused)
{
    static const struct {
        struct str input;
        struct str err;
    } rows[] = {
        {STR_INIT(""), STR_INIT("passwd: the password is empty; write one\n")},
        {STR_INIT("\nsecond\n"), STR_INIT("passwd: the password is empty; write one\n")},
        {STR_INIT("a\0b\n"),
         STR_INIT("passwd: the password has a NUL or CR in it, which no client can send\n")},
        {STR_INIT("a\r\n"),
         STR_INIT("passwd: the password has a NUL or CR in it, which no client can send\n")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct result result = run_with(rows[i].input);
        CHECK_STR(str_from_nul(result.err), rows[i].err);
        CHECK_STR(str_from_nul(result.out), STR(""));
        CHECK_I64(result.status, 1);
        free_result(&result);
    }
}

TEST(a_password_has_a_limit)
{
    static const size_t lens[] = {
        LIMIT_PASSWORD_BYTES - 1,
        LIMIT_PASSWORD_BYTES,
        LIMIT_PASSWORD_BYTES + 1,
        LIMIT_PASSWORD_BYTES + 1000,
    };
    char input[LIMIT_PASSWORD_BYTES + 1000];
    memset(input, 'x', sizeof input);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(lens)); i++) {
        struct result result = run_with((struct str){.ptr = input, .len = lens[i]});
        if (lens[i] <= LIMIT_PASSWORD_BYTES) {
            char password[LIMIT_PASSWORD_BYTES + 1] = "";
            memcpy(password, input, lens[i]);
            CHECK_I64(result.status, 0);
            check_hash(result.out, password);
        } else {
            CHECK_I64(result.status, 1);
            CHECK_STR(str_from_nul(result.err),
                      STR("passwd: a password has at most 300 bytes: more do not fit in a line\n"));
        }
        free_result(&result);
    }
}

TEST(errors_of_the_system_are_told)
{
    int folder = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    CHECK(folder >= 0);
    struct result result = run(folder, NULL);
    CHECK_I64(result.status, 1);
    CHECK_STR(str_from_nul(result.err),
              STR("passwd: the password can't be read: Is a directory\n"));
    free_result(&result);
    CHECK(close(folder) == 0);
}

TEST(command_lines_have_their_status)
{
    struct result result = run(-1, "--help");
    CHECK_I64(result.status, 0);
    CHECK(str_starts_with(str_from_nul(result.out), STR("Usage: confab passwd\n")));
    free_result(&result);
    result = run(-1, "hunter2");
    CHECK_I64(result.status, 2);
    CHECK_STR(str_from_nul(result.err),
              STR("passwd: a password is not given as an argument, where others can see it; see "
                  "confab passwd --help\n"));
    free_result(&result);
}

/* --- terminals --- */

struct terminal {
    int ours;
    int theirs;
    pid_t child;
    char seen[SEEN_BYTES_MAX]; /* on the screen, up to now */
    size_t seen_len;
};

/* Writes to the terminal, and interrupts the program before it goes on. */
static ssize_t
write_and_interrupt(void *terminal, const char *bytes, size_t len)
{
    ssize_t written = write(((const struct terminal *)terminal)->theirs, bytes, len);
    if (raise(SIGINT) != 0)
        _exit(101);
    return written;
}

/*
 * Starts `confab passwd` in a session of its own, with the terminal as its input and output.
 * write: of its output, or NULL.
 */
static void
start_writing(struct terminal *terminal, cookie_write_function_t *write)
{
    *terminal = (struct terminal){.ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    CHECK(terminal->ours >= 0);
    CHECK(grantpt(terminal->ours) == 0);
    CHECK(unlockpt(terminal->ours) == 0);
    char name[64];
    CHECK(ptsname_r(terminal->ours, name, sizeof name) == 0);
    terminal->theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(terminal->theirs >= 0);
    terminal->child = fork();
    CHECK(terminal->child >= 0);
    if (terminal->child > 0)
        return;
    FILE *screen = write == NULL
                       ? fdopen(terminal->theirs, "w")
                       : fopencookie(terminal, "w", (cookie_io_functions_t){.write = write});
    if (setsid() == -1 || ioctl(terminal->theirs, TIOCSCTTY, 0) == -1 || screen == NULL)
        _exit(100);
    char word[] = "passwd";
    char *arguments[] = {word, NULL};
    _exit(passwd_main(1, arguments, terminal->theirs, screen, screen));
}

static void
start(struct terminal *terminal)
{
    start_writing(terminal, NULL);
}

/* Reads what is on the screen until text is there, which must come. */
static void
wait_for(struct terminal *terminal, const char *text)
{
    for (;;) {
        struct str seen = {.ptr = terminal->seen, .len = terminal->seen_len};
        if (seen.len > 0 && str_find(seen, str_from_nul(text)) < seen.len)
            return;
        ssize_t got = read(terminal->ours, terminal->seen + seen.len, SEEN_BYTES_MAX - seen.len);
        CHECK(got > 0);
        terminal->seen_len += (size_t)got;
    }
}

static void
type(const struct terminal *terminal, const char *text)
{
    CHECK(write(terminal->ours, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Waits for the end; the terminal shows what is typed again. Returns what waitpid says. */
static int
finish(struct terminal *terminal)
{
    int status;
    CHECK(waitpid(terminal->child, &status, 0) == terminal->child);
    struct termios settings;
    CHECK(tcgetattr(terminal->theirs, &settings) == 0);
    CHECK((settings.c_lflag & ECHO) != 0);
    CHECK((settings.c_lflag & ECHONL) == 0);
    CHECK(close(terminal->theirs) == 0);
    CHECK(close(terminal->ours) == 0);
    return status;
}

TEST(a_terminal_is_asked_twice_and_shows_nothing)
{
    struct terminal terminal;
    start(&terminal);
    wait_for(&terminal, "Password: ");
    type(&terminal, "hunter2\n");
    wait_for(&terminal, "The same again: ");
    type(&terminal, "hunter2\n");
    wait_for(&terminal, "$argon2id$");
    struct str seen = {.ptr = terminal.seen, .len = terminal.seen_len};
    CHECK(str_find(seen, STR("hunter2")) == seen.len);
    int status = finish(&terminal);
    CHECK(WIFEXITED(status));
    CHECK_I64(WEXITSTATUS(status), 0);
}

TEST(different_answers_are_refused)
{
    struct terminal terminal;
    start(&terminal);
    wait_for(&terminal, "Password: ");
    type(&terminal, "hunter2\n");
    wait_for(&terminal, "The same again: ");
    type(&terminal, "hunter3\n");
    wait_for(&terminal, "passwd: these are two different passwords");
    int status = finish(&terminal);
    CHECK(WIFEXITED(status));
    CHECK_I64(WEXITSTATUS(status), 1);
}

TEST(an_interrupt_leaves_the_terminal_as_it_was)
{
    struct terminal terminal;
    start(&terminal);
    wait_for(&terminal, "Password: ");
    type(&terminal, "hun\x03");
    int status = finish(&terminal);
    CHECK(WIFSIGNALED(status));
    CHECK_I64(WTERMSIG(status), SIGINT);
}

TEST(an_interrupt_before_the_answer_is_waited_for_is_not_lost)
{
    struct terminal terminal;
    start_writing(&terminal, write_and_interrupt);
    int status = finish(&terminal);
    CHECK(WIFSIGNALED(status));
    CHECK_I64(WTERMSIG(status), SIGINT);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_from_a_pipe_is_the_password),
        cmocka_unit_test(what_no_client_can_send_is_refused),
        cmocka_unit_test(a_password_has_a_limit),
        cmocka_unit_test(errors_of_the_system_are_told),
        cmocka_unit_test(command_lines_have_their_status),
        cmocka_unit_test(a_terminal_is_asked_twice_and_shows_nothing),
        cmocka_unit_test(different_answers_are_refused),
        cmocka_unit_test(an_interrupt_leaves_the_terminal_as_it_was),
        cmocka_unit_test(an_interrupt_before_the_answer_is_waited_for_is_not_lost),
    };
    if (entropy_init() != 0)
        return 1;
    return cmocka_run_group_tests_name("passwd", tests, NULL, NULL);
}
