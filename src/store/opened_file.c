/* Whether a file is still there; see opened_file.h. */
#include "store/opened_file.h"

#include <errno.h>
#include <sys/stat.h>

#define PATH_BYTES_MAX 8192

int
opened_file_init(struct opened_file *file, const char *path, const char *suffix)
{
    struct stat status;
    buf_init(&file->path, PATH_BYTES_MAX);
    buf_printf(&file->path, "%s%s", path, suffix);
    if (stat(buf_nul_terminated(&file->path), &status) == -1)
        return -errno;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    return 0;
}

void
opened_file_deinit(struct opened_file *file)
{
    buf_deinit(&file->path);
}

bool
opened_file_is_there(const struct opened_file *file)
{
    struct stat status;
    return stat(file->path.ptr, &status) == 0 && status.st_dev == file->device &&
           status.st_ino == file->inode;
}
