/*
 * The hub's own consistency, for tests: hub_check of hub.h. What the configuration limits is not
 * checked: a reload may have lowered the limit below what there is.
 */
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/hub.h"
#include "hub/presence.h"
#include "hub/state.h"
#include "hub/user.h"

#include <assert.h>

static uint32_t
sessions_at_home(const struct channel *channel, uint32_t home)
{
    uint32_t count = 0;
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        list_for_each(link, &member->user->sessions) {
            count += CONTAINER_OF(link, struct session, in_user)->home == home ? 1 : 0;
        }
    }
    return count;
}

static void
check_channel(const struct hub *hub, const struct channel *channel)
{
    assert(channel_find(hub, channel->name) == channel);
    assert(channel->member_count > 0 || channel->is_permanent ||
           channel_has_mode(channel, CHANNEL_MODE_PERMANENT) || channel->founder.len > 0 ||
           channel->slept_ms != 0);
    uint32_t members = 0;
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        assert(user_membership(member->user, channel) == member);
        members++;
    }
    assert(members == channel->member_count);
    for (size_t i = 0; i < channel->home_count; i++) {
        assert(channel->homes[i].session_count > 0);
        assert(channel->homes[i].session_count ==
               sessions_at_home(channel, channel->homes[i].home));
    }
    assert(channel->floor.is_on || slot_id_is_none(channel->floor.last_speaker));
}

static void
check_residence(const struct hub *hub, const struct user *user)
{
    const struct residence *residence = user->residence;
    const struct account *account = account_find(hub, user->account);
    assert(account != NULL);
    assert(presence_find(hub, account) == user);
    assert(residence->user == user);
    assert((residence->absent_ms != 0) == user_is_absent(user));
    assert(timer_is_set(&residence->expiry.timer) ==
           (user_is_absent(user) && hub->config->always_on_expiry_ms > 0));
    assert(!residence->is_auto_away || user->away.len > 0);
}

static void
check_user(const struct hub *hub, const struct user *user)
{
    assert(user_find(hub, user->nick) == user);
    assert(!list_is_empty(&user->sessions) || user->residence != NULL);
    if (user->residence != NULL)
        check_residence(hub, user);
    assert(user->invite_count <= LIMIT_INVITES_PER_USER);
    for (size_t i = 0; i < user->membership_count; i++)
        assert(user->memberships[i].member->user == user);
    list_for_each(node, &user->sessions) {
        assert(CONTAINER_OF(node, struct session, in_user)->user == user);
    }
}

void
hub_check(const struct hub *hub)
{
    uint32_t cursor = 0;
    uint32_t links = 0;
    const struct channel *channel;
    while ((channel = slots_next(&hub->channels, &cursor)) != NULL) {
        check_channel(hub, channel);
        links += channel->invite_link_count;
    }
    assert(map_count(&hub->channels_by_name) == hub->channels.count);
    assert(links == hub->invite_link_count);

    cursor = 0;
    uint32_t invisible = 0;
    uint32_t operators = 0;
    uint32_t residents = 0;
    const struct user *user;
    while ((user = slots_next(&hub->users, &cursor)) != NULL) {
        check_user(hub, user);
        invisible += user->modes & USER_MODE_INVISIBLE ? 1 : 0;
        operators += user_is_operator(user) ? 1 : 0;
        residents += user->residence == NULL ? 0 : 1;
    }
    assert(map_count(&hub->users_by_nick) == hub->users.count);
    assert(invisible == hub->invisible_count);
    assert(operators == hub->operator_count);
    assert(residents == hub->resident_count);

    cursor = 0;
    uint32_t registered = 0;
    const struct session *session;
    while ((session = slots_next(&hub->sessions, &cursor)) != NULL) {
        registered += session->user == NULL ? 0 : 1;
        assert((session->user == NULL) == (session->registration != NULL));
        assert((session->listing != NULL) == (session->waiting == WAIT_LISTING));
    }
    assert(registered == hub->registered_count);
}
