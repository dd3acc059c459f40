/* Accounts as rows; see account_row.h. */
#include "hub/account_row.h"

#include "base/pack.h"
#include "hub/account_cert.h"
#include "hub/account_end.h"
#include "hub/account_name.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

#define FORM            4 /* of the value: rises when it changes, and old ones stay readable */
#define FLAG_SUSPENDED  1U
#define FLAG_OPERATOR   2U
#define FLAG_UNVERIFIED 4U
#define FLAG_PROVED     8U
#define VALUE_BYTES_MAX 4096

/* hash: of the place in the row, since an account without a password has verifiers of nothing. */
static void
pack_verifier(struct buf *out, enum scram_hash hash, const struct scram_verifier *verifier)
{
    assert(verifier->iterations == 0 || verifier->hash == hash);
    size_t key_bytes = scram_key_bytes(hash);
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

/* How it is called, when that is not its first name, and the names besides its first. */
static void
pack_names(struct buf *out, const struct account *account)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_list_names(account, names);
    pack_text(out, name_equal(account->name, account->key) ? STR("") : account->name);
    pack_number(out, count - 1);
    for (size_t i = 1; i < count; i++) {
        pack_text(out, names[i].folded);
        pack_number(out, (uint64_t)names[i].since_ms);
    }
}

static void
pack_code(struct buf *out, const struct mail_code *code)
{
    struct str hash = {.ptr = (const char *)code->hash, .len = sizeof code->hash};
    pack_text(out, code->sent_ms != 0 ? hash : STR(""));
    pack_number(out, (uint64_t)code->sent_ms);
}

/* None when it makes no sense. */
static void
unpack_code(struct unpack *from, struct mail_code *code_out)
{
    struct str hash = unpack_text(from);
    uint64_t sent_ms = unpack_number(from);
    *code_out = (struct mail_code){0};
    if (sent_ms > INT64_MAX)
        from->is_bad = true;
    if (from->is_bad || hash.len != sizeof code_out->hash)
        return;
    memcpy(code_out->hash, hash.ptr, hash.len);
    code_out->sent_ms = (int64_t)sent_ms;
}

/* Before form 4 there was one code for either purpose. */
static void
set_codes(struct account *account, uint64_t form, const struct mail_code *first,
          const struct mail_code *second)
{
    bool is_address = form >= 4 || account->is_unverified || account->new_email.len > 0;
    account->address_code = is_address ? *first : (struct mail_code){0};
    account->password_code = is_address ? *second : *first;
}

static void
pack_account(struct buf *out, const struct account *account)
{
    const struct credentials *credentials = &account->credentials;
    pack_number(out, FORM);
    pack_text(out, name_equal(account->name, account->key) ? account->name : account->key);
    pack_text(out, account->email);
    pack_number(out, (uint64_t)account->created_ms);
    pack_number(out, (account->is_suspended ? FLAG_SUSPENDED : 0) |
                         (account->is_operator ? FLAG_OPERATOR : 0) |
                         (account->is_unverified ? FLAG_UNVERIFIED : 0) |
                         (account->is_email_proved ? FLAG_PROVED : 0));
    pack_text(out, account->suspend_reason);
    pack_text(out, str_from_nul(credentials->password_hash));
    pack_verifier(out, SCRAM_SHA_256, &credentials->sha_256);
    pack_verifier(out, SCRAM_SHA_512, &credentials->sha_512);
    pack_code(out, &account->address_code);
    pack_text(out, account->new_email);
    pack_code(out, &account->password_code);
    pack_names(out, account);
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
    struct record record = record_of_row(ROW_ACCOUNT, account->key, buf_str(&value));
    explicit_bzero((void *)(uintptr_t)buf_str(&value).ptr, value.len);
    buf_deinit(&value);
    return outbox_put_record(&hub->outbox, &record);
}

uint64_t
account_row_drop(struct hub *hub, const struct account *account)
{
    struct record record = record_of_row_gone(ROW_ACCOUNT, account->key);
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

/* False when they make no sense beside the first name. account: NULL only looks. */
static bool
unpack_names(struct unpack *from, struct hub *hub, struct str first, struct account *account)
{
    struct str called = unpack_text(from);
    uint64_t count = unpack_number(from);
    bool is_known = called.len == 0 || name_equal(called, first);
    for (uint64_t i = 0; i < count && count <= LIMIT_ACCOUNT_NAMES; i++) {
        struct str name = unpack_text(from);
        uint64_t since_ms = unpack_number(from);
        is_known = is_known || name_equal(called, name);
        if (account == NULL ? !name_is_kept_nick(name) || account_find(hub, name) != NULL ||
                                  since_ms > INT64_MAX
                            : !account_take_name(hub, account, name, (int64_t)since_ms))
            return false;
    }
    if (account != NULL)
        return account_take_name(hub, account, called.len > 0 ? called : first, 0);
    return !from->is_bad && count <= LIMIT_ACCOUNT_NAMES && is_known &&
           (called.len == 0 || name_is_nick(called));
}

size_t
account_row_list_names(struct str value, struct account_row_name out[LIMIT_ACCOUNT_NAMES + 1])
{
    struct unpack from = UNPACK(value);
    struct scram_verifier verifier;
    struct mail_code code;
    uint64_t form = unpack_number(&from);
    bool is_sound = name_fold(unpack_text(&from), &out[0].name);
    (void)unpack_text(&from); /* only how long things are matters here: the e-mail address, */
    out[0].since_ms = (int64_t)unpack_number(&from);
    (void)unpack_number(&from);
    (void)unpack_text(&from); /* the reason of a suspension, */
    (void)unpack_text(&from);
    unpack_verifier(&from, SCRAM_SHA_256, &verifier);
    unpack_verifier(&from, SCRAM_SHA_512, &verifier);
    if (form < 3)
        return is_sound && !from.is_bad ? 1 : 0;
    unpack_code(&from, &code);
    (void)unpack_text(&from);
    if (form >= 4)
        unpack_code(&from, &code);
    (void)unpack_text(&from); /* and how it is called now, which is one of them */
    uint64_t count = unpack_number(&from);
    for (uint64_t i = 0; i < count && count <= LIMIT_ACCOUNT_NAMES; i++) {
        is_sound = name_fold(unpack_text(&from), &out[1 + i].name) && is_sound;
        out[1 + i].since_ms = (int64_t)unpack_number(&from);
    }
    return is_sound && !from.is_bad && count <= LIMIT_ACCOUNT_NAMES ? 1 + (size_t)count : 0;
}

bool
account_row_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    struct credentials credentials = {.password_hash = ""};
    struct mail_code codes[2] = {0};
    uint64_t form = unpack_number(&from);
    struct str name = unpack_text(&from);
    struct str email = unpack_text(&from);
    uint64_t created_ms = unpack_number(&from);
    uint64_t flags = unpack_number(&from);
    struct str suspend_reason = unpack_text(&from);
    struct str hash = unpack_text(&from);
    unpack_verifier(&from, SCRAM_SHA_256, &credentials.sha_256);
    unpack_verifier(&from, SCRAM_SHA_512, &credentials.sha_512);
    if (form >= 2)
        unpack_code(&from, &codes[0]);
    struct str new_email = form >= 3 ? unpack_text(&from) : STR("");
    if (form >= 4)
        unpack_code(&from, &codes[1]);
    struct unpack names = from;
    if (form >= 3 && !unpack_names(&from, hub, name, NULL))
        return false;
    if (from.is_bad || !unpack_certs(from, hub, NULL) || form == 0 || form > FORM ||
        created_ms > INT64_MAX || hash.len >= sizeof credentials.password_hash ||
        !name_is_kept_nick(name) || account_find(hub, name) != NULL)
        return false;
    if (hash.len > 0)
        memcpy(credentials.password_hash, hash.ptr, hash.len);
    struct account *account = account_add(hub, name, email, &credentials);
    if (form >= 3 && !unpack_names(&names, hub, name, account))
        cf_unreachable("they made sense a moment ago");
    account->created_ms = (int64_t)created_ms;
    account->is_suspended = (flags & FLAG_SUSPENDED) != 0;
    account->is_operator = (flags & FLAG_OPERATOR) != 0;
    account->is_email_proved =
        form >= 3 ? (flags & FLAG_PROVED) != 0 : email.len > 0 && (flags & FLAG_UNVERIFIED) == 0;
    str_replace(&account->new_email, new_email);
    if ((flags & FLAG_UNVERIFIED) != 0)
        account_await_proof(hub, account);
    set_codes(account, form, &codes[0], &codes[1]);
    str_replace(&account->suspend_reason, suspend_reason);
    explicit_bzero(&credentials, sizeof credentials);
    return unpack_certs(from, hub, account);
}
