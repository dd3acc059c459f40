/* `confab export` and `confab import`; see transfer.h. */
#include "server/transfer.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "server/command_line.h"
#include "server/data_dir.h"
#include "server/database_path.h"
#include "server/export_file.h"
#include "store/ergo.h"
#include "store/export.h"
#include "store/import.h"
#include "store/line.h"
#include "wire/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#define NOTES_BYTES_MAX (64 * 1024)

/* --- export --- */

static const char export_usage[] =
    "Usage: confab export [options] [FILE]\n"
    "Writes all that the server keeps, or what is of one account or channel, as lines of JSON into\n"
    "FILE, which must not be there yet, or to standard output. The server may be running.\n"
    "\n"
    "  -a, --account NAME        of this account: its settings, its conversations, and what it has\n"
    "                            said and done in channels\n"
    "  -n, --channel NAME        of this channel: its modes, lists and topic, and its history\n"
    "      --without-passwords   no hashes of passwords: to give somebody what is theirs\n" //
    DATABASE_OPTIONS_USAGE "  -h, --help         print this\n";

struct export_options {
    struct database_choice choice;
    const char *account;
    const char *channel;
    bool is_without_passwords;
    const char *file; /* NULL: standard output */
};

static bool
check_names(const struct export_options *options, FILE *err)
{
    if (options->account != NULL && options->channel != NULL) {
        (void)fprintf(err, "export: give either --account or --channel\n");
        return false;
    }
    if (options->account != NULL && !name_is_nick(str_from_nul(options->account))) {
        (void)fprintf(err, "export: no account can be called that\n");
        return false;
    }
    if (options->channel != NULL && !name_is_channel(str_from_nul(options->channel))) {
        (void)fprintf(err, "export: no channel can be called that; it begins with '#'\n");
        return false;
    }
    return true;
}

static int
put_text(void *context, struct str text)
{
    FILE *file = context;
    return fwrite(text.ptr, 1, text.len, file) == text.len ? 0 : -errno;
}

/* To standard output. */
static int
print_export(const struct export_request *request, FILE *out, struct export_counts *counts,
             struct cf_err *problem)
{
    int result = export_run(request, &(struct export_sink){.put = put_text, .context = out}, counts,
                            problem);
    if (result == 0 && fflush(out) != 0)
        result = -errno;
    if (result != 0 && problem->text[0] == '\0')
        (void)cf_err_set(problem, result, "the output can't be written: %s", errno_text(-result));
    return result;
}

static int
export_to(const struct export_options *options, const char *database, FILE *out, FILE *err)
{
    const struct export_request request = {
        .path = database,
        .account = str_from_nul(options->account == NULL ? "" : options->account),
        .channel = str_from_nul(options->channel == NULL ? "" : options->channel),
        .has_secrets = !options->is_without_passwords,
        .must_find = options->account != NULL || options->channel != NULL,
        .wall_ms = clock_wall_ms(),
    };
    struct export_counts counts;
    struct cf_err problem;
    int result = options->file == NULL
                     ? print_export(&request, out, &counts, &problem)
                     : export_file_write(&request, options->file, &counts, &problem);
    if (result != 0) {
        (void)fprintf(err, "export: %s\n", problem.text);
        return 1;
    }
    if (options->file != NULL)
        (void)fprintf(err,
                      "exported: %" PRIu64 " events, %" PRIu64 " rows of accounts, channels "
                      "and settings\n",
                      counts.events, counts.rows);
    return 0;
}

int
export_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct export_options options = {.file = NULL};
    const struct command_option table[] = {
        {.name = "account", .letter = 'a', .text = &options.account},
        {.name = "channel", .letter = 'n', .text = &options.channel},
        {.name = "without-passwords", .flag = &options.is_without_passwords},
        DATABASE_OPTIONS(&options.choice),
    };
    const struct command_line line = {export_usage, table, ARRAY_LEN(table)};
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, out, err, &rest, &status))
        return status;
    if (argc - rest > 1) {
        (void)fprintf(err, "export: give one FILE, or none; see confab export --help\n");
        return 2;
    }
    options.file = argc - rest == 1 ? argv[rest] : NULL;
    if (!check_names(&options, err))
        return 2;
    struct buf database;
    buf_init(&database, DATABASE_PATH_BYTES_MAX);
    status = 1;
    if (database_path_find(&options.choice, &database, err))
        status = export_to(&options, buf_nul_terminated(&database), out, err);
    buf_deinit(&database);
    return status;
}

/* --- import --- */

static const char import_usage[] =
    "Usage: confab import [options] [FILE]\n"
    "Takes lines that confab export has written, from FILE or standard input: all, or none when one\n"
    "of them is wrong. What is there already stays as it is. The server must not be running.\n"
    "\n"
    "      --ergo         FILE is a database of Ergo (ircd.db), or the JSON for its importdb, which\n"
    "                     is made of those of Anope and Atheme\n" //
    DATABASE_OPTIONS_USAGE "  -h, --help         print this\n";

struct import_options {
    struct database_choice choice;
    bool is_ergo;
    const char *file; /* NULL: standard input */
};

/* What is wrong may quote the line, and that may have any bytes, which no terminal should get. */
static void
tell(FILE *err, const char *name, uint64_t line, const char *text)
{
    (void)fprintf(err, "import: %s", name);
    if (line > 0)
        (void)fprintf(err, ", line %" PRIu64, line);
    (void)fputs(": ", err);
    for (const char *at = text; *at != '\0'; at++)
        (void)fputc((unsigned char)*at < ' ' || *at == 0x7F ? '?' : *at, err);
    (void)fputc('\n', err);
}

/* The next line without its end, into *line; false at the end of the file. */
static bool
next_line(FILE *file, struct buf *line)
{
    int byte = EOF;
    buf_clear(line);
    while ((byte = getc_unlocked(file)) != EOF && byte != '\n')
        buf_put_byte(line, (char)byte);
    return byte != EOF || line->len > 0;
}

static int
read_lines(struct import *import, FILE *file, const char *name, FILE *err)
{
    struct buf line;
    uint64_t number = 0;
    struct cf_err problem = {.code = 0};
    buf_init(&line, LINE_BYTES_MAX);
    while (problem.code == 0 && next_line(file, &line)) {
        struct str text = buf_str(&line);
        number++;
        if (str_ends_with(text, STR("\r")))
            text = str_take(text, text.len - 1);
        if (line.is_truncated)
            (void)cf_err_set(&problem, -EINVAL, "it is too long"); /* the code is in it, too */
        else if (text.len > 0 && import_line(import, text, &problem) != 0)
            break;
    }
    if (problem.code == 0 && ferror(file))
        (void)cf_err_set(&problem, -EIO, "cannot be read: %s", errno_text(errno));
    buf_deinit(&line);
    if (problem.code != 0)
        tell(err, name, number, problem.text);
    return problem.code;
}

static int
put_line(void *context, struct str line, struct cf_err *err)
{
    return import_line(context, line, err);
}

/* All of a file, which is not large. */
static int
read_ergo(struct import *import, FILE *file, const char *name, FILE *err)
{
    struct buf text;
    struct buf notes;
    struct ergo_counts counts;
    struct cf_err problem = {.code = 0};
    buf_init(&text, ERGO_FILE_BYTES_MAX);
    buf_init(&notes, NOTES_BYTES_MAX);
    char piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_put(&text, (struct str){.ptr = piece, .len = got});
    if (ferror(file) || text.is_truncated) {
        (void)cf_err_set(&problem, -EIO, "cannot be read, or is too large");
    } else if (ergo_convert(buf_str(&text), &(struct ergo_sink){put_line, import}, &counts, &notes,
                            &problem) == 0) {
        (void)fprintf(err, "%.*s", STR_ARG(buf_str(&notes)));
        if (counts.without_password > 0)
            (void)fprintf(err,
                          "%" PRIu64
                          " accounts have no password that confab can check: they log in "
                          "with a certificate, or not at all\n",
                          counts.without_password);
    }
    buf_deinit(&text);
    buf_deinit(&notes);
    if (problem.code != 0)
        tell(err, name, 0, problem.text);
    return problem.code;
}

static void
tell_counts(const struct import_counts *counts, FILE *out)
{
    (void)fprintf(out,
                  "imported: %" PRIu64 " events, %" PRIu64 " accounts, %" PRIu64
                  " channels, %" PRIu64 " other rows; %" PRIu64 " were there already\n",
                  counts->events, counts->accounts, counts->channels, counts->other_rows,
                  counts->were_there);
    if (counts->moved > 0)
        (void)fprintf(out,
                      "%" PRIu64 " events have got another id, since something else had theirs\n",
                      counts->moved);
    if (counts->operators > 0)
        (void)fprintf(out, "%" PRIu64 " of the accounts are operators of the server\n",
                      counts->operators);
}

/* Into the database of a data folder that is there. */
static int
import_into(const struct import_options *options, const struct config *config, FILE *file,
            FILE *out, FILE *err)
{
    struct buf database;
    struct cf_err problem;
    struct import_counts counts;
    const char *name = options->file == NULL ? "standard input" : options->file;
    buf_init(&database, DATABASE_PATH_BYTES_MAX);
    database_path_put(config, &database);
    struct import *import =
        import_begin(buf_nul_terminated(&database), &config->hub, clock_wall_ms(), &problem);
    buf_deinit(&database);
    if (import == NULL) {
        (void)fprintf(err, "import: %s\n", problem.text);
        return 1;
    }
    int result =
        options->is_ergo ? read_ergo(import, file, name, err) : read_lines(import, file, name, err);
    if (result != 0) {
        import_abandon(&import);
        (void)fprintf(err, "import: nothing was taken\n");
        return 1;
    }
    if (import_finish(&import, &counts, &problem) != 0) {
        (void)fprintf(err, "import: %s; nothing was taken\n", problem.text);
        return 1;
    }
    tell_counts(&counts, out);
    return 0;
}

/* A folder that was made for nothing goes again. */
static int
import_from(const struct import_options *options, const struct config *config, FILE *file,
            FILE *out, FILE *err)
{
    struct cf_err problem;
    bool is_new;
    if (data_dir_make(config, &is_new, &problem) != 0) {
        (void)fprintf(err, "import: %s\n", problem.text);
        return 1;
    }
    int status = import_into(options, config, file, out, err);
    if (status != 0 && is_new)
        data_dir_unmake(config);
    return status;
}

int
import_main(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
    struct import_options options = {.file = NULL};
    const struct command_option table[] = {
        {.name = "ergo", .flag = &options.is_ergo},
        DATABASE_OPTIONS(&options.choice),
    };
    const struct command_line line = {import_usage, table, ARRAY_LEN(table)};
    int rest;
    int status;
    if (!command_line_read(&line, argc, argv, out, err, &rest, &status))
        return status;
    if (argc - rest > 1) {
        (void)fprintf(err, "import: give one FILE, or none; see confab import --help\n");
        return 2;
    }
    options.file = argc - rest == 1 ? argv[rest] : NULL;
    struct config *config = database_config(&options.choice, err);
    if (config == NULL)
        return 1;
    FILE *file = options.file == NULL ? in : fopen(options.file, "re");
    if (file == NULL)
        (void)fprintf(err, "import: cannot open %s: %s\n", options.file, errno_text(errno));
    status = file == NULL ? 1 : import_from(&options, config, file, out, err);
    if (file != NULL && file != in)
        (void)fclose(file); /* it was read only */
    config_free(&config);
    return status;
}
