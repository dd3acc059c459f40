#ifndef CONFAB_ATTR_H
#define CONFAB_ATTR_H

#include <stddef.h>

/*
 * Compiler attributes under names of our own, and the few macros that a function can't replace.
 */

#define CF_NODISCARD __attribute__((warn_unused_result))
#define CF_PRINTF(format_index, first_argument) \
    __attribute__((format(printf, format_index, first_argument)))
#define CF_FORMAT_ARG(index) __attribute__((format_arg(index)))
#define CF_UNUSED            __attribute__((unused))

/* Lock annotations: clang checks them with -Wthread-safety, gcc ignores them. */
#if defined(__clang__)
#define CF_CAPABILITY(name)          __attribute__((capability(name)))
#define CF_REQUIRES(...)             __attribute__((requires_capability(__VA_ARGS__)))
#define CF_ACQUIRE(...)              __attribute__((acquire_capability(__VA_ARGS__)))
#define CF_RELEASE(...)              __attribute__((release_capability(__VA_ARGS__)))
#define CF_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define CF_CAPABILITY(name)
#define CF_REQUIRES(...)
#define CF_ACQUIRE(...)
#define CF_RELEASE(...)
#define CF_NO_THREAD_SAFETY_ANALYSIS
#endif

/* Says which lock guards a field. For readers: in C, clang 14 can't name a sibling field here. */
#define CF_GUARDED_BY(lock)

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that holds `member`, from a pointer to the member. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* For what only our own bug can make reachable. Prints why and aborts. */
#define cf_unreachable(why) cf_unreachable_at(__FILE__, __LINE__, why)
_Noreturn void cf_unreachable_at(const char *file, int line, const char *why);

#endif
