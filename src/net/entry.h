#ifndef CONFAB_ENTRY_H
#define CONFAB_ENTRY_H

#include "hub/hub.h"
#include "net/mailbox.h"
#include "net/roster.h"
#include "net/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How a connection comes in, from the accepted socket to the hub's session: the header of a proxy,
 * which says for whom it is, then the handshake of TLS, then the hub. Before the hub learns of it,
 * its address, whether it is secure, and its certificate are settled.
 *
 * Belongs to one worker and its thread.
 */
struct entry {
    struct roster *roster;   /* borrowed */
    struct tls_server *tls;  /* borrowed; NULL: no listener is one of TLS */
    struct tls_bench *bench; /* owned; NULL until there is a connection with TLS */
};

/* Zeroed memory. What it is given lives longer. */
void entry_init(struct entry *entry, struct roster *roster, struct tls_server *tls);

/* All connections must have been freed. */
void entry_deinit(struct entry *entry);

/* Takes over the socket of an ORDER_ADOPT, which has been admitted. */
void entry_adopt(struct entry *entry, const struct order *order);

/*
 * Goes on with a connection that the hub does not know yet. Returns the steps of handshakes that
 * it took: 1.
 */
size_t entry_proceed(struct entry *entry, struct conn *conn);

/* Tells the hub of a connection that has arrived. home: the worker's. With the gate's lock. */
void entry_attach(struct entry *entry, struct hub *hub, uint32_t home, struct conn *conn);

/*
 * Appends what a client is told that is not let in. One of TLS could not read words before a
 * handshake, and that is too dear for this: it gets an alert.
 */
void entry_put_refusal(struct buf *out, bool is_tls, const char *reason);

#endif
