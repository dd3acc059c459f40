/* The server's certificates; see certificates.h. */
#include "server/certificates.h"

#include "base/buf.h"
#include "base/log.h"
#include "net/certificate.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#define PATH_BYTES_MAX 8192 /* a folder and a path within it */

void
certificates_put_own_paths(const struct config *config, struct buf *certificate, struct buf *key)
{
    config_put_data_path(certificate, config, STR(CERTIFICATES_OWN_FILE));
    config_put_data_path(key, config, STR(CERTIFICATES_OWN_KEY_FILE));
}

size_t
certificates_own_names(const struct config *config, char hostname[256],
                       struct str names_out[CERTIFICATE_NAMES_MAX])
{
    size_t count = 0;
    names_out[count++] = config->hub.server_name;
    hostname[255] = '\0'; /* one that is too long may have been cut without a NUL */
    if (gethostname(hostname, 255) == 0 && certificate_is_name(str_from_nul(hostname)))
        names_out[count++] = str_from_nul(hostname);
    names_out[count++] = STR("localhost");
    names_out[count++] = STR("127.0.0.1");
    names_out[count++] = STR("::1");
    return count;
}

static int
make_own(const struct config *config, const char *certificate, const char *key, struct cf_err *err)
{
    char hostname[256];
    struct str names[CERTIFICATE_NAMES_MAX];
    size_t count = certificates_own_names(config, hostname, names);
    int result = certificate_make(
        &(struct certificate_spec){
            .certificate_path = certificate,
            .key_path = key,
            .names = names,
            .name_count = count,
            .days = CERTIFICATE_DAYS,
        },
        err);
    if (result == 0) {
        log_line(LOG_INFO, "server", "self-signed certificate made",
                 LOG_STR("file", str_from_nul(certificate)));
    }
    return result;
}

int
certificates_ensure(const struct config *config, struct cf_err *err)
{
    if (config->certificate_count > 0)
        return 0;
    struct buf certificate;
    struct buf key;
    buf_init(&certificate, PATH_BYTES_MAX);
    buf_init(&key, PATH_BYTES_MAX);
    certificates_put_own_paths(config, &certificate, &key);
    const char *certificate_path = buf_nul_terminated(&certificate);
    const char *key_path = buf_nul_terminated(&key);
    int result = 0;
    if (access(certificate_path, F_OK) == -1 && access(key_path, F_OK) == -1)
        result = make_own(config, certificate_path, key_path, err);
    buf_deinit(&certificate);
    buf_deinit(&key);
    return result;
}

int
certificates_load(const struct config *config, struct tls_server *server, struct cf_err *err)
{
    struct buf paths[2 * LIMIT_CERTIFICATES];
    struct tls_files files[LIMIT_CERTIFICATES];
    size_t count = config->certificate_count;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        buf_init(&paths[i], PATH_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        config_put_data_path(&paths[2 * i], config, config->certificates[i].file);
        if (config->certificates[i].key.len > 0)
            config_put_data_path(&paths[2 * i + 1], config, config->certificates[i].key);
    }
    if (count == 0) {
        certificates_put_own_paths(config, &paths[0], &paths[1]);
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t part = 0; part < 2; part++)
            (void)buf_nul_terminated(&paths[2 * i + part]); /* for str.ptr below */
        files[i] = (struct tls_files){
            .certificate = buf_str(&paths[2 * i]),
            .key = buf_str(&paths[2 * i + 1]),
        };
    }
    int result = tls_server_load(server, files, count, err);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        buf_deinit(&paths[i]);
    return result;
}
