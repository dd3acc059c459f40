#ifndef CONFAB_HUB_INVITE_LINK_H
#define CONFAB_HUB_INVITE_LINK_H

#include "hub/state.h"

/*
 * Invite links: secrets with which people come into a channel, however closed it is, and, if the
 * link says so, may register an account where nobody else may. An operator of a registered channel
 * makes them (INVITELINK, docs/extensions.md). A link counts its uses, ends at its time, and can be
 * taken back. Kept as a row (ROW_INVITE) by its number, with the hash of the secret, which is shown
 * once. Part of the hub's state, guarded by its lock.
 */
#define INVITE_HASH_BYTES 32

struct invite_link {
    struct list in_hub; /* hub->invite_links, by their numbers */
    uint64_t number;
    struct slot_id channel;
    unsigned char hash[INVITE_HASH_BYTES];
    uint32_t uses_left;
    int64_t expires_ms;
    int64_t created_ms;
    int64_t used_up_ms; /* 0: it is not, or was so before the hub began */
    struct str by;      /* owned: account that has made it */
    bool gives_voice;
    bool may_register;
    bool is_by_operator; /* of the server: accounts may be registered by it whatever is set */
};

/* The session of the call uses a link: its user joins the channel. Before registration it is only
 * noted, and used when that is complete. */
void invite_link_use(struct call *call, struct str secret);

/*
 * Whether the session may register an account, by a link that it has used, where nobody else may.
 * invite_link_register takes what it costs: one use, which pays for joining, too.
 */
bool invite_link_may_register(const struct call *call);
void invite_link_register(struct call *call);

/* Of a channel: it has another name; it is registered no more. */
void invite_links_renamed(struct hub *hub, const struct channel *channel);
void invite_links_drop(struct hub *hub, const struct channel *channel);

/* Frees all, as the hub ends. */
void invite_links_deinit(struct hub *hub);

/*
 * The limit that a further link of the channel would be beyond: LIMIT_INVITE_LINKS or
 * LIMIT_CHANNEL_LINKS; 0: none. What one account may make is no limit of what there may be: those
 * it has made before stay.
 */
uint32_t invite_link_limit(const struct hub *hub, const struct channel *channel);

/* A row that was kept, behind those of channels. False when it makes no sense, or is beyond a
 * limit. */
CF_NODISCARD bool invite_link_restore(struct hub *hub, struct str value);

/* One that makes no sense, or whose channel is not there, is left alone: no other link gets its
 * number, and with it its row. */
void invite_link_skip(struct hub *hub, struct str key);

#endif
