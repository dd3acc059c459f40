/* How the process is doing; see process_report.h. */
#include "server/process_report.h"

#include "base/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define STATUS_BYTES_MAX 8192

/* The file's bytes, at most so many; false when it can't be read. */
static bool
read_file(const char *path, struct buf *out, size_t bytes_max)
{
    buf_init(out, bytes_max);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    bool is_read = false;
    for (;;) {
        char bytes[1024];
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got == -1 && errno == EINTR)
            continue;
        is_read = got == 0 || (got > 0 && (size_t)got > buf_room(out));
        if (got <= 0 || is_read)
            break;
        buf_put(out, (struct str){.ptr = bytes, .len = (size_t)got});
    }
    (void)close(fd); /* only read */
    return is_read;
}

/* The first number behind "name:" at the start of a line. */
static bool
find_number(struct str text, struct str name, uint64_t *number_out)
{
    while (text.ptr != NULL) {
        struct str line = str_cut(&text, '\n');
        if (!str_starts_with(line, name))
            continue;
        line = str_skip(line, name.len);
        while (line.len > 0 && (line.ptr[0] == ':' || line.ptr[0] == ' ' || line.ptr[0] == '\t'))
            line = str_skip(line, 1);
        return number_parse_u64(str_cut_word(&line), UINT64_MAX, number_out);
    }
    return false;
}

static size_t
count_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL) /* NOLINT(concurrency-mt-unsafe): a stream of our own */
        count++;
    (void)closedir(folder);           /* only read */
    return count < 3 ? 0 : count - 3; /* ".", ".." and the folder itself */
}

void
process_report_put(struct buf *out)
{
    struct buf status;
    uint64_t number;
    if (read_file("/proc/self/status", &status, STATUS_BYTES_MAX)) {
        if (find_number(buf_str(&status), STR("VmRSS"), &number))
            buf_printf(out, "resident memory %llu MiB; ", (unsigned long long)number / 1024);
        if (find_number(buf_str(&status), STR("VmHWM"), &number))
            buf_printf(out, "at most so far %llu MiB; ", (unsigned long long)number / 1024);
        if (find_number(buf_str(&status), STR("Threads"), &number))
            buf_printf(out, "%llu threads; ", (unsigned long long)number);
    }
    buf_deinit(&status);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        buf_printf(out, "%zu open files of %llu; ", count_files(),
                   (unsigned long long)files.rlim_cur);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        buf_printf(out, "CPU time %llu s",
                   (unsigned long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec));
}
