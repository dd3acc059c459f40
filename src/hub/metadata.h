#ifndef CONFAB_HUB_METADATA_H
#define CONFAB_HUB_METADATA_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Metadata: what users say of themselves, and operators of their channels, as keys with values
 * (display-name, avatar ...). That of a user with an account belongs to the account, so several
 * users who are logged in to one account have the same; that of an account and of a registered
 * channel is a row of the store (ROW_METADATA, under the folded name), that of others lasts as long
 * as they do. At most LIMIT_METADATA_KEYS of each, in the order in which they were set first.
 * Part of the hub's state, guarded by its lock. Spec: draft/metadata-2 and -3, "Keys and Values".
 */
struct account;
struct channel;
struct hub;
struct user;

struct metadata_entry {
    struct str key;   /* owned */
    struct str value; /* owned, never empty */
};

/* Zeroed it is empty. */
struct metadata {
    struct metadata_entry *items;
    size_t count;
    size_t capacity;
};

enum metadata_result {
    METADATA_CHANGED,
    METADATA_SAME, /* it was so already */
    METADATA_FULL,
};

/* Whether a key may be called that: a-z, 0-9, '_', '.', '/' and '-'. Pure. */
bool metadata_key_is_valid(struct str key);

/* Empty when the key is not set. Borrowed: until it is changed. */
struct str metadata_get(const struct metadata *metadata, struct str key);

/* Sets a valid key, or with an empty value takes it away. Nothing is put on record. */
CF_NODISCARD enum metadata_result metadata_set(struct metadata *metadata, struct str key,
                                               struct str value);

void metadata_deinit(struct metadata *metadata);

/* What the user has: that of its account, or its own while it has none. */
struct metadata *metadata_of_user(const struct hub *hub, struct user *user);

/* Puts on record what has changed; nothing when it is not of a kind that is kept. */
void metadata_keep_of_user(struct hub *hub, const struct user *user);
void metadata_keep_of_account(struct hub *hub, const struct account *account);
void metadata_keep_of_channel(struct hub *hub, const struct channel *channel);

/* It is to be gone from the store: the account or the registration ends, or the name does. */
void metadata_drop_of_account(struct hub *hub, const struct account *account);
void metadata_drop_of_channel(struct hub *hub, const struct channel *channel);

/* A row that was kept, when what it is about is there already. False when it makes no sense. */
CF_NODISCARD bool metadata_restore(struct hub *hub, struct str value);

#endif
