#ifndef CONFAB_BENCH_H
#define CONFAB_BENCH_H

/*
 * `confab bench`: measures chat servers under load, this one and others, side by side.
 * program: path of this executable. Returns an exit status.
 */
int bench_main(int argc, char **argv);

#endif
