/* Channels, who is in them, and whose turn it is; see state.h. */
#include "base/alloc.h"
#include "chat/state.h"

#include <assert.h>
#include <string.h>

struct chat_channel *
chat_channel_find(const struct chat_model *model, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    list_for_each(node, &model->channels) {
        struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        if (str_equal(folded_str(&channel->folded), folded_str(&folded)))
            return channel;
    }
    return NULL;
}

struct chat_channel *
chat_channel_want(struct chat_model *model, struct str name)
{
    struct chat_channel *channel = chat_channel_find(model, name);
    if (channel != NULL)
        return channel;
    struct folded folded;
    if (!name_looks_like_channel(name) || name.len > LIMIT_CHANNEL_BYTES ||
        !name_fold(name, &folded) || model->channel_count >= LIMIT_CHAT_CHANNELS)
        return NULL;
    channel = cf_calloc_array(1, sizeof *channel);
    channel->folded = folded;
    buf_init(&channel->name, LIMIT_CHANNEL_BYTES);
    buf_put(&channel->name, name);
    buf_init(&channel->key, LIMIT_KEY_BYTES);
    list_append(&model->channels, &channel->in_model);
    model->channel_count++;
    return channel;
}

void
chat_channel_leave(struct chat_channel *channel)
{
    for (struct map_node *node = map_first(&channel->members); node != NULL;) {
        struct map_node *next = map_next(node);
        map_remove(&channel->members, node);
        cf_free(CONTAINER_OF(node, struct chat_member, node));
        node = next;
    }
    channel->is_joined = false;
    channel->is_listing = false;
    channel->is_floor_on = false;
    channel->last.len = 0;
}

/* A joined channel but this one, else any but this one, else NULL. */
static const struct chat_channel *
another_channel(const struct chat_model *model, const struct chat_channel *not_this)
{
    const struct chat_channel *best = NULL;
    list_for_each(node, &model->channels) {
        const struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        if (channel != not_this && (best == NULL || (channel->is_joined && !best->is_joined)))
            best = channel;
    }
    return best;
}

void
chat_channel_forget(struct chat_model *model, struct chat_channel *channel)
{
    assert(model->channel_count > 0);
    if (name_equal(buf_str(&model->target), buf_str(&channel->name))) {
        const struct chat_channel *other = another_channel(model, channel);
        chat_set_target(model, other == NULL ? STR("") : buf_str(&other->name));
    }
    chat_channel_leave(channel);
    list_remove(&channel->in_model);
    model->channel_count--;
    buf_deinit(&channel->name);
    buf_deinit(&channel->key);
    cf_free(channel);
}

/* --- members --- */

struct chat_member *
chat_member_find(const struct chat_channel *channel, struct str nick)
{
    struct folded folded;
    if (!name_fold(nick, &folded))
        return NULL;
    struct map_node *node = map_find(&channel->members, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct chat_member, node);
}

void
chat_member_add(struct chat_channel *channel, struct str nick)
{
    struct folded folded;
    if (nick.len == 0 || !name_fold(nick, &folded) || folded.len == 0 ||
        map_find(&channel->members, folded_str(&folded)) != NULL ||
        map_count(&channel->members) >= LIMIT_CHAT_MEMBERS)
        return;
    struct chat_member *member = cf_alloc(sizeof *member + nick.len + folded.len);
    *member = (struct chat_member){
        .nick = {.ptr = member->bytes, .len = nick.len},
        .key = {.ptr = member->bytes + nick.len, .len = folded.len},
    };
    memcpy(member->bytes, nick.ptr, nick.len);
    memcpy(member->bytes + nick.len, folded.bytes, folded.len);
    map_insert(&channel->members, &member->node, member->key);
}

static bool
is_last_speaker(const struct chat_channel *channel, struct str nick)
{
    struct folded folded;
    return channel->last.len > 0 && name_fold(nick, &folded) &&
           str_equal(folded_str(&channel->last), folded_str(&folded));
}

void
chat_member_remove(const struct chat_model *model, struct chat_channel *channel, struct str nick)
{
    struct chat_member *member = chat_member_find(channel, nick);
    if (member == NULL)
        return;
    bool was_last = is_last_speaker(channel, nick);
    map_remove(&channel->members, &member->node);
    cf_free(member);
    bool is_alone = map_count(&channel->members) == 1;
    if (was_last || (is_alone && is_last_speaker(channel, buf_str(&model->nick))))
        channel->last.len = 0;
}

void
chat_member_rename(struct chat_channel *channel, struct str from, struct str to)
{
    struct chat_member *member = chat_member_find(channel, from);
    if (member == NULL)
        return;
    bool was_last = is_last_speaker(channel, from);
    uint64_t spoken = member->spoken;
    map_remove(&channel->members, &member->node);
    cf_free(member);
    chat_member_add(channel, to);
    member = chat_member_find(channel, to);
    if (member != NULL)
        member->spoken = spoken;
    if (was_last && !name_fold(to, &channel->last))
        channel->last.len = 0;
}

/* --- turns --- */

void
chat_channel_spoken(struct chat_model *model, struct chat_channel *channel, struct str nick)
{
    struct chat_member *member = chat_member_find(channel, nick);
    if (member != NULL)
        member->spoken = ++model->order;
    bool is_alone = map_count(&channel->members) <= 1;
    if (!channel->is_floor_on || is_alone)
        return;
    struct folded folded;
    if (name_fold(nick, &folded))
        channel->last = folded;
}

bool
chat_channel_is_waiting(const struct chat_model *model, const struct chat_channel *channel)
{
    return channel->is_floor_on && is_last_speaker(channel, buf_str(&model->nick));
}
