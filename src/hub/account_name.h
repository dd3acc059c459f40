#ifndef CONFAB_HUB_ACCOUNT_NAME_H
#define CONFAB_HUB_ACCOUNT_NAME_H

#include "hub/account.h"

/*
 * Names of accounts. An account may be renamed; it goes on having its earlier names: whoever logs
 * in with one of them logs in to it, nobody else can have them, bans of them hold, and what was
 * said under them is its own. All that is kept of an account is kept under its first name, its key,
 * so that a new name moves nothing in the store. Part of the hub's state, guarded by its lock.
 */
struct account_name {
    struct map_node by_name; /* in hub->account_names; key: folded */
    struct list in_account;  /* in account->later_names, oldest first */
    struct account *account;
    struct str folded; /* owned */
    int64_t since_ms;  /* that it is the account's */
};

/* NULL when it is none's, or the first of an account. */
struct account *account_find_by_later_name(const struct hub *hub, struct str folded);

/* Whether it was registered under that name: the only one that was never given to it later. */
bool account_has_first_name(const struct account *account, struct str name);

/*
 * Calls the account by that name from now on; name: valid, and none's, or one that it has. False
 * when it has LIMIT_ACCOUNT_NAMES besides its first. Neither its row nor anybody is changed by it.
 */
CF_NODISCARD bool account_take_name(struct hub *hub, struct account *account, struct str name,
                                    int64_t since_ms);

/* The later ones, as the account ends. */
void account_names_deinit(struct hub *hub, struct account *account);

struct held_name {
    struct str folded;
    int64_t since_ms; /* that it is the account's: what was said under it before is not its own */
};

/* All that it has, its first first; valid while nothing of it changes. Returns how many. */
size_t account_list_names(const struct account *account,
                          struct held_name out[LIMIT_ACCOUNT_NAMES + 1]);

/* All but the one that it is called by, folded, with a space behind each. */
void account_put_former_names(struct buf *out, const struct account *account);

/* Whether the event, which has an account, is of this one: from the time that the name is its. */
bool account_has_said(const struct account *account, const struct event *event);

/*
 * Renames it, with all that is there of it and for everybody who sees it; the caller has checked
 * the name. False when it has had too many names.
 */
CF_NODISCARD bool account_rename(struct call *call, struct account *account, struct str name);

#endif
