/* Exports as files; see export_file.h. */
#include "server/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int
put_text(void *context, struct str text)
{
    FILE *file = context;
    return fwrite(text.ptr, 1, text.len, file) == text.len ? 0 : -errno;
}

static int
write_file(const struct export_request *request, const char *path, FILE *file,
           struct export_counts *counts, struct cf_err *err)
{
    int result =
        export_run(request, &(struct export_sink){.put = put_text, .context = file}, counts, err);
    if (result == 0 && (fflush(file) != 0 || fsync(fileno(file)) != 0))
        result = -errno;
    if (fclose(file) != 0 && result == 0)
        result = -errno;
    if (result != 0 && err->text[0] == '\0')
        (void)cf_err_set(err, result, "cannot write %s: %s", path, errno_text(-result));
    return result;
}

int
export_file_write(const struct export_request *request, const char *path,
                  struct export_counts *counts, struct cf_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd == -1 ? NULL : fdopen(fd, "w");
    *err = (struct cf_err){.code = 0};
    if (file == NULL) {
        (void)cf_err_set(err, -errno, "cannot make %s: %s", path, errno_text(errno));
        if (fd != -1)
            (void)close(fd); /* nothing has been written */
        return err->code;
    }
    int result = write_file(request, path, file, counts, err);
    if (result != 0)
        (void)unlink(path); /* it is not whole */
    return result;
}
