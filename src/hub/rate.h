#ifndef CONFAB_RATE_H
#define CONFAB_RATE_H

#include "hub/state.h"

/*
 * How often users may do what many others see, or what costs the server much: so often at once,
 * and the same number again over a period (hub_config.rates). Whoever goes past that is told how
 * long to wait: FAIL <command> RATE_LIMITED <seconds> :text, or numeric 263. Operators of the
 * server are exempt. Part of the hub's state, guarded by its lock; time comes with the line.
 *
 * A bucket is one number: when it will be full again (the "generic cell rate algorithm").
 */

/*
 * Takes `cost` from a bucket, or nothing: returns 0, or for how many milliseconds to wait. One may
 * cost more than what is left; then the next has to wait for longer.
 */
int64_t rate_take(int64_t now_ms, int64_t *full_us, const struct hub_rate *rate, uint32_t cost);

/*
 * Whether the user of the call may; else it has been told. what: "You invite too many people";
 * about: the channel or person concerned, empty for none.
 */
CF_NODISCARD bool rate_allows(struct call *call, enum rate_kind kind, const char *what,
                              struct str about);

/* The same without a word to the user: for how many milliseconds to wait; 0: it may. */
int64_t rate_wait_ms(struct call *call, enum rate_kind kind, struct str about);
int64_t rate_query_wait_ms(struct call *call);

/* The same for joining a channel, of which one gets the names; channel NULL: it is to be made. */
CF_NODISCARD bool rate_allows_join(struct call *call, struct str name,
                                   const struct channel *channel);

/* The same for a command that is a query (COMMAND_QUERY). */
CF_NODISCARD bool rate_allows_query(struct call *call);

/* The same, out of the same bucket, for what costs others or the store as much as a hundred
 * questions: a letter, an erasure. */
CF_NODISCARD bool rate_allows_work(struct call *call);

/*
 * Whether the user of the call may write to another one, as far as RATE_TARGETS and the time that
 * newcomers have to wait are concerned; else it has been told. Whoever has been written to may
 * always answer.
 */
CF_NODISCARD bool rate_allows_message_to(struct call *call, struct user *user);

/* How long until one more user may register; 0: now, and it has been counted. */
int64_t rate_registration_wait_ms(struct hub *hub);

/* "12 seconds", at least 1. */
void rate_put_wait(struct buf *out, int64_t wait_ms);

/* Frees what the user has for it. */
void rate_forget(struct user *user);

#endif
