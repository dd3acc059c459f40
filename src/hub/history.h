#ifndef CONFAB_HUB_HISTORY_H
#define CONFAB_HUB_HISTORY_H

#include "base/buf.h"
#include "hub/page.h"
#include "hub/state.h"

/*
 * What CHATHISTORY and SEARCH have in common: they ask the store for a page, the session waits for
 * it, and gets it as a batch. Who may read what is decided here.
 */

/* Bytes of the name under which something is kept. */
#define HISTORY_NAME_BYTES_MAX (2 * LIMIT_FOLDED_BYTES + 3)

/* Whether the user may read what others and it wrote to each other: it has an account that wants
 * that (dm-history). */
bool history_of_conversations_is_for(const struct hub *hub, const struct user *user);

/* Whether the client is to get joins and the like of what happened before: it has asked for them,
 * and sees by a batch that they are over. Without one it would believe that they happen now. */
bool history_has_events_for(const struct session *session);

/* Of a channel, or a nick or account: messages above this id may be read, as far as that is a
 * question of their age; 0: all. */
uint64_t history_since(const struct hub *hub, const struct user *user, struct str target);

/* What is before the conversations of the user's account: those of whoever had its name before it
 * was erased are not for whoever has it now. 0: nothing. */
uint64_t history_account_since(const struct hub *hub, const struct user *user);

/* Whether it is only that (dm-history) by which the user can't read what it and the target, no
 * channel, wrote to each other. */
bool history_is_unwanted(const struct hub *hub, const struct user *user, struct str target);

/* Appends the name under which the target's messages are kept; false when the user may not read
 * them. out has room for HISTORY_NAME_BYTES_MAX. */
CF_NODISCARD bool history_put_target(struct buf *out, const struct call *call, struct str target);

/* All that a user may read. */
struct history_all {
    struct buf targets; /* the names of all its channels, with commas */
    uint64_t *sinces;   /* owned: history_since of each */
    struct buf account; /* its account, folded, if its conversations may be read */
};

/* Makes it, and lets the query be about it. Free with history_all_deinit, after the query's use. */
void history_all_init(struct history_all *all, const struct call *call, struct page_query *query);
void history_all_deinit(struct history_all *all);

/* How a target is called to the user, and how the user may call it: a channel like itself, a
 * conversation like the other one, with '~' before the nick when nobody is called so, or somebody
 * with an account. */
struct str history_shown_target(const struct call *call, struct str name);

/* All but the target are static. */
struct history_request {
    struct str command;
    struct str subcommand;   /* empty: none */
    struct str failure;      /* the code of FAIL when the page could not be read */
    struct str failure_text; /* and what to do then */
    struct str batch_type;
    struct str target; /* as the client has called it; empty: no single one */
    /* For clients without batches, in front of messages that would else look like new ones: how
     * many there are; NULL: nothing is said there, nor behind them. */
    void (*show_heading)(struct call *call, size_t count);
    /* For the same clients, and where messages are shown by `show`: there are none. */
    void (*show_nothing)(struct call *call, struct str target);
    /* How a message is shown; NULL: as itself, in a batch. */
    void (*show)(struct call *call, const struct event *event);
};

/* Asks, and lets the session wait: sets the call's verdict. Copies what it is given. */
void history_ask(struct call *call, const struct page_query *query,
                 const struct history_request *request);

/* The page has come; NULL: it could not be read. */
void history_page_read(struct call *call, const struct page *page);

/* Gives up waiting for one. */
void history_forget(struct session *session);

/*
 * BATCH +ref type [target], or BATCH -ref; nothing when batch is 0. is_end: with the tag that says
 * that there is nothing beyond it. Spec: IRCv3 batch, chathistory-end.
 */
void history_send_batch(struct call *call, char sign, uint64_t batch, struct str type,
                        struct str target, bool is_end);

#endif
