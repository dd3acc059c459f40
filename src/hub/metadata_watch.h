#ifndef CONFAB_HUB_METADATA_WATCH_H
#define CONFAB_HUB_METADATA_WATCH_H

#include "hub/metadata.h"
#include "hub/numeric.h"
#include "hub/state.h"

/*
 * Who is told of metadata. A session names the keys that it wants to hear of (METADATA SUB, at most
 * LIMIT_METADATA_SUBS). It is told when one of them changes of its own user, of a channel that its
 * user is in, of somebody who shares a channel with it, or whom it monitors; and what they are when
 * it begins to share a channel. Nobody is told of a channel that it is not in.
 *
 * What is told is RPL_KEYVALUE and RPL_KEYNOTSET to clients with draft/metadata-3, and METADATA to
 * those with draft/metadata-2 only. Messages pass nothing of this. Part of the hub's state, guarded
 * by its lock. Spec: draft/metadata-2 and -3, "Notifications".
 */
struct metadata_interest;

/* Whether the session speaks draft/metadata-3, whose words differ a little. */
bool metadata_speaks_3(const struct session *session);

/* False when there are as many as there may be already, and this is another one. */
CF_NODISCARD bool metadata_subscribe(struct hub *hub, struct session *session, struct str key);
void metadata_unsubscribe(struct hub *hub, struct session *session, struct str key);
bool metadata_is_subscribed(const struct session *session, struct str key);

/* What it has subscribed to, in that order; index below the count. */
size_t metadata_subscription_count(const struct session *session);
struct str metadata_subscription_at(const struct session *session, size_t index);

/* Forgets all of them, as the session ends. */
void metadata_forget_session(struct hub *hub, struct session *session);

/* A key of a user, or of a channel, is `value` now, or not set if that is empty. origin: the
 * session that has been told already; may be NULL, as has its user, by whom it was changed. */
void metadata_announce_of_user(struct hub *hub, const struct user *user, struct str key,
                               struct str value, const struct session *origin);
void metadata_announce_of_channel(struct hub *hub, const struct channel *channel, struct str key,
                                  struct str value, const struct session *origin);

/* Gives the user of the call what was set before it was that, as far as there is room, and tells
 * the others; frees it. overrides: also what is set already. */
void metadata_adopt(struct call *call, struct metadata *early, bool overrides);

/* Before the user's account is `next`, NULL for none: an account without them gets the keys that
 * were set while the user had none, and others are told what is different now. */
void metadata_account_changes(struct hub *hub, struct user *user, struct account *next);

/* One numeric about a key for one session; value: the text of 766 if that is the numeric. */
void metadata_reply(struct hub *hub, const struct session *session, enum numeric numeric,
                    struct str target, struct str key, struct str value);

/* Tells a session, as an answer, the keys of a user or channel that it has subscribed to. */
void metadata_show_user(struct hub *hub, const struct session *session, struct user *user);
void metadata_show_channel(struct hub *hub, const struct session *session,
                           const struct channel *channel);

/* The same about somebody whom it monitors, and who may have come just now: no answer. Returns how
 * many. */
size_t metadata_show_monitored(struct hub *hub, const struct session *session, struct user *user);

/* The user has joined: those who are in the channel already are told of it. */
void metadata_member_joined(struct hub *hub, const struct channel *channel, struct user *user);

/* What a session that has come into a channel is told: its metadata and that of its members; or, if
 * there is much of it, that it has to ask (RPL_METADATASYNCLATER). */
void metadata_show_on_join(struct call *call, const struct channel *channel);

/* What the user of the call has, in the burst after registration. */
void metadata_send_own(struct call *call);

/* In WHOIS, to those who know metadata. */
void metadata_send_whois(struct call *call, struct user *user);

#endif
