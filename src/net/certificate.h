#ifndef CONFAB_CERTIFICATE_H
#define CONFAB_CERTIFICATE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Making a self-signed certificate: a key on P-256, for servers that nobody has signed for. What
 * there is already is never overwritten unasked, and a key can be read by its owner alone. Does
 * I/O; any thread.
 */
struct certificate_spec {
    const char *certificate_path;
    const char *key_path;
    const struct str *names; /* host names and addresses; the first is the subject's common name */
    size_t name_count;       /* 1 and more */
    uint32_t days;           /* that it is valid, from now on */
    bool may_overwrite;
};

/* Whether a certificate can be made for it: a host name, or an address. */
bool certificate_is_name(struct str name);

/*
 * 0, or an error with its reason; then no file has changed. -EEXIST: one is there already. -EINVAL:
 * a name is no host name and no address.
 */
CF_NODISCARD int certificate_make(const struct certificate_spec *spec, struct cf_err *err);

#endif
