/* `confab backup`, `confab restore` and `confab store check`; see backup.h. */
#include "server/backup.h"

#include "base/buf.h"
#include "server/config.h"
#include "store/schema.h"
#include "store/store_check.h"
#include "store/store_sqlite.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define PATH_BYTES_MAX 8192 /* a folder and a path within it */

static const char backup_usage[] =
    "Usage: confab backup [options] FILE\n"
    "       confab restore [options] FILE\n"
    "backup writes a copy of all that the server keeps into FILE, which must not be there yet; the\n"
    "server may be running. restore puts such a copy in the place of what is kept now, which is\n"
    "moved aside; the server must not be running.\n"
    "\n"
    "  -c, --config FILE  the server's configuration\n"
    "  -d, --data DIR     its data folder, instead of the configuration's\n"
    "  -h, --help         print this\n";

static const char store_usage[] =
    "Usage: confab store check [options] [FILE]\n"
    "Looks whether the database of the server is whole, or a copy of it in FILE. It only reads; the\n"
    "server may be running. The exit status is 0 when all is well, and 1 when it is not.\n"
    "\n"
    "  -c, --config FILE  the server's configuration\n"
    "  -d, --data DIR     its data folder, instead of the configuration's\n"
    "  -h, --help         print this\n";

struct backup_options {
    const char *usage;
    const char *config_path;
    const char *data_dir;
    const char *file;
};

/* False when the command line is wrong, or has been answered already: then *status_out is set. */
static bool
read_options(int argc, char **argv, struct backup_options *options, FILE *out, int *status_out)
{
    static const struct option long_options[] = {
        {"config", required_argument, NULL, 'c'},
        {"data", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *status_out = 2;
    optind = 0; /* from the start, also when another command line has been read before */
    int option;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started
    while ((option = getopt_long(argc, argv, "c:d:h", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->config_path = optarg;
            break;
        case 'd':
            options->data_dir = optarg;
            break;
        case 'h':
            (void)fputs(options->usage, out); /* nobody to tell when it can't be written */
            *status_out = 0;
            return false;
        default:
            return false; /* getopt_long has said why */
        }
    }
    return true;
}

/* Puts the path of the database; false, and told, when the configuration has errors. */
static bool
put_database(const struct backup_options *options, struct buf *path, FILE *err)
{
    struct config_report report;
    config_report_init(&report);
    struct config *config =
        config_load(&(struct config_request){.path = options->config_path == NULL
                                                         ? config_find()
                                                         : options->config_path,
                                             .data_dir = options->data_dir},
                    &report);
    if (config != NULL) {
        buf_put(path, config->data_dir);
        buf_put(path, STR("/" STORE_SQLITE_FILE));
    } else {
        for (size_t i = 0; i < report.count; i++)
            (void)fprintf(err, "%s\n", report.problems[i].text);
    }
    bool is_known = config != NULL && !path->is_truncated;
    config_free(&config);
    config_report_deinit(&report);
    return is_known;
}

static int
backup(const char *database, const char *file, struct cf_err *problem)
{
    return store_sqlite_copy(database, file, problem);
}

/* The copy is complete before anything of the old is touched. */
static int
restore(const char *database, const char *file, struct cf_err *problem)
{
    struct buf copy;
    struct buf aside;
    buf_init(&copy, PATH_BYTES_MAX);
    buf_init(&aside, PATH_BYTES_MAX);
    buf_printf(&copy, "%s.new", database);
    buf_printf(&aside, "%s.old", database);
    const char *copy_name = buf_nul_terminated(&copy);
    const char *aside_name = buf_nul_terminated(&aside);
    struct store *store = store_sqlite_open(database, NULL, problem); /* keeps servers away */
    int result = store == NULL ? problem->code : store_sqlite_copy(file, copy_name, problem);
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
    struct backup_options options = {.usage = backup_usage};
    int status;
    if (!read_options(argc, argv, &options, out, &status))
        return status;
    if (optind != argc - 1) {
        (void)fprintf(err, "%s: give one FILE; see confab %s --help\n", argv[0], argv[0]);
        return 2;
    }
    options.file = argv[optind];
    struct buf database;
    buf_init(&database, PATH_BYTES_MAX);
    struct cf_err problem = {.code = 0};
    status = 1;
    if (put_database(&options, &database, err)) {
        if (work(buf_nul_terminated(&database), options.file, &problem) == 0)
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
    return run(argc, argv, backup, out, err);
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
    struct backup_options options = {.usage = store_usage};
    int status;
    if (!read_options(argc, argv, &options, out, &status))
        return status;
    if (optind >= argc || argc - optind > 2 ||
        !str_equal(str_from_nul(argv[optind]), STR("check"))) {
        (void)fprintf(err, "store: say \"confab store check\"; see confab store --help\n");
        return 2;
    }
    options.file = argc - optind == 2 ? argv[optind + 1] : NULL;
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    if (options.file != NULL)
        buf_put(&path, str_from_nul(options.file));
    struct store_check check;
    store_check_init(&check);
    struct cf_err problem;
    status = 1;
    if (options.file == NULL && !put_database(&options, &path, err))
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
