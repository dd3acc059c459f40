#ifndef CONFAB_PACK_H
#define CONFAB_PACK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Values as few bytes, for what is kept on disk: numbers of seven bits a byte, lowest first, the
 * last one without the high bit; texts behind their length. Who packs and who unpacks agree on the
 * order. Pure; any thread.
 */

/* 1 to 10 bytes. */
void pack_number(struct buf *out, uint64_t number);

/* The number of its bytes, and these. */
void pack_text(struct buf *out, struct str text);

/*
 * Takes packed values apart again. What is not there or can't be right is 0 or empty and sets
 * is_bad, so that a reader looks once, at the end.
 */
struct unpack {
    struct str rest; /* borrowed: texts that are taken point into it */
    bool is_bad;
};

#define UNPACK(bytes) ((struct unpack){.rest = (bytes)})

/* Take one value. */
uint64_t unpack_number(struct unpack *from);
struct str unpack_text(struct unpack *from);

/* All that is left. */
struct str unpack_rest(struct unpack *from);

#endif
