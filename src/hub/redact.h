#ifndef CONFAB_HUB_REDACT_H
#define CONFAB_HUB_REDACT_H

#include "hub/service.h"
#include "hub/state.h"

/*
 * Messages that are taken back, or away: REDACT, and DELETE of HistServ. The answer comes later, by
 * redact_page_read. Part of the hub, guarded by its lock. Spec: IRCv3 message-redaction.
 */

/* The session of the call waits; or has been told why not. service: also says that it is done;
 * NULL: the command has asked. Copies the texts. */
void redact_begin(struct call *call, struct str target, struct str msgid, struct str reason,
                  const struct service *service);

/* The answer to its question, a page with one message; NULL: it could not be read. */
void redact_page_read(struct call *call, const struct page *page);

/* Gives up waiting for it. */
void redact_forget(struct session *session);

#endif
