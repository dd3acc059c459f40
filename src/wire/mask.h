#ifndef CONFAB_MASK_H
#define CONFAB_MASK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Masks such as *!*@*.example.org: '*' stands for any run of characters, '?' for one character.
 * Pure, any thread. Spec: RFC 2812 2.5.
 * SPEC: it lets a backslash take the meaning from the character behind it. Nicks may hold
 * backslashes, and hardly a server or client does that: there is no escaping.
 */

/*
 * Both in folded form (name_fold), so that case does not matter. Time is bounded by the product
 * of the lengths: there is no mask on which it explodes.
 */
bool mask_matches(struct str mask, struct str text);

/*
 * Appends mask completed to nick!user@host: "bob" becomes "bob!*@*", "*.org" "*!*@*.org",
 * "bob!b" "bob!b@*", "b@h" "*!b@h"; runs of '*' become one.
 */
void mask_put_complete(struct buf *out, struct str mask);

bool mask_has_wildcards(struct str mask);

#endif
