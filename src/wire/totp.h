#ifndef CONFAB_TOTP_H
#define CONFAB_TOTP_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One-time codes by time, as authenticator apps show them: six digits, another each 30 seconds, of
 * a key that both know. Pure; any thread. By liboath. Spec: RFC 6238, RFC 4226.
 */
#define TOTP_KEY_BYTES 20
#define TOTP_DIGITS    6
#define TOTP_STEP_MS   30000

/*
 * Whether it is the code of the moment, or of the step before or behind it: clocks differ. Of steps
 * up to after_step none is taken, so that a code counts once. *step_out: which it was.
 */
CF_NODISCARD bool totp_matches(const unsigned char key[TOTP_KEY_BYTES], struct str code,
                               int64_t wall_ms, uint64_t after_step, uint64_t *step_out);

/* Appends the key as people type it, in base 32. */
void totp_put_key(struct buf *out, const unsigned char key[TOTP_KEY_BYTES]);

/* Appends "otpauth://totp/...", which apps take as a link or as a QR code. */
void totp_put_uri(struct buf *out, const unsigned char key[TOTP_KEY_BYTES], struct str issuer,
                  struct str account);

#endif
