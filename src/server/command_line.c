/* Command lines; see command_line.h. */
#include "server/command_line.h"

#include <assert.h>
#include <getopt.h>

/* What getopt returns for the option at an index, so that letters are not needed. */
#define CODE_BASE 0x100
#define CODE_HELP 'h'

/* Makes getopt's two tables of ours. */
static void
make_tables(const struct command_line *line, struct option *options, char *letters)
{
    size_t letter_count = 0;
    for (size_t i = 0; i < line->option_count; i++) {
        const struct command_option *option = &line->options[i];
        int has_value = option->flag == NULL ? required_argument : no_argument;
        options[i] = (struct option){option->name, has_value, NULL, CODE_BASE + (int)i};
        if (option->letter == 0)
            continue;
        letters[letter_count++] = option->letter;
        if (option->flag == NULL)
            letters[letter_count++] = ':';
    }
    letters[letter_count++] = CODE_HELP;
    letters[letter_count] = '\0';
    options[line->option_count] = (struct option){"help", no_argument, NULL, CODE_HELP};
    options[line->option_count + 1] = (struct option){NULL, 0, NULL, 0};
}

/* The option that getopt has met; NULL: there is none, and getopt has said so. */
static const struct command_option *
find(const struct command_line *line, int code)
{
    if (code >= CODE_BASE)
        return &line->options[code - CODE_BASE];
    for (size_t i = 0; i < line->option_count; i++) {
        if (line->options[i].letter != 0 && line->options[i].letter == code)
            return &line->options[i];
    }
    return NULL;
}

static bool
take(const struct command_option *option, const char *name, FILE *err)
{
    if (option->flag != NULL) {
        *option->flag = true;
    } else if (option->text != NULL) {
        *option->text = optarg;
    } else if (*option->list_count == option->list_max) {
        (void)fprintf(err, "%s: too many --%s; there may be %zu\n", name, option->name,
                      option->list_max);
        return false;
    } else {
        option->list[(*option->list_count)++] = optarg;
    }
    return true;
}

bool
command_line_read(const struct command_line *line, int argc, char **argv, FILE *out, FILE *err,
                  int *rest_out, int *status_out)
{
    assert(line->option_count <= COMMAND_OPTIONS_MAX);
    struct option options[COMMAND_OPTIONS_MAX + 2];
    char letters[2 * COMMAND_OPTIONS_MAX + 2];
    make_tables(line, options, letters);
    *status_out = 2;
    optind = 0; /* from the start, also when another command line has been read before */
    int code;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started
    while ((code = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (code == CODE_HELP) {
            (void)fputs(line->usage, out); /* nobody to tell when it can't be written */
            *status_out = 0;
            return false;
        }
        const struct command_option *option = find(line, code);
        if (option == NULL || !take(option, argv[0], err))
            return false;
    }
    *rest_out = optind;
    return true;
}
