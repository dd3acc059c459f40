#ifndef CONFAB_HUB_PASS_LOGIN_H
#define CONFAB_HUB_PASS_LOGIN_H

#include "hub/login.h"

/*
 * Logging in by PASS, for clients that know no SASL but have a field for the server's password:
 * "<account>[@device]:<password>", or the password alone of the account that has one's nick. Only
 * where the server itself asks for no password (server.password): there PASS is that. Whoever is
 * logged in already, by SASL, is not logged in again.
 */

/* Has the password compared that PASS has given, which is forgotten then; registration goes on when
 * that is done (pass_login_compared). False when there is nothing to compare. */
CF_NODISCARD bool pass_login_begin(struct call *call);

/* It has been. Without success the client is told why, and comes as a guest. */
void pass_login_compared(struct call *call, struct str name, enum login_result result);

#endif
