#ifndef CONFAB_BENCH_FLOOR_H
#define CONFAB_BENCH_FLOOR_H

#include <stdint.h>

/*
 * The floor: an ideal server that does only what no server can leave out. It reads, finds line
 * ends, and writes each channel's new bytes to its members with one send each in a round of its
 * loop. No names, no checks, no memory of anybody: the cost of a delivery in it is that of the
 * kernel's sockets. It speaks just enough IRC for the load (load.h): 001 for USER, 366 for
 * JOIN, messages to a nick, an echo, and hanging up at QUIT.
 */

/* Serves 127.0.0.1:port until SIGTERM. Returns an exit status. */
int floor_serve(uint16_t port);

#endif
