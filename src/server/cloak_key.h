#ifndef CONFAB_CLOAK_KEY_H
#define CONFAB_CLOAK_KEY_H

#include "base/err.h"
#include "server/config.h"

/*
 * The key of cloaks: made of cloaks.secret, or else of a secret in the data folder, which is
 * made at the first start. Bans of cloaks match as long as it stays the same. Main thread; the data
 * folder must be there.
 */

/* What that secret is called. */
#define CLOAK_SECRET_FILE "cloak.secret"

/* Sets config->hub.cloak_key. 0, or an error with its reason. */
CF_NODISCARD int cloak_key_load(struct config *config, struct cf_err *err);

#endif
