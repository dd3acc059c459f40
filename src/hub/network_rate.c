/* Limits for networks; see network_rate.h. */
#include "hub/network_rate.h"

#include "base/alloc.h"
#include "hub/rate.h"
#include "hub/user.h"

#include <string.h>

/* False for those that are exempt. */
static bool
network_of(const struct call *call, struct address *network_out)
{
    struct address_block block;
    if (call->user != NULL && user_is_operator(call->user))
        return false;
    if (!address_block_parse(call->session->address, &block) || address_is_loopback(&block.base))
        return false;
    *network_out = address_key(&block.base);
    return true;
}

/* That of the network, or in its place the one that is missed the least. */
static struct network_rate *
bucket_of(struct hub *hub, const struct address *network, enum network_rate_kind kind)
{
    if (hub->network_rates == NULL)
        hub->network_rates = cf_calloc_array(LIMIT_NETWORK_RATES, sizeof *hub->network_rates);
    struct network_rate *least = &hub->network_rates[0];
    for (size_t i = 0; i < LIMIT_NETWORK_RATES; i++) {
        struct network_rate *rate = &hub->network_rates[i];
        if (rate->full_us != 0 && rate->kind == kind &&
            memcmp(&rate->network, network, sizeof *network) == 0)
            return rate;
        if (rate->full_us < least->full_us)
            least = rate;
    }
    *least = (struct network_rate){.network = *network, .kind = kind};
    return least;
}

int64_t
network_rate_wait_ms(struct call *call, enum network_rate_kind kind)
{
    struct hub *hub = call->hub;
    const struct hub_rate *limit = &hub->config->network_rates[kind];
    struct address network;
    if (limit->count == 0 || !network_of(call, &network))
        return 0;
    return rate_take(hub->now_ms, &bucket_of(hub, &network, kind)->full_us, limit, 1);
}

void
network_rates_deinit(struct hub *hub)
{
    cf_free(hub->network_rates);
    hub->network_rates = NULL;
}
