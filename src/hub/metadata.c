/* Metadata and its rows; see metadata.h. */
#include "hub/metadata.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/channel.h"
#include "hub/channel_access.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define FORM 1 /* of the value: rises when it changes, and old ones stay readable */
/* Each text has up to two bytes of length. */
#define VALUE_BYTES_MAX       \
    (LIMIT_FOLDED_BYTES + 8 + \
     LIMIT_METADATA_KEYS * (LIMIT_METADATA_KEY_BYTES + LIMIT_METADATA_VALUE_BYTES + 4))

static_assert(LIMIT_SERVER_NAME_BYTES + LIMIT_NICK_BYTES + LIMIT_CHANNEL_BYTES +
                      LIMIT_METADATA_KEY_BYTES + LIMIT_METADATA_VALUE_BYTES +
                      sizeof(": 761    * :") <
                  LIMIT_LINE_BYTES,
              "a key and its value fit in a line");

/* --- values --- */

bool
metadata_key_is_valid(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char byte = key.ptr[i];
        bool is_lower = byte >= 'a' && byte <= 'z';
        if (!is_lower && !ascii_is_digit(byte) && byte != '_' && byte != '.' && byte != '/' &&
            byte != '-')
            return false;
    }
    return key.len > 0 && key.len <= LIMIT_METADATA_KEY_BYTES;
}

static struct metadata_entry *
find(const struct metadata *metadata, struct str key)
{
    for (size_t i = 0; i < metadata->count; i++) {
        if (str_equal(metadata->items[i].key, key))
            return &metadata->items[i];
    }
    return NULL;
}

struct str
metadata_get(const struct metadata *metadata, struct str key)
{
    const struct metadata_entry *entry = find(metadata, key);
    return entry == NULL ? STR_NONE : entry->value;
}

static void
remove_entry(struct metadata *metadata, struct metadata_entry *entry)
{
    size_t behind = (size_t)(metadata->items + metadata->count - entry) - 1;
    str_free(&entry->key);
    str_free(&entry->value);
    memmove(entry, entry + 1, behind * sizeof *entry);
    metadata->count--;
}

enum metadata_result
metadata_set(struct metadata *metadata, struct str key, struct str value)
{
    assert(metadata_key_is_valid(key));
    assert(value.len <= LIMIT_METADATA_VALUE_BYTES);
    struct metadata_entry *entry = find(metadata, key);
    if (entry == NULL ? value.len == 0 : str_equal(entry->value, value))
        return METADATA_SAME;
    if (value.len == 0) {
        remove_entry(metadata, entry);
        return METADATA_CHANGED;
    }
    if (entry == NULL) {
        if (metadata->count >= LIMIT_METADATA_KEYS)
            return METADATA_FULL;
        metadata->items = cf_array_reserve(metadata->items, &metadata->capacity,
                                           metadata->count + 1, sizeof *metadata->items);
        entry = &metadata->items[metadata->count++];
        *entry = (struct metadata_entry){.key = str_dup(key)};
    }
    str_replace(&entry->value, value);
    return METADATA_CHANGED;
}

void
metadata_deinit(struct metadata *metadata)
{
    while (metadata->count > 0)
        remove_entry(metadata, &metadata->items[metadata->count - 1]);
    cf_free(metadata->items);
    *metadata = (struct metadata){.count = 0};
}

struct metadata *
metadata_of_user(const struct hub *hub, struct user *user)
{
    struct account *account = account_find(hub, user->account);
    return account == NULL ? &user->metadata : &account->metadata;
}

/* --- rows --- */

static void
drop(struct hub *hub, struct str folded_name)
{
    struct record record = record_of_row_gone(ROW_METADATA, folded_name);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

static void
keep(struct hub *hub, struct str folded_name, const struct metadata *metadata)
{
    if (metadata->count == 0) {
        drop(hub, folded_name);
        return;
    }
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_text(&value, folded_name);
    pack_number(&value, metadata->count);
    for (size_t i = 0; i < metadata->count; i++) {
        pack_text(&value, metadata->items[i].key);
        pack_text(&value, metadata->items[i].value);
    }
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_METADATA, folded_name, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    buf_deinit(&value);
}

void
metadata_keep_of_account(struct hub *hub, const struct account *account)
{
    keep(hub, account->key, &account->metadata);
}

void
metadata_keep_of_user(struct hub *hub, const struct user *user)
{
    const struct account *account = account_find(hub, user->account);
    if (account != NULL)
        metadata_keep_of_account(hub, account);
}

/* The lobby is what the configuration says, and others may be gone at any time. */
static bool
is_kept(const struct hub *hub, const struct channel *channel)
{
    return hub->config->has_store && channel_is_registered(channel);
}

void
metadata_keep_of_channel(struct hub *hub, const struct channel *channel)
{
    if (is_kept(hub, channel))
        keep(hub, channel->folded_name, &channel->metadata);
}

void
metadata_drop_of_account(struct hub *hub, const struct account *account)
{
    if (account->metadata.count > 0)
        drop(hub, account->key);
}

void
metadata_drop_of_channel(struct hub *hub, const struct channel *channel)
{
    if (is_kept(hub, channel) && channel->metadata.count > 0)
        drop(hub, channel->folded_name);
}

/* metadata: NULL only looks whether it makes sense. */
static bool
unpack_entries(struct unpack from, struct metadata *metadata)
{
    uint64_t count = unpack_number(&from);
    for (uint64_t i = 0; i < count && !from.is_bad; i++) {
        struct str key = unpack_text(&from);
        struct str text = unpack_text(&from);
        if (!metadata_key_is_valid(key) || text.len == 0 || text.len > LIMIT_METADATA_VALUE_BYTES ||
            !utf8_is_valid(text))
            return false;
        if (metadata != NULL && metadata_set(metadata, key, text) == METADATA_FULL)
            return true; /* the limit was higher when it was written */
    }
    return count > 0 && !from.is_bad && from.rest.len == 0;
}

bool
metadata_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    struct channel *channel = channel_find(hub, name);
    struct account *account = account_find(hub, name);
    struct metadata *metadata = NULL;
    if (channel != NULL && channel_is_registered(channel))
        metadata = &channel->metadata;
    else if (account != NULL)
        metadata = &account->metadata;
    if (from.is_bad || form != FORM || metadata == NULL || metadata->count > 0 ||
        !unpack_entries(from, NULL))
        return false;
    return unpack_entries(from, metadata);
}
