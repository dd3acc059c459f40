#ifndef CONFAB_LISTEN_URL_H
#define CONFAB_LISTEN_URL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Addresses to listen on, as people write them:
 *     irc://HOST:6667   plain://127.0.0.1:21567   ircs://[::1]:6697   irc+unix:confab.sock
 * The part before the address says which door is behind it, and whether it is reached by TLS
 * (ircs, plains); ?proxy at the end, that a proxy stands before it. Pure, any thread.
 */
enum config_door {
    CONFIG_DOOR_IRC,
    CONFIG_DOOR_PLAIN,
};

struct config_listen {
    enum config_door door;
    struct str host; /* without brackets; "*" for all addresses; empty for a Unix socket */
    uint16_t port;   /* 0: any free one */
    struct str path; /* absolute, or relative to the data folder; empty for TCP */
    bool is_tls;
    bool has_proxy; /* "?proxy": connections begin with the header of a proxy */
};

/* Bytes of the path of a Unix socket: what the system's sockaddr_un has room for. */
#define LISTEN_PATH_BYTES_MAX 107

/*
 * Without a port, the usual one of the door is meant. The result borrows from url. On failure
 * appends to why what is wrong and what to write instead.
 */
CF_NODISCARD bool listen_url_parse(struct str url, struct config_listen *listen_out,
                                   struct buf *why);

/* Appends the URL. */
void listen_url_put(struct buf *out, const struct config_listen *listen);

/* Whether the system would refuse the second of them: the same path, or port of an address. */
bool listen_url_collides(const struct config_listen *a, const struct config_listen *b);

#endif
