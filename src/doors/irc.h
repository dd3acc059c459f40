#ifndef CONFAB_DOOR_IRC_H
#define CONFAB_DOOR_IRC_H

#include "net/door.h"

/*
 * The IRC door: RFC 1459 lines over TCP, TLS or a Unix socket, with IRCv3 tags.
 * Stateless: what an event looks like depends on the session's capabilities alone, so one
 * rendering serves all sessions that have the same.
 */
extern const struct door irc_door;

#endif
