#ifndef CONFAB_HUB_FACTOR_H
#define CONFAB_HUB_FACTOR_H

#include "base/secret.h"
#include "hub/account.h"
#include "wire/totp.h"

/*
 * What an account can have besides its password: passwords for single programs (app passwords),
 * and a second factor, codes by time (wire/totp.h) with codes for the day that the phone is lost.
 * With a second factor the password alone does not log in: a code follows it, behind a space; a
 * program that can't ask for one has an app password. Each is a row (ROW_CREDENTIAL, all of an
 * account in one). Part of the hub's state, guarded by its lock.
 *
 * App passwords and recovery codes are made by the server, of 100 random bits: a plain hash of them
 * can't be reversed by trying, so none that is slow is needed, and they are compared in the hub.
 */
#define FACTOR_HASH_BYTES     32
#define FACTOR_RECOVERY_CODES 8
#define FACTOR_TEXT_BYTES     (SECRET_TEXT_LEN + 1)

struct app_password {
    struct str name; /* owned */
    unsigned char hash[FACTOR_HASH_BYTES];
    int64_t created_ms;
    int64_t used_ms; /* 0: never */
};

struct factors {
    struct app_password passwords[LIMIT_APP_PASSWORDS];
    size_t password_count;
    bool has_totp;                          /* it is asked for */
    bool is_totp_pending;                   /* there is a key that was not confirmed yet */
    unsigned char totp_key[TOTP_KEY_BYTES]; /* of either */
    uint64_t totp_step;                     /* of the last code that was taken */
    unsigned char recovery[FACTOR_RECOVERY_CODES][FACTOR_HASH_BYTES];
    size_t recovery_count; /* that are left */
};

/* Frees what an account has; its row stays. */
void factors_deinit(struct account *account);

/* --- app passwords --- */

enum app_password_result {
    APP_PASSWORD_OK,
    APP_PASSWORD_BAD_NAME, /* 1 to 32 letters, digits, '-', '_' and '.' */
    APP_PASSWORD_TAKEN,    /* there is one of that name */
    APP_PASSWORD_FULL,
};

/* text_out: SECRET_TEXT_LEN bytes, to be shown once. */
CF_NODISCARD enum app_password_result app_password_add(struct hub *hub, struct account *account,
                                                       struct str name, char *text_out);

/* False when there is none of that name. */
CF_NODISCARD bool app_password_remove(struct hub *hub, struct account *account, struct str name);

/* Which of these a password is, by an id that sessions have (session->app_password); it counts as
 * used. 0: none. */
uint64_t app_password_match(struct hub *hub, struct account *account, struct str password);

/* The id of the one of that name; 0: none. */
uint64_t app_password_find(const struct account *account, struct str name);

/* The name of the one with that id, borrowed; empty: there is none any more. */
struct str app_password_name(const struct account *account, uint64_t id);

/* --- the second factor --- */

/* Whether a code has to follow the password. */
bool factor_is_needed(const struct account *account);

/* Cuts "password code" in two; code_out is empty when there is none. */
void factor_cut(struct str *password, struct str *code_out);

/* Whether it is the code of the moment, or one for recovery; either is used up by that. */
CF_NODISCARD bool factor_take_code(struct hub *hub, struct account *account, struct str code);

/* Makes a key that is not asked for before it is confirmed. */
void factor_begin_totp(struct hub *hub, struct account *account);

/* Asks for codes from now on, if this one is of the key. */
CF_NODISCARD bool factor_confirm_totp(struct hub *hub, struct account *account, struct str code);

/* Asks for codes no more; the recovery codes go, too. */
void factor_end_totp(struct hub *hub, struct account *account);

/* Makes others in the place of the old ones. texts_out: NUL-terminated. */
void factor_make_recovery_codes(struct hub *hub, struct account *account,
                                char texts_out[FACTOR_RECOVERY_CODES][FACTOR_TEXT_BYTES]);

/* --- rows --- */

/* The account ends. */
void factors_row_drop(struct hub *hub, const struct account *account);

/* A row that was kept. False when it makes no sense. */
CF_NODISCARD bool factors_row_restore(struct hub *hub, struct str value);

#endif
