#ifndef CONFAB_CERT_H
#define CONFAB_CERT_H

#include <stdio.h>

/*
 * `confab cert`: makes a self-signed certificate where the server looks for one, and prints its
 * fingerprint. Returns the exit status.
 */
int cert_main(int argc, char **argv, FILE *out, FILE *err);

#endif
