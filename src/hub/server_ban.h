#ifndef CONFAB_SERVER_BAN_H
#define CONFAB_SERVER_BAN_H

#include "hub/state.h"
#include "wire/address.h"

/*
 * Bans from the server: by address or block of addresses (D-lines), asked for when a connection
 * comes, and by nick!user@host (K-lines), asked for when it registers. They have ids that whoever
 * is banned gets to see, count how often they were met since the server's start, and end by
 * themselves. Connections that never left this machine are met by none of them. They are rows
 * (server_ban_row.h), and there again after a restart.
 *
 * Each question walks the list: there are few bans (LIMIT_SERVER_BANS), and connecting is rare.
 * Part of the hub's state, guarded by its lock.
 */
enum server_ban_kind {
    SERVER_BAN_MASK,
    SERVER_BAN_BLOCK,
};

struct server_ban {
    struct list in_hub; /* in hub->server_bans, the oldest first */
    uint64_t number;
    enum server_ban_kind kind;
    bool allows_accounts;       /* whoever is logged in to an account is not met */
    struct str target;          /* owned; as it is shown: a mask, or an address with bits */
    struct str folded;          /* owned; of a mask */
    struct address_block block; /* of a block */
    struct str reason;          /* owned; for the banned */
    struct str comment;         /* owned; for operators, may be empty */
    struct str set_by;          /* owned */
    int64_t set_ms;
    int64_t expires_ms; /* 0: never */
    uint64_t hits;
    struct hub_timer timer;
};

/* What a ban is made of; everything is borrowed and copied. Fields as above. */
struct server_ban_spec {
    enum server_ban_kind kind;
    bool allows_accounts;
    struct str target;
    struct address_block block;
    struct str reason;
    struct str comment;
    struct str set_by;
    int64_t expires_ms;
    uint64_t number; /* these two: of one that was there before a restart; 0: a new one */
    int64_t set_ms;
};

/*
 * What a text names: an address or block, else a mask, which is completed. Appends its one form to
 * target, which is then the spec's. Returns false when it can be neither.
 */
CF_NODISCARD bool server_ban_parse_target(struct str text, struct buf *target,
                                          struct server_ban_spec *spec);

/* Whether a ban made of this would be about the session as it is now. */
bool server_ban_would_meet(const struct server_ban_spec *spec, const struct session *session);

/* NULL when there are too many. One with the same target must not be there. Kept as a row,
 * unless it was there before. */
struct server_ban *server_ban_add(struct hub *hub, const struct server_ban_spec *spec);
void server_ban_remove(struct hub *hub, struct server_ban *ban);
void server_bans_deinit(struct hub *hub);

/* By its id ("K12") or its target in one form. NULL when there is none. */
struct server_ban *server_ban_find(const struct hub *hub, struct str text);

/* "K12", "D3". */
void server_ban_put_id(struct buf *out, const struct server_ban *ban);

/* Who asks to come in, or is in. All borrowed. */
struct server_ban_identity {
    const struct session *session;
    struct str nick;
    struct str username;
    struct str account;
};

/* Whether the ban is about somebody. */
bool server_ban_meets(const struct server_ban *ban, const struct server_ban_identity *identity);

/* Whether a ban on a mask is about an absent user (presence.h), who has no address. */
bool server_ban_meets_absent(const struct server_ban *ban, const struct user *user);

/* Whether the ban is about a session as it is now, registered or not. */
bool server_ban_meets_session(const struct server_ban *ban, const struct session *session);

/* The ban that keeps a new connection out, NULL when there is none. */
struct server_ban *server_ban_of_connection(const struct hub *hub, const struct session *session);

/* The same for one that registers; login is known by now. */
struct server_ban *server_ban_of_identity(const struct hub *hub,
                                          const struct server_ban_identity *identity);

/* Tells the session why (465), and closes it. The ban's hits are counted. */
void server_ban_close(struct hub *hub, struct session *session, struct server_ban *ban);

#endif
