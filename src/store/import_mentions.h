#ifndef CONFAB_IMPORT_MENTIONS_H
#define CONFAB_IMPORT_MENTIONS_H

#include "base/attr.h"
#include "base/err.h"
#include "store/line.h"

/*
 * What the line of a row mentions must be there before it: the account or channel that it is about,
 * and the accounts that a channel gives something. Whoever registered such a name later would get
 * that.
 */
struct hub;

/* hub: with all rows so far. 0, or -EINVAL with the reason. The thread that owns the hub. */
CF_NODISCARD int import_mentions_check(const struct hub *hub, const struct line *line,
                                       struct cf_err *err);

#endif
