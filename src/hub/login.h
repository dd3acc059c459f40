#ifndef CONFAB_HUB_LOGIN_H
#define CONFAB_HUB_LOGIN_H

#include "hub/account.h"
#include "hub/hub.h"
#include "hub/state.h"
#include "wire/jwt.h"

/*
 * What sessions wait for on behalf of accounts: a password to be compared, credentials to be made
 * from one, or a token to be verified. All are slow and done outside; what was asked for is kept
 * with the session until the answer is there. Spec: none of its own; SASL, REGISTER and NickServ
 * use it.
 */
struct login;

struct buf;

/* What the answer is for. */
enum login_purpose {
    LOGIN_SASL,       /* AUTHENTICATE PLAIN: compare */
    LOGIN_TOKEN,      /* AUTHENTICATE OAUTHBEARER and IRCV3BEARER: verify */
    LOGIN_IDENTIFY,   /* NickServ IDENTIFY: compare */
    LOGIN_PASS,       /* PASS: compare */
    LOGIN_CHANGE,     /* NickServ PASSWD: compare the old one, then make from the new one */
    LOGIN_FIRST,      /* NickServ PASSWD of an account that has none: make */
    LOGIN_REGISTER,   /* REGISTER: make */
    LOGIN_NICKSERV,   /* NickServ REGISTER: make */
    LOGIN_RESET,      /* NickServ RESETPASS: make */
    LOGIN_SAREGISTER, /* NickServ SAREGISTER: make */
    LOGIN_SAPASSWD,   /* NickServ SAPASSWD: make */
};

/* What came of comparing a password, or of changing it. */
enum login_result {
    LOGIN_OK,
    LOGIN_WRONG,      /* not the password, or no such account */
    LOGIN_SUSPENDED,  /* the password is right, but the account must not be used */
    LOGIN_UNVERIFIED, /* likewise, since its e-mail address was not proved: account_is_own_try */
    LOGIN_TOO_MANY,   /* the account has seen too many wrong ones: not tried */
    LOGIN_BUSY,       /* the helpers have too much to do: not tried */
    LOGIN_NO_CODE,    /* the password is right, but the account wants a code behind it: factor.h */
    LOGIN_WRONG_CODE, /* likewise, and the code behind it is not the one */
};

/* What comes of a login that is right, by password or otherwise: not all accounts may be used. */
enum login_result login_result_for(const struct account *account);

/* Why a login has failed, for SASL and PASS. result: neither LOGIN_OK nor LOGIN_TOO_MANY. */
struct str login_reason(enum login_result result);

/* Appends it; result: also LOGIN_TOO_MANY, with the time to wait. */
void login_put_reason(struct buf *out, const struct hub *hub, struct str account,
                      enum login_result result);

/*
 * Compares a password with the account's. The session waits; then what belongs to the purpose goes
 * on. Without an account of that name, or while it may not be tried, it goes on at once.
 * new_password: of LOGIN_CHANGE, else empty. The password may be an app password, or have a code of
 * the second factor behind it, with a space between (factor.h), but for LOGIN_CHANGE.
 */
void login_compare(struct call *call, enum login_purpose purpose, struct str account,
                   struct str password, struct str new_password);

/* Makes credentials for a new account. email: may be empty. */
void login_register(struct call *call, enum login_purpose purpose, struct str account,
                    struct str email, struct str password);

/* Makes credentials in the place of those that the account has, or has not. */
void login_reset(struct call *call, enum login_purpose purpose, struct str account,
                 struct str password);

/* Sends a letter; then register_mailed goes on. Called while an account is registered. */
void login_mail(struct call *call, enum login_purpose purpose, struct str account,
                struct str letter, struct str address);

/* Has a token verified. authzid: for whom the client wants to log in; may be empty. */
void login_verify_token(struct call *call, struct str authzid, struct str token);

/* It has been: see hub_answer_token. */
void login_token_verified(struct call *call, enum jwt_result result, struct str account);

/* The answer that the session waits for. credentials: of QUESTION_CREDENTIALS with a yes. */
void login_answered(struct call *call, enum question_kind kind, enum hub_answer answer,
                    const struct credentials *credentials);

/*
 * The session of the call has failed to log in. One that goes on failing guesses: it is ended, and
 * the call's verdict says so.
 */
void login_count_failure(struct call *call);

/* Forgets what is waited for; does nothing when that is nothing. */
void login_forget(struct session *session);

#endif
