#ifndef CONFAB_BASE64_H
#define CONFAB_BASE64_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Base64 with padding (RFC 4648 4), and the one for URLs without it (RFC 4648 5), through
 * libsodium. Pure, any thread.
 */

/* Appends the text of the bytes. What does not fit is cut off. */
void base64_put(struct buf *out, struct str bytes);

/*
 * Appends the bytes of the text. Strict: false, and nothing is appended, for anything that is no
 * whole base64, or when there is no room.
 */
CF_NODISCARD bool base64_take(struct buf *out, struct str text);

/* The same for base64 for URLs: RFC 7515 2, "Base64url Encoding". */
CF_NODISCARD bool base64_take_url(struct buf *out, struct str text);

#endif
