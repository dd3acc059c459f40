/* Rows beyond a limit; see row_limit.h. */
#include "hub/row_limit.h"

#include "base/pack.h"
#include "hub/channel.h"
#include "hub/invite_link.h"
#include "hub/row.h"
#include "hub/row_layout.h"
#include "hub/state.h"

static uint32_t
link_limit(const struct hub *hub, struct str value)
{
    const struct row_layout *layout = row_layout_of(ROW_INVITE);
    if (!row_layout_fits(layout, value))
        return 0;
    struct unpack from = UNPACK(value);
    (void)unpack_number(&from); /* the form */
    (void)unpack_number(&from); /* its own */
    const struct channel *channel = channel_find(hub, unpack_text(&from));
    return channel == NULL ? 0 : invite_link_limit(hub, channel);
}

uint32_t
row_limit_reached(const struct hub *hub, uint32_t row, struct str value)
{
    switch (row) {
    case ROW_INVITE:
        return link_limit(hub, value);
    case ROW_SERVER_BAN:
        return hub->server_ban_count >= LIMIT_SERVER_BANS ? LIMIT_SERVER_BANS : 0;
    case ROW_PURGE:
        return map_count(&hub->purges) >= LIMIT_PURGES ? LIMIT_PURGES : 0;
    default:
        return 0;
    }
}
