#ifndef CONFAB_SETTINGS_H
#define CONFAB_SETTINGS_H

#include "base/limits.h"
#include "base/str.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_EXEMPT_MAX 32

/*
 * What the workers are told by the configuration. A value; each worker keeps its own copy, renewed
 * by ORDER_CONFIGURE. The one string is the server's name, which never changes.
 */
struct net_settings {
    struct str server_name;   /* lives as long as the process */
    int64_t ping_interval_ms; /* silence after which a client is asked */
    int64_t ping_timeout_ms;  /* and how long it may take to answer */
    int64_t registration_timeout_ms;
    int64_t handshake_timeout_ms; /* of TLS; counts from connecting, like the one before */
    uint32_t input_burst;         /* lines that may come at once */
    uint32_t input_rate;          /* lines a second after that; 0: no limit */
    size_t input_queue_bytes;     /* waiting for their turn; above: not read on */
    size_t output_queue_bytes;    /* not taken by a slow reader; above: disconnect */
    uint32_t connections_per_address;
    uint32_t connections_max;
    bool has_io_uring; /* writes may go through it; for workers that start from now on */
    uint32_t connections_per_network;
    uint32_t connects_per_address; /* begun within connects_window_ms */
    int64_t connects_window_ms;
    struct address_block exempt[SETTINGS_EXEMPT_MAX]; /* from all of these but connections_max */
    size_t exempt_count;
    struct address_block proxies[SETTINGS_EXEMPT_MAX]; /* believed at listeners for proxies */
    size_t proxy_count;
};

#endif
