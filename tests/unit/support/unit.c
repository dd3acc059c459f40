/* What all unit tests use; see unit.h. */
#include "unit/support/unit.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUARDED_BYTES_MAX 65536
#define SHOWN_BYTES_MAX   256

/* The row under test; equal to row_count outside tables. */
static size_t row_index;
static size_t row_count;

bool
unit_row(size_t index, size_t count)
{
    row_index = index;
    row_count = count;
    return index < count;
}

static void
print_row(void)
{
    if (row_index < row_count)
        print_error("row %zu of %zu: ", row_index, row_count);
}

_Noreturn void
unit_fail(const char *what, const char *file, int line)
{
    print_row();
    print_error("not true: %s\n", what);
    _fail(file, line); /* cmocka's: leaves the test */
    abort();
}

void
unit_check_u64(uint64_t actual, uint64_t expected, const char *what, const char *file, int line)
{
    if (actual == expected)
        return;
    print_row();
    print_error("%s is %llu (0x%llx), expected %llu (0x%llx)\n", what, (unsigned long long)actual,
                (unsigned long long)actual, (unsigned long long)expected,
                (unsigned long long)expected);
    _fail(file, line);
}

void
unit_check_i64(int64_t actual, int64_t expected, const char *what, const char *file, int line)
{
    if (actual == expected)
        return;
    print_row();
    print_error("%s is %lld, expected %lld\n", what, (long long)actual, (long long)expected);
    _fail(file, line);
}

/* Quotes and escapes bytes; the beginning of long ones. */
static void
print_bytes(struct str bytes)
{
    print_error("%zu bytes \"", bytes.len);
    for (size_t i = 0; i < bytes.len && i < SHOWN_BYTES_MAX; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        if (byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\')
            print_error("%c", byte);
        else
            print_error("\\x%02x", byte);
    }
    print_error("%s", bytes.len > SHOWN_BYTES_MAX ? "..." : "\"");
}

void
unit_check_str(struct str actual, struct str expected, const char *what, const char *file, int line)
{
    if (str_equal(actual, expected))
        return;
    print_row();
    print_error("%s is ", what);
    print_bytes(actual);
    print_error(", expected ");
    print_bytes(expected);
    print_error("\n");
    _fail(file, line);
}

struct str
guard_copy(struct guard *guard, struct str bytes)
{
    assert(bytes.len <= GUARDED_BYTES_MAX);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t readable = (bytes.len + page - 1) / page * page;
    guard->size = readable + page;
    guard->pages =
        mmap(NULL, guard->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(guard->pages != MAP_FAILED);
    int result = mprotect(guard->pages + readable, page, PROT_NONE);
    assert(result == 0);
    char *copy = guard->pages + readable - bytes.len;
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    return (struct str){.ptr = copy, .len = bytes.len};
}

void
guard_free(struct guard *guard)
{
    int result = munmap(guard->pages, guard->size);
    assert(result == 0);
    *guard = (struct guard){.pages = NULL};
}

/* splitmix64 */
uint64_t
unit_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

size_t
unit_random_below(uint64_t *state, size_t bound)
{
    assert(bound > 0);
    return (size_t)(unit_random(state) % bound);
}

static _Noreturn void
run_in_child(void (*run)(void *argument), void *argument)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const struct rlimit no_core = {.rlim_cur = 0};
    bool is_silent = nowhere != -1 && dup2(nowhere, STDERR_FILENO) != -1 &&
                     setrlimit(RLIMIT_CORE, &no_core) == 0;
    if (is_silent) {
        (void)signal(SIGABRT, SIG_DFL); /* can't fail for this signal */
        run(argument);
    }
    _exit(0); /* alive: what the caller takes for "does not die" */
}

bool
unit_dies(void (*run)(void *argument), void *argument)
{
    (void)fflush(NULL); /* what is buffered is to be written once */
    pid_t child = fork();
    assert(child != -1);
    if (child == 0)
        run_in_child(run, argument);
    int status = 0;
    pid_t ended = waitpid(child, &status, 0);
    assert(ended == child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGABRT;
    return WEXITSTATUS(status) != 0;
}
