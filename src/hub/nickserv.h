#ifndef CONFAB_HUB_NICKSERV_H
#define CONFAB_HUB_NICKSERV_H

#include "hub/login.h"
#include "hub/service.h"

/* NickServ: accounts by message, for those whose client can't log in by itself. See service.h. */
extern const struct service nickserv;

/* The password that came with IDENTIFY has been compared. */
void nickserv_identified(struct call *call, struct str account, enum login_result result);

/* PASSWD and RESETPASS go on: the old password was wrong, or there are new credentials. */
void nickserv_password_changed(struct call *call, struct str account, enum login_result result,
                               const struct credentials *credentials);

/* The sessions of an account whose password has changed end, but for the call's. */
void nickserv_end_other_sessions(struct call *call, const struct account *account);

/* Whether there is a password that one could have, or forget. */
bool nickserv_has_password(const struct account *account);

#endif
