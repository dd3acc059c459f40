/* The key of cloaks; see cloak_key.h. */
#include "server/cloak_key.h"

#include "base/buf.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_BYTES     64 /* of the file: hexadecimal digits */
#define PATH_BYTES_MAX   8192
#define SECRET_BYTES_MIN 16 /* shorter ones might be guessed */

static void
derive(struct config *config, struct str secret)
{
    static const unsigned char context[HASH_SECRET_BYTES] = "confab cloaks";
    static_assert(HASH_KEYED_BYTES == HASH_SECRET_BYTES, "a digest is a key");
    hash_keyed(secret, context, config->hub.cloak_key);
}

static int
fail(struct cf_err *err, int error, const char *what, const char *path)
{
    return cf_err_set(err, -error, "cannot %s the secret of cloaks, %s: %s", what, path,
                      errno_text(error));
}

static void
fill_secret(char secret_out[SECRET_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[SECRET_BYTES / 2];
    entropy_fill(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        secret_out[2 * i] = digits[random[i] >> 4];
        secret_out[2 * i + 1] = digits[random[i] & 15];
    }
    explicit_bzero(random, sizeof random);
}

static int
make_file(const char *path, struct cf_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd == -1)
        return errno == EEXIST ? 0 : fail(err, errno, "make", path);
    char secret[SECRET_BYTES + 1];
    fill_secret(secret);
    secret[SECRET_BYTES] = '\n';
    ssize_t written = write(fd, secret, sizeof secret);
    explicit_bzero(secret, sizeof secret);
    int result = 0;
    if (written != (ssize_t)sizeof secret || fsync(fd) == -1)
        result = fail(err, written == -1 ? errno : ENOSPC, "write", path);
    (void)close(fd); /* synced, or not used */
    if (result != 0)
        (void)unlink(path); /* half a secret is none */
    return result;
}

static int
read_file(struct config *config, const char *path, struct cf_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return fail(err, errno, "read", path);
    struct stat status;
    if (fstat(fd, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        log_line(LOG_WARN, "server", "others can read the secret of cloaks; chmod 600 ends that",
                 LOG_STR("file", str_from_nul(path)));
    }
    char bytes[256];
    ssize_t got = read(fd, bytes, sizeof bytes);
    int result = got == -1 ? fail(err, errno, "read", path) : 0;
    (void)close(fd); /* it was only read */
    if (result != 0)
        return result;
    struct str secret = str_trim((struct str){.ptr = bytes, .len = (size_t)got});
    secret = str_take(secret, str_find_byte(secret, '\n'));
    if (secret.len < SECRET_BYTES_MIN) {
        return cf_err_set(err, -EINVAL,
                          "%s holds no secret of at least %d bytes; delete it, and a new one is "
                          "made: bans of cloaks are void then",
                          path, SECRET_BYTES_MIN);
    }
    derive(config, secret);
    explicit_bzero(bytes, sizeof bytes);
    return 0;
}

int
cloak_key_load(struct config *config, struct cf_err *err)
{
    if (!config->hub.has_cloaks)
        return 0;
    if (config->cloak_secret.len > 0) {
        derive(config, config->cloak_secret);
        return 0;
    }
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    config_put_data_path(&path, config, STR(CLOAK_SECRET_FILE));
    const char *name = buf_nul_terminated(&path);
    int result = access(name, F_OK) == -1 ? make_file(name, err) : 0;
    if (result == 0)
        result = read_file(config, name, err);
    buf_deinit(&path);
    return result;
}
