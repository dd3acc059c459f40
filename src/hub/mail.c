/* Codes by e-mail; see mail.h. */
#include "hub/mail.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "hub/account_row.h"
#include "hub/login.h"
#include "hub/post.h"
#include "hub/random.h"
#include "wire/name.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

#define LETTER_BYTES_MAX 2048
#define MINUTE_MS        60000

/* Without those by which old mailers route letters, or put them into files and programs. */
static bool
is_local_byte(char byte)
{
    return ascii_is_letter(byte) || ascii_is_digit(byte) ||
           str_find_byte(STR(".#$&'*+=?^_`{}~-"), byte) < sizeof(".#$&'*+=?^_`{}~-") - 1;
}

bool
mail_is_address(struct str email)
{
    size_t at = str_find_byte(email, '@');
    struct str domain = str_skip(email, at + 1);
    if (at == 0 || at >= email.len || email.len > LIMIT_EMAIL_BYTES || email.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < at; i++) {
        if (!is_local_byte(email.ptr[i]))
            return false;
    }
    for (size_t i = 0; i < domain.len; i++) {
        if (!ascii_is_letter(domain.ptr[i]) && !ascii_is_digit(domain.ptr[i]) &&
            domain.ptr[i] != '.' && domain.ptr[i] != '-')
            return false;
    }
    size_t dot = str_find_byte(domain, '.');
    return dot > 0 && dot + 1 < domain.len && domain.ptr[0] != '-';
}

/* What the letter says: its subject, and behind the first line end the rest. */
static void
put_letter(struct buf *out, const struct hub *hub, const struct account *account,
           enum mail_letter letter, const char *code)
{
    struct str network = hub->config->network_name;
    if (letter == MAIL_VERIFY)
        buf_printf(out,
                   "Your account %.*s on %.*s\n"
                   "Somebody, you we hope, has registered the account %.*s on %.*s with this "
                   "address.\n\nTo confirm it, send this where you chat:\n\n"
                   "    /quote VERIFY %.*s %s\n\n"
                   "If it was not you, do nothing: the account is deleted in a day.\n",
                   STR_ARG(account->name), STR_ARG(network), STR_ARG(account->name),
                   STR_ARG(network), STR_ARG(account->name), code);
    else if (letter == MAIL_NEW_ADDRESS)
        buf_printf(out,
                   "Another address for your account %.*s on %.*s\n"
                   "Somebody, you we hope, has given this address for the account %.*s on %.*s."
                   "\n\nTo confirm it, send this where you chat:\n\n"
                   "    /msg NickServ VERIFYEMAIL %s\n\n"
                   "If it was not you, do nothing: the account keeps the address that it has.\n",
                   STR_ARG(account->name), STR_ARG(network), STR_ARG(account->name),
                   STR_ARG(network), code);
    else
        buf_printf(out,
                   "A new password for %.*s on %.*s\n"
                   "Somebody, you we hope, has asked for a new password for the account %.*s on "
                   "%.*s.\n\nTo set it, send this where you chat:\n\n"
                   "    /msg NickServ RESETPASS %.*s %s <new password>\n\n"
                   "If it was not you, do nothing: your password stays as it is.\n",
                   STR_ARG(account->name), STR_ARG(network), STR_ARG(account->name),
                   STR_ARG(network), STR_ARG(account->name), code);
}

static void
hash_code(struct str code, unsigned char out[MAIL_HASH_BYTES])
{
    crypto_hash_sha256(out, (const unsigned char *)code.ptr, code.len);
}

static bool
is_minute_over(const struct hub *hub)
{
    return hub->now_ms - hub->mails_ms >= MINUTE_MS;
}

static void
count_letter(struct hub *hub, enum mail_letter letter)
{
    if (is_minute_over(hub)) {
        hub->mails_ms = hub->now_ms;
        hub->mail_count = 0;
        hub->register_mail_count = 0;
        hub->change_mail_count = 0;
    }
    hub->mail_count += letter != MAIL_CHANGED ? 1 : 0;
    hub->register_mail_count += letter == MAIL_VERIFY ? 1 : 0;
    hub->change_mail_count += letter == MAIL_CHANGED ? 1 : 0;
}

bool
mail_has_room(const struct hub *hub, enum mail_letter letter)
{
    static_assert(LIMIT_REGISTER_MAILS_A_MINUTE < LIMIT_MAILS_A_MINUTE, "the rest is for others");
    if (is_minute_over(hub))
        return true;
    if (letter == MAIL_CHANGED)
        return hub->change_mail_count < LIMIT_CHANGE_MAILS_A_MINUTE;
    return hub->mail_count < LIMIT_MAILS_A_MINUTE &&
           (letter != MAIL_VERIFY || hub->register_mail_count < LIMIT_REGISTER_MAILS_A_MINUTE);
}

/* Case does not matter: where it did, one mailbox more could be written to. */
static void
hash_recipient(enum mail_letter letter, struct str address, unsigned char out[MAIL_HASH_BYTES])
{
    struct buf text;
    buf_init(&text, LIMIT_EMAIL_BYTES + 16);
    buf_printf(&text, "%d ", (int)letter);
    for (size_t i = 0; i < address.len; i++)
        buf_put_byte(&text, ascii_lower(address.ptr[i]));
    hash_code(buf_str(&text), out);
    buf_deinit(&text);
}

static void
remember_recipient(struct hub *hub, enum mail_letter letter, struct str address)
{
    if (hub->mail_recipients == NULL)
        hub->mail_recipients =
            cf_calloc_array(LIMIT_MAILS_REMEMBERED, sizeof *hub->mail_recipients);
    struct mail_recipient *recipient = &hub->mail_recipients[hub->mail_recipients_next];
    hub->mail_recipients_next = (hub->mail_recipients_next + 1) % LIMIT_MAILS_REMEMBERED;
    hash_recipient(letter, address, recipient->hash);
    recipient->sent_ms = hub->now_ms;
}

/* NULL when it has been sent none of late. */
static struct mail_recipient *
find_recipient(const struct hub *hub, enum mail_letter letter, struct str address)
{
    unsigned char hash[MAIL_HASH_BYTES];
    hash_recipient(letter, address, hash);
    for (size_t i = 0; hub->mail_recipients != NULL && i < LIMIT_MAILS_REMEMBERED; i++) {
        struct mail_recipient *recipient = &hub->mail_recipients[i];
        if (recipient->sent_ms != 0 && hub->now_ms - recipient->sent_ms < LIMIT_MAIL_AGAIN_MS &&
            memcmp(recipient->hash, hash, sizeof hash) == 0)
            return recipient;
    }
    return NULL;
}

bool
mail_is_soon_to(const struct hub *hub, enum mail_letter letter, struct str address)
{
    return find_recipient(hub, letter, address) != NULL;
}

void
mail_was_not_sent(struct hub *hub, enum mail_letter letter, struct str address)
{
    struct mail_recipient *recipient = find_recipient(hub, letter, address);
    if (recipient != NULL)
        recipient->sent_ms = 0;
}

void
mail_forget_recipients(struct hub *hub)
{
    cf_free(hub->mail_recipients);
    hub->mail_recipients = NULL;
}

/* Where the code of such a letter is kept. */
static struct mail_code *
code_of(struct account *account, enum mail_letter letter)
{
    assert(letter != MAIL_CHANGED);
    return letter == MAIL_RESET ? &account->password_code : &account->address_code;
}

void
mail_send(struct call *call, struct account *account, enum mail_letter letter,
          enum login_purpose purpose)
{
    struct hub *hub = call->hub;
    unsigned char random[HUB_RANDOM_BYTES];
    char code[SECRET_TEXT_LEN + 1] = "";
    struct mail_code *kept = code_of(account, letter);
    struct str address = letter == MAIL_NEW_ADDRESS ? account->new_email : account->email;
    struct buf text;
    buf_init(&text, LETTER_BYTES_MAX);
    count_letter(hub, letter);
    remember_recipient(hub, letter, address);
    hub_random(hub, random);
    secret_to_text(random, code);
    hash_code(str_from_nul(code), kept->hash);
    kept->sent_ms = hub->now_ms;
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
    put_letter(&text, hub, account, letter, code);
    note(hub, call->session, "letter queued", {"account", account->name});
    if (letter == MAIL_VERIFY)
        login_mail(call, purpose, account->name, buf_str(&text), address);
    else
        outbox_ask_about_secret(&hub->outbox, QUESTION_MAIL_LATER, call->session->id,
                                buf_str(&text), address);
    sodium_memzero(random, sizeof random);
    sodium_memzero(code, sizeof code);
    sodium_memzero(text.ptr, text.len);
    buf_deinit(&text);
}

void
mail_tell_of_change(struct call *call, const struct account *account, struct str address)
{
    struct hub *hub = call->hub;
    struct str network = hub->config->network_name;
    struct buf text;
    if (!hub->config->sends_mail)
        return;
    assert(mail_has_room(hub, MAIL_CHANGED));
    count_letter(hub, MAIL_CHANGED);
    buf_init(&text, LETTER_BYTES_MAX);
    buf_printf(&text,
               "The address of your account %.*s on %.*s\n"
               "This is not the e-mail address of the account %.*s on %.*s any more: somebody who "
               "was logged in to it, you we hope, has changed that.\n\n"
               "If it was not you, change your password, or ask the administrators of %.*s for "
               "help.\n",
               STR_ARG(account->name), STR_ARG(network), STR_ARG(account->name), STR_ARG(network),
               STR_ARG(network));
    outbox_ask_about_secret(&hub->outbox, QUESTION_MAIL_LATER, call->session->id, buf_str(&text),
                            address);
    buf_deinit(&text);
}

/* The same, to be looked at only. */
static const struct mail_code *
code_in(const struct account *account, enum mail_letter letter)
{
    return code_of((struct account *)(uintptr_t)account, letter);
}

bool
mail_is_soon(const struct hub *hub, const struct account *account, enum mail_letter letter)
{
    int64_t sent_ms = code_in(account, letter)->sent_ms;
    return sent_ms != 0 && sent_ms <= hub->now_ms && hub->now_ms - sent_ms < LIMIT_MAIL_AGAIN_MS;
}

bool
mail_is_code(const struct hub *hub, const struct account *account, enum mail_letter letter,
             struct str code)
{
    const struct mail_code *kept = code_in(account, letter);
    unsigned char hash[MAIL_HASH_BYTES];
    hash_code(code, hash);
    static_assert(sizeof hash == sizeof kept->hash, "one is compared with the other");
    return kept->sent_ms != 0 && kept->sent_ms <= hub->now_ms &&
           hub->now_ms - kept->sent_ms <= LIMIT_MAIL_CODE_MS &&
           sodium_memcmp(hash, kept->hash, sizeof hash) == 0;
}

void
mail_void_codes(struct account *account)
{
    str_free(&account->new_email);
    sodium_memzero(account->address_code.hash, sizeof account->address_code.hash);
    sodium_memzero(account->password_code.hash, sizeof account->password_code.hash);
}

void
mail_drop_codes(struct hub *hub, struct account *account)
{
    if (account->address_code.sent_ms == 0 && account->password_code.sent_ms == 0)
        return;
    account->address_code.sent_ms = 0;
    account->password_code.sent_ms = 0;
    mail_void_codes(account);
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
}
