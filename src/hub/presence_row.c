/* Users who stay, as rows; see presence_row.h. */
#include "hub/presence_row.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/channel_lost.h"
#include "hub/channel_row.h"
#include "hub/host.h"
#include "hub/mode.h"
#include "hub/presence.h"
#include "hub/row.h"
#include "hub/shield.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

#define FORM            4 /* of the value: rises when it changes, and old ones stay readable */
#define VALUE_BYTES_MAX (1024 * 1024)

/* --- writing --- */

void
presence_row_change(struct hub *hub, struct residence *residence)
{
    hub->row_changes++;
    if (residence->is_changed)
        return;
    residence->is_changed = true;
    hub->changed_residents =
        cf_array_reserve(hub->changed_residents, &hub->changed_resident_capacity,
                         hub->changed_resident_count + 1, sizeof *hub->changed_residents);
    hub->changed_residents[hub->changed_resident_count++] = residence->user->id;
}

static size_t
count_lost(const struct user *user, bool is_only_invited)
{
    size_t count = 0;
    for (size_t i = 0; i < user->residence->lost_count; i++)
        count += user->residence->lost[i].is_only_invited == is_only_invited ? 1 : 0;
    return count;
}

/* As letters, since bits are the program's own. Being an operator of the server is not kept. */
static void
pack_modes(struct buf *out, const struct user *user)
{
    struct buf letters;
    buf_init(&letters, 64);
    for (size_t i = 0; i < user_mode_count(); i++) {
        const struct user_mode_row *row = user_mode_at(i);
        if (row->is_set_by_user && (user->modes & row->bit))
            buf_put_byte(&letters, row->letter);
    }
    pack_text(out, buf_str(&letters));
    buf_deinit(&letters);
}

/* And those in channels that could not be restored: as they were. */
static void
pack_lost_memberships(struct buf *out, const struct user *user)
{
    for (size_t i = 0; i < user->residence->lost_count; i++) {
        const struct lost_place *place = &user->residence->lost[i];
        if (place->is_only_invited)
            continue;
        pack_text(out, place->channel);
        pack_text(out, place->letters);
    }
}

static void
pack_memberships(struct buf *out, const struct user *user)
{
    struct buf letters;
    buf_init(&letters, RANK_COUNT);
    pack_number(out, user->membership_count + count_lost(user, false));
    for (size_t i = 0; i < user->membership_count; i++) {
        buf_clear(&letters);
        for (size_t r = 0; r < RANK_COUNT; r++) {
            if (user->memberships[i].member->ranks & rank_row_at(r)->rank)
                buf_put_byte(&letters, rank_row_at(r)->letter);
        }
        pack_text(out, user->memberships[i].channel->name);
        pack_text(out, buf_str(&letters));
    }
    pack_lost_memberships(out, user);
    buf_deinit(&letters);
}

/* What it does not want to hear while it is away, either. */
static void
pack_silenced(struct buf *out, const struct user *user)
{
    const struct mask_list *list = shield_silenced(user);
    size_t count = list == NULL ? 0 : list->count;
    pack_number(out, count);
    for (size_t i = 0; i < count; i++)
        pack_text(out, list->items[i].mask);
}

static void
pack_invites(struct buf *out, const struct hub *hub, const struct user *user)
{
    uint64_t count = count_lost(user, true);
    for (size_t i = 0; i < user->invite_count; i++)
        count += slots_find(&hub->channels, user->invites[i]) == NULL ? 0 : 1;
    pack_number(out, count);
    for (size_t i = 0; i < user->invite_count; i++) {
        const struct channel *channel = slots_find(&hub->channels, user->invites[i]);
        if (channel != NULL)
            pack_text(out, channel->name);
    }
    for (size_t i = 0; i < user->residence->lost_count; i++) {
        if (user->residence->lost[i].is_only_invited)
            pack_text(out, user->residence->lost[i].channel);
    }
}

static void
pack_accepted(struct buf *out, const struct user *user)
{
    struct str accounts[LIMIT_ACCEPT_ENTRIES];
    size_t count = shield_accepted_accounts(user, accounts);
    pack_number(out, count);
    for (size_t i = 0; i < count; i++)
        pack_text(out, accounts[i]);
}

/* When it came into each of its channels. */
static void
pack_joined(struct buf *out, const struct user *user)
{
    pack_number(out, user->membership_count + count_lost(user, false));
    for (size_t i = 0; i < user->membership_count; i++)
        pack_number(out, (uint64_t)user->memberships[i].member->joined_ms);
    for (size_t i = 0; i < user->residence->lost_count; i++) {
        if (!user->residence->lost[i].is_only_invited)
            pack_number(out, (uint64_t)user->residence->lost[i].joined_ms);
    }
}

static void
keep(struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    assert(account != NULL);
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_text(&value, account->key);
    pack_text(&value, user->nick);
    pack_text(&value, user->username);
    pack_text(&value, user->host);
    pack_text(&value, user->realname);
    pack_modes(&value, user);
    pack_text(&value, user->residence->is_auto_away ? STR("") : user->away);
    pack_number(&value, (uint64_t)user->signed_on_ms);
    pack_number(&value, (uint64_t)user->residence->absent_ms);
    pack_memberships(&value, user);
    pack_silenced(&value, user);
    pack_invites(&value, hub, user);
    pack_accepted(&value, user);
    pack_joined(&value, user);
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_MEMBERSHIP, account->key, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&value);
}

void
presence_rows_keep(struct hub *hub)
{
    for (size_t i = 0; i < hub->changed_resident_count; i++) {
        const struct user *user = slots_find(&hub->users, hub->changed_residents[i]);
        if (user == NULL || user->residence == NULL)
            continue; /* it has left, or does not stay any more */
        user->residence->is_changed = false;
        keep(hub, user);
    }
    hub->changed_resident_count = 0;
}

void
presence_row_drop(struct hub *hub, struct str folded_account)
{
    struct record record = record_of_row_gone(ROW_MEMBERSHIP, folded_account);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

/* --- reading --- */

/* What an unpacked user has before it is known whether all of it makes sense. */
struct draft {
    uint64_t form;
    struct str account;
    struct str nick;
    struct str username;
    struct str host;
    struct str realname;
    struct str modes;
    struct str away;
    uint64_t signed_on_ms;
    uint64_t absent_ms;
    struct unpack lists; /* memberships and all behind: read again when the user is there */
};

static void
unpack_draft(struct unpack *from, struct draft *draft)
{
    draft->form = unpack_number(from);
    if (draft->form == 0 || draft->form > FORM)
        from->is_bad = true;
    draft->account = unpack_text(from);
    draft->nick = unpack_text(from);
    draft->username = unpack_text(from);
    draft->host = unpack_text(from);
    draft->realname = unpack_text(from);
    draft->modes = unpack_text(from);
    draft->away = unpack_text(from);
    draft->signed_on_ms = unpack_number(from);
    draft->absent_ms = unpack_number(from);
    draft->lists = *from;
}

static uint32_t
ranks_of(struct str letters)
{
    uint32_t ranks = 0;
    for (size_t i = 0; i < RANK_COUNT; i++) {
        if (str_find_byte(letters, rank_row_at(i)->letter) < letters.len)
            ranks |= rank_row_at(i)->rank;
    }
    return ranks;
}

static struct lost_place *
find_lost(const struct user *user, struct str name)
{
    for (size_t i = 0; i < user->residence->lost_count; i++) {
        struct lost_place *place = &user->residence->lost[i];
        if (!place->is_only_invited && name_equal(place->channel, name))
            return place;
    }
    return NULL;
}

/* In a channel that is in the store but could not be restored. */
static void
keep_lost(const struct hub *hub, struct user *user, struct str name, struct str letters,
          bool is_only_invited)
{
    struct residence *residence = user->residence;
    if (residence->lost_count == LIMIT_LOST_PLACES)
        return;
    residence->lost = cf_array_reserve(residence->lost, &residence->lost_capacity,
                                       residence->lost_count + 1, sizeof *residence->lost);
    residence->lost[residence->lost_count++] = (struct lost_place){
        .channel = str_dup(name),
        .letters = str_dup(letters),
        .joined_ms = hub->now_ms,
        .is_only_invited = is_only_invited,
    };
}

void
presence_row_forget_lost(struct residence *residence)
{
    for (size_t i = 0; i < residence->lost_count; i++) {
        str_free(&residence->lost[i].channel);
        str_free(&residence->lost[i].letters);
    }
    cf_free(residence->lost);
    residence->lost = NULL;
    residence->lost_count = 0;
    residence->lost_capacity = 0;
}

/* Back in a channel, which is made again when nothing is known of it any more; not one that is only
 * lost: it would write over the row of that. */
static void
restore_member(struct hub *hub, struct user *user, struct str name, struct str letters)
{
    struct channel *channel = channel_find(hub, name);
    if (channel == NULL && channel_is_lost(hub, name)) {
        keep_lost(hub, user, name, letters, false);
        return;
    }
    if (channel == NULL)
        channel = channel_new(hub, name);
    if (user_membership(user, channel) != NULL)
        return;
    channel->slept_ms = 0; /* somebody is in it */
    (void)channel_add_member(hub, channel, user, ranks_of(letters));
    channel_row_change(hub, channel);
}

/* user: NULL only looks whether they make sense. */
static void
unpack_memberships(struct unpack *from, struct hub *hub, struct user *user)
{
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str name = unpack_text(from);
        struct str letters = unpack_text(from);
        if (!name_is_channel(name))
            from->is_bad = true;
        else if (user != NULL)
            restore_member(hub, user, name, letters);
    }
}

static void
unpack_silenced(struct unpack *from, struct hub *hub, struct user *user)
{
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str mask = unpack_text(from);
        if (mask.len == 0)
            from->is_bad = true;
        else if (user != NULL)
            shield_restore(hub, user, mask);
    }
}

static void
unpack_invites(struct unpack *from, struct hub *hub, struct user *user)
{
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str name = unpack_text(from);
        const struct channel *channel = user == NULL ? NULL : channel_find(hub, name);
        if (!name_is_channel(name))
            from->is_bad = true;
        else if (channel != NULL)
            user_invite(hub, user, channel->id);
        else if (user != NULL && channel_is_lost(hub, name))
            keep_lost(hub, user, name, STR(""), true);
    }
}

static void
unpack_accepted(struct unpack *from, const struct hub *hub, struct user *user)
{
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str account = unpack_text(from);
        if (user != NULL)
            shield_restore_accepted(hub, user, account);
    }
}

/* As many as there are channels, in the same order. */
static void
unpack_joined(struct unpack *from, const struct draft *draft, const struct hub *hub,
              struct user *user)
{
    struct unpack channels = draft->lists;
    uint64_t count = unpack_number(from);
    if (count != unpack_number(&channels))
        from->is_bad = true;
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        uint64_t joined_ms = unpack_number(from);
        struct str name = unpack_text(&channels);
        (void)unpack_text(&channels); /* its ranks */
        if (joined_ms > INT64_MAX)
            from->is_bad = true;
        const struct channel *channel = user == NULL ? NULL : channel_find(hub, name);
        struct lost_place *lost = user == NULL ? NULL : find_lost(user, name);
        if (from->is_bad)
            return;
        if (channel != NULL)
            user_membership(user, channel)->joined_ms = (int64_t)joined_ms;
        else if (lost != NULL)
            lost->joined_ms = (int64_t)joined_ms;
    }
}

/* hub, user: NULL only looks whether they make sense. */
static bool
unpack_lists(const struct draft *draft, struct hub *hub, struct user *user)
{
    struct unpack from = draft->lists;
    unpack_memberships(&from, hub, user);
    if (draft->form >= 2)
        unpack_silenced(&from, hub, user);
    if (draft->form >= 3) {
        unpack_invites(&from, hub, user);
        unpack_accepted(&from, hub, user);
    }
    if (draft->form >= 4)
        unpack_joined(&from, draft, hub, user);
    return !from.is_bad && from.rest.len == 0;
}

static bool
is_sound(const struct hub *hub, const struct draft *draft)
{
    const struct account *account = account_find(hub, draft->account);
    return account != NULL && presence_find(hub, account) == NULL && name_is_nick(draft->nick) &&
           user_find(hub, draft->nick) == NULL && host_is_username(draft->username) &&
           host_is_valid(draft->host) && draft->realname.len <= LIMIT_REALNAME_BYTES &&
           draft->away.len <= LIMIT_AWAY_BYTES && draft->signed_on_ms <= INT64_MAX &&
           draft->absent_ms <= INT64_MAX && unpack_lists(draft, NULL, NULL);
}

static void
restore_modes(struct hub *hub, struct user *user, struct str letters)
{
    uint32_t modes = 0;
    for (size_t i = 0; i < letters.len; i++) {
        const struct user_mode_row *row = user_mode_find(letters.ptr[i]);
        if (row != NULL && row->is_set_by_user)
            modes |= row->bit;
    }
    user_set_modes(hub, user, modes);
}

bool
presence_row_restore(struct hub *hub, struct str value)
{
    struct draft draft = {.signed_on_ms = 0};
    struct unpack from = UNPACK(value);
    unpack_draft(&from, &draft);
    if (from.is_bad || !is_sound(hub, &draft))
        return false;
    struct account *account = account_find(hub, draft.account);
    struct user *user = user_new(hub,
                                 &(struct user_identity){.nick = draft.nick,
                                                         .username = draft.username,
                                                         .host = draft.host},
                                 draft.realname);
    user->signed_on_ms = (int64_t)draft.signed_on_ms;
    account_set_of_user(user, account);
    str_replace(&user->away, draft.away);
    restore_modes(hub, user, draft.modes);
    presence_begin(hub, account, user,
                   draft.absent_ms == 0 ? hub->now_ms : (int64_t)draft.absent_ms);
    user->active_ms = user->residence->absent_ms;
    return unpack_lists(&draft, hub, user);
}
