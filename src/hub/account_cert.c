/* Certificates of accounts; see account_cert.h. */
#include "hub/account_cert.h"

#include "base/alloc.h"

#include <assert.h>

#define FINGERPRINT_DIGITS 64

bool
cert_is_fingerprint(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (!ascii_is_digit(byte) && (byte < 'a' || byte > 'f'))
            return false;
    }
    return text.len == FINGERPRINT_DIGITS;
}

static struct account_cert *
find(const struct hub *hub, struct str fingerprint)
{
    struct map_node *node = map_find(&hub->certs, fingerprint);
    return node == NULL ? NULL : CONTAINER_OF(node, struct account_cert, by_fingerprint);
}

struct account *
account_by_cert(const struct hub *hub, struct str fingerprint)
{
    const struct account_cert *cert = find(hub, fingerprint);
    return cert == NULL ? NULL : cert->account;
}

enum cert_result
account_add_cert(struct hub *hub, struct account *account, struct str fingerprint)
{
    assert(cert_is_fingerprint(fingerprint));
    if (find(hub, fingerprint) != NULL)
        return CERT_TAKEN;
    if (account->cert_count == LIMIT_ACCOUNT_CERTS)
        return CERT_FULL;
    struct account_cert *cert = cf_calloc_array(1, sizeof *cert);
    cert->account = account;
    cert->fingerprint = str_dup(fingerprint);
    map_insert(&hub->certs, &cert->by_fingerprint, cert->fingerprint);
    list_append(&account->certs, &cert->in_account);
    account->cert_count++;
    return CERT_OK;
}

static void
remove_cert(struct hub *hub, struct account_cert *cert)
{
    cert->account->cert_count--;
    map_remove(&hub->certs, &cert->by_fingerprint);
    list_remove(&cert->in_account);
    str_free(&cert->fingerprint);
    cf_free(cert);
}

bool
account_remove_cert(struct hub *hub, struct account *account, struct str fingerprint)
{
    struct account_cert *cert = find(hub, fingerprint);
    if (cert == NULL || cert->account != account)
        return false;
    remove_cert(hub, cert);
    return true;
}

void
account_remove_certs(struct hub *hub, struct account *account)
{
    while (!list_is_empty(&account->certs))
        remove_cert(hub, CONTAINER_OF(account->certs.next, struct account_cert, in_account));
    assert(account->cert_count == 0);
}
