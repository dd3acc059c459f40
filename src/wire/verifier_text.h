#ifndef CONFAB_VERIFIER_TEXT_H
#define CONFAB_VERIFIER_TEXT_H

#include "base/attr.h"
#include "base/buf.h"
#include "wire/scram.h"

#include <stdbool.h>

/*
 * Verifiers of SCRAM-SHA-256 as text: "SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>". A
 * password that is sent can be compared with one when there is no hash of it, as for accounts that
 * come from another server. Pure, any thread. Spec: RFC 5803.
 */
#define VERIFIER_TEXT_BYTES_MAX 256

/* verifier: of SCRAM_SHA_256, with iterations. */
void verifier_text_put(struct buf *out, const struct scram_verifier *verifier);

/* Whether a text is meant to be one. */
bool verifier_text_is_one(struct str text);

/* Slow on purpose: never on a worker. False for a text that is none, too. */
CF_NODISCARD bool verifier_text_matches(struct str text, struct str password);

#endif
