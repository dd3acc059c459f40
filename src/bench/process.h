#ifndef CONFAB_PROCESS_H
#define CONFAB_PROCESS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the kernel has counted for a process, from /proc. Differences of two readings are what a
 * measurement reports.
 */
struct process_usage {
    int64_t cpu_ns;          /* of all its threads, from schedstat */
    int64_t user_ns;         /* of these, outside the kernel: in steps of 10 ms */
    int64_t system_ns;       /* and inside */
    uint64_t switches;       /* context switches, voluntary and not */
    uint64_t private_bytes;  /* user-space memory that is its own: Private_Dirty */
    uint64_t resident_bytes; /* VmRSS */
    uint32_t threads;
};

/* False when there is no such process (any more). */
CF_NODISCARD bool process_read(pid_t pid, struct process_usage *usage_out);

/* Of these, the CPU time of its threads of that name; 0 when there are none. */
int64_t process_thread_cpu_ns(pid_t pid, const char *name);

#endif
