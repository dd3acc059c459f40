#ifndef CONFAB_HUB_PRESENCE_H
#define CONFAB_HUB_PRESENCE_H

#include "hub/state.h"

/*
 * Users who stay while no client of theirs is connected. Such a user is a *resident*: of an account
 * that is always-on, one user, whatever its nick. When its last session ends it keeps its nick, its
 * channels and ranks; nobody sees it quit. It is *absent* then: it owns no connection and no
 * worker, and gets messages through history only. Its next session, whatever nick that asks for,
 * finds it as it was. Residents outlive a restart as rows (ROW_MEMBERSHIP).
 *
 * An account becomes a resident with its setting always-on and the administrator's policy; so long
 * as there is room for residents (accounts.always_on_max). A resident that does not come back for
 * accounts.always_on_expiry leaves.
 *
 * Spec: ircv3-specifications pull request 503 (draft/persistence). Part of the hub's state, guarded
 * by its lock.
 */
struct account;

/* A place in a channel that could not be restored (channel_lost.h): it stays in the row. */
struct lost_place {
    struct str channel; /* owned */
    struct str letters; /* owned; of its ranks */
    int64_t joined_ms;
    bool is_only_invited;
};

struct residence {
    struct user *user;
    int64_t absent_ms; /* since when it is absent; 0: it is not */
    bool is_auto_away; /* it is away only because it is not attended */
    bool is_changed;   /* in hub->changed_residents */
    struct hub_timer expiry;
    struct lost_place *lost; /* owned; see presence_row.h */
    size_t lost_count;
    size_t lost_capacity;
};

/* The user that stays for the account; NULL when there is none. */
struct user *presence_find(const struct hub *hub, const struct account *account);

/* Whether it has no session: it is a resident then. */
bool user_is_absent(const struct user *user);

/* Whether the account is to have a resident, by its setting and the policy. */
bool presence_is_wanted(const struct hub *hub, const struct account *account);

/* Makes the user a resident, or ends that, as its account now wants. May free it: an absent user
 * who is no resident any more quits. */
void presence_settle(struct hub *hub, struct user *user);

/* The same for the user that stays for the account, if there is one. */
void presence_settle_account(struct hub *hub, const struct account *account);

/* It stays no more: its next last session is its end. An absent one must be freed by the caller, or
 * by presence_leave. */
void presence_end(struct hub *hub, struct user *user);

/* Whoever stays for that account stays no more, and quits if it is absent. */
void presence_leave(struct hub *hub, const struct account *account, struct str reason);

/* A session has come to the user, or has gone from it, or is attended to or not now. */
void presence_session_came(struct hub *hub, struct user *user);
void presence_session_went(struct hub *hub, struct user *user);
void presence_attention_changed(struct hub *hub, struct user *user,
                                const struct session *own_session);

/* Whether somebody may be at one of its sessions: not all have said AWAY *. */
bool presence_is_attended(const struct user *user);

/* It says itself whether it is away. */
void presence_forget_auto_away(struct user *user);

/* Something that is kept of the user has changed; nothing happens when it is no resident. */
void presence_changed(struct hub *hub, const struct user *user);

/* A resident with that user, absent since then; there must be room. For presence_row.h. */
void presence_begin(struct hub *hub, struct account *account, struct user *user, int64_t absent_ms);

/* After all rows are back, and after a reload: who is not to stay leaves. */
void presence_configure(struct hub *hub);

/* Frees those who are absent, without a word, as the hub ends. */
void presence_deinit(struct hub *hub);

/*
 * The user whose session one is to be that is logged in to `account`, and asks for that nick; NULL:
 * it becomes a user of its own.
 */
struct user *presence_user_for(const struct hub *hub, struct str account, struct str nick);

/* The same for one that is a user already, and asks for that nick: it gets what it has asked for,
 * or NULL, whoever stays for the account. */
struct user *presence_user_named(const struct hub *hub, struct str account, struct str nick);

#endif
