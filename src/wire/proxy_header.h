#ifndef CONFAB_PROXY_HEADER_H
#define CONFAB_PROXY_HEADER_H

#include "base/attr.h"
#include "base/str.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The header with which a proxy says for whom it connects: version 1 (a line of text) and
 * version 2 (binary) of the PROXY protocol of HAProxy. Pure: no I/O, no allocation, any thread.
 * Spec: haproxy's doc/proxy-protocol.txt, 2.1 and 2.2. Checksums (2.2.3, optional) are not checked.
 */
enum proxy_result {
    PROXY_OK,
    PROXY_MORE,          /* so far it may be one */
    PROXY_ERR_NOT_PROXY, /* it begins as something else */
    PROXY_ERR_INVALID,   /* it is one, and is wrong */
    PROXY_ERR_TOO_LONG,  /* LIMIT_PROXY_HEADER_BYTES */
};

struct proxy_header {
    size_t len;            /* of the header: what is behind it is the client's */
    bool is_local;         /* the proxy speaks for itself, or does not know for whom */
    struct address source; /* of the client, unless is_local */
    uint16_t source_port;  /* 0 for a Unix socket */
    bool is_secure;        /* the client speaks TLS with the proxy; version 2 only */
};

/* bytes: all that has come so far. header_out is written with PROXY_OK only. */
CF_NODISCARD enum proxy_result proxy_header_parse(struct str bytes,
                                                  struct proxy_header *header_out);

#endif
