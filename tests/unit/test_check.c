/* Tests of server/check.h: what `confab check` says, and its exit status. */
#include "server/check.h"

#include "base/buf.h"
#include "unit/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

struct output {
    char *text;
    size_t len;
    FILE *file;
};

static void
open_output(struct output *output)
{
    output->file = open_memstream(&output->text, &output->len);
    CHECK(output->file != NULL);
}

static struct str
output_str(struct output *output)
{
    CHECK(fflush(output->file) == 0);
    return (struct str){.ptr = output->text, .len = output->len};
}

static void
close_output(struct output *output)
{
    CHECK(fclose(output->file) == 0);
    free(output->text); /* made by open_memstream */
}

/* Runs `confab check` with the words of line. */
static int
run(const char *line, struct output *out, struct output *err)
{
    char words[256];
    char *arguments[ARGUMENTS_MAX + 1] = {words};
    size_t count = 1;
    CHECK(strlen(line) < sizeof words - 6);
    struct buf copy;
    buf_init(&copy, sizeof words);
    buf_printf(&copy, "check %s", line);
    memcpy(words, buf_nul_terminated(&copy), copy.len + 1);
    buf_deinit(&copy);
    for (char *at = strchr(words, ' '); at != NULL; at = strchr(at, ' ')) {
        *at++ = '\0';
        if (*at != '\0')
            arguments[count++] = at;
        CHECK(count <= ARGUMENTS_MAX);
    }
    open_output(out);
    open_output(err);
    return check_main((int)count, arguments, out->file, err->file);
}

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK(fclose(file) == 0);
    CHECK(chmod(path, 0600) == 0);
}

static char folder[] = "/tmp/test_check.XXXXXX";

static int
enter_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) == -1)
        return -1;
    write_file("good.yaml", "workers: 2\n");
    write_file("risky.yaml", "limits: {input_rate: 0}\n");
    write_file("bad.yaml", "wrokers: 2\nworkers: x\nlimits: {input_rate: 0}\n");
    return 0;
}

static int
leave_folder(void **state)
{
    (void)state;
    int result = unlink("good.yaml") | unlink("risky.yaml") | unlink("bad.yaml") | chdir("/");
    return result | rmdir(folder);
}

TEST(command_lines_have_their_output_and_status)
{
    static const struct {
        const char *line;
        int status;
        struct str out;
        struct str err;
    } rows[] = {
        {"--config good.yaml", 0, STR_INIT("good.yaml: ok\n"), STR_INIT("")},
        {"-c good.yaml", 0, STR_INIT("good.yaml: ok\n"), STR_INIT("")},
        {"-c risky.yaml", 0, STR_INIT("risky.yaml: ok\n"),
         STR_INIT("risky.yaml:1:22: warning: limits.input_rate: with 0, a single client can keep "
                  "the server busy\n")},
        {"-c bad.yaml", 1, STR_INIT(""),
         STR_INIT("bad.yaml:1:1: \"wrokers\" is no option; did you mean \"workers\"?\n"
                  "bad.yaml:2:10: workers: \"x\" is no way to run; write auto, per-client or a "
                  "number from 1 to 256\n"
                  "bad.yaml:3:22: warning: limits.input_rate: with 0, a single client can keep the "
                  "server busy\n"
                  "bad.yaml: 2 errors\n")},
        {"-c bad.yaml --print", 1, STR_INIT(""),
         STR_INIT("bad.yaml:1:1: \"wrokers\" is no option; did you mean \"workers\"?\n"
                  "bad.yaml:2:10: workers: \"x\" is no way to run; write auto, per-client or a "
                  "number from 1 to 256\n"
                  "bad.yaml:3:22: warning: limits.input_rate: with 0, a single client can keep the "
                  "server busy\n"
                  "bad.yaml: 2 errors\n")},
        {"-c none.yaml", 1, STR_INIT(""),
         STR_INIT("none.yaml: can't be opened: No such file or directory; write the path of a file "
                  "that is there\n"
                  "none.yaml: 1 error\n")},
        {"good.yaml", 2, STR_INIT(""),
         STR_INIT("check: unexpected \"good.yaml\"; a file is given with --config\n")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct output out;
        struct output err;
        CHECK_I64(run(rows[i].line, &out, &err), rows[i].status);
        CHECK_STR(output_str(&err), rows[i].err);
        CHECK_STR(output_str(&out), rows[i].out);
        close_output(&out);
        close_output(&err);
    }
}

TEST(printed_settings_are_a_configuration)
{
    struct output out;
    struct output err;
    CHECK_I64(run("-c good.yaml --print", &out, &err), 0);
    CHECK_STR(output_str(&err), STR("good.yaml: ok\n"));
    struct str yaml = output_str(&out);
    CHECK(str_starts_with(yaml, STR("# Configuration of confab")));
    CHECK(str_find(yaml, STR("\nworkers: 2\n")) < yaml.len);
    write_file("printed.yaml", yaml.ptr);
    close_output(&out);
    close_output(&err);
    CHECK_I64(run("-c printed.yaml", &out, &err), 0);
    CHECK_STR(output_str(&err), STR(""));
    close_output(&out);
    close_output(&err);
    CHECK(unlink("printed.yaml") == 0);
}

TEST(the_file_in_the_working_directory_is_found)
{
    struct output out;
    struct output err;
    write_file("confab.yaml", "x: 1\n");
    CHECK_I64(run("", &out, &err), 1);
    CHECK(str_starts_with(output_str(&err), STR("confab.yaml:1:1: ")));
    close_output(&out);
    close_output(&err);
    CHECK(unlink("confab.yaml") == 0);
}

TEST(help_and_manual_are_printed)
{
    struct output out;
    struct output err;
    CHECK_I64(run("--help", &out, &err), 0);
    CHECK(str_starts_with(output_str(&out), STR("Usage: confab check ")));
    CHECK_STR(output_str(&err), STR(""));
    close_output(&out);
    close_output(&err);
    CHECK_I64(run("--man", &out, &err), 0);
    CHECK(str_starts_with(output_str(&out), STR(".Sh OPTIONS\n")));
    CHECK_STR(output_str(&err), STR(""));
    close_output(&out);
    close_output(&err);
}

TEST(output_that_cant_be_written_is_an_error)
{
    struct output err;
    open_output(&err);
    FILE *full = fopen("/dev/full", "w");
    CHECK(full != NULL);
    char name[] = "check";
    char option[] = "--man";
    char *arguments[] = {name, option, NULL};
    CHECK_I64(check_main(2, arguments, full, err.file), 1);
    CHECK(str_starts_with(output_str(&err), STR("check: the output can't be written: ")));
    (void)fclose(full); /* what is in it can't be written */
    close_output(&err);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_have_their_output_and_status),
        cmocka_unit_test(printed_settings_are_a_configuration),
        cmocka_unit_test(the_file_in_the_working_directory_is_found),
        cmocka_unit_test(help_and_manual_are_printed),
        cmocka_unit_test(output_that_cant_be_written_is_an_error),
    };
    (void)unsetenv("STATE_DIRECTORY"); /* fails for a wrong name only */
    return cmocka_run_group_tests_name("check", tests, enter_folder, leave_folder);
}
