/* RENAME; see rename.h. */
#include "hub/rename.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "hub/capability.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_row.h"
#include "hub/command.h"
#include "hub/invite_link.h"
#include "hub/keep.h"
#include "hub/naming.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/read_marker.h"
#include "hub/reply.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

/* --- where old names lead --- */

static struct redirect *
find_redirect(const struct hub *hub, struct str folded_name)
{
    struct map_node *node = map_find(&hub->redirects, folded_name);
    return node == NULL ? NULL : CONTAINER_OF(node, struct redirect, by_name);
}

static void
remove_redirect(struct hub *hub, struct redirect *redirect)
{
    map_remove(&hub->redirects, &redirect->by_name);
    list_remove(&redirect->in_channel);
    str_free(&redirect->folded_name);
    cf_free(redirect);
}

/* Also from the row of the channel, so that it does not lead there again after a restart. */
static void
drop_redirect(struct hub *hub, struct redirect *redirect)
{
    struct channel *channel = redirect->channel;
    remove_redirect(hub, redirect);
    channel_row_change(hub, channel);
}

/* Each channel has a few of its own, so that what others rename pushes none of them out. */
static void
add_redirect(struct hub *hub, struct channel *channel, struct str folded_name, int64_t until_ms)
{
    size_t count = 0;
    list_for_each(node, &channel->redirects) {
        count++;
    }
    assert(count <= LIMIT_CHANNEL_REDIRECTS);
    if (count == LIMIT_CHANNEL_REDIRECTS)
        remove_redirect(hub, CONTAINER_OF(channel->redirects.next, struct redirect, in_channel));
    struct redirect *redirect = cf_calloc_array(1, sizeof *redirect);
    redirect->channel = channel;
    redirect->folded_name = str_dup(folded_name);
    redirect->until_ms = until_ms;
    list_append(&channel->redirects, &redirect->in_channel);
    map_insert(&hub->redirects, &redirect->by_name, redirect->folded_name);
}

/* From the name that the channel still has. */
static void
begin_redirect(struct hub *hub, struct channel *channel)
{
    struct redirect *same = find_redirect(hub, channel->folded_name);
    if (same != NULL) /* of another channel, which had the name before this one */
        drop_redirect(hub, same);
    add_redirect(hub, channel, channel->folded_name, hub->now_ms + LIMIT_REDIRECT_MS);
}

/* A channel gets this name, so that it leads to none any more. */
static void
end_redirect_from(struct hub *hub, struct str name)
{
    struct folded folded;
    struct redirect *redirect =
        name_fold(name, &folded) ? find_redirect(hub, folded_str(&folded)) : NULL;
    if (redirect != NULL)
        drop_redirect(hub, redirect);
}

void
rename_restore(struct hub *hub, struct channel *channel, struct str name, int64_t until_ms)
{
    struct folded folded;
    if (!name_fold(name, &folded) || name_equal(name, channel->name))
        return;
    int64_t latest_ms = hub->now_ms + LIMIT_REDIRECT_MS;
    if (until_ms > latest_ms) /* from an import, or the clock was wrong */
        until_ms = latest_ms;
    struct redirect *same = find_redirect(hub, folded_str(&folded));
    if (until_ms <= hub->now_ms || (same != NULL && same->until_ms >= until_ms))
        return;
    if (same != NULL)
        drop_redirect(hub, same);
    add_redirect(hub, channel, folded_str(&folded), until_ms);
}

struct channel *
rename_find(const struct hub *hub, struct str name)
{
    struct folded folded;
    if (!name_fold(name, &folded))
        return NULL;
    const struct redirect *redirect = find_redirect(hub, folded_str(&folded));
    return redirect == NULL || redirect->until_ms <= hub->now_ms ? NULL : redirect->channel;
}

void
rename_forget(struct hub *hub, struct channel *channel)
{
    while (!list_is_empty(&channel->redirects))
        remove_redirect(hub, CONTAINER_OF(channel->redirects.next, struct redirect, in_channel));
}

static bool
is_founder(const struct channel *channel, const struct user *user)
{
    return channel_is_registered(channel) && str_equal(channel->founder, user->account);
}

bool
rename_leaves_name_to(const struct channel *channel, const struct user *user)
{
    if (user_membership(user, channel) == NULL)
        return false;
    return !channel_is_registered(channel) || is_founder(channel, user) ||
           user_may(user, PRIVILEGE_OVERRIDE);
}

bool
rename_follow(struct call *call, struct str name, const struct channel *channel)
{
    if (!(call->session->caps & CAP(CHANNEL_RENAME))) {
        reply_text(call, ERR_LINKCHANNEL, name, channel->name,
                   STR("The channel has another name now: you are brought there"));
        return true;
    }
    refuse(call, &(struct refusal){
                     .code = STR("CHANNEL_RENAMED"),
                     .context = name,
                     .detail = channel->name,
                     .text = STR("The channel has another name now: JOIN that"),
                     .is_always_standard = true,
                 });
    return false;
}

/* --- telling --- */

/* PART of the old name and JOIN of the new one, for one session that does not know RENAME. */
static void
tell_in_old_words(struct call *call, const struct channel *channel, struct str old_name,
                  struct str reason)
{
    struct event_spec part = spec_from_user(call->hub, call->user, EVENT_PART, STR("PART"));
    part.params = (const struct str[]){old_name, reason};
    part.param_count = reason.len > 0 ? 2 : 1;
    part.is_last_text = reason.len > 0;
    struct event *event = event_new(&part);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
    struct event_spec join = spec_from_user(call->hub, call->user, EVENT_JOIN, STR("JOIN"));
    join.params = (const struct str[]){channel->name,
                                       call->user->account.len > 0 ? call->user->account : STR("*"),
                                       call->user->realname};
    join.param_count = 3;
    join.is_last_text = true;
    event = event_new(&join);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
    send_channel_state(call, channel);
}

static void
tell_members_in_old_words(struct call *call, const struct channel *channel, struct str old_name,
                          struct str reason)
{
    list_for_each(node, &channel->members) {
        struct user *user = CONTAINER_OF(node, struct member, in_channel)->user;
        list_for_each(link, &user->sessions) {
            struct call to = *call;
            to.session = CONTAINER_OF(link, struct session, in_user);
            to.user = user;
            if (!(to.session->caps & CAP(CHANNEL_RENAME)))
                tell_in_old_words(&to, channel, old_name, reason);
        }
    }
}

static void
announce(struct call *call, const struct channel *channel, struct str old_name, struct str reason)
{
    struct event_spec spec = spec_from_user(call->hub, call->user, EVENT_RENAME, STR("RENAME"));
    spec.needs = CAP(CHANNEL_RENAME);
    spec.params = (const struct str[]){old_name, channel->name, reason};
    spec.param_count = 3;
    spec.is_last_text = true;
    if (user_membership(call->user, channel) != NULL) {
        announce_in_channel(call, channel, spec);
    } else {
        struct event *event = event_new(&spec);
        post_to_channel(call->hub, channel, event);
        event_unref(&event);
    }
    if (!name_equal(old_name, channel->name))
        tell_members_in_old_words(call, channel, old_name, reason);
}

/* --- the command --- */

static void
cannot(struct call *call, struct str code, const struct channel *channel, struct str name,
       struct str text)
{
    refuse(call, &(struct refusal){
                     .code = code,
                     .context = channel->name,
                     .detail = name,
                     .text = text,
                     .is_always_standard = true,
                 });
}

/* Names that have to be listed for those who don't know RENAME. */
static uint64_t
burst_of(const struct channel *channel)
{
    uint64_t sessions = 0;
    list_for_each(node, &channel->members) {
        const struct user *user = CONTAINER_OF(node, struct member, in_channel)->user;
        list_for_each(link, &user->sessions) {
            uint64_t caps = CONTAINER_OF(link, struct session, in_user)->caps;
            sessions += caps & CAP(CHANNEL_RENAME) ? 0 : 1;
        }
    }
    return sessions * channel->member_count;
}

/* False, and the client told, when the name may not be the channel's. */
static bool
may_have_name(struct call *call, struct channel *channel, struct str name)
{
    bool is_same = name_equal(name, channel->name);
    const struct channel *other = channel_find(call->hub, name);
    if (other == NULL)
        other = rename_find(call->hub, name);
    if (other != NULL && other != channel) {
        cannot(call, STR("CHANNEL_NAME_IN_USE"), channel, name,
               STR("There is a channel of that name: choose another"));
        return false;
    }
    if (is_same)
        return true;
    /* It may look like its own old name. */
    naming_remove(call->hub, &call->hub->channel_looks, channel->name);
    enum naming_verdict verdict = naming_check_channel(call, name);
    naming_add(call->hub, &call->hub->channel_looks, channel->name);
    if (verdict != NAMING_FREE)
        naming_refuse_channel(call, name, verdict);
    return verdict == NAMING_FREE;
}

static bool
may_rename(struct call *call, struct channel *channel, struct str name)
{
    struct str why = STR_NONE;
    if (!name_is_channel(name))
        why = STR("Names begin with # and have no spaces or commas");
    else if (str_equal(name, channel->name))
        why = STR("The channel has that name already");
    else if (channel->is_permanent)
        why = STR("The configuration says what this channel is called");
    else if (call->hub->now_ms < channel->renamed_ms + LIMIT_RENAME_PAUSE_MS)
        why = STR("The channel has been renamed recently: wait a minute");
    else if (!name_equal(name, channel->name) && burst_of(channel) > LIMIT_RENAME_BURST)
        why = STR("Too many clients in this large channel can't follow it to another name");
    if (why.len == 0)
        return may_have_name(call, channel, name);
    cannot(call, STR("CANNOT_RENAME"), channel, name, why);
    return false;
}

static void
rename_channel(struct call *call, struct channel *channel, struct str name, struct str reason)
{
    struct str old_name = str_dup(channel->name);
    if (!name_equal(old_name, name)) {
        end_redirect_from(call->hub, name);
        begin_redirect(call->hub, channel);
    }
    channel_row_drop(call->hub, channel);
    metadata_drop_of_channel(call->hub, channel);
    struct str old_folded = str_dup(channel->folded_name);
    channel_set_name(call->hub, channel, name);
    read_markers_rename(call->hub, old_folded, channel->folded_name);
    str_free(&old_folded);
    channel->renamed_ms = call->hub->now_ms;
    channel_row_change(call->hub, channel);
    if (channel->metadata.count > 0)
        metadata_keep_of_channel(call->hub, channel);
    keep_under_new_name(call->hub, channel, old_name);
    invite_links_renamed(call->hub, channel);
    note(call->hub, call->session, "channel renamed", {"from", old_name}, {"to", channel->name},
         {"by", call->user->nick});
    announce(call, channel, old_name, reason);
    str_free(&old_name);
}

/* A registered channel's name is its founder's: an operator could give it away. */
static bool
has_rank_to_rename(struct call *call, const struct channel *channel)
{
    if (user_may(call->user, PRIVILEGE_OVERRIDE))
        return true;
    const struct member *member = user_membership(call->user, channel);
    if (member == NULL) {
        reply(call, ERR_NOTONCHANNEL, channel->name);
        return false;
    }
    if (is_founder(channel, call->user))
        return true;
    if (channel_is_registered(channel)) {
        reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
                   STR("Only the founder of a registered channel gives it another name"));
        return false;
    }
    if (rank_highest(member->ranks) >= RANK_OP)
        return true;
    reply_text(call, ERR_CHANOPRIVSNEEDED, channel->name,
               STR("Only operators of the channel give it another name"));
    return false;
}

void
cmd_rename(struct call *call)
{
    struct channel *channel = channel_find(call->hub, call_param(call, 0));
    if (channel == NULL || !channel_is_visible_to(channel, call->user)) {
        reply(call, ERR_NOSUCHCHANNEL, call_param(call, 0));
        return;
    }
    if (has_rank_to_rename(call, channel) && may_rename(call, channel, call_param(call, 1))) {
        rename_channel(call, channel, call_param(call, 1),
                       utf8_take(call_param(call, 2), LIMIT_REASON_BYTES - LIMIT_CHANNEL_BYTES));
    }
}
