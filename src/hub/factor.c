/* App passwords and second factors; see factor.h. */
#include "hub/factor.h"

#include "base/pack.h"
#include "base/secret.h"
#include "hub/random.h"
#include "hub/row.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

#define FORM            1 /* of the value: rises when it changes, and old ones stay readable */
#define VALUE_BYTES_MAX 4096
#define NAME_BYTES_MAX  32
#define USED_STEP_MS    (60 * 60 * 1000) /* how exactly it is kept when one was used last */

static struct factors *
get(struct account *account)
{
    if (account->factors == NULL)
        account->factors = cf_calloc_array(1, sizeof *account->factors);
    return account->factors;
}

void
factors_deinit(struct account *account)
{
    struct factors *factors = account->factors;
    account->factors = NULL;
    if (factors == NULL)
        return;
    for (size_t i = 0; i < factors->password_count; i++)
        str_free(&factors->passwords[i].name);
    sodium_memzero(factors, sizeof *factors);
    cf_free(factors);
}

/* --- rows --- */

static struct str
bytes(const unsigned char *ptr, size_t len)
{
    return (struct str){.ptr = (const char *)ptr, .len = len};
}

static void
keep(struct hub *hub, const struct account *account)
{
    const struct factors *factors = account->factors;
    struct buf value;
    buf_init(&value, VALUE_BYTES_MAX);
    pack_number(&value, FORM);
    pack_text(&value, account->key);
    pack_text(&value, factors->has_totp ? bytes(factors->totp_key, TOTP_KEY_BYTES) : STR(""));
    pack_number(&value, factors->totp_step);
    pack_number(&value, factors->recovery_count);
    for (size_t i = 0; i < factors->recovery_count; i++)
        pack_text(&value, bytes(factors->recovery[i], FACTOR_HASH_BYTES));
    pack_number(&value, factors->password_count);
    for (size_t i = 0; i < factors->password_count; i++) {
        const struct app_password *password = &factors->passwords[i];
        pack_text(&value, password->name);
        pack_text(&value, bytes(password->hash, FACTOR_HASH_BYTES));
        pack_number(&value, (uint64_t)password->created_ms);
        pack_number(&value, (uint64_t)password->used_ms);
    }
    assert(!value.is_truncated);
    struct record record = record_of_row(ROW_CREDENTIAL, account->key, buf_str(&value));
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    sodium_memzero(value.ptr, value.len);
    buf_deinit(&value);
}

void
factors_row_drop(struct hub *hub, const struct account *account)
{
    if (account->factors == NULL)
        return;
    struct record record = record_of_row_gone(ROW_CREDENTIAL, account->key);
    (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
}

/* False when it has another length. */
static bool
take_bytes(struct str text, unsigned char *out, size_t len)
{
    if (text.len != len)
        return false;
    memcpy(out, text.ptr, len);
    return true;
}

static bool
unpack_recovery(struct unpack *from, struct factors *factors)
{
    uint64_t count = unpack_number(from);
    if (count > FACTOR_RECOVERY_CODES)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!take_bytes(unpack_text(from), factors->recovery[factors->recovery_count++],
                        FACTOR_HASH_BYTES))
            return false;
    }
    return true;
}

static bool
unpack_passwords(struct unpack *from, struct factors *factors)
{
    uint64_t count = unpack_number(from);
    if (count > LIMIT_APP_PASSWORDS)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        struct app_password *password = &factors->passwords[factors->password_count++];
        str_replace(&password->name, unpack_text(from));
        if (!take_bytes(unpack_text(from), password->hash, FACTOR_HASH_BYTES))
            return false;
        uint64_t created_ms = unpack_number(from);
        uint64_t used_ms = unpack_number(from);
        if (created_ms > INT64_MAX || used_ms > INT64_MAX)
            return false;
        password->created_ms = (int64_t)created_ms;
        password->used_ms = (int64_t)used_ms;
    }
    return true;
}

bool
factors_row_restore(struct hub *hub, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    struct account *account = account_find(hub, unpack_text(&from));
    if (form != FORM || account == NULL || account->factors != NULL)
        return false;
    struct factors *factors = get(account);
    struct str key = unpack_text(&from);
    factors->totp_step = unpack_number(&from);
    factors->has_totp = key.len > 0;
    bool is_good = (key.len == 0 || take_bytes(key, factors->totp_key, TOTP_KEY_BYTES)) &&
                   unpack_recovery(&from, factors) && unpack_passwords(&from, factors) &&
                   !from.is_bad && from.rest.len == 0;
    if (!is_good)
        factors_deinit(account);
    return is_good;
}

/* --- secrets --- */

/* Those that people type, in any case, with or without the signs between. */
static void
hash_secret(struct str text, unsigned char out[FACTOR_HASH_BYTES])
{
    char plain[SECRET_TEXT_LEN];
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < sizeof plain; i++) {
        if (ascii_is_letter(text.ptr[i]) || ascii_is_digit(text.ptr[i]))
            plain[len++] = ascii_lower(text.ptr[i]);
    }
    crypto_hash_sha256(out, (const unsigned char *)plain, len);
    sodium_memzero(plain, sizeof plain);
}

static void
make_secret(struct hub *hub, char *text_out, unsigned char hash_out[FACTOR_HASH_BYTES])
{
    unsigned char random[HUB_RANDOM_BYTES];
    static_assert(sizeof random >= SECRET_RANDOM_BYTES, "as many as a secret takes");
    hub_random(hub, random);
    secret_to_text(random, text_out);
    hash_secret((struct str){.ptr = text_out, .len = SECRET_TEXT_LEN}, hash_out);
    sodium_memzero(random, sizeof random);
}

/* --- app passwords --- */

static struct app_password *
find_password(const struct account *account, struct str name)
{
    struct factors *factors = account->factors;
    for (size_t i = 0; factors != NULL && i < factors->password_count; i++) {
        if (str_equal_ascii_nocase(factors->passwords[i].name, name))
            return &factors->passwords[i];
    }
    return NULL;
}

/* So much of its hash as tells it from others. */
static uint64_t
id_of(const struct app_password *password)
{
    uint64_t id;
    memcpy(&id, password->hash, sizeof id);
    return id == 0 ? 1 : id;
}

static bool
is_password_name(struct str name)
{
    bool is_one = name.len > 0 && name.len <= NAME_BYTES_MAX;
    for (size_t i = 0; i < name.len && is_one; i++)
        is_one = ascii_is_letter(name.ptr[i]) || ascii_is_digit(name.ptr[i]) ||
                 str_find_byte(STR("-_."), name.ptr[i]) < 3;
    return is_one;
}

enum app_password_result
app_password_add(struct hub *hub, struct account *account, struct str name, char *text_out)
{
    if (!is_password_name(name))
        return APP_PASSWORD_BAD_NAME;
    if (find_password(account, name) != NULL)
        return APP_PASSWORD_TAKEN;
    struct factors *factors = get(account);
    if (factors->password_count == LIMIT_APP_PASSWORDS)
        return APP_PASSWORD_FULL;
    struct app_password *password = &factors->passwords[factors->password_count++];
    *password = (struct app_password){.name = str_dup(name), .created_ms = hub->now_ms};
    make_secret(hub, text_out, password->hash);
    keep(hub, account);
    return APP_PASSWORD_OK;
}

uint64_t
app_password_find(const struct account *account, struct str name)
{
    const struct app_password *password = find_password(account, name);
    return password == NULL ? 0 : id_of(password);
}

struct str
app_password_name(const struct account *account, uint64_t id)
{
    const struct factors *factors = account->factors;
    for (size_t i = 0; factors != NULL && i < factors->password_count; i++) {
        if (id_of(&factors->passwords[i]) == id)
            return factors->passwords[i].name;
    }
    return STR("");
}

bool
app_password_remove(struct hub *hub, struct account *account, struct str name)
{
    struct app_password *password = find_password(account, name);
    struct factors *factors = account->factors;
    if (password == NULL)
        return false;
    str_free(&password->name);
    size_t index = (size_t)(password - factors->passwords);
    memmove(password, password + 1, (factors->password_count - index - 1) * sizeof *password);
    factors->password_count--;
    keep(hub, account);
    return true;
}

uint64_t
app_password_match(struct hub *hub, struct account *account, struct str password)
{
    struct factors *factors = account->factors;
    unsigned char hash[FACTOR_HASH_BYTES];
    struct app_password *found = NULL;
    if (factors == NULL || password.len > 2 * SECRET_TEXT_LEN)
        return 0;
    hash_secret(password, hash);
    for (size_t i = 0; i < factors->password_count; i++) {
        if (sodium_memcmp(factors->passwords[i].hash, hash, sizeof hash) == 0)
            found = &factors->passwords[i];
    }
    if (found == NULL)
        return 0;
    bool is_news = hub->now_ms - found->used_ms >= USED_STEP_MS;
    if (is_news) {
        found->used_ms = hub->now_ms;
        keep(hub, account);
    }
    return id_of(found);
}

/* --- the second factor --- */

bool
factor_is_needed(const struct account *account)
{
    return account->factors != NULL && account->factors->has_totp;
}

void
factor_cut(struct str *password, struct str *code_out)
{
    *code_out = STR("");
    for (size_t i = password->len; i-- > 0;) {
        if (password->ptr[i] != ' ')
            continue;
        *code_out = str_skip(*password, i + 1);
        *password = str_take(*password, i);
        return;
    }
}

static bool
take_recovery_code(struct factors *factors, struct str code)
{
    unsigned char hash[FACTOR_HASH_BYTES];
    size_t found = factors->recovery_count;
    hash_secret(code, hash);
    for (size_t i = 0; i < factors->recovery_count; i++) {
        if (sodium_memcmp(factors->recovery[i], hash, sizeof hash) == 0)
            found = i;
    }
    if (found == factors->recovery_count)
        return false;
    factors->recovery_count--;
    memmove(factors->recovery[found], factors->recovery[factors->recovery_count],
            FACTOR_HASH_BYTES);
    return true;
}

bool
factor_take_code(struct hub *hub, struct account *account, struct str code)
{
    struct factors *factors = account->factors;
    assert(factors != NULL);
    bool is_taken = totp_matches(factors->totp_key, code, hub->now_ms, factors->totp_step,
                                 &factors->totp_step) ||
                    take_recovery_code(factors, code);
    if (is_taken)
        keep(hub, account);
    return is_taken;
}

void
factor_begin_totp(struct hub *hub, struct account *account)
{
    struct factors *factors = get(account);
    unsigned char random[HUB_RANDOM_BYTES];
    assert(!factors->has_totp);
    hub_random(hub, random);
    memcpy(factors->totp_key, random, TOTP_KEY_BYTES);
    factors->is_totp_pending = true;
    factors->totp_step = 0;
    sodium_memzero(random, sizeof random);
}

bool
factor_confirm_totp(struct hub *hub, struct account *account, struct str code)
{
    struct factors *factors = account->factors;
    if (factors == NULL || !factors->is_totp_pending ||
        !totp_matches(factors->totp_key, code, hub->now_ms, factors->totp_step,
                      &factors->totp_step))
        return false;
    factors->is_totp_pending = false;
    factors->has_totp = true;
    keep(hub, account);
    return true;
}

void
factor_end_totp(struct hub *hub, struct account *account)
{
    struct factors *factors = account->factors;
    if (factors == NULL)
        return;
    factors->has_totp = false;
    factors->is_totp_pending = false;
    factors->recovery_count = 0;
    sodium_memzero(factors->totp_key, TOTP_KEY_BYTES);
    keep(hub, account);
}

void
factor_make_recovery_codes(struct hub *hub, struct account *account,
                           char texts_out[FACTOR_RECOVERY_CODES][FACTOR_TEXT_BYTES])
{
    struct factors *factors = get(account);
    factors->recovery_count = FACTOR_RECOVERY_CODES;
    for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++) {
        make_secret(hub, texts_out[i], factors->recovery[i]);
        texts_out[i][SECRET_TEXT_LEN] = '\0';
    }
    keep(hub, account);
}
