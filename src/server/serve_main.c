/* The command line of `confab serve`; see serve_main.h. */
#include "server/serve_main.h"

#include "base/attr.h"
#include "base/limits.h"
#include "server/command_line.h"
#include "server/serve.h"

#include <stdio.h>

static const char usage[] =
    "Usage: confab serve [options]\n"
    "Runs the chat server, until Ctrl-C or SIGTERM. SIGHUP loads the configuration again.\n"
    "Without --config it takes confab.yaml in the working directory, or else\n"
    "/etc/confab/confab.yaml, or else the defaults: IRC on port 6667, plain text on port 21567.\n"
    "\n"
    "  -c, --config FILE  the configuration; confab.yaml(5) describes it\n"
    "  -d, --data DIR     the data folder, instead of the configuration's\n"
    "  -w, --workers X    threads: auto, a number or per-client, instead of the configuration's\n"
    "  -l, --listen URL   where to listen, such as irc://127.0.0.1:6667, instead of all that the\n"
    "                     configuration says; may be given several times\n"
    "      --console      this terminal is a session of an operator\n"
    "      --half-duplex  people in the lobby take turns\n"
    "  -h, --help         print this\n";

int
serve_main(int argc, char **argv)
{
    struct serve_options options = {.config_path = NULL};
    const struct command_option table[] = {
        {.name = "config", .letter = 'c', .text = &options.config_path},
        {.name = "data", .letter = 'd', .text = &options.data_dir},
        {.name = "workers", .letter = 'w', .text = &options.workers},
        {.name = "listen",
         .letter = 'l',
         .list = options.listen,
         .list_max = LIMIT_LISTENERS,
         .list_count = &options.listen_count},
        {.name = "console", .flag = &options.has_console},
        {.name = "half-duplex", .flag = &options.is_half_duplex},
    };
    const struct command_line line = {usage, table, ARRAY_LEN(table)};
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, stdout, stderr, &rest, &status))
        return status;
    if (rest < argc) {
        (void)fprintf(stderr, "serve: unexpected \"%s\"; see confab serve --help\n", argv[rest]);
        return 2;
    }
    return serve(&options);
}
