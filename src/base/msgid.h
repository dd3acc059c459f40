#ifndef CONFAB_MSGID_H
#define CONFAB_MSGID_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Message ids. One 64-bit number, 63 bits used so that it is positive in SQL:
 *     42 bits milliseconds since 2026-01-01 UTC | 7 bits node | 14 bits counter
 * Ids of one node rise strictly: when more than 16384 are made in one millisecond (or the clock
 * steps back) the time part runs ahead. So id order, time order and history order are the same.
 * The time part ends in the year 2165, and stands still after that.
 * On the wire: 13 characters of base 32 (Crockford, lower case), whose byte order is id order.
 */

#define MSGID_EPOCH_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define MSGID_TEXT_LEN 13
#define MSGID_NODE_MAX 127

/* The id after `last` (0 for the first) at wall_ms on `node` (0..MSGID_NODE_MAX). */
uint64_t msgid_next(uint64_t last, int64_t wall_ms, uint32_t node);

/* The lowest id of that wall time; 0 for times before the epoch. */
uint64_t msgid_first_at(int64_t wall_ms);

/* Wall time in the id. */
int64_t msgid_wall_ms(uint64_t id);

/* Writes MSGID_TEXT_LEN bytes, no NUL. */
void msgid_to_text(uint64_t id, char out[MSGID_TEXT_LEN]);

/* False when text is no message id. */
CF_NODISCARD bool msgid_from_text(struct str text, uint64_t *id_out);

#endif
