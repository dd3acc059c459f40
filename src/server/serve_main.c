/* The command line of `confab serve`; see serve_main.h. */
#include "server/serve_main.h"

#include "base/limits.h"
#include "server/serve.h"

#include <getopt.h>
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

/* Adds a --listen; false when there are too many. */
static bool
add_listen(struct serve_options *options, const char *url)
{
    if (options->listen_count == LIMIT_LISTENERS) {
        (void)fprintf(stderr, "serve: too many --listen; there may be %d\n", LIMIT_LISTENERS);
        return false;
    }
    options->listen[options->listen_count++] = url;
    return true;
}

/* False when the command line is wrong, or has been answered already: then *status_out is set. */
static bool
read_options(int argc, char **argv, struct serve_options *options, int *status_out)
{
    static const struct option long_options[] = {
        {"config", required_argument, NULL, 'c'},  {"data", required_argument, NULL, 'd'},
        {"workers", required_argument, NULL, 'w'}, {"listen", required_argument, NULL, 'l'},
        {"console", no_argument, NULL, 'C'},       {"half-duplex", no_argument, NULL, 'H'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    *status_out = 2;
    int option;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started
    while ((option = getopt_long(argc, argv, "c:d:w:l:h", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->config_path = optarg;
            break;
        case 'd':
            options->data_dir = optarg;
            break;
        case 'w':
            options->workers = optarg;
            break;
        case 'l':
            if (!add_listen(options, optarg))
                return false;
            break;
        case 'C':
            options->has_console = true;
            break;
        case 'H':
            options->is_half_duplex = true;
            break;
        case 'h':
            (void)fputs(usage, stdout); /* nobody to tell when it can't be written */
            *status_out = 0;
            return false;
        default:
            return false; /* getopt_long has said why */
        }
    }
    if (optind < argc)
        (void)fprintf(stderr, "serve: unexpected \"%s\"; see confab serve --help\n", argv[optind]);
    return optind == argc;
}

int
serve_main(int argc, char **argv)
{
    struct serve_options options = {.config_path = NULL};
    int status;
    if (!read_options(argc, argv, &options, &status))
        return status;
    return serve(&options);
}
