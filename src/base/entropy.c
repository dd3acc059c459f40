/* Random bytes; see entropy.h. */
#include "base/entropy.h"

#include <errno.h>
#include <sodium/core.h>
#include <sodium/randombytes.h>

int
entropy_init(void)
{
    return sodium_init() < 0 ? -EIO : 0;
}

void
entropy_fill(void *out, size_t len)
{
    randombytes_buf(out, len);
}

uint64_t
entropy_u64(void)
{
    static _Thread_local uint64_t drawn[64];
    static _Thread_local size_t left;
    if (left == 0) {
        randombytes_buf(drawn, sizeof drawn);
        left = sizeof drawn / sizeof drawn[0];
    }
    left--;
    uint64_t value = drawn[left];
    drawn[left] = 0; /* used once, kept nowhere */
    return value;
}
