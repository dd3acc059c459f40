/* The lock of a database; see store_lock.h. */
#include "store/store_lock.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define PATH_BYTES_MAX 8192

int
store_lock(const char *database, int *fd_out, struct cf_err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s.lock", database);
    const char *name = buf_nul_terminated(&path);
    int result = 0;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1)
        result = cf_err_set(err, -errno, "cannot open %s: %s", name, errno_text(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB) == -1)
        result = cf_err_set(err, -errno,
                            "%s is in use by another confab: stop that one, or give this one "
                            "another data folder (--data)",
                            database);
    if (result == 0)
        *fd_out = fd;
    else if (fd != -1)
        (void)close(fd); /* nothing was written to it */
    buf_deinit(&path);
    return result;
}
