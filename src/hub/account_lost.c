/* Accounts that could not be restored; see account_lost.h. */
#include "hub/account_lost.h"

#include "base/alloc.h"
#include "hub/account.h"
#include "hub/account_row.h"
#include "hub/channel_access.h"
#include "hub/naming.h"
#include "wire/name.h"

static struct lost_name *
find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->lost_names, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct lost_name, by_name);
}

static void
add(struct hub *hub, struct str name)
{
    struct folded folded;
    if (name.len == 0 || !name_fold(name, &folded) || find(hub, name) != NULL)
        return; /* one that does not fold is nobody's to have */
    struct lost_name *lost = cf_calloc_array(1, sizeof *lost);
    lost->folded = str_dup(folded_str(&folded));
    map_insert(&hub->lost_names, &lost->by_name, lost->folded);
    naming_add(hub, &hub->account_looks, lost->folded);
}

void
account_lost_add(struct hub *hub, struct str key, struct str value)
{
    struct account_row_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_row_list_names(value, names);
    add(hub, key);
    for (size_t i = 0; i < count; i++)
        add(hub, folded_str(&names[i].name));
}

void
account_lost_restored(struct hub *hub)
{
    if (map_count(&hub->lost_names) == 0)
        return;
    uint32_t cursor = 0;
    const struct channel *channel;
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL) {
        if (account_find(hub, channel->founder) == NULL)
            add(hub, channel->founder);
        if (account_find(hub, channel->heir) == NULL)
            add(hub, channel->heir);
        for (size_t i = 0; i < channel->access_count; i++) {
            if (account_find(hub, channel->access[i].account) == NULL)
                add(hub, channel->access[i].account);
        }
    }
}

bool
account_is_lost(const struct hub *hub, struct str name)
{
    return find(hub, name) != NULL && account_find(hub, name) == NULL;
}

void
account_lost_deinit(struct hub *hub)
{
    struct map_node *node;
    while ((node = map_first(&hub->lost_names)) != NULL) {
        struct lost_name *lost = CONTAINER_OF(node, struct lost_name, by_name);
        map_remove(&hub->lost_names, node);
        naming_remove(hub, &hub->account_looks, lost->folded);
        str_free(&lost->folded);
        cf_free(lost);
    }
}
