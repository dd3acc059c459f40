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

static struct network_rate *
find(const struct hub *hub, const struct address *network)
{
    for (size_t i = 0; hub->network_rates != NULL && i < LIMIT_NETWORK_RATES; i++) {
        struct network_rate *rate = &hub->network_rates[i];
        if (rate->is_used && memcmp(&rate->network, network, sizeof *network) == 0)
            return rate;
    }
    return NULL;
}

/* When all that was taken from the network is there again. */
static int64_t
full_at_us(const struct network_rate *rate)
{
    int64_t full_us = rate->is_used ? rate->full_us[0] : INT64_MIN;
    for (size_t i = 1; rate->is_used && i < NETWORK_RATE_COUNT; i++)
        full_us = rate->full_us[i] > full_us ? rate->full_us[i] : full_us;
    return full_us;
}

/* In the place of the one that is missed the least. */
static struct network_rate *
add(struct hub *hub, const struct address *network)
{
    if (hub->network_rates == NULL)
        hub->network_rates = cf_calloc_array(LIMIT_NETWORK_RATES, sizeof *hub->network_rates);
    struct network_rate *least = &hub->network_rates[0];
    for (size_t i = 1; i < LIMIT_NETWORK_RATES; i++) {
        if (full_at_us(&hub->network_rates[i]) < full_at_us(least))
            least = &hub->network_rates[i];
    }
    *least = (struct network_rate){.network = *network, .is_used = true};
    return least;
}

int64_t
network_rate_ask_ms(const struct call *call, enum network_rate_kind kind)
{
    const struct hub *hub = call->hub;
    struct address network;
    if (!network_of(call, &network))
        return 0;
    const struct network_rate *rate = find(hub, &network);
    int64_t full_us = rate == NULL ? 0 : rate->full_us[kind];
    return rate_take(hub->now_ms, &full_us, &hub->config->network_rates[kind], 1);
}

int64_t
network_rate_wait_ms(struct call *call, enum network_rate_kind kind)
{
    struct hub *hub = call->hub;
    const struct hub_rate *limit = &hub->config->network_rates[kind];
    struct address network;
    if (limit->count == 0 || !network_of(call, &network))
        return 0;
    struct network_rate *rate = find(hub, &network);
    if (rate == NULL)
        rate = add(hub, &network);
    return rate_take(hub->now_ms, &rate->full_us[kind], limit, 1);
}

void
network_rates_deinit(struct hub *hub)
{
    cf_free(hub->network_rates);
    hub->network_rates = NULL;
}
