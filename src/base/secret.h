#ifndef CONFAB_SECRET_H
#define CONFAB_SECRET_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

/* Whether a text is the secret, in a time that does not tell how much of it is. Pure; any
 * thread. */
CF_NODISCARD bool secret_equal(struct str text, struct str secret);

#define SECRET_TEXT_LEN     23
#define SECRET_RANDOM_BYTES 20

/*
 * A secret for a person to type: four groups of five characters of base 32, 100 bits. Writes
 * SECRET_TEXT_LEN bytes, no NUL. random: fresh.
 */
void secret_to_text(const unsigned char random[SECRET_RANDOM_BYTES], char out[SECRET_TEXT_LEN]);

#endif
