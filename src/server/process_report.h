#ifndef CONFAB_PROCESS_REPORT_H
#define CONFAB_PROCESS_REPORT_H

#include "base/buf.h"

/*
 * How the process is doing, in a sentence for an operator: what only the system knows. Reads
 * /proc, so not for a worker; any other thread.
 */

/* Appends "resident memory 12 MiB; ...". What the system does not tell is left out. */
void process_report_put(struct buf *out);

#endif
