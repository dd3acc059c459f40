#ifndef CONFAB_RELAY_H
#define CONFAB_RELAY_H

/*
 * RELAYMSG: a bot that operates a channel says there what somebody has said elsewhere, under that
 * one's nick. Such nicks contain the separator, which no user's nick can, and their host is the
 * server's name; who relays them stands in the tag draft/relaymsg, for those who know it.
 * Spec: draft relaymsg (ircv3-specifications pull request 417); codes of refusals as in Ergo.
 */
#define RELAY_SEPARATOR '/'

#endif
