/* confab: subcommands, nothing else. */
#include "base/attr.h"
#include "base/str.h"
#include "bench/bench.h"
#include "chat/chat.h"
#include "server/backup.h"
#include "server/cert.h"
#include "server/check.h"
#include "server/nearest.h"
#include "server/passwd.h"
#include "server/serve.h"
#include "server/serve_main.h"
#include "server/transfer.h"

#include <stdio.h>
#include <unistd.h>

static int
run_check(int argc, char **argv)
{
    return check_main(argc, argv, stdout, stderr);
}

static int
run_cert(int argc, char **argv)
{
    return cert_main(argc, argv, stdout, stderr);
}

static int
run_passwd(int argc, char **argv)
{
    return passwd_main(argc, argv, STDIN_FILENO, stdout, stderr);
}

static int
run_backup(int argc, char **argv)
{
    return backup_main(argc, argv, stdout, stderr);
}

static int
run_restore(int argc, char **argv)
{
    return restore_main(argc, argv, stdout, stderr);
}

static int
run_export(int argc, char **argv)
{
    return export_main(argc, argv, stdout, stderr);
}

static int
run_import(int argc, char **argv)
{
    return import_main(argc, argv, stdin, stdout, stderr);
}

static int
run_store(int argc, char **argv)
{
    return store_main(argc, argv, stdout, stderr);
}

struct subcommand {
    struct str name;
    int (*run)(int argc, char **argv); /* argv[0]: its name */
    const char *help;
};

static const struct subcommand subcommands[] = {
    {STR_INIT("serve"), serve_main, "run the chat server"},
    {STR_INIT("chat"), chat_main, "talk from a terminal or a script"},
    {STR_INIT("check"), run_check, "tell what is wrong with a configuration"},
    {STR_INIT("passwd"), run_passwd, "make the hash of a password for the configuration"},
    {STR_INIT("cert"), run_cert, "make a self-signed certificate for TLS"},
    {STR_INIT("backup"), run_backup, "copy all that the server keeps, also while it runs"},
    {STR_INIT("restore"), run_restore, "put such a copy in the place of what is kept"},
    {STR_INIT("export"), run_export, "write what the server keeps as lines of text"},
    {STR_INIT("import"), run_import, "take such lines, or a database of Ergo"},
    {STR_INIT("store"), run_store, "tell whether what the server keeps is whole (store check)"},
    {STR_INIT("bench"), bench_main, "measure chat servers under load"},
};

static void
print_usage(FILE *out)
{
    (void)fprintf(out, "Usage: confab <command> [options]\n\n");
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        (void)fprintf(out, "  %-7s %s\n", subcommands[i].name.ptr, subcommands[i].help);
    (void)fprintf(out, "\nconfab <command> --help tells more; confab --version, the version.\n");
}

/* The command that the first argument names; NULL, with a hint on standard error, for no such. */
static const struct subcommand *
find_subcommand(const char *argument)
{
    struct str name = str_from_nul(argument);
    struct str names[ARRAY_LEN(subcommands)];
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++) {
        if (str_equal(name, subcommands[i].name))
            return &subcommands[i];
        names[i] = subcommands[i].name;
    }
    struct str nearest = nearest_name(name, names, ARRAY_LEN(names));
    if (nearest.ptr != NULL) {
        (void)fprintf(stderr, "confab: \"%s\" is no command; did you mean \"%.*s\"?\n", argument,
                      STR_ARG(nearest));
    } else {
        (void)fprintf(stderr, "confab: \"%s\" is no command; see confab --help\n", argument);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    struct str first = str_from_nul(argv[1]);
    if (str_equal(first, STR("--help")) || str_equal(first, STR("-h"))) {
        print_usage(stdout);
        return 0;
    }
    if (str_equal(first, STR("--version")) || str_equal(first, STR("-V"))) {
        (void)printf("confab %s\n", CONFAB_VERSION);
        return 0;
    }
    const struct subcommand *subcommand = find_subcommand(argv[1]);
    if (subcommand == NULL)
        return 2;
    int status = subcommand->run(argc - 1, argv + 1);
    if (status != SERVE_RESTART)
        return status;
    (void)execv("/proc/self/exe", argv); /* returns only when it failed */
    perror("confab: cannot start again");
    return 1;
}
