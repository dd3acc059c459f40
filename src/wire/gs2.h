#ifndef CONFAB_GS2_H
#define CONFAB_GS2_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * What stands in front of the messages of several SASL mechanisms (SCRAM, OAUTHBEARER): whether the
 * channel is bound, and for whom the client wants to act. Pure: no I/O, any thread.
 * Spec: RFC 5801 4.
 */

/*
 * Takes "n,a=authzid," from the beginning of *rest. Appends the authzid, empty when there is none,
 * in clear. False when it is no such header, asks for channel binding (which we do not offer), or
 * the authzid does not fit; *rest is anywhere then.
 */
CF_NODISCARD bool gs2_take_header(struct str *rest, struct buf *authzid_out);

/*
 * Appends a name in clear: "=2C" is a comma, "=3D" is "="; no other "=" is allowed. False for one
 * that has, that is no UTF-8, or does not fit. RFC 5801 4, RFC 5802 5.1: saslname.
 */
CF_NODISCARD bool gs2_put_name(struct buf *out, struct str name);

#endif
