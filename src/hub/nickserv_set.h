#ifndef CONFAB_HUB_NICKSERV_SET_H
#define CONFAB_HUB_NICKSERV_SET_H

#include "hub/account.h"
#include "hub/service.h"

/* NickServ SET, GET, SASET and SAGET: settings of accounts (account_setting.h). */
service_fn nickserv_set, nickserv_get, nickserv_saset, nickserv_saget;

/* What settings there are, and what may be written. */
void nickserv_say_choices(struct call *call);

/*
 * Changes a setting, and what depends on it: whether somebody stays while no client is there, and
 * what the account's clients are told of that. The user of the call may be the account's or not.
 */
void setting_change(struct call *call, struct account *account, enum account_setting setting,
                    uint32_t value);

/* "ON" and "OFF", "DEFAULT" likewise: what the account wants of always-on, and what it gets.
 * Spec: ircv3-specifications pull request 503, "PERSISTENCE STATUS". */
void persistence_tell(struct hub *hub, const struct session *session,
                      const struct account *account);

#endif
