#ifndef CONFAB_HUB_HISTSERV_H
#define CONFAB_HUB_HISTSERV_H

#include "base/buf.h"
#include "hub/service.h"

/*
 * HistServ: what was said, by message, for people and clients that know nothing newer. It asks as
 * CHATHISTORY does, deletes as REDACT does, and lets an account have its own: erased, or exported
 * into a file on the server. Part of the hub, guarded by its lock.
 */
extern const struct service histserv;

/* Appends the name of the file that an account's export gets, in the folder HISTSERV_FOLDER of the
 * data folder: letters, digits and signs that no shell minds. account: folded. */
#define HISTSERV_FOLDER         "exports"
#define HISTSERV_FILE_BYTES_MAX (3 * LIMIT_FOLDED_BYTES + 8)
void histserv_put_file_name(struct buf *out, struct str account);

/* The answer to QUESTION_EXPORT: whether the file of that account is there. Also when nobody is
 * there to be told any more; histserv_tell_exported is for who is. */
void histserv_exported(struct hub *hub, struct str account, enum hub_answer answer);
void histserv_tell_exported(struct call *call, enum hub_answer answer);

#endif
