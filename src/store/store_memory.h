#ifndef CONFAB_STORE_MEMORY_H
#define CONFAB_STORE_MEMORY_H

#include "store/store.h"

/*
 * A store in memory, for tests and simulation: the same answers as the one on disk, without disk.
 * A transaction that is rolled back leaves no trace. One thread. Free with store_free.
 */
struct store *store_memory_new(void);

/* From now on so many calls succeed, then so many fail with EIO, and all after them succeed. */
void store_memory_fail(struct store *store, uint64_t good_calls, uint64_t bad_calls);

#endif
