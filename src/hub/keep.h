#ifndef CONFAB_KEEP_H
#define CONFAB_KEEP_H

#include "hub/state.h"

/*
 * What is kept of what happens: messages, joins and the like in channels; messages between two
 * users of whom one has an account, who alone may read them; of both, messages without text whose
 * tags are about more than the moment (a reaction, but not that somebody is typing). Each becomes a
 * record for the store. What has been kept can be taken out also while nothing new is kept: else it
 * would be there again when history is on again.
 *
 * A channel that is not permanent keeps its history as long as it lives: when it has no members any
 * more, anybody may begin one of that name, and must not read what was said in the other.
 */

/*
 * Messages with text that are kept of a channel are numbered, from 1, without a gap: clients learn
 * the number by the capability confab.chat/seq (docs/extensions.md), and know what they have
 * missed. The store keeps the last number of each channel with the message, in the same
 * transaction, and gives it back as a row (ROW_SEQ: the folded name, the number in decimal).
 */

/* What the next one gets; 0: it is not kept. It is taken by keep_message. */
uint64_t keep_next_seq(const struct hub *hub, const struct channel *channel);

/* The last number of a channel, as the server starts. False when it makes no sense. */
CF_NODISCARD bool keep_seq_restore(const struct hub *hub, struct str name, struct str value);

/* A row that is kept with a message, or not at all. Borrowed. */
struct keep_row {
    uint32_t row;
    struct str key;
    struct str value;
};

/* Puts a message to a channel on record; returns its ticket, 0 when it is not kept. Its seq, if it
 * has one, must be the next one. row: NULL for none. */
uint64_t keep_message(struct hub *hub, struct channel *channel, struct event *event,
                      const struct keep_row *row);

/* The same for a message from one user to another, or to itself. */
uint64_t keep_private_message(struct hub *hub, const struct user *from, const struct user *to,
                              struct event *event, const struct keep_row *row);

/* Puts what else happens in a channel on record, if it is of a kind that is played back. */
void keep_event(struct hub *hub, const struct channel *channel, struct event *event);

/* The same for all of event->channels. */
void keep_event_in_channels(struct hub *hub, struct event *event);

/*
 * The name under which the messages between a user, who must have an account, and somebody else are
 * kept: their accounts, or a nick behind '~', which no account begins with.
 */
void keep_put_conversation(struct buf *out, const struct hub *hub, const struct user *user,
                           struct str peer);

/*
 * A message that was kept under that name is to be gone, from the store and from every page that is
 * still to be read. Returns the ticket of the record.
 */
uint64_t keep_no_longer(struct hub *hub, struct str target, uint64_t msgid);

/* Whether that was redacted or erased a moment ago: a page that is being read may still have it,
 * and so may a store that fails. The last LIMIT_REDACTED_IDS messages and LIMIT_ERASED_ACCOUNTS
 * accounts are remembered. */
bool keep_is_gone(const struct hub *hub, const struct event *event);

/* All that was said and done so far under the name of an account, folded, since then (0: ever) is
 * to be gone. */
void keep_nothing_from(struct hub *hub, struct str account, int64_t since_ms);

/* The same for one that is there, under all its names since it has them. */
void keep_nothing_of_account(struct hub *hub, const struct account *account);

/* How much of a channel is kept: see channel->keep_count. */
void keep_limits_of(struct hub *hub, const struct channel *channel);

/* What is kept of a channel is under its new name now; whatever was kept under that goes. */
void keep_under_new_name(struct hub *hub, const struct channel *channel, struct str old_name);

/* What is kept of a channel goes, unless it is permanent: it ends, or has just begun. */
void keep_nothing_of(struct hub *hub, const struct channel *channel);

#endif
