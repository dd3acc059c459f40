#ifndef CONFAB_HUB_NICKSERV_OPER_H
#define CONFAB_HUB_NICKSERV_OPER_H

#include "hub/login.h"
#include "hub/service.h"

/* Accounts for operators of the server, by message; and GHOST, by which owners get their nick. */
service_fn nickserv_saregister, nickserv_sapasswd, nickserv_saverify, nickserv_rename,
    nickserv_list, nickserv_ghost;

/* What operators do to accounts of others. False, and it has been said, when who has the account is
 * an operator, too, by one of its names in an operator block or by itself: nobody takes that, gives
 * it away or guards it less who may not do all anyway. */
CF_NODISCARD bool nickserv_may_rule(struct call *call, const struct account *account);

/* SAREGISTER goes on: the credentials are there; NULL: nobody had the time to make them. */
void nickserv_saregistered(struct call *call, struct str account,
                           const struct credentials *credentials);

/* SAPASSWD goes on: there are credentials, or the result says why not. */
void nickserv_sapasswd_made(struct call *call, struct str account, enum login_result result,
                            const struct credentials *credentials);

#endif
