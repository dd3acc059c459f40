#ifndef CONFAB_ADMISSION_H
#define CONFAB_ADMISSION_H

#include "base/list.h"
#include "base/map.h"
#include "base/mutex.h"
#include "net/settings.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Who may connect: counts connections in all, by address (IPv6 by /64) and by network (/24, IPv6
 * by /48), and how many an address has begun of late. Any thread.
 */
struct admission {
    struct cf_mutex mutex;
    struct map counts CF_GUARDED_BY(mutex); /* of addresses and networks */
    struct list
        recent CF_GUARDED_BY(mutex); /* counts with connections begun of late, oldest first */
    uint32_t total CF_GUARDED_BY(mutex);
};

enum admission_result {
    ADMISSION_OK,           /* counted: give it back with admission_release */
    ADMISSION_SERVER_FULL,  /* connections_max */
    ADMISSION_ADDRESS_FULL, /* connections_per_address */
    ADMISSION_NETWORK_FULL, /* connections_per_network */
    ADMISSION_TOO_FAST,     /* connects_per_address within connects_window_ms */
};

void admission_init(struct admission *admission);
void admission_deinit(struct admission *admission);

/*
 * Asks for one connection more. Exempt from all limits but connections_max are the blocks in
 * settings, Unix sockets, and proxies: is_proxy says that the address is not who it is for.
 */
CF_NODISCARD enum admission_result admission_ask(struct admission *admission,
                                                 const struct net_settings *settings,
                                                 const struct address *address, bool is_proxy,
                                                 int64_t now_ms);

/*
 * It has turned out where an admitted connection really comes from. When that is refused, it still
 * counts for `from`.
 */
CF_NODISCARD enum admission_result admission_move(struct admission *admission,
                                                  const struct net_settings *settings,
                                                  const struct address *from,
                                                  const struct address *to, int64_t now_ms);

/* A connection that was admitted has ended; address: the same as then. */
void admission_release(struct admission *admission, const struct address *address);

/* What a client that was refused is told; not for ADMISSION_OK. Static. */
const char *admission_reason(enum admission_result result);

/* How many connections there are now. */
uint32_t admission_total(struct admission *admission);

#endif
