/* Accounts as rows; see account_row.h. */
#include "hub/account_row.h"

#include "base/pack.h"
#include "hub/account_cert.h"
#include "hub/account_end.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define FORM            2 /* of the value: rises when it changes, and old ones stay readable */
#define FLAG_SUSPENDED  1U
#define FLAG_OPERATOR   2U
#define FLAG_UNVERIFIED 4U
#define VALUE_BYTES_MAX 4096

static void
pack_verifier(struct buf *out, const struct scram_verifier *verifier)
{
    size_t key_bytes = scram_key_bytes(verifier->hash);
    pack_number(out, verifier->iterations);
    buf_put(out, (struct str){.ptr = (const char *)verifier->salt, .len = SCRAM_SALT_BYTES});
    buf_put(out, (struct str){.ptr = (const char *)verifier->stored_key, .len = key_bytes});
    buf_put(out, (struct str){.ptr = (const char *)verifier->server_key, .len = key_bytes});
}

static void
take_bytes(struct unpack *from, unsigned char *out, size_t len)
{
    if (from->rest.len < len) {
        from->is_bad = true;
        return;
    }
    memcpy(out, from->rest.ptr, len);
    from->rest = str_skip(from->rest, len);
}

static void
unpack_verifier(struct unpack *from, enum scram_hash hash, struct scram_verifier *verifier_out)
{
    *verifier_out = (struct scram_verifier){.hash = hash};
    uint64_t iterations = unpack_number(from);
    if (iterations > SCRAM_ITERATIONS_MAX)
        from->is_bad = true;
    else
        verifier_out->iterations = (uint32_t)iterations;
    take_bytes(from, verifier_out->salt, SCRAM_SALT_BYTES);
    take_bytes(from, verifier_out->stored_key, scram_key_bytes(hash));
    take_bytes(from, verifier_out->server_key, scram_key_bytes(hash));
}

static void
pack_account(struct buf *out, const struct account *account)
{
    const struct credentials *credentials = &account->credentials;
    pack_number(out, FORM);
    pack_text(out, account->name);
    pack_text(out, account->email);
    pack_number(out, (uint64_t)account->created_ms);
    pack_number(out, (account->is_suspended ? FLAG_SUSPENDED : 0) |
                         (account->is_operator ? FLAG_OPERATOR : 0) |
                         (account->is_unverified ? FLAG_UNVERIFIED : 0));
    pack_text(out, account->suspend_reason);
    pack_text(out, str_from_nul(credentials->password_hash));
    pack_verifier(out, &credentials->sha_256);
    pack_verifier(out, &credentials->sha_512);
    bool has_code = account->mail_sent_ms != 0;
    pack_text(out, has_code ? (struct str){.ptr = (const char *)account->mail_hash,
                                           .len = sizeof account->mail_hash}
                            : STR(""));
    pack_number(out, (uint64_t)account->mail_sent_ms);
    pack_number(out, account->cert_count);
    list_for_each(node, &account->certs) {
        pack_text(out, CONTAINER_OF(node, struct account_cert, in_account)->fingerprint);
    }
}

uint64_t
account_row_keep(struct hub *hub, const struct account *account)
{
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_account(&value, account);
    assert(buf_room(&value) > 0);
    struct record record = record_of_row(ROW_ACCOUNT, account->folded_name, buf_str(&value));
    explicit_bzero((void *)(uintptr_t)buf_str(&value).ptr, value.len);
    buf_deinit(&value);
    return outbox_put_record(&hub->outbox, &record);
}

uint64_t
account_row_drop(struct hub *hub, const struct account *account)
{
    struct record record = record_of_row_gone(ROW_ACCOUNT, account->folded_name);
    return outbox_put_record(&hub->outbox, &record);
}

/* False when they make no sense. account: NULL only looks. */
static bool
unpack_certs(struct unpack from, struct hub *hub, struct account *account)
{
    uint64_t count = unpack_number(&from);
    for (uint64_t i = 0; i < count && !from.is_bad; i++) {
        struct str fingerprint = unpack_text(&from);
        if (!cert_is_fingerprint(fingerprint))
            return false;
        if (account != NULL && account_add_cert(hub, account, fingerprint) == CERT_FULL)
            return true; /* the limit was higher when it was written */
    }
    return !from.is_bad && from.rest.len == 0;
}

bool
account_row_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    struct credentials credentials = {.password_hash = ""};
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    struct str email = unpack_text(&from);
    uint64_t created_ms = unpack_number(&from);
    uint64_t flags = unpack_number(&from);
    struct str suspend_reason = unpack_text(&from);
    struct str hash = unpack_text(&from);
    unpack_verifier(&from, SCRAM_SHA_256, &credentials.sha_256);
    unpack_verifier(&from, SCRAM_SHA_512, &credentials.sha_512);
    struct str mail_hash = form >= 2 ? unpack_text(&from) : STR("");
    uint64_t mail_sent_ms = form >= 2 ? unpack_number(&from) : 0;
    if (from.is_bad || !unpack_certs(from, hub, NULL) || form == 0 || form > FORM ||
        mail_sent_ms > INT64_MAX || created_ms > INT64_MAX ||
        hash.len >= sizeof credentials.password_hash || !name_is_nick(name) ||
        account_find(hub, name) != NULL)
        return false;
    if (hash.len > 0)
        memcpy(credentials.password_hash, hash.ptr, hash.len);
    struct account *account = account_add(hub, name, email, &credentials);
    account->created_ms = (int64_t)created_ms;
    account->is_suspended = (flags & FLAG_SUSPENDED) != 0;
    account->is_operator = (flags & FLAG_OPERATOR) != 0;
    if ((flags & FLAG_UNVERIFIED) != 0)
        account_await_proof(hub, account);
    if (mail_hash.len == sizeof account->mail_hash) {
        memcpy(account->mail_hash, mail_hash.ptr, mail_hash.len);
        account->mail_sent_ms = (int64_t)mail_sent_ms;
    }
    str_replace(&account->suspend_reason, suspend_reason);
    explicit_bzero(&credentials, sizeof credentials);
    return unpack_certs(from, hub, account);
}
