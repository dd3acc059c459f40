/* Channels that are closed; see purge.h. */
#include "hub/purge.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "hub/channel.h"
#include "hub/channel_row.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define VALUE_BYTES_MAX 2048

static struct purge *
find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->purges, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct purge, by_name);
}

const struct purge *
purge_find(const struct hub *hub, struct str name)
{
    return find(hub, name);
}

bool
purge_closes(const struct hub *hub, const struct channel *channel)
{
    return !channel->is_permanent && find(hub, channel->name) != NULL;
}

static void
free_purge(struct hub *hub, struct purge *purge)
{
    map_remove(&hub->purges, &purge->by_name);
    str_free(&purge->folded);
    str_free(&purge->name);
    str_free(&purge->reason);
    str_free(&purge->by);
    cf_free(purge);
}

/* NULL when there are too many. */
static struct purge *
add(struct hub *hub, struct str name, struct str reason, struct str by, int64_t set_ms)
{
    struct folded folded;
    bool folds = name_fold(name, &folded);
    assert(folds);
    assert(find(hub, name) == NULL);
    if (map_count(&hub->purges) >= LIMIT_PURGES)
        return NULL;
    struct purge *purge = cf_calloc_array(1, sizeof *purge);
    purge->folded = str_dup(folded_str(&folded));
    purge->name = str_dup(name);
    purge->reason = str_dup(reason);
    purge->by = str_dup(by);
    purge->set_ms = set_ms;
    map_insert(&hub->purges, &purge->by_name, purge->folded);
    return purge;
}

bool
purge_add(struct hub *hub, struct str name, struct str reason, struct str by)
{
    const struct purge *purge = add(hub, name, reason, by, hub->now_ms);
    if (purge == NULL)
        return false;
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_text(&value, purge->name);
    pack_text(&value, purge->reason);
    pack_text(&value, purge->by);
    pack_number(&value, (uint64_t)purge->set_ms);
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_PURGE, purge->folded, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&value);
    return true;
}

bool
purge_remove(struct hub *hub, struct str name)
{
    struct purge *purge = find(hub, name);
    if (purge == NULL)
        return false;
    struct record record = record_of_row_gone(ROW_PURGE, purge->folded);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    free_purge(hub, purge);
    return true;
}

bool
purge_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    struct str reason = unpack_text(&from);
    struct str by = unpack_text(&from);
    uint64_t set_ms = unpack_number(&from);
    return !from.is_bad && from.rest.len == 0 && form == FORM && name_is_channel(name) &&
           reason.len <= LIMIT_REASON_BYTES && by.len <= LIMIT_NICK_BYTES && set_ms <= INT64_MAX &&
           find(hub, name) == NULL && add(hub, name, reason, by, (int64_t)set_ms) != NULL;
}

void
purges_restored(struct hub *hub)
{
    for (struct map_node *node = map_first(&hub->purges); node != NULL; node = map_next(node)) {
        struct channel *channel =
            channel_find(hub, CONTAINER_OF(node, struct purge, by_name)->name);
        if (channel == NULL || channel->is_permanent || channel->member_count == 0)
            continue;
        channel->slept_ms = hub->now_ms; /* it stays without them */
        channel_row_change(hub, channel);
        while (channel->member_count > 0)
            channel_remove_member(
                hub, channel, CONTAINER_OF(channel->members.next, struct member, in_channel)->user);
    }
}

void
purges_deinit(struct hub *hub)
{
    struct map_node *node;
    while ((node = map_first(&hub->purges)) != NULL)
        free_purge(hub, CONTAINER_OF(node, struct purge, by_name));
}
