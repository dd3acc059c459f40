#ifndef CONFAB_NAMING_H
#define CONFAB_NAMING_H

#include "hub/state.h"

/*
 * Which names may be taken, beyond their being valid and free: not those that the administrator
 * keeps back, those of scripts that do not go together, and those that look like a name in use or
 * like that of an account. What looks alike is told by skeletons (wire/confusable.h). A map counts
 * who has which, always, so that the setting can be changed while people are there. Part of the
 * hub's state, guarded by its lock.
 */

/* With hub_new and hub_free, around all else. */
void naming_init(struct hub *hub);
void naming_deinit(struct hub *hub);

/* Takes the reserved names from the configuration. */
void naming_configure(struct hub *hub);

/* A name is in use, or no longer: hub->nick_looks, hub->channel_looks or hub->account_looks. */
void naming_add(struct hub *hub, struct map *looks, struct str name);
void naming_remove(struct hub *hub, struct map *looks, struct str name);

enum naming_verdict {
    NAMING_FREE,
    NAMING_SCRIPTS,   /* its writing systems are not allowed together */
    NAMING_RESERVED,  /* kept back, or it looks like such a name */
    NAMING_LOOKALIKE, /* looks like one in use, an account's or an operator's */
    NAMING_CLOSED,    /* a channel that the operators of the server have closed */
    NAMING_LOST,      /* a channel that could not be read (channel_lost.h): also to operators */
};

/*
 * Whether the user of the call may take the name, which is valid. own: the name that it takes the
 * place of, which is in the map; empty: none. Operators may take reserved names.
 */
enum naming_verdict naming_check_nick(const struct call *call, struct str nick, struct str own);
enum naming_verdict naming_check_channel(const struct call *call, struct str name);

/* Tells the client why not, and what to do next; verdict: not NAMING_FREE. */
void naming_refuse_nick(struct call *call, struct str nick, enum naming_verdict verdict);
void naming_refuse_channel(struct call *call, struct str name, enum naming_verdict verdict);

#endif
