#ifndef CONFAB_CONFIG_PRINT_H
#define CONFAB_CONFIG_PRINT_H

#include "base/buf.h"
#include "server/config.h"

/*
 * The table of options and a configuration as text. Pure but for the config that is read.
 */

/* Bytes that are enough for either text: hash and quotes of all that a file can hold. */
#define CONFIG_PRINT_BYTES_MAX ((size_t)8 * (size_t)LIMIT_CONFIG_BYTES)

/*
 * The configuration as YAML that gives the same configuration, each option with a comment. Hashes
 * of passwords are in it.
 */
void config_put_yaml(struct buf *out, const struct config *config);

/* The section OPTIONS of confab.yaml(5), in mdoc(7). */
void config_put_manual(struct buf *out);

#endif
