#ifndef CONFAB_HUB_CHANSERV_TRANSFER_H
#define CONFAB_HUB_CHANSERV_TRANSFER_H

#include "hub/service.h"

/* ChanServ TRANSFER: a channel goes to another account, which has to accept it: channel_heir.h. */
service_fn chanserv_transfer;

/* Tells whoever has just logged in how many channels are offered, if any; not before there is a
 * user: registration does then. */
void chanserv_tell_offers(struct call *call);

/* LIST: what is offered to the account. */
void chanserv_list_offers(struct call *call);

#endif
