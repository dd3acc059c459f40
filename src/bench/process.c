/* Reading /proc; see process.h. */
#include "bench/process.h"

#include "base/number.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file's content in `out`, NUL-terminated and cut to size; false when it can't be read. */
static bool
read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    (void)fclose(file); /* it was only read */
    return len > 0;
}

/* Takes a number from the beginning of *text, with the blanks before it; 0 when there is none. */
static uint64_t
take_number(const char **text)
{
    const char *digits = *text + strspn(*text, " \t");
    size_t len = strspn(digits, "0123456789");
    *text = digits + len;
    uint64_t number = 0;
    if (!number_parse_u64((struct str){.ptr = digits, .len = len}, UINT64_MAX, &number))
        return 0;
    return number;
}

/* The number behind "name" at a line's start, times `unit`; 0 when it is not there. */
static uint64_t
field(const char *text, const char *name, uint64_t unit)
{
    const char *at = strstr(text, name);
    if (at == NULL)
        return 0;
    at += strlen(name);
    return take_number(&at) * unit;
}

/* Adds one thread's share. */
static void
add_thread(pid_t pid, const char *thread, struct process_usage *usage)
{
    char path[512];
    char text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread); /* fits */
    const char *at = text;
    if (read_file(path, text, sizeof text))
        usage->cpu_ns += (int64_t)take_number(&at);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, thread);
    if (read_file(path, text, sizeof text)) {
        usage->switches += field(text, "\nvoluntary_ctxt_switches:", 1);
        usage->switches += field(text, "\nnonvoluntary_ctxt_switches:", 1);
    }
    usage->threads++;
}

/* utime and stime are the 14th and 15th words; the second is in parentheses and may hold spaces. */
static void
read_times(pid_t pid, struct process_usage *usage)
{
    char path[64];
    char text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid); /* fits */
    if (!read_file(path, text, sizeof text))
        return;
    const char *at = strrchr(text, ')');
    for (int word = 0; at != NULL && word < 12; word++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return;
    int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
    usage->user_ns = (int64_t)take_number(&at) * tick_ns;
    usage->system_ns = (int64_t)take_number(&at) * tick_ns;
}

bool
process_read(pid_t pid, struct process_usage *usage_out)
{
    char path[64];
    char text[4096];
    struct process_usage usage = {.cpu_ns = 0};
    (void)snprintf(path, sizeof path, "/proc/%d/task", pid); /* fits, as below */
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return false;
    const struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        if (entry->d_name[0] != '.')
            add_thread(pid, entry->d_name, &usage);
    }
    (void)closedir(tasks); /* it was only read */
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    if (read_file(path, text, sizeof text))
        usage.private_bytes = field(text, "\nPrivate_Dirty:", 1024);
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    if (read_file(path, text, sizeof text))
        usage.resident_bytes = field(text, "\nVmRSS:", 1024);
    read_times(pid, &usage);
    *usage_out = usage;
    return usage.threads > 0;
}

int64_t
process_thread_cpu_ns(pid_t pid, const char *name)
{
    char path[512];
    char comm[64];
    struct process_usage usage = {.cpu_ns = 0};
    (void)snprintf(path, sizeof path, "/proc/%d/task", pid); /* fits, as below */
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, entry->d_name);
        if (entry->d_name[0] == '.' || !read_file(path, comm, sizeof comm))
            continue;
        comm[strcspn(comm, "\n")] = '\0';
        if (strcmp(comm, name) == 0)
            add_thread(pid, entry->d_name, &usage);
    }
    (void)closedir(tasks); /* it was only read */
    return usage.cpu_ns;
}
