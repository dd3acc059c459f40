/* Channels; see channel.h. */
#include "hub/channel.h"

#include "base/alloc.h"
#include "hub/channel_access.h"
#include "hub/channel_heir.h"
#include "hub/channel_row.h"
#include "hub/extban.h"
#include "hub/floor.h"
#include "hub/keep.h"
#include "hub/naming.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/rename.h"
#include "hub/speech.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

struct channel *
channel_find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_looks_like_channel(name) || !name_fold(name, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->channels_by_name, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct channel, by_name);
}

struct channel *
channel_new(struct hub *hub, struct str name)
{
    assert(name_is_channel(name));
    struct folded folded;
    bool folds = name_fold(name, &folded);
    assert(folds);
    struct channel *channel = cf_calloc_array(1, sizeof *channel);
    channel->name = str_dup(name);
    channel->folded_name = str_dup(folded_str(&folded));
    channel->created_ms = hub->now_ms;
    channel->modes = CHANNEL_MODE_NO_EXTERNAL | CHANNEL_MODE_TOPIC_OPS;
    list_init(&channel->members);
    list_init(&channel->redirects);
    channel->id = slots_add(&hub->channels, channel);
    map_insert(&hub->channels_by_name, &channel->by_name, channel->folded_name);
    naming_add(hub, &hub->channel_looks, channel->name);
    return channel;
}

void
channel_set_name(struct hub *hub, struct channel *channel, struct str name)
{
    struct folded folded;
    bool folds = name_fold(name, &folded);
    assert(folds);
    map_remove(&hub->channels_by_name, &channel->by_name);
    naming_remove(hub, &hub->channel_looks, channel->name);
    str_replace(&channel->name, name);
    str_replace(&channel->folded_name, folded_str(&folded));
    map_insert(&hub->channels_by_name, &channel->by_name, channel->folded_name);
    naming_add(hub, &hub->channel_looks, channel->name);
    list_for_each(node, &channel->members) {
        presence_changed(hub, CONTAINER_OF(node, struct member, in_channel)->user);
    }
}

static void
mask_list_deinit(struct mask_list *list)
{
    while (list->count > 0)
        mask_list_remove(list, &list->items[list->count - 1]);
    cf_free(list->items);
}

void
channel_free(struct hub *hub, struct channel *channel)
{
    assert(list_is_empty(&channel->members));
    assert(channel->home_count == 0);
    floor_disable(hub, channel);
    rename_forget(hub, channel);
    map_remove(&hub->channels_by_name, &channel->by_name);
    naming_remove(hub, &hub->channel_looks, channel->name);
    slots_remove(&hub->channels, channel->id);
    for (size_t i = 0; i < MASK_LIST_COUNT; i++)
        mask_list_deinit(&channel->lists[i]);
    cf_free(channel->homes);
    str_free(&channel->name);
    str_free(&channel->folded_name);
    str_free(&channel->key);
    str_free(&channel->forward);
    str_free(&channel->topic);
    str_free(&channel->topic_by);
    str_free(&channel->founder);
    channel_set_heir(hub, channel, STR(""));
    access_clear(channel);
    metadata_deinit(&channel->metadata);
    cf_free(channel);
}

void
channel_free_if_empty(struct hub *hub, struct channel *channel)
{
    if (channel->member_count > 0 || channel->is_permanent || channel_is_registered(channel) ||
        channel->slept_ms != 0 || channel_has_mode(channel, CHANNEL_MODE_PERMANENT))
        return;
    if (!hub->is_ending) { /* else they are only away, and find it again */
        keep_nothing_of(hub, channel);
        channel_row_drop(hub, channel);
    }
    channel_free(hub, channel);
}

void
channel_add_session(struct hub *hub, struct channel *channel, const struct session *session)
{
    size_t at = 0;
    while (at < channel->home_count && channel->homes[at].home != session->home)
        at++;
    if (at == channel->home_count) {
        channel->homes = cf_array_reserve(channel->homes, &channel->home_capacity,
                                          channel->home_count + 1, sizeof *channel->homes);
        channel->homes[at] = (struct channel_home){.home = session->home};
        channel->home_count++;
    }
    channel->homes[at].session_count++;
    post_audience_change(hub, session, channel, DELIVERY_AUDIENCE_JOIN);
}

void
channel_remove_session(struct hub *hub, struct channel *channel, const struct session *session)
{
    size_t at = 0;
    while (at < channel->home_count && channel->homes[at].home != session->home)
        at++;
    assert(at < channel->home_count);
    assert(channel->homes[at].session_count > 0);
    channel->homes[at].session_count--;
    if (channel->homes[at].session_count == 0) {
        channel->home_count--;
        channel->homes[at] = channel->homes[channel->home_count];
    }
    post_audience_change(hub, session, channel, DELIVERY_AUDIENCE_LEAVE);
}

struct member *
channel_add_member(struct hub *hub, struct channel *channel, struct user *user, uint32_t ranks)
{
    assert(user_membership(user, channel) == NULL);
    struct member *member = cf_calloc_array(1, sizeof *member);
    member->user = user;
    member->ranks = ranks;
    member->joined_ms = hub->now_ms;
    member->ban_version = channel->ban_version - 1; /* nothing is known of bans yet */
    list_append(&channel->members, &member->in_channel);
    channel->member_count++;
    user->memberships = cf_array_reserve(user->memberships, &user->membership_capacity,
                                         user->membership_count + 1, sizeof *user->memberships);
    user->memberships[user->membership_count++] =
        (struct membership){.channel = channel, .member = member};
    user->identity_version++; /* bans may ask for channels */
    presence_changed(hub, user);
    speech_member_joined(channel, member);
    list_for_each(node, &user->sessions) {
        channel_add_session(hub, channel, CONTAINER_OF(node, struct session, in_user));
    }
    return member;
}

void
channel_remove_member(struct hub *hub, struct channel *channel, struct user *user)
{
    struct member *member = user_membership(user, channel);
    assert(member != NULL);
    if (member->ranks != 0 && user->account.len > 0 && !hub->is_ending)
        channel_row_change(hub,
                           channel); /* who goes loses the ranks of one that is not registered */
    list_for_each(node, &user->sessions) {
        channel_remove_session(hub, channel, CONTAINER_OF(node, struct session, in_user));
    }
    speech_member_leaves(channel, member);
    list_remove(&member->in_channel);
    assert(channel->member_count > 0);
    channel->member_count--;
    size_t at = 0;
    while (user->memberships[at].channel != channel)
        at++;
    memmove(user->memberships + at, user->memberships + at + 1,
            (user->membership_count - at - 1) * sizeof *user->memberships);
    user->membership_count--;
    user->identity_version++;
    presence_changed(hub, user);
    cf_free(member);
    floor_member_left(hub, channel, user);
    channel_free_if_empty(hub, channel);
}

bool
channel_is_visible_to(const struct channel *channel, const struct user *viewer)
{
    if (!channel_has_mode(channel, CHANNEL_MODE_SECRET) || user_may(viewer, PRIVILEGE_SEE))
        return true;
    return viewer != NULL && user_membership(viewer, channel) != NULL;
}

bool
channel_has_mode(const struct channel *channel, uint32_t mode)
{
    return (channel->modes & mode) != 0;
}

/* All that the entries of a list do to the user. */
static uint32_t
list_effects(const struct mask_list *list, const struct user *user)
{
    uint32_t effects = 0;
    for (size_t i = 0; i < list->count && effects != BAN_ALL; i++)
        effects |= extban_effects(list->items[i].folded, user);
    return effects;
}

static uint32_t
find_bans(const struct channel *channel, const struct user *user)
{
    uint32_t bans = list_effects(&channel->lists[MASK_LIST_BAN], user);
    return bans == 0 ? 0 : bans & ~list_effects(&channel->lists[MASK_LIST_EXCEPTION], user);
}

bool
channel_bans(const struct channel *channel, const struct user *user, uint32_t effect)
{
    return (find_bans(channel, user) & effect) != 0;
}

bool
channel_bans_member(const struct channel *channel, struct member *member, uint32_t effect)
{
    if (member->ban_version != channel->ban_version ||
        member->ban_identity_version != member->user->identity_version) {
        member->bans = find_bans(channel, member->user);
        member->ban_version = channel->ban_version;
        member->ban_identity_version = member->user->identity_version;
    }
    return (member->bans & effect) != 0;
}

bool
channel_invites_by_mask(const struct channel *channel, const struct user *user)
{
    return (list_effects(&channel->lists[MASK_LIST_INVITE], user) & BAN_JOIN) != 0;
}

static struct str
fold_mask(struct str mask, struct folded *folded)
{
    return name_fold(mask, folded) ? folded_str(folded) : mask;
}

struct mask_entry *
mask_list_find(struct mask_list *list, struct str mask)
{
    struct folded folded;
    struct str wanted = fold_mask(mask, &folded);
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i].folded, wanted))
            return &list->items[i];
    }
    return NULL;
}

void
mask_list_add(struct hub *hub, struct mask_list *list, struct str mask, struct str set_by)
{
    struct folded folded;
    list->items =
        cf_array_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    list->items[list->count++] = (struct mask_entry){
        .mask = str_dup(mask),
        .folded = str_dup(fold_mask(mask, &folded)),
        .set_by = str_dup(set_by),
        .set_ms = hub->now_ms,
    };
}

void
mask_list_remove(struct mask_list *list, struct mask_entry *entry)
{
    size_t at = (size_t)(entry - list->items);
    assert(at < list->count);
    str_free(&entry->mask);
    str_free(&entry->folded);
    str_free(&entry->set_by);
    memmove(entry, entry + 1, (list->count - at - 1) * sizeof *entry);
    list->count--;
}

void
channel_put_modes(struct buf *out, const struct channel *channel, bool with_secrets)
{
    struct buf params;
    buf_init(&params, LIMIT_LINE_BYTES);
    buf_put_byte(out, '+');
    for (size_t i = 0; i < channel_mode_count(); i++) {
        const struct channel_mode_row *row = channel_mode_at(i);
        switch (row->kind) {
        case MODE_LIST:
            break;
        case MODE_KEY:
            if (channel->key.len == 0)
                break;
            buf_put_byte(out, row->letter);
            buf_put_byte(&params, ' ');
            buf_put(&params, with_secrets ? channel->key : STR("*"));
            break;
        case MODE_LIMIT:
            if (channel->limit == 0)
                break;
            buf_put_byte(out, row->letter);
            buf_printf(&params, " %u", channel->limit);
            break;
        case MODE_FORWARD:
            if (channel->forward.len == 0)
                break;
            buf_put_byte(out, row->letter);
            buf_printf(&params, " %.*s", STR_ARG(channel->forward));
            break;
        case MODE_THROTTLE:
            if (channel->throttle.joins_max == 0)
                break;
            buf_put_byte(out, row->letter);
            buf_printf(&params, " %u:%u", channel->throttle.joins_max, channel->throttle.seconds);
            break;
        case MODE_SLOW:
            if (channel->slow_s == 0)
                break;
            buf_put_byte(out, row->letter);
            buf_printf(&params, " %u", channel->slow_s);
            break;
        case MODE_FLOOR:
            if (!channel->floor.is_on)
                break;
            buf_put_byte(out, row->letter);
            buf_printf(&params, " %u", channel->floor.silence_s);
            break;
        case MODE_FLAG:
            if (channel_has_mode(channel, row->bit))
                buf_put_byte(out, row->letter);
            break;
        }
    }
    buf_put(out, buf_str(&params));
    buf_deinit(&params);
}
