#ifndef CONFAB_HUB_NICKSERV_OPER_H
#define CONFAB_HUB_NICKSERV_OPER_H

#include "hub/login.h"
#include "hub/service.h"

/* Accounts for operators of the server, by message; and GHOST, by which owners get their nick. */
service_fn nickserv_saregister, nickserv_saverify, nickserv_rename, nickserv_list, nickserv_ghost;

/* SAREGISTER goes on: the credentials are there; NULL: nobody had the time to make them. */
void nickserv_saregistered(struct call *call, struct str account,
                           const struct credentials *credentials);

#endif
