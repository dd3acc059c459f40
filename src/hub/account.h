#ifndef CONFAB_HUB_ACCOUNT_H
#define CONFAB_HUB_ACCOUNT_H

#include "hub/account_setting.h"
#include "hub/state.h"
#include "wire/credentials.h"

/*
 * Accounts: registered identities. A nick that is an account's name is kept for those who are
 * logged in to it. Part of the hub's state, guarded by its lock.
 *
 * Sessions and users name their account by text, not by pointer, so that one that is erased or
 * renamed leaves nothing behind.
 */

/* The code of a letter to its owner: see mail.h. */
struct mail_code {
    unsigned char hash[32];
    int64_t sent_ms; /* 0: there is none */
};

struct account {
    struct map_node by_key;  /* in hub->accounts */
    struct str key;          /* owned: its first name, folded, for good: see account_name.h */
    struct str name;         /* owned: how it is called now, as written */
    struct list later_names; /* of account_name.in_account: see account_name.h */
    struct str email;        /* owned; empty: none was given */
    struct str new_email;    /* owned: that address_code is for; empty: none */
    struct credentials credentials;
    uint64_t credentials_id; /* another one whenever the credentials are others */
    struct list certs;       /* of account_cert.in_account: see account_cert.h */
    uint32_t cert_count;
    int64_t created_ms;
    bool is_operator;       /* of the server, whenever it is logged in to: see claim.h */
    bool is_unverified;     /* its first e-mail address was not proved yet: see mail.h */
    bool is_email_proved;   /* letters have come to it */
    struct hub_timer lapse; /* when it ends while it is unverified: see account_end.h */
    bool is_suspended;
    struct str suspend_reason;      /* owned */
    struct mail_code address_code;  /* confirms `new_email`, or `email` when it is unverified */
    struct mail_code password_code; /* sets a new password; was sent to `email` */
    bool is_exporting;              /* HistServ has been asked to, and is not done */
    int64_t exported_ms;            /* when it was done last; 0: not since the start */
    uint32_t failures;              /* to log in, since failures_ms */
    int64_t failures_ms;
    struct metadata metadata;
    struct map read_markers;                  /* see read_marker.h */
    uint32_t settings[ACCOUNT_SETTING_COUNT]; /* see account_setting.h */
    struct slot_id resident;                  /* user; none: nobody stays: see presence.h */
    struct list devices;                      /* of device.in_account: see device.h */
    uint32_t device_count;
    struct factors *factors; /* owned: see factor.h; NULL: none */
    struct list txns;        /* of txn.in_account: see txn.h */
    uint32_t txn_count;
};

/* NULL when there is none that has, or had, that name, in any case and width. */
struct account *account_find(const struct hub *hub, struct str name);

/*
 * The same, unless its credentials have changed since they had that id: what was proved of an
 * account holds neither after its password has changed nor for whoever has the name next.
 */
struct account *account_find_unchanged(const struct hub *hub, struct str name,
                                       uint64_t credentials_id);

/* name: a valid nick that no account has yet. email: may be empty. */
struct account *account_add(struct hub *hub, struct str name, struct str email,
                            const struct credentials *credentials);

/* Nobody may be logged in to it. */
void account_remove(struct hub *hub, struct account *account);

/* All of them, as the hub ends. */
void account_remove_all(struct hub *hub);

/* The password is another one from now on. */
void account_set_credentials(struct hub *hub, struct account *account,
                             const struct credentials *credentials);

/* Whether its address is known to be its owner's: a new password may be set by letters there. */
bool account_has_proved_email(const struct account *account);

/* Whether anybody may log in to it now, however: all ways in ask here, when all else is right. */
bool account_may_log_in(const struct account *account);

/* Nobody can log in to a suspended account; who is logged in stays so until account_end_users. */
void account_suspend(struct hub *hub, struct account *account, struct str reason);
void account_unsuspend(struct hub *hub, struct account *account);

/* The account that a session is logged in to, before and after registration; empty: none. */
struct str account_of_session(const struct session *session);

/* The key of the account that the user is logged in to; empty: none. */
struct str account_key_of(const struct hub *hub, const struct user *user);

/* The user is logged in to that account, NULL: to none, as far as itself is concerned. */
void account_set_of_user(struct user *user, const struct account *account);

/* Whether the nick is kept for an account that the session is not logged in to. */
bool account_reserves_nick(const struct hub *hub, struct str nick, const struct session *session);

/*
 * Logs the session of the call in: 900, and ACCOUNT to those who share a channel and asked for it.
 * Other sessions of its user end, since they have not logged in to that account; and when
 * account_adopt will move the session, nothing changes for the guest that it has been.
 * Spec: IRCv3 sasl-3.1 "Numerics", account-notify.
 */
void account_log_in(struct call *call, const struct account *account);

/*
 * After a late login: when the account's own user is here already, the session of the call, a guest
 * so far, becomes one of that user's sessions: PART of where the guest was, NICK, and JOIN of where
 * the user is. call->user is that user then. The console makes its new user an operator of the
 * server, with all the sessions that are its already. Not when the user is in a channel for secure
 * connections only and this one is not.
 */
void account_adopt(struct call *call, const struct account *account);

/* The same for a session that has logged in under a nick of its own, when it asks for that of
 * another user of its account: it becomes one of that user's, who may have it. */
void account_join_user(struct call *call, struct user *user);

/* The account, called `old` so far, has another name: tells those who are logged in to it, and who
 * sees them. */
void account_renamed(struct call *call, const struct account *account, struct str old);

/* Logs it out, and all sessions of its user: 901, a notice that says why unless that is empty, and
 * ACCOUNT *. */
void account_log_out(struct call *call, struct str why);

/* Logs out all who are logged in to it, with a notice that says why; an absent user quits. */
void account_log_out_all(struct call *call, const struct account *account, struct str why);

/* Ends all sessions that are logged in to it, and the users that stay for it; why: what they and
 * others are told. The session of a call must not be one of them. */
void account_end_users(struct hub *hub, const struct account *account, struct str why);

/*
 * A brake on guessing, for each account: after LIMIT_LOGIN_FAILURES wrong passwords in
 * LIMIT_LOGIN_WINDOW_MS no more are tried until that time is over. Returns how many seconds are
 * left; 0: it may be tried.
 */
uint32_t account_seconds_until_try(const struct hub *hub, const struct account *account);

/* A wrong password has come. */
void account_count_failure(struct hub *hub, struct account *account);

#endif
