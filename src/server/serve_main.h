#ifndef CONFAB_SERVE_MAIN_H
#define CONFAB_SERVE_MAIN_H

/*
 * `confab serve`: its command line. argv[0]: "serve". Returns the exit status, 2 for a wrong
 * command line, or SERVE_RESTART (serve.h).
 */
int serve_main(int argc, char **argv);

#endif
