#ifndef CONFAB_TESTS_FUZZ_H
#define CONFAB_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What libFuzzer calls, and what replay.c calls for each file of a corpus. Always returns 0; a
 * property that does not hold aborts.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
