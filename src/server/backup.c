/* `confab backup`, `confab restore` and `confab store check`; see backup.h. */
#include "server/backup.h"

#include "base/attr.h"
#include "base/buf.h"
#include "server/command_line.h"
#include "server/database_path.h"
#include "store/schema.h"
#include "store/store_check.h"
#include "store/store_copy.h"
#include "store/store_sqlite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static const char backup_usage[] =
    "Usage: confab backup [options] FILE\n"
    "       confab restore [options] FILE\n"
    "backup writes a copy of all that the server keeps into FILE, which must not be there yet; the\n"
    "server may be running. restore puts such a copy in the place of what is kept now, which is\n"
    "moved aside; the server must not be running.\n"
    "\n" DATABASE_OPTIONS_USAGE "  -h, --help         print this\n";

static const char store_usage[] =
    "Usage: confab store check [options] [FILE]\n"
    "Looks whether the database of the server is whole, or a copy of it in FILE. It only reads; the\n"
    "server may be running. The exit status is 0 when all is well, and 1 when it is not.\n"
    "\n" DATABASE_OPTIONS_USAGE "  -h, --help         print this\n";

/* False when the command line is wrong, or has been answered already: then *status_out is set. */
static bool
read_options(int argc, char **argv, const char *usage, struct database_choice *choice, FILE *out,
             FILE *err, int *rest_out, int *status_out)
{
    const struct command_option table[] = {DATABASE_OPTIONS(choice)};
    const struct command_line line = {usage, table, ARRAY_LEN(table)};
    return command_line_read(&line, argc, argv, out, err, rest_out, status_out);
}

/* The copy is complete before anything of the old is touched. */
static int
restore(const char *database, const char *file, struct cf_err *problem)
{
    struct buf copy;
    struct buf aside;
    buf_init(&copy, DATABASE_PATH_BYTES_MAX);
    buf_init(&aside, DATABASE_PATH_BYTES_MAX);
    buf_printf(&copy, "%s.new", database);
    buf_printf(&aside, "%s.old", database);
    const char *copy_name = buf_nul_terminated(&copy);
    const char *aside_name = buf_nul_terminated(&aside);
    struct store *store = store_sqlite_open(database, NULL, problem); /* keeps servers away */
    int result = store == NULL ? problem->code : store_copy(file, copy_name, problem);
    store_free(&store); /* its log is in the database now */
    if (result == 0 && rename(database, aside_name) == -1)
        result =
            cf_err_set(problem, -errno, "cannot move %s aside: %s", database, errno_text(errno));
    if (result == 0 && rename(copy_name, database) == -1)
        result = cf_err_set(problem, -errno, "cannot put %s into its place: %s", copy_name,
                            errno_text(errno));
    buf_deinit(&copy);
    buf_deinit(&aside);
    return result;
}

static int
run(int argc, char **argv, int (*work)(const char *, const char *, struct cf_err *), FILE *out,
    FILE *err)
{
    struct database_choice choice = {.config_path = NULL};
    int rest;
    int status;
    if (!read_options(argc, argv, backup_usage, &choice, out, err, &rest, &status))
        return status;
    if (rest != argc - 1) {
        (void)fprintf(err, "%s: give one FILE; see confab %s --help\n", argv[0], argv[0]);
        return 2;
    }
    struct buf database;
    buf_init(&database, DATABASE_PATH_BYTES_MAX);
    struct cf_err problem = {.code = 0};
    status = 1;
    if (database_path_find(&choice, &database, err)) {
        if (work(buf_nul_terminated(&database), argv[rest], &problem) == 0)
            status = 0;
        else
            (void)fprintf(err, "%s: %s\n", argv[0], problem.text);
    }
    buf_deinit(&database);
    return status;
}

int
backup_main(int argc, char **argv, FILE *out, FILE *err)
{
    return run(argc, argv, store_copy, out, err);
}

int
restore_main(int argc, char **argv, FILE *out, FILE *err)
{
    return run(argc, argv, restore, out, err);
}

/* What was found, and what to do about it. Returns the exit status. */
static int
tell_check(const struct store_check *check, const char *path, FILE *out, FILE *err)
{
    int64_t known = (int64_t)schema_version();
    if (check->problem_count > 0) {
        (void)fprintf(err, "%.*s", STR_ARG(buf_str(&check->problems)));
        (void)fprintf(err,
                      "store: %s has errors. Stop the server, keep a copy of the whole data "
                      "folder, and put a backup in its place: confab restore FILE\n",
                      path);
        return 1;
    }
    if (check->version > known) {
        (void)fprintf(err,
                      "store: %s was written by a newer confab: it has version %" PRId64
                      ", and this program knows up to %" PRId64 ". Look at it with the newer one\n",
                      path, check->version, known);
        return 1;
    }
    if (check->version < known) {
        (void)fprintf(out,
                      "%s: the file is sound. It has version %" PRId64
                      ", which the next start of the server brings to %" PRId64
                      "; what is in it was not looked at\n",
                      path, check->version, known);
        return 0;
    }
    (void)fprintf(out,
                  "%s: no errors; version %" PRId64 ", %" PRId64 " messages in %" PRId64
                  " channels and conversations, %" PRId64 " rows of accounts and settings\n",
                  path, check->version, check->messages, check->targets, check->rows);
    return 0;
}

int
store_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct database_choice choice = {.config_path = NULL};
    int rest;
    int status;
    if (!read_options(argc, argv, store_usage, &choice, out, err, &rest, &status))
        return status;
    if (rest >= argc || argc - rest > 2 || !str_equal(str_from_nul(argv[rest]), STR("check"))) {
        (void)fprintf(err, "store: say \"confab store check\"; see confab store --help\n");
        return 2;
    }
    const char *file = argc - rest == 2 ? argv[rest + 1] : NULL;
    struct buf path;
    buf_init(&path, DATABASE_PATH_BYTES_MAX);
    if (file != NULL)
        buf_put(&path, str_from_nul(file));
    struct store_check check;
    store_check_init(&check);
    struct cf_err problem;
    status = 1;
    if (file == NULL && !database_path_find(&choice, &path, err))
        goto out;
    const char *name = buf_nul_terminated(&path);
    if (store_check_run(name, &check, &problem) == 0)
        status = tell_check(&check, name, out, err);
    else
        (void)fprintf(err, "store: %s\n", problem.text);
out:
    store_check_deinit(&check);
    buf_deinit(&path);
    return status;
}
