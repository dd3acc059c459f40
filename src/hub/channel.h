#ifndef CONFAB_CHANNEL_H
#define CONFAB_CHANNEL_H

#include "hub/state.h"

/*
 * Channels, their members and their lists. Part of the hub's state, guarded by its lock.
 */

/* NULL when there is none of that name, in any case and width. */
struct channel *channel_find(const struct hub *hub, struct str name);

/* A new empty channel; the name must be valid and free. */
struct channel *channel_new(struct hub *hub, struct str name);

/* Another name, which must be valid, and free or the channel's own in another case. */
void channel_set_name(struct hub *hub, struct channel *channel, struct str name);

/* Takes the channel away when it has no members and is not permanent. */
void channel_free_if_empty(struct hub *hub, struct channel *channel);

/* Frees it whatever it holds, as the hub ends. */
void channel_free(struct hub *hub, struct channel *channel);

/*
 * Makes the user a member and puts all its sessions into the audience. The JOIN is announced by
 * the caller afterwards.
 */
struct member *channel_add_member(struct hub *hub, struct channel *channel, struct user *user,
                                  uint32_t ranks);

/*
 * Ends the membership; its sessions leave the audience. Announce first, if it is to be seen by
 * the one who leaves. May free the channel.
 */
void channel_remove_member(struct hub *hub, struct channel *channel, struct user *user);

/* The same for a session that comes to, or goes from, a user in the channel. */
void channel_add_session(struct hub *hub, struct channel *channel, const struct session *session);
void channel_remove_session(struct hub *hub, struct channel *channel,
                            const struct session *session);

/* Whether a viewer may know of the channel: it is not secret, or the viewer is in it or an
 * operator. viewer may be NULL. */
bool channel_is_visible_to(const struct channel *channel, const struct user *viewer);

bool channel_has_mode(const struct channel *channel, uint32_t mode);

/* Banned from what `effect` says (one BAN_ bit of extban.h) and not excepted. The answer for a
 * member is kept until bans or identity change. */
bool channel_bans(const struct channel *channel, const struct user *user, uint32_t effect);
bool channel_bans_member(const struct channel *channel, struct member *member, uint32_t effect);

/* Whether a mask on the invite list is the user's. */
bool channel_invites_by_mask(const struct channel *channel, const struct user *user);

/* NULL when the mask is not in the list; compares folded forms. */
struct mask_entry *mask_list_find(struct mask_list *list, struct str mask);

/* The mask must not be in the list. */
void mask_list_add(struct hub *hub, struct mask_list *list, struct str mask, struct str set_by);
void mask_list_remove(struct mask_list *list, struct mask_entry *entry);

/* "+ntk key": with parameters where with_secrets allows it, else the key is shown as "*". */
void channel_put_modes(struct buf *out, const struct channel *channel, bool with_secrets);

#endif
