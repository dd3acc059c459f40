/* `confab backup`, `confab restore` and `confab store check`; see backup.h. */
#include "server/backup.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "server/command_line.h"
#include "server/data_dir.h"
#include "server/database_path.h"
#include "store/schema.h"
#include "store/store_check.h"
#include "store/store_copy.h"
#include "store/store_lock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char backup_usage[] =
    "Usage: confab backup [options] FILE\n"
    "       confab restore [options] FILE\n"
    "backup writes a copy of all that the server keeps into FILE, which must not be there yet; the\n"
    "server may be running. restore puts such a copy in the place of what is kept now, which is\n"
    "moved aside to confab.db.old, or confab.db.old.1 and so on; the server must not be running.\n"
    "Secrets, keys and certificates in the data folder are no part of the copy: copy those files,\n"
    "too.\n"
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

/* What is to be done, for those who do it. */
struct work {
    const struct config *config;
    const char *database;
    const char *file;
    FILE *out;
};

static int
backup(const struct work *work, struct cf_err *problem)
{
    int result = store_copy(work->database, work->file, problem);
    if (result == 0) {
        (void)fprintf(work->out, "copied: %s\n", work->file);
        data_dir_tell_files(work->config, work->out);
    }
    return result;
}

static bool
is_there(struct buf *path)
{
    struct stat status;
    return lstat(buf_nul_terminated(path), &status) == 0;
}

/* The first name that nothing has: confab.db.old, confab.db.old.1 and so on. */
static int
find_name_aside(const char *database, struct buf *aside, struct cf_err *problem)
{
    buf_printf(aside, "%s.old", database);
    for (int number = 1; is_there(aside); number++) {
        if (number == LIMIT_RESTORE_ASIDE)
            return cf_err_set(problem, -EEXIST,
                              "there are %d databases that were moved aside: delete those that are "
                              "not needed, from %s.old to %s",
                              LIMIT_RESTORE_ASIDE, database, buf_nul_terminated(aside));
        buf_clear(aside);
        buf_printf(aside, "%s.old.%d", database, number);
    }
    return 0;
}

/* One of the files of a database, which may be missing; suffix: of its name, "" for the first. */
static int
move_file(const char *database, const char *aside, const char *suffix, struct cf_err *problem)
{
    struct buf from;
    struct buf to;
    buf_init(&from, DATABASE_PATH_BYTES_MAX);
    buf_init(&to, DATABASE_PATH_BYTES_MAX);
    buf_printf(&from, "%s%s", database, suffix);
    buf_printf(&to, "%s%s", aside, suffix);
    int result = 0;
    if (rename(buf_nul_terminated(&from), buf_nul_terminated(&to)) == -1 && errno != ENOENT)
        result = cf_err_set(problem, -errno, "cannot move %s aside: %s", buf_nul_terminated(&from),
                            errno_text(errno));
    buf_deinit(&from);
    buf_deinit(&to);
    return result;
}

/*
 * The copy is complete before anything of the old is touched. A log that could not be brought into
 * the old database, since that is damaged, goes with it: SQLite would take it for one of the new.
 */
static int
put_into_place(const struct work *work, const char *copy, const char *aside, struct cf_err *problem)
{
    int result = store_copy(work->file, copy, problem);
    if (result != 0)
        return result;
    store_copy_settle(work->database);
    result = move_file(work->database, aside, "-wal", problem);
    if (result == 0)
        result = move_file(work->database, aside, "-shm", problem);
    if (result == 0)
        result = move_file(work->database, aside, "", problem);
    if (result == 0 && rename(copy, work->database) == -1)
        result = cf_err_set(problem, -errno, "cannot put %s into its place: %s", copy,
                            errno_text(errno));
    return result;
}

/* With the lock. */
static int
replace(const struct work *work, struct cf_err *problem)
{
    struct buf database;
    struct buf copy;
    struct buf aside;
    buf_init(&database, DATABASE_PATH_BYTES_MAX);
    buf_init(&copy, DATABASE_PATH_BYTES_MAX);
    buf_init(&aside, DATABASE_PATH_BYTES_MAX);
    buf_put(&database, str_from_nul(work->database));
    buf_printf(&copy, "%s.new", work->database);
    bool has_old = is_there(&database);
    int result = find_name_aside(work->database, &aside, problem);
    if (result == 0)
        result =
            put_into_place(work, buf_nul_terminated(&copy), buf_nul_terminated(&aside), problem);
    if (result == 0 && has_old)
        (void)fprintf(work->out, "restored: %s; what was there before is in %s\n", work->database,
                      buf_nul_terminated(&aside));
    else if (result == 0)
        (void)fprintf(work->out, "restored: %s\n", work->database);
    buf_deinit(&database);
    buf_deinit(&copy);
    buf_deinit(&aside);
    return result;
}

/* What was made for nothing, the folder and the lock, goes again. */
static int
restore(const struct work *work, struct cf_err *problem)
{
    struct store_lock lock = {.fd = -1};
    bool is_new = false;
    int result = store_copy_check(work->file, problem);
    if (result == 0)
        result = data_dir_make(work->config, &is_new, problem);
    if (result == 0)
        result = store_lock(work->database, &lock, problem);
    if (result == 0)
        result = replace(work, problem);
    if (result != 0 && lock.fd != -1 && lock.is_new)
        store_lock_remove(work->database);
    if (lock.fd != -1)
        (void)close(lock.fd); /* ends the lock */
    if (result != 0 && is_new)
        data_dir_unmake(work->config);
    return result;
}

static int
run(int argc, char **argv, int (*function)(const struct work *, struct cf_err *), FILE *out,
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
    struct config *config = database_config(&choice, err);
    if (config == NULL)
        return 1;
    struct buf database;
    buf_init(&database, DATABASE_PATH_BYTES_MAX);
    database_path_put(config, &database);
    struct cf_err problem = {.code = 0};
    const struct work work = {
        .config = config,
        .database = buf_nul_terminated(&database),
        .file = argv[rest],
        .out = out,
    };
    status = function(&work, &problem) == 0 ? 0 : 1;
    if (status != 0)
        (void)fprintf(err, "%s: %s\n", argv[0], problem.text);
    buf_deinit(&database);
    config_free(&config);
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
