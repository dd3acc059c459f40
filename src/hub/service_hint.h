#ifndef CONFAB_HUB_SERVICE_HINT_H
#define CONFAB_HUB_SERVICE_HINT_H

#include "base/str.h"

/*
 * What people know from the services of other servers and is called or done otherwise here: the
 * answer to such a command, and a table of docs/services.md (tools/services reads the rows).
 */

/* NULL when there is nothing to say of a command of that name. */
const struct str *service_hint_find(struct str service, struct str name);

#endif
