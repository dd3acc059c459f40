#ifndef CONFAB_MAILER_H
#define CONFAB_MAILER_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Sends letters: by a command that takes them on its standard input, as sendmail does, or to a
 * server by SMTP (libcurl). Blocks for MAILER_TIMEOUT_S at most: for helpers. Any thread.
 */
#define MAILER_TIMEOUT_S 30
#define MAILER_STOP_MS   1000

struct mailer;

struct mailer_settings {
    struct str from;     /* an address */
    struct str sendmail; /* a program and its arguments, with spaces between; empty: none */
    struct str smtp;     /* "smtp://host:port" or "smtps://...", with user:password@; empty: none */
    struct str host;     /* of this server, for message ids */
};

struct mailer *mailer_new(void);
void mailer_free(struct mailer **mailer);

/* From now on. Copies. */
void mailer_configure(struct mailer *mailer, const struct mailer_settings *settings);

/* The server ends: letters that were not begun are not sent, those on their way have
 * MAILER_STOP_MS. Any thread. */
void mailer_stop(struct mailer *mailer);

/*
 * to: an address (hub/mail.h). letter: the subject, a line end, and the text. 0 or the code in err.
 */
CF_NODISCARD int mailer_send(struct mailer *mailer, struct str to, struct str letter,
                             struct cf_err *err);

#endif
