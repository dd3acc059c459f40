#ifndef CONFAB_HUB_REGISTER_H
#define CONFAB_HUB_REGISTER_H

#include "hub/account.h"
#include "hub/login.h"
#include "hub/state.h"

/*
 * Registering accounts, by REGISTER and by NickServ.
 * Spec: IRCv3 draft/account-registration.
 */
struct register_request {
    struct str account; /* "*": the nick of the call's session */
    struct str email;   /* "*" or empty: none */
    struct str password;
    enum login_purpose purpose; /* LOGIN_REGISTER or LOGIN_NICKSERV: who answers */
};

/* Whether accounts may be registered before the connection is complete. */
bool register_is_open_early(const struct hub_config *config);

/* Checks it and has credentials made; or tells why not. */
void register_begin(struct call *call, const struct register_request *request);

/*
 * Makes an account for the session of the call, whose token names it; nobody has a password for it.
 * name: of no account yet. NULL, and why not in *why_out (static), when no account can be made of
 * that name, or now. Rules are those of REGISTER, but that the name need not be the nick.
 */
struct account *register_for_token(struct call *call, struct str name, struct str *why_out);

/* The letter with the code has been sent, or could not be. account: that it was for; NULL when that
 * is there no more. */
void register_mailed(struct call *call, enum login_purpose purpose, struct account *account,
                     bool is_sent);

/* VERIFY of both: the code is right, or it is told why not. */
void register_verify(struct call *call, enum login_purpose purpose, struct str account,
                     struct str code);

/* The credentials are there; NULL: nobody had the time to make them. */
void register_credentials_made(struct call *call, enum login_purpose purpose, struct str account,
                               struct str email, const struct credentials *credentials);

#endif
