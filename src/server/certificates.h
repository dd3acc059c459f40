#ifndef CONFAB_CERTIFICATES_H
#define CONFAB_CERTIFICATES_H

#include "base/err.h"
#include "net/tls.h"
#include "server/config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the server's certificates are: those of the configuration, or else the data folder's own,
 * which is self-signed and made when it is missing. Main thread.
 */

/* Days that a certificate of our own is valid. */
#define CERTIFICATE_DAYS 3650

/* How those are called in the data folder. */
#define CERTIFICATES_OWN_FILE     "certificate.pem"
#define CERTIFICATES_OWN_KEY_FILE "key.pem"

/* Where the data folder's own certificate and key are. buffers: initialised, empty. */
void certificates_put_own_paths(const struct config *config, struct buf *certificate,
                                struct buf *key);

/*
 * Makes the own certificate when the configuration has none and it is missing. 0, or an error with
 * its reason.
 */
CF_NODISCARD int certificates_ensure(const struct config *config, struct cf_err *err);

/* Loads what the configuration says. 0, or an error with its reason: then nothing has changed. */
CF_NODISCARD int certificates_load(const struct config *config, struct tls_server *server,
                                   struct cf_err *err);

/*
 * The names that a certificate of our own is for, when none are given: those of the server and of
 * the machine. Returns how many; hostname is filled with what names_out may point to.
 */
#define CERTIFICATE_NAMES_MAX 5
size_t certificates_own_names(const struct config *config, char hostname[256],
                              struct str names_out[CERTIFICATE_NAMES_MAX]);

#endif
