/* Channels as rows; see channel_row.h. */
#include "hub/channel_row.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/channel_heir.h"
#include "hub/floor.h"
#include "hub/keep.h"
#include "hub/mode.h"
#include "hub/rename.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>

#define FORM            5 /* of the value: rises when it changes, and old ones stay readable */
#define HOURS_PER_DAY   24
#define VALUE_BYTES_MAX (1024 * 1024)

/* --- writing --- */

/* As letters, since bits are the program's own. */
static void
pack_flags(struct buf *out, uint32_t modes)
{
    struct buf letters;
    buf_init(&letters, 64);
    for (size_t i = 0; i < channel_mode_count(); i++) {
        const struct channel_mode_row *row = channel_mode_at(i);
        if (row->kind == MODE_FLAG && (modes & row->bit))
            buf_put_byte(&letters, row->letter);
    }
    pack_text(out, buf_str(&letters));
    buf_deinit(&letters);
}

static void
pack_list(struct buf *out, const struct mask_list *list)
{
    pack_number(out, list->count);
    for (size_t i = 0; i < list->count; i++) {
        pack_text(out, list->items[i].mask);
        pack_text(out, list->items[i].set_by);
        pack_number(out, (uint64_t)list->items[i].set_ms);
    }
}

/* Of a channel that is not registered, also those who are in it. */
static void
pack_access(struct buf *out, const struct channel *channel)
{
    struct buf entries;
    buf_init(&entries, VALUE_BYTES_MAX / 2);
    size_t count = 0;
    for (size_t i = 0; i < channel->access_count; i++, count++) {
        pack_text(&entries, channel->access[i].account);
        pack_number(&entries, channel->access[i].ranks);
    }
    list_for_each(node, &channel->members) {
        const struct member *member = CONTAINER_OF(node, struct member, in_channel);
        struct str account = member->user->account;
        if (channel_is_registered(channel) || member->ranks == 0 || account.len == 0 ||
            access_ranks(channel, account) != 0 || count >= LIMIT_CHANNEL_ACCESS)
            continue;
        pack_text(&entries, account);
        pack_number(&entries, member->ranks);
        count++;
    }
    pack_number(out, count);
    buf_put(out, buf_str(&entries));
    buf_deinit(&entries);
}

/* Those that still lead to it, and for how long. */
static void
pack_former_names(struct buf *out, const struct hub *hub, const struct channel *channel)
{
    uint64_t count = 0;
    list_for_each(node, &channel->redirects) {
        count += CONTAINER_OF(node, struct redirect, in_channel)->until_ms > hub->now_ms ? 1 : 0;
    }
    pack_number(out, count);
    list_for_each(node, &channel->redirects) {
        const struct redirect *redirect = CONTAINER_OF(node, struct redirect, in_channel);
        if (redirect->until_ms <= hub->now_ms)
            continue;
        pack_text(out, redirect->folded_name);
        pack_number(out, (uint64_t)redirect->until_ms);
    }
}

static void
pack_channel(struct buf *out, const struct hub *hub, const struct channel *channel)
{
    pack_number(out, FORM);
    pack_text(out, channel->name);
    pack_text(out, channel->founder);
    pack_number(out, (uint64_t)channel->created_ms);
    pack_number(out, (uint64_t)channel->slept_ms);
    pack_flags(out, channel->modes);
    pack_text(out, channel->key);
    pack_number(out, channel->limit);
    pack_number(out, channel->slow_s);
    pack_text(out, channel->forward);
    pack_number(out, channel->throttle.joins_max);
    pack_number(out, channel->throttle.seconds);
    pack_number(out, channel->floor.is_on ? 1 : 0);
    pack_number(out, channel->floor.silence_s);
    pack_text(out, channel->topic);
    pack_text(out, channel->topic_by);
    pack_number(out, (uint64_t)channel->topic_ms);
    for (size_t i = 0; i < MASK_LIST_COUNT; i++)
        pack_list(out, &channel->lists[i]);
    pack_access(out, channel);
    pack_number(out, channel->keep_count);
    pack_number(out, channel->keep_hours / HOURS_PER_DAY);
    pack_number(out, channel->keep_hours % HOURS_PER_DAY);
    pack_text(out, channel->heir);
    pack_number(out, channel->is_read_from_join ? 1 : 0);
    pack_former_names(out, hub, channel);
}

static void
keep(struct hub *hub, const struct channel *channel)
{
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_channel(&value, hub, channel);
    assert(buf_room(&value) > 0);
    struct record record = record_of_row(ROW_CHANNEL, channel->folded_name, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&value);
}

void
channel_row_change(struct hub *hub, struct channel *channel)
{
    if (channel->is_permanent || !hub->config->has_store)
        return;
    hub->row_changes++;
    if (channel->is_changed)
        return;
    channel->is_changed = true;
    hub->changed_channels =
        cf_array_reserve(hub->changed_channels, &hub->changed_channel_capacity,
                         hub->changed_channel_count + 1, sizeof *hub->changed_channels);
    hub->changed_channels[hub->changed_channel_count++] = channel->id;
}

void
channel_rows_keep(struct hub *hub)
{
    for (size_t i = 0; i < hub->changed_channel_count; i++) {
        struct channel *channel = slots_find(&hub->channels, hub->changed_channels[i]);
        if (channel == NULL)
            continue; /* it has ended since */
        channel->is_changed = false;
        keep(hub, channel);
    }
    hub->changed_channel_count = 0;
}

void
channel_row_drop(struct hub *hub, const struct channel *channel)
{
    if (channel->is_permanent || !hub->config->has_store)
        return;
    struct record record = record_of_row_gone(ROW_CHANNEL, channel->folded_name);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

/* --- reading --- */

/* What an unpacked channel has before it is known whether all of it makes sense. */
struct draft {
    struct str name;
    struct str founder;
    int64_t created_ms;
    int64_t slept_ms;
    struct str flags;
    struct str key;
    uint32_t limit;
    uint32_t slow_s;
    struct str forward;
    uint32_t joins_max;
    uint32_t join_seconds;
    bool has_floor;
    uint32_t silence_s;
    struct str topic;
    struct str topic_by;
    int64_t topic_ms;
    uint64_t form;
    struct str lists; /* all behind: read again when the channel is there */
};

static uint32_t
unpack_u32(struct unpack *from)
{
    uint64_t number = unpack_number(from);
    if (number > UINT32_MAX)
        from->is_bad = true;
    return (uint32_t)number;
}

static int64_t
unpack_ms(struct unpack *from)
{
    uint64_t number = unpack_number(from);
    if (number > INT64_MAX)
        from->is_bad = true;
    return (int64_t)number;
}

static void
unpack_draft(struct unpack *from, struct draft *draft)
{
    draft->form = unpack_number(from);
    if (draft->form == 0 || draft->form > FORM)
        from->is_bad = true;
    draft->name = unpack_text(from);
    draft->founder = unpack_text(from);
    draft->created_ms = unpack_ms(from);
    draft->slept_ms = unpack_ms(from);
    draft->flags = unpack_text(from);
    draft->key = unpack_text(from);
    draft->limit = unpack_u32(from);
    draft->slow_s = unpack_u32(from);
    draft->forward = unpack_text(from);
    draft->joins_max = unpack_u32(from);
    draft->join_seconds = unpack_u32(from);
    draft->has_floor = unpack_number(from) != 0;
    draft->silence_s = unpack_u32(from);
    draft->topic = unpack_text(from);
    draft->topic_by = unpack_text(from);
    draft->topic_ms = unpack_ms(from);
    draft->lists = from->rest;
}

/* hub, channel: NULL to look only whether it makes sense. */
static void
unpack_lists(struct unpack *from, struct hub *hub, struct channel *channel)
{
    for (size_t i = 0; i < MASK_LIST_COUNT; i++) {
        uint64_t count = unpack_number(from);
        for (uint64_t k = 0; k < count && !from->is_bad; k++) {
            struct str mask = unpack_text(from);
            struct str set_by = unpack_text(from);
            int64_t set_ms = unpack_ms(from);
            if (channel == NULL || mask_list_find(&channel->lists[i], mask) != NULL)
                continue;
            mask_list_add(hub, &channel->lists[i], mask, set_by);
            mask_list_find(&channel->lists[i], mask)->set_ms = set_ms;
        }
    }
}

static void
unpack_access(struct unpack *from, struct channel *channel)
{
    uint64_t count = unpack_number(from);
    bool is_full = false; /* the limit was higher when it was written */
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str account = unpack_text(from);
        uint32_t ranks = unpack_u32(from);
        if (channel != NULL && account.len > 0 && !is_full)
            is_full = !access_set(channel, account, ranks);
    }
}

/* hub, channel: NULL to look only. */
static void
unpack_former_names(struct unpack *from, struct hub *hub, struct channel *channel)
{
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->is_bad; i++) {
        struct str name = unpack_text(from);
        int64_t until_ms = unpack_ms(from);
        if (channel != NULL && !from->is_bad)
            rename_restore(hub, channel, name, until_ms);
    }
}

/* What came with later forms. hub, channel: NULL to look only. */
static void
unpack_later(struct unpack *from, uint64_t form, struct hub *hub, struct channel *channel)
{
    uint32_t count = form >= 2 ? unpack_u32(from) : 0;
    uint32_t days = form >= 2 ? unpack_u32(from) : 0;
    uint32_t hours = form >= 3 ? unpack_u32(from) : 0;
    struct str heir = form >= 3 ? unpack_text(from) : STR("");
    bool is_read_from_join = form >= 4 && unpack_number(from) != 0;
    if (form >= 5)
        unpack_former_names(from, hub, channel);
    if (days > UINT32_MAX / HOURS_PER_DAY - 1 || hours >= HOURS_PER_DAY)
        from->is_bad = true;
    if (channel == NULL || from->is_bad)
        return;
    channel->keep_count = count;
    channel->keep_hours = days * HOURS_PER_DAY + hours;
    if (channel_is_registered(channel)) /* else there is nothing to take over */
        channel_set_heir(hub, channel, heir);
    channel->is_read_from_join = is_read_from_join;
}

static uint32_t
flags_of(struct str letters)
{
    uint32_t modes = 0;
    for (size_t i = 0; i < letters.len; i++) {
        const struct channel_mode_row *row = channel_mode_find(letters.ptr[i]);
        if (row != NULL && row->kind == MODE_FLAG)
            modes |= row->bit;
    }
    return modes;
}

static void
fill(struct hub *hub, struct channel *channel, const struct draft *draft)
{
    channel->created_ms = draft->created_ms;
    channel->modes = flags_of(draft->flags);
    channel->limit = draft->limit;
    channel->slow_s = draft->slow_s;
    channel->throttle.joins_max = draft->joins_max;
    channel->throttle.seconds = draft->join_seconds;
    channel->topic_ms = draft->topic_ms;
    str_replace(&channel->founder, draft->founder);
    str_replace(&channel->key, draft->key);
    str_replace(&channel->forward, draft->forward);
    str_replace(&channel->topic, draft->topic);
    str_replace(&channel->topic_by, draft->topic_by);
    if (draft->has_floor)
        floor_enable(hub, channel, draft->silence_s);
    struct unpack lists = UNPACK(draft->lists);
    unpack_lists(&lists, hub, channel);
    unpack_access(&lists, channel);
    unpack_later(&lists, draft->form, hub, channel);
}

/* Whether nobody came for so long that it is given up. */
static bool
has_overslept(const struct hub *hub, const struct draft *draft)
{
    return draft->founder.len == 0 && draft->slept_ms != 0 &&
           hub->now_ms - draft->slept_ms > LIMIT_CHANNEL_SLEEP_MS;
}

bool
channel_row_restore(struct hub *hub, struct str value)
{
    struct draft draft = {.limit = 0};
    struct unpack from = UNPACK(value);
    unpack_draft(&from, &draft);
    unpack_lists(&from, NULL, NULL);
    unpack_access(&from, NULL);
    unpack_later(&from, draft.form, NULL, NULL);
    if (from.is_bad || from.rest.len > 0 || !name_is_channel(draft.name))
        return false;
    if (channel_find(hub, draft.name) != NULL)
        return true; /* the lobby of a changed configuration: that decides what it is like */
    struct channel *channel = channel_new(hub, draft.name);
    if (has_overslept(hub, &draft)) {
        keep_nothing_of(hub, channel);
        channel_row_drop(hub, channel);
        channel_free(hub, channel);
        return true;
    }
    fill(hub, channel, &draft);
    channel->slept_ms = draft.slept_ms != 0 ? draft.slept_ms : hub->now_ms;
    if (channel->keep_count > 0 || channel->keep_hours > 0)
        keep_limits_of(hub, channel); /* they may come from an import */
    channel_row_change(hub, channel);
    return true;
}

struct str
channel_row_name(struct str value)
{
    struct unpack from = UNPACK(value);
    (void)unpack_number(&from); /* the form: a newer one begins with the name as well, perhaps */
    struct str name = unpack_text(&from);
    return from.is_bad ? STR("") : name;
}

static bool
is_stranger(const struct hub *hub, struct str account)
{
    return account.len > 0 && account_find(hub, account) == NULL;
}

struct str
channel_row_find_stranger(const struct hub *hub, struct str value)
{
    struct draft draft = {.limit = 0};
    struct unpack from = UNPACK(value);
    unpack_draft(&from, &draft);
    struct str stranger = is_stranger(hub, draft.founder) ? draft.founder : STR("");
    unpack_lists(&from, NULL, NULL);
    uint64_t count = unpack_number(&from);
    for (uint64_t i = 0; i < count && !from.is_bad; i++) {
        struct str account = unpack_text(&from);
        (void)unpack_number(&from); /* the ranks */
        if (stranger.len == 0 && is_stranger(hub, account))
            stranger = account;
    }
    for (int i = 0; i < 3 && draft.form >= (i < 2 ? 2 : 3); i++)
        (void)unpack_number(&from); /* how much is kept */
    struct str heir = draft.form >= 3 ? unpack_text(&from) : STR("");
    if (stranger.len == 0 && is_stranger(hub, heir))
        stranger = heir;
    return from.is_bad ? STR("") : stranger;
}
