#ifndef CONFAB_TESTS_UNIT_H
#define CONFAB_TESTS_UNIT_H

#include "base/attr.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * What all unit tests use: checks that say which row of a table has failed, input that ends right
 * before memory that can't be read, random numbers that are the same in each run, and a look at
 * whether something aborts. One thread: a thread that a test starts uses none of this.
 */

/* TEST(str_cut_takes_what_stands_before_the_separator) { ... } */
#define TEST(name) static void name(void **state CF_UNUSED)

/*
 * Walks the rows of a table, and remembers which row is under test:
 *     for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
 */
bool unit_row(size_t index, size_t count);

/* Fail the test, with the row and both values. */
#define CHECK(condition)                               \
    do {                                               \
        if (!(condition))                              \
            unit_fail(#condition, __FILE__, __LINE__); \
    } while (0)
#define CHECK_U64(actual, expected) \
    unit_check_u64((uint64_t)(actual), (uint64_t)(expected), #actual, __FILE__, __LINE__)
#define CHECK_I64(actual, expected) \
    unit_check_i64((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
#define CHECK_STR(actual, expected) \
    unit_check_str((actual), (expected), #actual, __FILE__, __LINE__)

_Noreturn void unit_fail(const char *what, const char *file, int line);
void unit_check_u64(uint64_t actual, uint64_t expected, const char *what, const char *file,
                    int line);
void unit_check_i64(int64_t actual, int64_t expected, const char *what, const char *file, int line);
void unit_check_str(struct str actual, struct str expected, const char *what, const char *file,
                    int line);

/* Memory of which the byte behind the last one can't be read. */
struct guard {
    char *pages;
    size_t size;
};

/* A copy of bytes, at most 64 KiB, that ends at the guard. Free with guard_free. */
struct str guard_copy(struct guard *guard, struct str bytes);
void guard_free(struct guard *guard);

/* The next number of a sequence that starts at *state. */
uint64_t unit_random(uint64_t *state);

/* One of 0..bound - 1. bound: 1 or more. */
size_t unit_random_below(uint64_t *state, size_t bound);

/*
 * Whether run(argument) ends the process with a failed assertion, an abort or a sanitizer's
 * report. It runs in a child, which is silent.
 */
bool unit_dies(void (*run)(void *argument), void *argument);

#endif
