#ifndef CONFAB_HUB_SASL_H
#define CONFAB_HUB_SASL_H

#include "base/buf.h"
#include "hub/login.h"
#include "hub/state.h"

/*
 * SASL: AUTHENTICATE, before and after registration.
 * Spec: IRCv3 sasl-3.1, sasl-3.2; RFC 4616 (PLAIN), RFC 5802 and 7677 (SCRAM), RFC 4422 A
 * (EXTERNAL), RFC 4505 (ANONYMOUS), RFC 7628 (OAUTHBEARER), IRCV3BEARER (a draft of IRCv3's).
 */

#define SASL_MECHANISMS_BYTES_MAX 128

/* Appends the names of those mechanisms that the configuration has, as the capability's value and
 * 908 have them: "PLAIN,...". At most SASL_MECHANISMS_BYTES_MAX bytes. */
void sasl_put_mechanisms(struct buf *out, const struct hub_config *config);

/* AUTHENTICATE PLAIN goes on: the password has been compared with the account's. */
void sasl_compared(struct call *call, struct str account, enum login_result result);

/*
 * OAUTHBEARER or IRCV3BEARER goes on. authzid: for whom the client wants to log in, or empty; name:
 * the account that the token names, with JWT_OK.
 */
void sasl_token_verified(struct call *call, struct str authzid, enum jwt_result result,
                         struct str name);

/* Registration completes: an exchange under way is given up, with 906. */
void sasl_abort(struct call *call);

/* Forgets the exchange under way; does nothing when there is none. */
void sasl_forget(struct session *session);

#endif
