#ifndef CONFAB_NETWORK_RATE_H
#define CONFAB_NETWORK_RATE_H

#include "hub/state.h"
#include "wire/address.h"

/*
 * How often it may be done from one network - an IPv4 address, or a /64 block of IPv6 addresses -
 * what everybody may do, also without an account or before registration, and what costs others:
 * accounts (each a hash of a password, and a row for ever) and letters (hub_config.network_rates).
 * This machine and operators of the server are exempt. The last LIMIT_NETWORK_RATES networks that
 * have used any of it are remembered; the one goes first whose buckets are full again first, all
 * of them together, so that no network pushes out what it has used up itself. Part of the hub's
 * state, guarded by its lock.
 */
struct network_rate {
    struct address network;
    bool is_used;
    int64_t full_us[NETWORK_RATE_COUNT]; /* as of rate_take */
};

/* Takes one from the bucket of the session's network: 0, or for how many milliseconds to wait, and
 * nothing has been taken. */
int64_t network_rate_wait_ms(struct call *call, enum network_rate_kind kind);

/* For how many milliseconds it would have to wait; nothing is taken. */
int64_t network_rate_ask_ms(const struct call *call, enum network_rate_kind kind);

/* Frees all, as the hub ends. */
void network_rates_deinit(struct hub *hub);

#endif
