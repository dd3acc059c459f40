#ifndef CONFAB_ENTROPY_H
#define CONFAB_ENTROPY_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The only place that draws random bytes (libsodium). Never used by the hub: entropy comes in to
 * it with each line. Any thread after entropy_init.
 */

/* Once at start, before threads. 0 or -EIO when the system has no randomness to give. */
CF_NODISCARD int entropy_init(void);

/* Straight from the library: for keys and secrets. */
void entropy_fill(void *out, size_t len);

/* Drawn in advance by the hundred, for each thread: cheap enough for every line. */
uint64_t entropy_u64(void);

#endif
