/* `confab cert`; see cert.h. */
#include "server/cert.h"

#include "base/attr.h"
#include "base/entropy.h"
#include "base/number.h"
#include "net/certificate.h"
#include "server/certificates.h"
#include "server/command_line.h"
#include "server/config.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#define PATH_BYTES_MAX 8192 /* a folder and a path within it */
#define NAMES_MAX      64
#define DAYS_MAX       36500

static const char usage[] =
    "Usage: confab cert [options] [NAME...]\n"
    "Makes a key and a self-signed certificate for TLS, and prints its fingerprint. NAME is a host\n"
    "name or an address of this server; without one, the names that the configuration and the\n"
    "system know are taken. Without --certificate, the files are certificate.pem and key.pem in the\n"
    "data folder, where the server looks for them.\n"
    "\n"
    "  -c, --config FILE       the configuration that says which data folder is meant\n"
    "  -d, --data DIR          the data folder, instead of the configuration's\n"
    "  -o, --certificate FILE  where to write the certificate; then --key must be given, too\n"
    "  -k, --key FILE          where to write the key\n"
    "      --days N            how long it is valid; default 3650\n"
    "      --force             replace files that are there already\n"
    "  -h, --help              print this\n"
    "\n"
    "A running server takes a new certificate after SIGHUP or REHASH.\n";

struct cert_options {
    const char *config_path;
    const char *data_dir;
    const char *certificate_path; /* NULL: in the data folder */
    const char *key_path;
    uint32_t days;
    bool may_overwrite;
    struct str names[NAMES_MAX];
    size_t name_count;
};

static bool
read_days(const char *text, struct cert_options *options, FILE *err)
{
    uint64_t days;
    if (!number_parse_u64(str_from_nul(text), DAYS_MAX, &days) || days == 0) {
        (void)fprintf(err, "cert: --days must be a number from 1 to %d\n", DAYS_MAX);
        return false;
    }
    options->days = (uint32_t)days;
    return true;
}

static bool
read_names(int count, char **names, struct cert_options *options, FILE *err)
{
    if (count > NAMES_MAX) {
        (void)fprintf(err, "cert: too many names; give at most %d\n", NAMES_MAX);
        return false;
    }
    for (int i = 0; i < count; i++)
        options->names[options->name_count++] = str_from_nul(names[i]);
    return true;
}

/* False when the command line is wrong, or has been answered already: then *status_out is set. */
static bool
read_options(int argc, char **argv, struct cert_options *options, FILE *out, FILE *err,
             int *status_out)
{
    const char *days = NULL;
    const struct command_option table[] = {
        {.name = "config", .letter = 'c', .text = &options->config_path},
        {.name = "data", .letter = 'd', .text = &options->data_dir},
        {.name = "certificate", .letter = 'o', .text = &options->certificate_path},
        {.name = "key", .letter = 'k', .text = &options->key_path},
        {.name = "days", .text = &days},
        {.name = "force", .flag = &options->may_overwrite},
    };
    const struct command_line line = {usage, table, ARRAY_LEN(table)};
    int rest;
    if (!command_line_read(&line, argc, argv, out, err, &rest, status_out))
        return false;
    *status_out = 2;
    if (days != NULL && !read_days(days, options, err))
        return false;
    if ((options->certificate_path == NULL) != (options->key_path == NULL)) {
        (void)fprintf(err, "cert: --certificate and --key belong together; give both\n");
        return false;
    }
    return read_names(argc - rest, argv + rest, options, err);
}

/* Makes the files and shows what is in them, as a server will load it. */
static int
make(const struct certificate_spec *spec, FILE *out, FILE *err)
{
    struct cf_err why;
    if (certificate_make(spec, &why) != 0) {
        (void)fprintf(err, "cert: %s\n", why.text);
        return 1;
    }
    struct tls_server *server = tls_server_new();
    const struct tls_files files = {
        .certificate = str_from_nul(spec->certificate_path),
        .key = str_from_nul(spec->key_path),
    };
    int status = 0;
    if (tls_server_load(server, &files, 1, &why) == 0) {
        struct tls_summary summary = tls_server_summary(server);
        (void)fprintf(out, "Certificate: %s\nKey: %s\nValid until: %s\nFingerprint (SHA-256): %s\n",
                      spec->certificate_path, spec->key_path, summary.not_after,
                      summary.fingerprint);
    } else {
        (void)fprintf(err, "cert: %s\n", why.text);
        status = 1;
    }
    tls_server_free(&server);
    return status;
}

/* With the paths and names of the configuration, where none are given. */
static int
make_for(const struct config *config, struct cert_options *options, FILE *out, FILE *err)
{
    struct buf certificate;
    struct buf key;
    buf_init(&certificate, PATH_BYTES_MAX);
    buf_init(&key, PATH_BYTES_MAX);
    certificates_put_own_paths(config, &certificate, &key);
    char hostname[256];
    struct str own_names[CERTIFICATE_NAMES_MAX];
    struct certificate_spec spec = {
        .certificate_path = options->certificate_path,
        .key_path = options->key_path,
        .names = options->names,
        .name_count = options->name_count,
        .days = options->days,
        .may_overwrite = options->may_overwrite,
    };
    if (spec.name_count == 0) {
        spec.name_count = certificates_own_names(config, hostname, own_names);
        spec.names = own_names;
    }
    if (spec.certificate_path == NULL) {
        spec.certificate_path = buf_nul_terminated(&certificate);
        spec.key_path = buf_nul_terminated(&key);
        struct buf folder;
        buf_init(&folder, PATH_BYTES_MAX);
        buf_put(&folder, config->data_dir);
        (void)mkdir(buf_nul_terminated(&folder), 0700); /* if it is missing, writing says so */
        buf_deinit(&folder);
    }
    int status = make(&spec, out, err);
    buf_deinit(&certificate);
    buf_deinit(&key);
    return status;
}

int
cert_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct cert_options options = {.days = CERTIFICATE_DAYS};
    int status;
    if (!read_options(argc, argv, &options, out, err, &status))
        return status;
    struct config_report report;
    config_report_init(&report);
    const char *path = options.config_path == NULL ? config_find() : options.config_path;
    struct config *config = config_load(
        &(struct config_request){
            .path = path,
            .data_dir = options.data_dir,
            .is_for_data = true,
        },
        &report);
    if (config == NULL) {
        struct cf_err why;
        (void)config_report_get_err(&report, &why); /* the code is in it, too */
        (void)fprintf(err, "cert: %s\n", why.text);
        status = 1;
    } else {
        status = make_for(config, &options, out, err);
    }
    config_free(&config);
    config_report_deinit(&report);
    if (fflush(out) != 0 && status == 0)
        status = 1;
    return status;
}
