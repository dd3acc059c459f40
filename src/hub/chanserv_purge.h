#ifndef CONFAB_HUB_CHANSERV_PURGE_H
#define CONFAB_HUB_CHANSERV_PURGE_H

#include "hub/service.h"

/* ChanServ PURGE: operators of the server close channels for good; see purge.h. */
service_fn chanserv_purge;

#endif
