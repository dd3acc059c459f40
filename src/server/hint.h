#ifndef CONFAB_HINT_H
#define CONFAB_HINT_H

#include "base/buf.h"
#include "net/listener.h"

/*
 * What to type on this machine to talk to a listener, for the greeting of `confab serve`. Each is
 * a command that works as it stands, so it names this program as it was called.
 */

/* Appends the commands, "   or: " between them. program: how `confab` is called here. */
void hint_put(struct buf *out, const struct listener *listener, const char *program);

#endif
