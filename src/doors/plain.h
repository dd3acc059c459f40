#ifndef CONFAB_DOOR_PLAIN_H
#define CONFAB_DOOR_PLAIN_H

#include "net/door.h"

/*
 * The plain door: for nc and telnet, and for the simplest socket program anyone writes. A line is
 * a message to the current channel; /join, /nick, /msg, /who, /help, /quit and so on are commands.
 * What others say comes as "[12:03] <nick> hello".
 *
 * A line ends at a newline, or when nothing has come for 200 ms, since simple programs send none.
 * The session starts as a guest in the lobby. It is quiet: a program that sends and then waits for
 * one answer gets the answer, and not a greeting or who has joined. From its first command on, a
 * session is taken for a person and also told of joins and leaves; /verbose switches that.
 */
extern const struct door plain_door;

/* The same for the operator's console: told of everything from the start. */
extern const struct door console_door;

#endif
