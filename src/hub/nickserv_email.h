#ifndef CONFAB_HUB_NICKSERV_EMAIL_H
#define CONFAB_HUB_NICKSERV_EMAIL_H

#include "hub/account.h"
#include "hub/service.h"

/* What NickServ does with e-mail addresses: see mail.h. */
service_fn nickserv_verify, nickserv_verifyemail, nickserv_sendpass, nickserv_resetpass;

/* SET EMAIL <address or none>: of the account of the call's user. */
void nickserv_set_email(struct call *call, struct str address);

/* The same of another account, by an operator, who vouches for it: no letter has to prove it. */
void nickserv_saset_email(struct call *call, struct account *account, struct str address);

/* Tells the address of an account, and what is with it. */
void nickserv_say_email(struct call *call, const struct account *account);

/* False, and it has been said, when it can't be a password. */
CF_NODISCARD bool nickserv_check_new_password(struct call *call, struct str new_password);

#endif
