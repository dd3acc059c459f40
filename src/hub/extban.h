#ifndef CONFAB_EXTBAN_H
#define CONFAB_EXTBAN_H

#include "hub/state.h"

/*
 * Extended bans: entries of the lists b, e and I that say more than nick!user@host. Those that act
 * say what is forbidden (m:mask mutes), those that match say whom the entry is about (r:name, by
 * real name), '!' before one of these turns it round. An entry is any number of those that act,
 * then one that matches or an ordinary mask: "m:!a:*" mutes all without an account.
 *
 * MODE, ISUPPORT, HELP and the manual follow the one table in extban.c. Pure but for the user's
 * memberships: part of the hub's state, guarded by its lock. Spec: IRCv3 account-extban; the rest
 * is as in InspIRCd and Ergo, without a prefix.
 */

/* What an entry forbids, or allows when it is in the list of exceptions. */
#define BAN_JOIN  0x1U
#define BAN_SPEAK 0x2U
#define BAN_NICK  0x4U /* changing the nick */
#define BAN_ALL   (BAN_JOIN | BAN_SPEAK | BAN_NICK)

struct extban_row {
    char letter; /* lower case: folded entries have to be found, too */
    struct str name;
    uint32_t effects; /* of one that acts; 0: it matches */
    bool (*matches)(struct str folded_value, const struct user *user);
    struct str value; /* for people */
    struct str help;
};

/* In the order of the letters; index < extban_count(). */
size_t extban_count(void);
const struct extban_row *extban_at(size_t index);

/*
 * Appends what a client gave as an entry, in the one form in which it is kept: letters for names,
 * an ordinary mask completed to nick!user@host. Returns false when it can't be one: then *why_out
 * says why, for people.
 */
CF_NODISCARD bool extban_put_complete(struct buf *out, struct str given, struct str *why_out);

/* What an entry in its folded form does to the user: BAN_ bits, 0 when it is not about it. */
uint32_t extban_effects(struct str folded, const struct user *user);

#endif
