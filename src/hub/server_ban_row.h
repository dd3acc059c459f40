#ifndef CONFAB_SERVER_BAN_ROW_H
#define CONFAB_SERVER_BAN_ROW_H

#include "hub/server_ban.h"

/*
 * Server bans as rows (ROW_SERVER_BAN), by their numbers: who set them, until when, and both
 * reasons; not how often they were met. Part of the hub, guarded by its lock.
 */

/* Puts it on record. */
void server_ban_row_keep(struct hub *hub, const struct server_ban *ban);

/* Puts on record that it is no more. */
void server_ban_row_drop(struct hub *hub, const struct server_ban *ban);

/* The ban again. One that has expired since does so at the first tick. False when the value is
 * none, or there are too many bans. */
CF_NODISCARD bool server_ban_row_restore(struct hub *hub, struct str value);

/* One of which that is so is left alone: no other ban gets its number, and with it its row. */
void server_ban_row_skip(struct hub *hub, struct str key);

#endif
