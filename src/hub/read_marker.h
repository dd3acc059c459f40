#ifndef CONFAB_HUB_READ_MARKER_H
#define CONFAB_HUB_READ_MARKER_H

#include "base/attr.h"
#include "hub/account.h"

/*
 * Read markers: up to which moment a user has read a channel or a conversation, so that what was
 * read on one device counts as read on all. Markers belong to the account, and each is a row of the
 * store, whose key is the folded names of account and target with a space between them; those of a
 * user without an account are kept as long as that user is there. A marker only ever rises. There
 * are at most LIMIT_READ_MARKERS of each; one more takes the place of the one furthest back. Nobody
 * else is ever told of them. Spec: IRCv3 read-marker; soju.im/read, which calls the command
 * READ.
 */

/* Milliseconds since 1970; 0: none. target: folded. */
int64_t read_marker_get(const struct hub *hub, const struct user *user, struct str target);

/* Sets it to `wall_ms`, or to now when that is in the future; false when it would not rise. */
CF_NODISCARD bool read_marker_raise(struct hub *hub, struct user *user, struct str target,
                                    int64_t wall_ms);

/* Tells a session of a user, who is in the channel, how far it was read, if it asked for that. */
void read_marker_show(struct hub *hub, const struct session *session,
                      const struct channel *channel);

/* Frees the markers of somebody; what is in the store stays there. */
void read_markers_deinit(struct map *markers);

/* A channel has another name, folded like the old one: all markers of it go along, and those of a
 * channel that had the new name before go. */
void read_markers_rename(struct hub *hub, struct str from, struct str to);

/* The account ends: so do the rows of its markers. */
void read_markers_drop(struct hub *hub, const struct account *account);

/* Makes the marker of a row again, as the server starts, when its account is there already. False
 * for a row that makes no sense. */
CF_NODISCARD bool read_marker_restore(struct hub *hub, struct str value);

#endif
