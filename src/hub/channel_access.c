/* Ranks of accounts in channels; see channel_access.h. */
#include "hub/channel_access.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static struct access_entry *
find(const struct channel *channel, struct str account)
{
    for (size_t i = 0; i < channel->access_count; i++) {
        if (str_equal(channel->access[i].account, account))
            return &channel->access[i];
    }
    return NULL;
}

uint32_t
access_ranks(const struct channel *channel, struct str account)
{
    if (account.len == 0)
        return 0;
    const struct access_entry *entry = find(channel, account);
    return entry == NULL ? 0 : entry->ranks;
}

static void
remove_entry(struct channel *channel, struct access_entry *entry)
{
    str_free(&entry->account);
    channel->access_count--;
    struct access_entry *last = &channel->access[channel->access_count];
    memmove(entry, entry + 1, (size_t)(last - entry) * sizeof *entry);
}

bool
access_rename(struct channel *channel, struct str old, struct str account)
{
    struct access_entry *entry = find(channel, old);
    if (entry != NULL)
        str_replace(&entry->account, account);
    return entry != NULL;
}

bool
access_set(struct channel *channel, struct str account, uint32_t ranks)
{
    assert(account.len > 0);
    struct access_entry *entry = find(channel, account);
    if (ranks == 0) {
        if (entry != NULL)
            remove_entry(channel, entry);
        return true;
    }
    if (entry != NULL) {
        entry->ranks = ranks;
        return true;
    }
    if (channel->access_count == LIMIT_CHANNEL_ACCESS)
        return false;
    channel->access = cf_array_reserve(channel->access, &channel->access_capacity,
                                       channel->access_count + 1, sizeof *channel->access);
    channel->access[channel->access_count++] =
        (struct access_entry){.account = str_dup(account), .ranks = ranks};
    return true;
}

void
access_clear(struct channel *channel)
{
    for (size_t i = 0; i < channel->access_count; i++)
        str_free(&channel->access[i].account);
    cf_free(channel->access);
    channel->access = NULL;
    channel->access_count = 0;
    channel->access_capacity = 0;
}

bool
channel_is_registered(const struct channel *channel)
{
    return channel->founder.len > 0;
}
