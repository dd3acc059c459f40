#ifndef CONFAB_HUB_CONFIG_H
#define CONFAB_HUB_CONFIG_H

#include "base/hash.h"
#include "base/limits.h"
#include "base/str.h"
#include "hub/capability.h"
#include "wire/address.h"
#include "wire/confusable.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the hub is told about the server it is. A value with borrowed strings: whoever made it
 * keeps the bytes until the next hub_configure. The hub reads it only under its lock.
 */
struct hub_oper_class {
    struct str name;
    uint32_t privileges; /* PRIVILEGE_ bits */
};

struct hub_operator {
    struct str name;
    struct str password_hash; /* Argon2id, as `confab passwd` prints it; empty: none is needed */
    struct str host_mask;     /* nick!user@host; "*!*@*" allows everywhere */
    struct str account;       /* that the user is logged in to; empty: it need not be */
    struct str fingerprint;   /* of the client's certificate; empty: it need not have one */
    struct str class_name;    /* of a class; empty: all privileges */
    bool is_automatic;        /* nobody has to say OPER, and no password is asked for */
};

/* So many at once, and as many again over a period. */
struct hub_rate {
    uint32_t count; /* 0: any number */
    int64_t period_ms;
};

/* What may be done from one network only so often; see network_rate.h. */
enum network_rate_kind {
    NETWORK_RATE_ACCOUNTS, /* to register */
    NETWORK_RATE_LETTERS,  /* that are sent by e-mail */
    NETWORK_RATE_COUNT,
};

/* What a user may do only so often; see rate.h. */
enum rate_kind {
    RATE_JOINS,
    RATE_NICKS,
    RATE_TARGETS, /* people to whom one writes first */
    RATE_INVITES,
    RATE_PROFILE, /* AWAY, SETNAME and METADATA */
    RATE_QUERIES, /* LIST, WHO and the like */
    RATE_LISTS,   /* entries added to lists of channels */
    RATE_OPERS,   /* attempts to become an operator */
    RATE_COUNT,
};

/* When a sender gets its echo. */
enum hub_durability {
    HUB_DURABILITY_NONE, /* at once */
    HUB_DURABILITY_ECHO, /* when the message is on disk */
    HUB_DURABILITY_ALL,  /* as ECHO, and nobody else gets it earlier either */
};

/* What the administrator has decided of what an account may want or not. */
enum hub_policy {
    HUB_POLICY_DISABLED,
    HUB_POLICY_OPT_IN,
    HUB_POLICY_OPT_OUT,
    HUB_POLICY_MANDATORY,
    HUB_POLICY_COUNT,
};

/* In what the spam filter looks; see filter.h. */
#define FILTER_IN_CHANNEL  0x1U /* PRIVMSG to channels */
#define FILTER_IN_PRIVATE  0x2U /* PRIVMSG to users */
#define FILTER_IN_NOTICE   0x4U /* NOTICE to either */
#define FILTER_IN_PART     0x8U
#define FILTER_IN_QUIT     0x10U
#define FILTER_IN_TOPIC    0x20U
#define FILTER_IN_NICK     0x40U
#define FILTER_IN_AWAY     0x80U
#define FILTER_IN_REALNAME 0x100U
#define FILTER_IN_COUNT    9

/* Whom a rule does not concern. */
#define FILTER_EXEMPTS_OPERATORS 0x1U
#define FILTER_EXEMPTS_VOICED    0x2U /* and higher ranks, in the channel that it is for */
#define FILTER_EXEMPTS_ACCOUNTS  0x4U
#define FILTER_EXEMPTS_COUNT     3

enum filter_action {
    FILTER_BLOCK, /* refuse the text */
    FILTER_WARN,  /* let it pass, and tell the operators */
    FILTER_KILL,  /* disconnect the user */
    FILTER_SHUN,  /* drop the text without a word */
    FILTER_ACTION_COUNT,
};

struct hub_filter {
    struct str name;
    struct str pattern; /* that compiles, see wire/pattern.h */
    enum filter_action action;
    uint32_t targets; /* FILTER_IN_ bits */
    uint32_t exempts; /* FILTER_EXEMPTS_ bits */
    struct str reason;
};

/* Who may say for whom it connects (WEBIRC). */
struct hub_gateway {
    struct str name;          /* for the log */
    struct str password_hash; /* empty: its certificate is enough */
    struct str fingerprint;   /* of its certificate, SHA-256 in hex; empty: any, or none */
    struct address_block addresses[LIMIT_GATEWAY_ADDRESSES];
    size_t address_count;
};

/* What is done about those whom a block list in DNS has; see hub/blocklist.h. */
enum dnsbl_action {
    DNSBL_REJECT,
    DNSBL_MARK, /* let them in, and tell the operators */
    DNSBL_ACTION_COUNT,
};

struct hub_dnsbl_zone {
    struct str zone;                                   /* "bl.example" */
    struct address_block replies[LIMIT_DNSBL_REPLIES]; /* that say "listed" */
    size_t reply_count;
    enum dnsbl_action action;
    struct str reason; /* empty: that the address is in the list */
};

struct hub_config {
    struct str server_name; /* not changed by a reload */
    struct str network_name;
    struct str description;
    struct str icon; /* URL of a picture of the network; empty: none */
    struct str version;
    struct str created; /* when this server started, for people */
    uint32_t node;      /* for message ids, 0..MSGID_NODE_MAX */

    struct str motd; /* lines separated by LF; empty: no MOTD */
    struct str admin_location;
    struct str admin_location_more;
    struct str admin_email;
    struct str password_hash; /* asked of everybody with PASS; empty: none */

    bool has_cloaks; /* hosts are shown as cloaks (wire/cloak.h) with this key */
    unsigned char cloak_key[HASH_SECRET_BYTES];

    struct str lobby;       /* a channel that always exists; empty: none */
    struct str lobby_modes; /* letters without '+' of those without a parameter */
    bool is_lobby_half_duplex;
    bool is_creator_founder; /* the creator of a channel gets +qo instead of +o */

    bool refuses_lookalikes; /* names that look like one in use */
    enum name_scripts scripts;
    struct str reserved_names[LIMIT_RESERVED_NAMES]; /* masks, of nicks and channels */
    size_t reserved_name_count;

    struct hub_rate rates[RATE_COUNT];
    struct hub_rate network_rates[NETWORK_RATE_COUNT];
    struct hub_rate registrations; /* of all users together */
    int64_t newcomer_wait_ms;      /* before one may write to somebody in none of one's channels */
    bool has_store;                /* rows are put on record: what is to outlive a restart */
    bool has_history;              /* so is what happens, with has_store only */
    uint32_t autoreplay_lines;     /* of a channel, to who joins and asks for no history itself */
    uint32_t replay_max;           /* messages of each channel or conversation, see replay.h */
    enum hub_durability durability;
    int64_t redact_window_ms; /* in which one may delete one's own messages; 0: always */
    uint64_t last_msgid;      /* that was given out before this server started; ids are above it */
    struct str user_modes;    /* that users begin with: letters without '+' */
    struct str client_tag_deny; /* client-only tags not relayed, as in CLIENTTAGDENY; empty: none */

    struct hub_filter filters[LIMIT_FILTERS];
    size_t filter_count;

    bool takes_accounts;           /* people may register some */
    bool registers_before_connect; /* also before NICK and USER are done */
    bool takes_anonymous;          /* SASL ANONYMOUS */
    bool takes_tokens;             /* SASL OAUTHBEARER and IRCV3BEARER */
    bool creates_by_token;         /* a token for an account that is not there makes it */
    bool sends_mail;               /* letters can be sent: see mail.h */
    bool mail_required;            /* who registers gives an address */
    uint32_t account_password_min;
    uint32_t accounts_max;

    enum hub_policy always_on; /* users stay while no client is there; see presence.h */
    enum hub_policy auto_away;
    uint32_t always_on_max;      /* so many users stay */
    int64_t always_on_expiry_ms; /* after which an absent one leaves; 0: never */

    uint32_t channels_per_user_max;
    uint32_t list_entries_max; /* of each of b, e and I, per channel */
    uint32_t channels_max;
    uint32_t users_max; /* sessions, registered or not */

    enum capability disabled_caps[LIMIT_DISABLED_CAPS]; /* not offered */
    size_t disabled_cap_count;

    bool has_sts; /* clients are told to come over TLS only (IRCv3 sts) */
    bool is_sts_preloaded;
    uint32_t sts_port;
    int64_t sts_duration_ms;

    struct hub_gateway gateways[LIMIT_GATEWAYS];
    size_t gateway_count;

    struct hub_dnsbl_zone dnsbl_zones[LIMIT_DNSBL_ZONES];
    size_t dnsbl_zone_count;
    bool spares_accounts_dnsbl; /* who has logged in is not looked up */

    struct hub_oper_class oper_classes[LIMIT_OPER_CLASSES];
    size_t oper_class_count;
    struct hub_operator operators[LIMIT_OPERATORS];
    size_t operator_count;
};

#endif
