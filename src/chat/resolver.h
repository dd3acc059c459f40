#ifndef CONFAB_CHAT_RESOLVER_H
#define CONFAB_CHAT_RESOLVER_H

#include "base/attr.h"
#include "base/err.h"

#include <netdb.h>

/*
 * Looking up a host's addresses without blocking: getaddrinfo on a thread of its own, since it can
 * wait for a name server as long as that likes. The thread can't be stopped: it is joined once its
 * answer is there. When nobody wants that any more, the thread is left to itself, and throws it
 * away.
 *
 * One owner thread.
 */
struct resolver;

/* host, port: NUL-terminated, copied. NULL with err set when there is no thread to be had. */
CF_NODISCARD struct resolver *resolver_start(const char *host, const char *port,
                                             struct cf_err *err);

/* Readable when the answer is there. */
int resolver_fd(const struct resolver *resolver);

/*
 * Once resolver_fd is readable: 0 and the addresses, for freeaddrinfo, or -ENOENT with the reason
 * in err.
 */
CF_NODISCARD int resolver_take(struct resolver *resolver, struct addrinfo **addresses_out,
                               struct cf_err *err);

/* Also while it is at work. Sets *resolver to NULL. */
void resolver_free(struct resolver **resolver);

#endif
