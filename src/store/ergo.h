#ifndef CONFAB_ERGO_H
#define CONFAB_ERGO_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/*
 * Makes lines (line.h) of what Ergo has: its database (ircd.db, a log of buntdb's; a copy of one
 * that is in use will do), or the JSON that `ergo importdb` reads, which its tools make of what
 * Anope and Atheme have. Accounts with passwords, certificates, settings, devices, read markers
 * and metadata; channels with founder, access, modes, topic and lists.
 *
 * Passwords: Ergo keeps a SCRAM-SHA-256 verifier of each, of the same kind as ours. Of accounts
 * that have none (Ergo before 2.8, Anope and Atheme) the password is left out.
 * Pure; any thread.
 */
struct ergo_sink {
    int (*line)(void *context, struct str line, struct cf_err *err);
    void *context;
};

struct ergo_counts {
    uint64_t without_password;
    uint64_t left_out; /* accounts and channels */
};

/* What is read at most. */
#define ERGO_FILE_BYTES_MAX ((size_t)1024 * 1024 * 1024)

/*
 * notes: gets a line for what was left out, as far as they fit. 0, or the code in err: the file is
 * neither of both, or what the sink has returned.
 */
CF_NODISCARD int ergo_convert(struct str file, const struct ergo_sink *sink,
                              struct ergo_counts *counts, struct buf *notes, struct cf_err *err);

#endif
