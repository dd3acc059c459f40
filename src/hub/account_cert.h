#ifndef CONFAB_HUB_ACCOUNT_CERT_H
#define CONFAB_HUB_ACCOUNT_CERT_H

#include "base/list.h"
#include "hub/account.h"

/*
 * Certificates by which clients log in to accounts (SASL EXTERNAL): SHA-256 fingerprints in hex,
 * lower case. One belongs to one account. Part of the hub's state, guarded by its lock.
 */
struct account_cert {
    struct map_node by_fingerprint; /* in hub->certs; key: fingerprint */
    struct list in_account;         /* in account->certs, oldest first */
    struct account *account;
    struct str fingerprint; /* owned */
};

enum cert_result {
    CERT_OK,
    CERT_TAKEN, /* by this or another account */
    CERT_FULL,  /* the account has LIMIT_ACCOUNT_CERTS already */
};

/* "0123...": 64 hexadecimal digits; colons and capitals are to be taken out before. */
bool cert_is_fingerprint(struct str text);

/* The account that the certificate logs in to; NULL for none, and for no certificate. */
struct account *account_by_cert(const struct hub *hub, struct str fingerprint);

/* fingerprint: as cert_is_fingerprint wants it. Puts nothing on record. */
CF_NODISCARD enum cert_result account_add_cert(struct hub *hub, struct account *account,
                                               struct str fingerprint);

/* False when the account has no such certificate. */
CF_NODISCARD bool account_remove_cert(struct hub *hub, struct account *account,
                                      struct str fingerprint);

/* As the account ends. */
void account_remove_certs(struct hub *hub, struct account *account);

#endif
