#ifndef CONFAB_HUB_SASL_H
#define CONFAB_HUB_SASL_H

#include "hub/login.h"
#include "hub/state.h"

/*
 * SASL: AUTHENTICATE, before and after registration.
 * Spec: IRCv3 sasl-3.1, sasl-3.2; RFC 4616 (PLAIN), RFC 5802 and 7677 (SCRAM), RFC 4422 A
 * (EXTERNAL), RFC 4505 (ANONYMOUS).
 */

/* The names of the mechanisms, as the capability's value and 908 have them: "PLAIN,...". */
struct str sasl_mechanisms(const struct hub_config *config);

/* AUTHENTICATE PLAIN goes on: the password has been compared with the account's. */
void sasl_compared(struct call *call, struct str account, enum login_result result);

/* Registration completes: an exchange under way is given up, with 906. */
void sasl_abort(struct call *call);

/* Forgets the exchange under way; does nothing when there is none. */
void sasl_forget(struct session *session);

#endif
