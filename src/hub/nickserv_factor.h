#ifndef CONFAB_HUB_NICKSERV_FACTOR_H
#define CONFAB_HUB_NICKSERV_FACTOR_H

#include "hub/service.h"

/* APPPASS and TOTP of NickServ: see factor.h. */
service_fn nickserv_apppass, nickserv_totp;

#endif
