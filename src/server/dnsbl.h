#ifndef CONFAB_DNSBL_H
#define CONFAB_DNSBL_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slots.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * Asks block lists in DNS (c-ares) about addresses, on a thread of its own, so that nobody else
 * waits for the network. Who asks gets an answer in any case, at most dnsbl.timeout later: when
 * the lists do not answer, or there is too much to ask, that the address is in none of them. Such
 * failures are logged, at most once a second.
 *
 * What all lists have said about an address is remembered for a while; connections from an address
 * that is being looked up wait for the same look-up. Spec: RFC 5782.
 */
struct config;
struct dnsbl;

/*
 * zone: of the list that the address is in; of several, the first that rejects; empty: of none.
 * Borrowed for the call. Called on the thread, without a lock.
 */
typedef void dnsbl_answer_fn(void *context, struct slot_id session, struct str zone);

/* Starts the thread. NULL, and *err filled, when there can't be one. config: as dnsbl_configure. */
CF_NODISCARD struct dnsbl *dnsbl_new(const struct config *config, dnsbl_answer_fn *answer,
                                     void *context, struct cf_err *err);

/* Ends the thread and what is under way, without an answer; sets *dnsbl to NULL. */
void dnsbl_free(struct dnsbl **dnsbl);

/*
 * A new configuration, which has to live until the next one has been taken over and in any case
 * until dnsbl_free. What is under way is asked again, what was remembered is forgotten. Any thread.
 */
void dnsbl_configure(struct dnsbl *dnsbl, const struct config *config);

/*
 * Asks about an address, such as "192.0.2.1", for a session. False when too many wait already: the
 * caller lets it in. Any thread; never waits.
 */
CF_NODISCARD bool dnsbl_ask(struct dnsbl *dnsbl, struct slot_id session, struct str address);

#endif
