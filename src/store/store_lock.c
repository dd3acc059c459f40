/* The lock of a database; see store_lock.h. */
#include "store/store_lock.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 8192
#define TRIES_MAX      10 /* each finds that the file was deleted meanwhile */

static const char *
put_path(const char *database, struct buf *path)
{
    buf_init(path, PATH_BYTES_MAX);
    buf_printf(path, "%s.lock", database);
    return buf_nul_terminated(path);
}

/* The descriptor, or -1 with errno. */
static int
open_file(const char *name, bool *is_new_out)
{
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *is_new_out = fd != -1;
    if (fd == -1 && errno == EEXIST)
        fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd;
}

/* Whether the file that is locked is still the one that others find under its name. */
static bool
is_in_place(const char *name, int fd)
{
    struct stat own;
    struct stat found;
    return fstat(fd, &own) == 0 && stat(name, &found) == 0 && own.st_dev == found.st_dev &&
           own.st_ino == found.st_ino;
}

/* 0, or -errno; -ESTALE: of a file that is not there any more. */
static int
try_lock(const char *name, struct store_lock *lock)
{
    lock->fd = open_file(name, &lock->is_new);
    if (lock->fd == -1)
        return -errno;
    int result = 0;
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == -1)
        result = -errno;
    else if (!is_in_place(name, lock->fd))
        result = -ESTALE;
    if (result != 0)
        (void)close(lock->fd); /* nothing was written to it */
    return result;
}

int
store_lock(const char *database, struct store_lock *lock_out, struct cf_err *err)
{
    struct buf path;
    const char *name = put_path(database, &path);
    struct store_lock lock;
    int result = -ESTALE;
    for (int i = 0; i < TRIES_MAX && result == -ESTALE; i++)
        result = try_lock(name, &lock);
    if (result == 0)
        *lock_out = lock;
    else if (result == -EWOULDBLOCK || result == -ESTALE)
        (void)cf_err_set(err, result, /* the code is in err, too */
                         "%s is in use by another confab: stop that one, or give this one another "
                         "data folder (--data)",
                         database);
    else
        (void)cf_err_set(err, result, "cannot open %s: %s", name, errno_text(-result));
    buf_deinit(&path);
    return result;
}

void
store_lock_remove(const char *database)
{
    struct buf path;
    (void)unlink(put_path(database, &path)); /* an empty file more does no harm */
    buf_deinit(&path);
}
