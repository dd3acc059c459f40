/* The data folder; see data_dir.h. */
#include "server/data_dir.h"

#include "base/buf.h"
#include "server/certificates.h"
#include "server/cloak_key.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 8192 /* a folder and a path within it */

int
data_dir_make(const struct config *config, bool *is_new_out, struct cf_err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_put(&path, config->data_dir);
    const char *name = buf_nul_terminated(&path);
    int result = 0;
    bool is_new = mkdir(name, 0700) == 0;
    if (!is_new && errno != EEXIST) {
        result = cf_err_set(err, -errno,
                            "cannot make the data folder %s: %s; set `data` in the configuration "
                            "or give --data",
                            name, errno_text(errno));
    } else if (access(name, W_OK | X_OK) == -1) {
        result = cf_err_set(err, -errno,
                            "cannot write to the data folder %s: %s; let the user that runs confab "
                            "write there, or give another one (--data)",
                            name, errno_text(errno));
    }
    if (result == 0 && is_new_out != NULL)
        *is_new_out = is_new;
    buf_deinit(&path);
    return result;
}

void
data_dir_unmake(const struct config *config)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_put(&path, config->data_dir);
    (void)rmdir(buf_nul_terminated(&path)); /* somebody may have put something into it */
    buf_deinit(&path);
}

/* Adds the file to the list, when it is in the data folder. */
static void
put_file(struct buf *list, const struct config *config, struct str file)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    config_put_data_path(&path, config, file);
    if (file.len > 0 && file.ptr[0] != '/' && access(buf_nul_terminated(&path), F_OK) == 0) {
        buf_put(list, list->len == 0 ? STR_NONE : STR(", "));
        buf_put(list, file);
    }
    buf_deinit(&path);
}

void
data_dir_tell_files(const struct config *config, FILE *out)
{
    struct buf list;
    buf_init(&list, PATH_BYTES_MAX);
    if (config->hub.has_cloaks && config->cloak_secret.len == 0)
        put_file(&list, config, STR(CLOAK_SECRET_FILE));
    if (config->certificate_count == 0) {
        put_file(&list, config, STR(CERTIFICATES_OWN_FILE));
        put_file(&list, config, STR(CERTIFICATES_OWN_KEY_FILE));
    }
    for (size_t i = 0; i < config->certificate_count; i++) {
        put_file(&list, config, config->certificates[i].file);
        put_file(&list, config, config->certificates[i].key);
    }
    put_file(&list, config, config->tokens.key_file);
    if (list.len > 0)
        (void)fprintf(out,
                      "Not in it, as files of the data folder %.*s: %.*s. Copy them, too, with the "
                      "configuration\n",
                      STR_ARG(config->data_dir), STR_ARG(buf_str(&list)));
    buf_deinit(&list);
}
