#ifndef CONFAB_HUB_STATE_H
#define CONFAB_HUB_STATE_H

#include "base/alloc.h"
#include "base/list.h"
#include "base/map.h"
#include "base/slots.h"
#include "base/str.h"
#include "base/timers.h"
#include "hub/hub.h"
#include "hub/metadata.h"
#include "hub/mode.h"
#include "hub/outbox.h"
#include "hub/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The state of the hub, shared by the files of this folder and by nothing else. All of it is
 * guarded by the lock around the hub. Iteration is in the order of insertion everywhere.
 */

/* What a session has said of itself before its registration is complete. */
struct registration {
    char *nick;         /* owned, NULL until NICK */
    char *refused_nick; /* that somebody else had; NULL: none */
    char *username;
    char *realname;
    char *password;     /* wiped when freed */
    char *away;         /* NULL until AWAY with a text */
    struct str account; /* owned; logged in to already; empty: none */
    struct str link;    /* owned: of an invitation, used when it is complete; empty: none */
    struct metadata metadata;
    bool is_negotiating; /* CAP LS or REQ came, CAP END did not yet */
    bool is_password_right;
    bool has_said_away;          /* AWAY came, with or without a text */
    bool is_looked_up;           /* in block lists, or there is no need to */
    bool has_gateway;            /* WEBIRC came */
    struct gateway_claim *claim; /* owned; NULL: none whose password is being checked */
};

/* For whom a gateway says that it speaks. All owned. */
struct gateway_claim {
    struct str gateway; /* its name in the configuration */
    struct str address;
    struct str fingerprint;
    bool is_secure;
};

/* Why a session's lines have to wait. */
enum session_wait {
    WAIT_NOTHING,
    WAIT_SERVER_PASSWORD,  /* an answer about PASS, at registration */
    WAIT_OPER_PASSWORD,    /* an answer about OPER */
    WAIT_GATEWAY_PASSWORD, /* an answer about WEBIRC */
    WAIT_LOGIN,            /* an answer about an account: see login.h */
    WAIT_DNSBL,            /* an answer about block lists, at registration; see blocklist.h */
    WAIT_PAGE,             /* a page of what is kept */
    WAIT_LISTING,          /* the reader has to keep up with a long answer */
};

struct confusables;
struct filters;
struct reserved_name;
struct access_entry;
struct listing;
struct shield;
struct history_wait;
struct replay;
struct playback;
struct redaction;
struct client_batch;
struct login;
struct sasl;
struct metadata_interest;

/* What a session has had of an invite link: one use pays for an account and for joining. */
struct link_use {
    uint64_t number; /* of the link; 0: there is none */
    bool is_paid;
    bool has_joined;
    bool has_registered;
};

/* One connection of a user. */
struct session {
    struct slot_id id;
    uint32_t home;
    struct slot_id peer; /* how the home calls it */
    uint64_t number;     /* for people: NickServ CLIENTS */
    int64_t came_ms;
    int64_t active_ms;        /* last message */
    int64_t loss_told_ms;     /* see loss.h; 0: never */
    uint64_t unechoed_ticket; /* of the last message without an echo, likewise; 0: none */
    struct user *user;        /* NULL until registered */
    struct list in_user;      /* in user->sessions */
    uint64_t caps;
    uint64_t door_caps; /* what its door understands whatever is negotiated */
    enum session_wait waiting;
    enum language language; /* of what the server tells it */
    bool has_cap_302;
    bool is_secure;
    bool is_unattended;                /* AWAY *: it counts as not there (IRCv3 pre-away) */
    struct registration *registration; /* NULL once registered */
    struct list watches;               /* of MONITOR */
    uint32_t watch_count;
    struct str label;                  /* owned: of the command under way; see label.h */
    uint64_t batch;                    /* open for its answers; 0: none */
    uint64_t answer_batch;             /* open inside of that; 0: none; see answer_batch.h */
    struct client_batch *client_batch; /* open, else NULL; see batch.h */
    struct listing *listing;           /* a long answer under way, else NULL */
    struct login *login;               /* what WAIT_LOGIN is about, else NULL */
    struct sasl *sasl;                 /* an exchange under way, else NULL */
    uint32_t login_failures;           /* since the last success */
    struct history_wait *history;      /* what a page is waited for, else NULL */
    struct oper_attempt *oper_attempt; /* what WAIT_OPER_PASSWORD is about, else NULL */
    struct redaction *redaction;       /* likewise, for REDACT */
    struct replay *replay;             /* likewise, for what comes by itself or from *playback */
    struct playback *playback;         /* what *playback was asked for last; NULL: nothing */
    struct metadata_interest *metadata_interest; /* see metadata_watch.h; NULL: none */
    struct link_use link;  /* of the invite link by which an account may be registered */
    uint64_t app_password; /* its id, when that has logged it in: see factor.h; 0: none */
    uint64_t registered;   /* credentials_id of the account that waits for the code of a letter and
                             is its own: see account_is_own_try; 0: none */
    struct str device;     /* owned: what the client calls itself; see device.h */
    struct str address;    /* both owned, in one allocation at address.ptr */
    struct str host;
    struct str fingerprint; /* of the client's certificate, owned; empty: none */
    struct str listed_in;   /* owned: the block list that its address is in; empty: none */
};

struct recent_targets;
struct residence;

struct membership {
    struct channel *channel;
    struct member *member;
};

/* By what somebody is an operator of the server. */
enum office_origin {
    OFFICE_OF_BLOCK,   /* in the configuration */
    OFFICE_OF_ACCOUNT, /* its account is one: see claim.h */
    OFFICE_OF_CONSOLE,
};

/* What an operator of the server has more than others. */
struct office {
    struct user *holder;
    struct list in_operators; /* in hub->operators */
    struct str name;          /* owned: of the block, or of the account */
    enum office_origin origin;
    uint32_t privileges; /* PRIVILEGE_ bits */
    uint32_t notices;    /* SERVER_NOTICE_ bits: what it wants to be told */
};

/* Somebody with a nick. */
struct user {
    struct slot_id id;
    struct map_node by_nick; /* key: folded_nick */
    struct list sessions;    /* of session.in_user */
    char *identity;          /* owned: the bytes of the five below */
    struct str prefix;       /* nick!username@host */
    struct str nick;
    struct str username;
    struct str host;
    struct str folded_nick;
    struct str folded_prefix;    /* for masks */
    struct str realname;         /* owned */
    struct str account;          /* owned; empty when there is none */
    struct str former_accounts;  /* owned: earlier names of that, folded, a space behind each */
    struct str away;             /* owned; empty when here */
    struct office *office;       /* owned; NULL when no operator */
    struct residence *residence; /* owned; NULL unless it stays without sessions: see presence.h */
    uint32_t modes;              /* USER_MODE_ bits */
    uint32_t identity_version;   /* rises with all that a ban can ask for: see extban.h */
    uint64_t identity_msgid;     /* the last message id before it had its prefix */
    int64_t signed_on_ms;
    int64_t active_ms;           /* last message */
    struct slot_id slow_channel; /* with +W, that was left or spoken to from outside, and when */
    int64_t slow_spoke_ms;       /* the user spoke there: see speech.h */
    struct membership *memberships;
    size_t membership_count;
    size_t membership_capacity;
    struct slot_id *invites; /* channels, oldest first; at most LIMIT_INVITES_PER_USER */
    size_t invite_count;
    size_t invite_capacity;
    int64_t *rates_us;                     /* owned: when each of RATE_COUNT is full again; see
                                              rate.h; NULL: all are */
    struct recent_targets *recent_targets; /* owned; NULL: none */
    struct map read_markers;               /* while it has no account: see read_marker.h */
    struct metadata metadata;              /* while it has no account */
    uint64_t metadata_mark;                /* of the METADATA SYNC that it is in already */
    struct shield *shield;                 /* SILENCE and ACCEPT; NULL while it has neither */
};

/* A user in a channel. */
struct member {
    struct list in_channel;
    struct user *user;
    uint32_t ranks; /* RANK_ bits */
    uint32_t bans;  /* BAN_ bits, as of the two versions */
    uint32_t ban_version;
    uint32_t ban_identity_version;
    int64_t spoke_ms; /* in a channel with +W, else 0 */
    int64_t joined_ms;
};

/* An entry of a ban, exception or invite list. All owned. */
struct mask_entry {
    struct str mask;
    struct str folded;
    struct str set_by;
    int64_t set_ms;
};

struct mask_list {
    struct mask_entry *items;
    size_t count;
    size_t capacity;
};

/* How many sessions of a home are in a channel. */
struct channel_home {
    uint32_t home;
    uint32_t session_count;
};

struct hub_timer {
    struct timer timer; /* in hub->timers */
    void (*fired)(struct hub *hub, struct hub_timer *timer);
};

/* Whose turn it is in a half-duplex channel; see floor.h. */
struct floor {
    bool is_on;
    uint32_t silence_s;          /* after which the turn is free; 0: never */
    struct slot_id last_speaker; /* user; none: the turn is free */
    int64_t last_spoken_ms;
    struct hub_timer timer; /* for the silence */
};

/* Mode +j: so many joins in so many seconds. */
struct join_throttle {
    uint32_t joins_max; /* 0: off */
    uint32_t seconds;
    uint32_t joins; /* since began_ms */
    int64_t began_ms;
};

struct channel {
    struct slot_id id;
    struct map_node by_name; /* key: folded_name */
    struct str name;         /* owned */
    struct str folded_name;  /* owned */
    int64_t created_ms;
    int64_t renamed_ms;          /* 0: never */
    struct list redirects;       /* of redirect.in_channel: the oldest first */
    uint64_t last_seq;           /* of its messages that are kept; see keep.h */
    struct slot_id creator;      /* user; may take the founder's rank; none: registered since */
    bool is_permanent;           /* stays when empty */
    bool is_changed;             /* in hub->changed_channels: see channel_row.h */
    int64_t slept_ms;            /* since when nobody has come, after a restart; 0: awake */
    struct str founder;          /* owned: account; empty: it is not registered */
    struct str heir;             /* owned: account that may take the founder's place; empty: none */
    struct list in_offered;      /* in hub->offered_channels while it has an heir */
    uint32_t keep_count;         /* messages that are kept at most; 0: as of others */
    uint32_t keep_hours;         /* for how long; 0: as of others */
    bool is_read_from_join;      /* members read what was said since they have joined only */
    uint32_t invite_link_count;  /* see invite_link.h */
    struct access_entry *access; /* see channel_access.h */
    size_t access_count;
    size_t access_capacity;
    uint32_t modes;     /* CHANNEL_MODE_ bits */
    struct str key;     /* owned; empty: none */
    uint32_t limit;     /* 0: none */
    uint32_t slow_s;    /* mode +W; 0: none */
    struct str forward; /* owned; empty: none */
    struct join_throttle throttle;
    struct str topic;    /* owned */
    struct str topic_by; /* owned */
    int64_t topic_ms;
    int64_t knocked_ms; /* 0: never */
    struct metadata metadata;
    struct mask_list lists[MASK_LIST_COUNT];
    uint32_t ban_version; /* rises when bans or exceptions change */
    struct list members;  /* of member.in_channel */
    uint32_t member_count;
    struct channel_home *homes;
    size_t home_count;
    size_t home_capacity;
    struct floor floor;
};

/* A name that a channel had: see rename.h. */
struct redirect {
    struct map_node by_name; /* in hub->redirects; key: folded_name */
    struct list in_channel;  /* in channel->redirects */
    struct channel *channel;
    struct str folded_name; /* owned */
    int64_t until_ms;
};

struct whowas {
    char *bytes; /* owned, of all strings */
    struct str folded_nick;
    struct str nick;
    struct str username;
    struct str host;
    struct str realname;
    struct str address;
    int64_t left_ms;
};

/* When operators were last told of something that may happen often; see server_notice.h. */
struct notice_limiter {
    int64_t told_ms;       /* 0: never */
    uint64_t untold_count; /* that it has happened since then */
};

#define HUB_ENTROPY_COUNT 4

struct hub {
    const struct hub_config *config;
    struct outbox outbox;
    int64_t now_ms; /* of the input under way */
    uint64_t last_msgid;
    uint64_t last_batch;
    uint64_t last_session_number;
    uint64_t entropy[HUB_ENTROPY_COUNT]; /* see random.h */
    size_t entropy_next;
    struct map purges;        /* see purge.h */
    struct list invite_links; /* of invite_link.in_hub: see invite_link.h */
    uint32_t invite_link_count;
    uint64_t last_invite_link;
    struct list offered_channels; /* of channel.in_offered: see channel_heir.h */
    int64_t mails_ms;             /* when the minute began in which so many letters were sent: */
    uint32_t mail_count;          /* with codes, */
    uint32_t register_mail_count; /* those of them for new accounts, */
    uint32_t change_mail_count;   /* and to former addresses */
    int64_t started_ms;
    bool is_ending; /* all leave: nobody is told of the others, nobody may come */

    struct slots sessions;
    struct slots users;
    struct slots channels;
    struct map users_by_nick;
    struct map channels_by_name;
    struct map redirects;     /* former names of channels, see rename.h */
    struct map certs;         /* see account_cert.h */
    struct map accounts;      /* see account.h */
    struct map account_names; /* see account_name.h */
    struct map lost_names;    /* see account_lost.h */
    struct map lost_channels; /* see channel_lost.h */
    uint64_t last_credentials_id;
    struct slot_id *changed_channels; /* whose rows are to be kept */
    size_t changed_channel_count;
    size_t changed_channel_capacity;
    bool is_store_failing;             /* the last that it was told: hub_store_changed */
    uint64_t row_changes;              /* to what is in rows that are kept with the round; ever */
    struct slot_id *changed_residents; /* users, likewise: see presence_row.h */
    size_t changed_resident_count;
    size_t changed_resident_capacity;
    uint32_t resident_count;
    struct map monitored;            /* nicks, see monitor.h */
    uint32_t metadata_watcher_count; /* sessions that subscribe to keys */
    uint64_t last_metadata_mark;
    struct map txns;       /* see txn.h */
    struct list txn_order; /* the oldest first */
    struct filters *filters;

    struct confusables *confusables; /* see naming.h */
    struct map nick_looks;           /* of names in use */
    struct map channel_looks;
    struct map account_looks; /* of accounts, whether somebody is there or not */
    struct reserved_name *reserved;
    size_t reserved_count;
    struct timers timers; /* of struct hub_timer */

    struct list server_bans; /* see server_ban.h */
    uint32_t server_ban_count;
    uint64_t last_server_ban;
    struct str claim_secret; /* owned; empty: nothing may be claimed. See claim.h */
    uint32_t defcon;         /* 1..5, see defcon.h */

    uint64_t
        dnsbl_asked; /* since the configuration was read: questions, and by zone those listed */
    uint64_t dnsbl_hits[LIMIT_DNSBL_ZONES];

    struct whowas whowas[LIMIT_WHOWAS_ENTRIES]; /* ring */
    size_t whowas_next;
    uint64_t redacted[LIMIT_REDACTED_IDS]; /* ring, of what the store may still hold: see keep.h */
    size_t redacted_next;

    struct {
        struct folded account;
        uint64_t first;              /* message id */
        uint64_t up_to;              /* another; 0: there is none */
    } erased[LIMIT_ERASED_ACCOUNTS]; /* ring, likewise */

    size_t erased_next;

    struct mail_recipient *mail_recipients; /* owned ring; NULL: no letter has been sent yet */
    size_t mail_recipients_next;
    struct network_rate *network_rates; /* owned; NULL: none has been used yet */
    int64_t registrations_us;           /* see rate.h */
    struct notice_limiter crowds;       /* registrations that came too often */
    struct notice_limiter floods[RATE_COUNT];
    uint32_t registered_count; /* sessions with a user */
    uint32_t invisible_count;
    uint32_t operator_count;
    struct list operators; /* of office.in_operators; the oldest first */
    uint32_t users_peak;
    uint64_t lines_executed;
    uint64_t message_count;
    uint32_t *command_counts; /* by command, for STATS m */
};

/* One input under way: what every handler gets. */
struct call {
    struct hub *hub;
    struct session *session;
    struct user *user;         /* session->user; NULL before registration */
    const struct irc_msg *msg; /* NULL where there is no line */
    struct str command;        /* as the table spells it; "*" where there is no line */
    uint64_t entropy;
    enum hub_verdict verdict; /* HUB_NEXT unless the handler says otherwise */
    bool is_confirmed; /* its answers say that what it does is done: they wait for its records */
};

/* The parameter, or STR_NONE when there are not so many. */
struct str call_param(const struct call *call, size_t index);

#endif
