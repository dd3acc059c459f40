#ifndef CONFAB_LISTENER_H
#define CONFAB_LISTENER_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "net/door.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Sockets that connections come in at. Opened by the server before the workers start, then owned
 * by the worker that accepts.
 */
struct listen_spec {
    const struct door *door;
    struct str host; /* an address, a name, "*" for all; empty for a Unix socket */
    uint16_t port;   /* 0: any free one, then in listener.port */
    struct str path; /* of a Unix socket; empty for TCP */
    bool is_tls;
    bool has_proxy; /* connections begin with the header of a proxy */
};

struct listener {
    int fd;
    const struct door *door;
    uint16_t port;
    bool is_unix;
    bool is_tls;
    bool has_proxy;
    char text[128]; /* "[::]:6667", "127.0.0.1:6667", or the path, for people */
    char path[108]; /* removed when it is closed; empty for TCP */
};

/*
 * Opens one listener for the spec; "*" means IPv6 and IPv4 together where the machine has IPv6.
 * A Unix socket that nobody listens on any more is replaced. -errno with the reason in err.
 */
CF_NODISCARD int listener_open(const struct listen_spec *spec, struct listener *listener_out,
                               struct cf_err *err);

/* Also removes the file of a Unix socket. */
void listener_close(struct listener *listener);

#endif
