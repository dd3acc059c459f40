/* Channels that could not be restored; see channel_lost.h. */
#include "hub/channel_lost.h"

#include "base/alloc.h"
#include "hub/channel.h"
#include "hub/channel_row.h"
#include "hub/naming.h"
#include "wire/name.h"

static struct lost_channel *
find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->lost_channels, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct lost_channel, by_name);
}

static void
add(struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_is_kept_channel(name) || !name_fold(name, &folded) || find(hub, name) != NULL)
        return; /* one that no channel can have is nobody's to have */
    struct lost_channel *lost = cf_calloc_array(1, sizeof *lost);
    lost->folded = str_dup(folded_str(&folded));
    map_insert(&hub->lost_channels, &lost->by_name, lost->folded);
    naming_add(hub, &hub->channel_looks, lost->folded);
}

static void
forget(struct hub *hub, struct lost_channel *lost)
{
    map_remove(&hub->lost_channels, &lost->by_name);
    naming_remove(hub, &hub->channel_looks, lost->folded);
    str_free(&lost->folded);
    cf_free(lost);
}

void
channel_lost_add(struct hub *hub, struct str key, struct str value)
{
    add(hub, key);
    add(hub, channel_row_name(value));
}

void
channels_lost_restored(struct hub *hub)
{
    struct map_node *next;
    for (struct map_node *node = map_first(&hub->lost_channels); node != NULL; node = next) {
        struct lost_channel *lost = CONTAINER_OF(node, struct lost_channel, by_name);
        const struct channel *channel = channel_find(hub, lost->folded);
        next = map_next(node);
        if (channel != NULL && !channel->is_permanent) /* the lobby comes from no row */
            forget(hub, lost);
    }
}

bool
channel_is_lost(const struct hub *hub, struct str name)
{
    return find(hub, name) != NULL;
}

void
channels_lost_deinit(struct hub *hub)
{
    struct map_node *node;
    while ((node = map_first(&hub->lost_channels)) != NULL)
        forget(hub, CONTAINER_OF(node, struct lost_channel, by_name));
}
