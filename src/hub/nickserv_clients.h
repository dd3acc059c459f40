#ifndef CONFAB_HUB_NICKSERV_CLIENTS_H
#define CONFAB_HUB_NICKSERV_CLIENTS_H

#include "hub/service.h"

/* NickServ SESSIONS and CLIENTS: which clients are logged in to an account, and ending one. */
service_fn nickserv_sessions, nickserv_clients;

#endif
