#ifndef CONFAB_NEAREST_H
#define CONFAB_NEAREST_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>

/*
 * What was meant by a mistyped word: the name that the fewest changes lead to. A change is a letter
 * put in, left out, replaced or swapped with its neighbour (optimal string alignment); ASCII case
 * does not count. Pure, any thread.
 */

/*
 * The nearest of the names, the first one of equals; STR_NONE when all are so far away that it
 * would be a guess, or word is longer than 64 bytes.
 */
struct str nearest_name(struct str word, const struct str *names, size_t count);

#endif
