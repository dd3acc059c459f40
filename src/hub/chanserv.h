#ifndef CONFAB_HUB_CHANSERV_H
#define CONFAB_HUB_CHANSERV_H

#include "hub/account.h"
#include "hub/service.h"

/* ChanServ: channels that belong to an account, and stay. See service.h, channel_access.h. */
extern const struct service chanserv;

/* Says so when it is the name of a channel that could not be read (channel_lost.h); false when it
 * is not, and nothing is said. */
bool chanserv_says_lost(struct call *call, struct str name);

/* An account, called `old` so far, has another name. */
void chanserv_account_renamed(struct hub *hub, const struct account *account, struct str old);

/* The channel that the first word names; NULL, and it has been said, when there is none that is
 * registered and the user's to give away. */
struct channel *chanserv_find_own(const struct service_call *service_call);

/* How many channels the account has registered. Walks all. */
size_t chanserv_count_channels(const struct hub *hub, struct str account);

/* The channel, which is registered, is nobody's from now on; it ends when it is empty. */
void chanserv_forget_registration(struct hub *hub, struct channel *channel);

/* The account is about to be erased: its channels belong to nobody, and it has ranks in none. */
void chanserv_forget_account(struct hub *hub, const struct account *account);

#endif
