#ifndef CONFAB_HUB_NICKSERV_FACTOR_H
#define CONFAB_HUB_NICKSERV_FACTOR_H

#include "hub/account.h"
#include "hub/service.h"

/* APPPASS and TOTP of NickServ: see factor.h. */
service_fn nickserv_apppass, nickserv_totp;

/* Tells that a code is asked for, if it is. */
void nickserv_say_factor(struct call *call, const struct account *account);

#endif
