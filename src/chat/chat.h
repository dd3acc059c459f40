#ifndef CONFAB_CHAT_H
#define CONFAB_CHAT_H

/*
 * `confab chat`: the terminal client. Reads the keyboard and the network at once.
 *
 * On a terminal: a line of input below what is said, connecting again when the connection is lost.
 * Otherwise, or with --plain: lines in, lines out, for scripts; it ends when the input has ended
 * and the server has accepted all of it.
 */

/* argv[0] is "chat". Returns the exit status: 0, 1 (connection failed, a line refused), 2 (usage). */
int chat_main(int argc, char **argv);

#endif
