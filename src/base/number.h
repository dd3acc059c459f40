#ifndef CONFAB_NUMBER_H
#define CONFAB_NUMBER_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers in text, checked. Pure functions, any thread. Nothing is written on failure.
 */

/* Decimal digits only, no sign, at most `max`. */
CF_NODISCARD bool number_parse_u64(struct str text, uint64_t max, uint64_t *out);

/* "90s", "5m", "2h", "7d", "250ms", "0"; a number without unit counts seconds. At most max_ms. */
CF_NODISCARD bool number_parse_duration_ms(struct str text, int64_t max_ms, int64_t *out);

/* "512", "64KiB", "1MiB", "2GiB" (also k, M, G as powers of 1024). At most max. */
CF_NODISCARD bool number_parse_size(struct str text, uint64_t max, uint64_t *out);

/* Narrowing with the range asserted. */
uint32_t u32_from_size(size_t value);
uint16_t u16_from_size(size_t value);

#endif
