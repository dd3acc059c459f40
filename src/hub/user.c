/* Users; see user.h. */
#include "hub/user.h"

#include "base/alloc.h"
#include "hub/naming.h"
#include "hub/presence.h"
#include "hub/privilege.h"
#include "hub/rate.h"
#include "hub/read_marker.h"
#include "hub/shield.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* Puts a copy of text at *at and moves *at behind it. */
static struct str
place(char **at, struct str text)
{
    struct str copy = {.ptr = *at, .len = text.len};
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

/* Makes the strings of the identity in one allocation; the old one is freed last, since the new
 * parts may be slices of it. */
static void
set_identity(const struct hub *hub, struct user *user, const struct user_identity *identity)
{
    struct folded nick;
    bool folds = name_fold(identity->nick, &nick);
    assert(folds);
    /* A host or user name that does not fold is matched as it is. */
    struct folded host;
    struct str folded_host = name_fold(identity->host, &host) ? folded_str(&host) : identity->host;
    struct folded username;
    struct str folded_username =
        name_fold(identity->username, &username) ? folded_str(&username) : identity->username;

    size_t prefix_len = identity->nick.len + 1 + identity->username.len + 1 + identity->host.len;
    size_t folded_len = nick.len + 1 + folded_username.len + 1 + folded_host.len;
    /* Most fold to what they are: then one copy is enough. */
    bool is_folded = str_equal(identity->nick, folded_str(&nick)) &&
                     str_equal(identity->username, folded_username) &&
                     str_equal(identity->host, folded_host);
    char *bytes = cf_alloc(is_folded ? prefix_len : prefix_len + folded_len);
    char *at = bytes;
    struct str new_nick = place(&at, identity->nick);
    (void)place(&at, STR("!")); /* only its place in the whole matters */
    struct str new_username = place(&at, identity->username);
    (void)place(&at, STR("@"));
    struct str new_host = place(&at, identity->host);
    char *folded = is_folded ? bytes : at;
    if (!is_folded) {
        (void)place(&at, folded_str(&nick));
        (void)place(&at, STR("!"));
        (void)place(&at, folded_username);
        (void)place(&at, STR("@"));
        (void)place(&at, folded_host);
        assert(at == bytes + prefix_len + folded_len);
    }

    char *old = user->identity;
    user->identity = bytes;
    user->prefix = (struct str){.ptr = bytes, .len = prefix_len};
    user->nick = new_nick;
    user->username = new_username;
    user->host = new_host;
    user->folded_nick = (struct str){.ptr = folded, .len = nick.len};
    user->folded_prefix = (struct str){.ptr = folded, .len = folded_len};
    user->identity_msgid = hub->last_msgid;
    user->identity_version++;
    cf_free(old);
}

struct user *
user_new(struct hub *hub, const struct user_identity *identity, struct str realname)
{
    assert(user_find(hub, identity->nick) == NULL);
    struct user *user = cf_calloc_array(1, sizeof *user);
    list_init(&user->sessions);
    set_identity(hub, user, identity);
    user->realname = str_dup(realname);
    user->signed_on_ms = hub->now_ms;
    user->active_ms = hub->now_ms;
    user->id = slots_add(&hub->users, user);
    map_insert(&hub->users_by_nick, &user->by_nick, user->folded_nick);
    naming_add(hub, &hub->nick_looks, user->nick);
    if (hub->users.count > hub->users_peak)
        hub->users_peak = hub->users.count;
    return user;
}

void
user_free(struct hub *hub, struct user *user, struct str address)
{
    assert(list_is_empty(&user->sessions));
    assert(user->membership_count == 0);
    assert(user->residence == NULL);
    whowas_add(hub, user, address);
    user_set_modes(hub, user, 0); /* for the counts */
    map_remove(&hub->users_by_nick, &user->by_nick);
    naming_remove(hub, &hub->nick_looks, user->nick);
    slots_remove(&hub->users, user->id);
    cf_free(user->identity);
    str_free(&user->realname);
    str_free(&user->account);
    str_free(&user->former_accounts);
    str_free(&user->away);
    cf_free(user->memberships);
    cf_free(user->invites);
    rate_forget(user);
    shield_free(&user->shield);
    read_markers_deinit(&user->read_markers);
    metadata_deinit(&user->metadata);
    cf_free(user);
}

struct user *
user_find(const struct hub *hub, struct str nick)
{
    struct folded folded;
    if (!name_fold(nick, &folded))
        return NULL;
    struct map_node *node = map_find(&hub->users_by_nick, folded_str(&folded));
    return node == NULL ? NULL : CONTAINER_OF(node, struct user, by_nick);
}

void
user_rename(struct hub *hub, struct user *user, struct str nick, struct str address)
{
    if (!name_equal(nick, user->nick))
        whowas_add(hub, user, address);
    map_remove(&hub->users_by_nick, &user->by_nick);
    naming_remove(hub, &hub->nick_looks, user->nick);
    set_identity(hub, user,
                 &(struct user_identity){.nick = nick,
                                         .username = user->username,
                                         .host = user->host});
    map_insert(&hub->users_by_nick, &user->by_nick, user->folded_nick);
    naming_add(hub, &hub->nick_looks, user->nick);
    presence_changed(hub, user);
}

void
user_set_host(struct hub *hub, struct user *user, struct str username, struct str host)
{
    map_remove(&hub->users_by_nick, &user->by_nick);
    set_identity(hub, user,
                 &(struct user_identity){.nick = user->nick, .username = username, .host = host});
    map_insert(&hub->users_by_nick, &user->by_nick, user->folded_nick);
    presence_changed(hub, user);
}

const struct session *
user_first_session(const struct user *user)
{
    return list_is_empty(&user->sessions)
               ? NULL
               : CONTAINER_OF(user->sessions.next, struct session, in_user);
}

bool
user_is_operator(const struct user *user)
{
    return user != NULL && (user->modes & USER_MODE_OPERATOR) != 0;
}

bool
user_may(const struct user *user, uint32_t privilege)
{
    return user_is_operator(user) && (user->office->privileges & privilege) != 0;
}

bool
user_is_secure(const struct user *user)
{
    list_for_each(node, &user->sessions) {
        if (!CONTAINER_OF(node, struct session, in_user)->is_secure)
            return false;
    }
    return true;
}

bool
user_may_have_session(const struct user *user, const struct session *session)
{
    for (size_t i = 0; i < user->membership_count && !session->is_secure; i++) {
        if (user->memberships[i].channel->modes & CHANNEL_MODE_SECURE_ONLY)
            return false;
    }
    return true;
}

void
user_set_modes(struct hub *hub, struct user *user, uint32_t modes)
{
    uint32_t changed = user->modes ^ modes;
    if (changed & USER_MODE_INVISIBLE)
        hub->invisible_count += modes & USER_MODE_INVISIBLE ? 1U : -1U;
    if (changed & modes & USER_MODE_OPERATOR) {
        hub->operator_count++;
        user->office = cf_calloc_array(1, sizeof *user->office);
        user->office->holder = user;
        list_append(&hub->operators, &user->office->in_operators);
    } else if (changed & USER_MODE_OPERATOR) {
        hub->operator_count--;
        list_remove(&user->office->in_operators);
        str_free(&user->office->name);
        cf_free(user->office);
        user->office = NULL;
        modes &= ~USER_MODE_NOTICES;
    }
    user->modes = modes;
    presence_changed(hub, user);
}

void
user_put_modes(struct buf *out, const struct user *user)
{
    buf_put_byte(out, '+');
    for (size_t i = 0; i < user_mode_count(); i++) {
        if (user->modes & user_mode_at(i)->bit)
            buf_put_byte(out, user_mode_at(i)->letter);
    }
}

struct member *
user_membership(const struct user *user, const struct channel *channel)
{
    for (size_t i = 0; i < user->membership_count; i++) {
        if (user->memberships[i].channel == channel)
            return user->memberships[i].member;
    }
    return NULL;
}

bool
user_is_visible_to(const struct user *seen, const struct user *viewer)
{
    if (!(seen->modes & USER_MODE_INVISIBLE) || seen == viewer || user_may(viewer, PRIVILEGE_SEE))
        return true;
    if (viewer == NULL)
        return false;
    for (size_t i = 0; i < seen->membership_count; i++) {
        if (user_membership(viewer, seen->memberships[i].channel) != NULL)
            return true;
    }
    return false;
}

bool
user_is_invited(const struct user *user, struct slot_id channel)
{
    for (size_t i = 0; i < user->invite_count; i++) {
        if (slot_id_equal(user->invites[i], channel))
            return true;
    }
    return false;
}

static void
remove_invite_at(struct user *user, size_t index)
{
    memmove(user->invites + index, user->invites + index + 1,
            (user->invite_count - index - 1) * sizeof *user->invites);
    user->invite_count--;
}

void
user_invite(struct hub *hub, struct user *user, struct slot_id channel)
{
    if (user_is_invited(user, channel))
        return;
    if (user->invite_count == LIMIT_INVITES_PER_USER)
        remove_invite_at(user, 0);
    user->invites = cf_array_reserve(user->invites, &user->invite_capacity, user->invite_count + 1,
                                     sizeof *user->invites);
    user->invites[user->invite_count++] = channel;
    presence_changed(hub, user);
}

void
user_uninvite(struct hub *hub, struct user *user, struct slot_id channel)
{
    for (size_t i = 0; i < user->invite_count; i++) {
        if (slot_id_equal(user->invites[i], channel)) {
            remove_invite_at(user, i);
            presence_changed(hub, user);
            return;
        }
    }
}

void
whowas_add(struct hub *hub, const struct user *user, struct str address)
{
    struct whowas *entry = &hub->whowas[hub->whowas_next];
    hub->whowas_next = (hub->whowas_next + 1) % LIMIT_WHOWAS_ENTRIES;
    cf_free(entry->bytes);
    char *at = cf_alloc(user->folded_nick.len + user->nick.len + user->username.len +
                        user->host.len + user->realname.len + address.len);
    *entry = (struct whowas){.bytes = at, .left_ms = hub->now_ms};
    entry->folded_nick = place(&at, user->folded_nick);
    entry->nick = place(&at, user->nick);
    entry->username = place(&at, user->username);
    entry->host = place(&at, user->host);
    entry->realname = place(&at, user->realname);
    entry->address = place(&at, address);
}

void
whowas_deinit(struct hub *hub)
{
    for (size_t i = 0; i < LIMIT_WHOWAS_ENTRIES; i++)
        cf_free(hub->whowas[i].bytes);
}
