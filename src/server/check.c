/* `confab check`; see check.h. */
#include "server/check.h"

#include "base/attr.h"
#include "server/command_line.h"
#include "server/config.h"
#include "server/config_print.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

static const char usage[] =
    "Usage: confab check [options]\n"
    "Tells what is wrong with a configuration, all of it in one go. Without --config it takes\n"
    "confab.yaml in the working directory, or else /etc/confab/confab.yaml.\n"
    "\n"
    "  -c, --config FILE  the configuration to check\n"
    "  -d, --data DIR     the data folder, as for confab serve; files that the configuration names\n"
    "                     may be in it\n"
    "  -p, --print        also print the effective settings, with comments, as YAML that can be\n"
    "                     used as a configuration\n"
    "      --man          only print the options as a section of a manual, in mdoc\n"
    "  -h, --help         print this\n"
    "\n"
    "The exit status is 0 for a good configuration and 1 for one with errors.\n";

struct check_options {
    const char *path;
    const char *data_dir;
    bool is_print;
    bool is_manual;
};

static void
print(const struct buf *text, FILE *out)
{
    assert(!text->is_truncated);
    (void)fwrite(text->ptr, 1, text->len, out); /* what fails shows at the end, in check_main */
}

static void
print_yaml(const struct config *config, FILE *out)
{
    struct buf text;
    buf_init(&text, CONFIG_PRINT_BYTES_MAX);
    config_put_yaml(&text, config);
    print(&text, out);
    buf_deinit(&text);
}

static void
print_manual(FILE *out)
{
    struct buf text;
    buf_init(&text, CONFIG_PRINT_BYTES_MAX);
    config_put_manual(&text);
    print(&text, out);
    buf_deinit(&text);
}

static void
print_problems(const struct config_report *report, const char *name, FILE *err)
{
    for (size_t i = 0; i < report->count; i++)
        (void)fprintf(err, "%s\n", report->problems[i].text);
    if (report->error_count > 0) {
        (void)fprintf(err, "%s: %zu error%s%s\n", name, report->error_count,
                      report->error_count == 1 ? "" : "s",
                      config_report_is_full(report) ? " or more" : "");
    }
}

/* With --print, standard output is YAML and nothing else. */
static int
check(const struct check_options *options, FILE *out, FILE *err)
{
    const char *path = options->path == NULL ? config_find() : options->path;
    const char *name = path == NULL ? "defaults (there is no confab.yaml)" : path;
    struct config_report report;
    config_report_init(&report);
    struct config *config =
        config_load(&(struct config_request){.path = path, .data_dir = options->data_dir}, &report);
    print_problems(&report, name, err);
    int status = 1;
    if (config != NULL) {
        status = 0;
        (void)fprintf(options->is_print ? err : out, "%s: ok\n", name);
        if (options->is_print)
            print_yaml(config, out);
    }
    config_free(&config);
    config_report_deinit(&report);
    return status;
}

int
check_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct check_options options = {.path = NULL};
    const struct command_option table[] = {
        {.name = "config", .letter = 'c', .text = &options.path},
        {.name = "data", .letter = 'd', .text = &options.data_dir},
        {.name = "print", .letter = 'p', .flag = &options.is_print},
        {.name = "man", .flag = &options.is_manual},
    };
    const struct command_line line = {usage, table, ARRAY_LEN(table)};
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, out, err, &rest, &status))
        return status;
    if (rest < argc) {
        (void)fprintf(err, "check: unexpected \"%s\"; a file is given with --config\n", argv[rest]);
        return 2;
    }
    status = 0;
    if (options.is_manual) {
        print_manual(out);
    } else {
        status = check(&options, out, err);
    }
    if (fflush(out) != 0 || ferror(out) != 0) {
        (void)fprintf(err, "check: the output can't be written: %s\n", errno_text(errno));
        return 1;
    }
    return status;
}
