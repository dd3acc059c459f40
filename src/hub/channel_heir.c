/* Heirs of channels; see channel_heir.h. */
#include "hub/channel_heir.h"

#include "base/list.h"

void
channel_set_heir(struct hub *hub, struct channel *channel, struct str account)
{
    if (channel->heir.len > 0)
        list_remove(&channel->in_offered);
    str_replace(&channel->heir, account);
    if (account.len > 0)
        list_append(&hub->offered_channels, &channel->in_offered);
}

struct channel *
channel_next_of_heir(const struct hub *hub, struct str account, const struct channel *channel)
{
    struct list *node = channel == NULL ? hub->offered_channels.next : channel->in_offered.next;
    for (; node != &hub->offered_channels; node = node->next) {
        struct channel *offered = CONTAINER_OF(node, struct channel, in_offered);
        if (str_equal(offered->heir, account))
            return offered;
    }
    return NULL;
}
