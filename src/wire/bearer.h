#ifndef CONFAB_BEARER_H
#define CONFAB_BEARER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

/*
 * What clients send to log in with a token: the messages of the SASL mechanisms OAUTHBEARER and
 * IRCV3BEARER. What the token says is for wire/jwt.h. Pure: no I/O, any thread.
 * Spec: RFC 7628 3.1; IRCv3 IRCV3BEARER (a draft: ircv3-specifications #545).
 */
struct bearer {
    struct str authzid; /* for whom the client wants to act; empty: it does not say */
    struct str token;   /* one or more of the characters of RFC 6750 2.1 */
};

/*
 * OAUTHBEARER: gs2-header ^A *(key "=" value ^A) ^A with a key "auth" whose value is "Bearer" and the
 * token. Other keys (host, port) are not looked at. authzid: what bearer_out->authzid will point
 * into, beside the message. False, and nothing is written to bearer_out, for anything else.
 */
CF_NODISCARD bool bearer_take_oauth(struct str message, struct buf *authzid,
                                    struct bearer *bearer_out);

/*
 * IRCV3BEARER: authzid NUL "jwt" NUL token, all borrowed. False, and nothing is written, for
 * anything else, and for tokens of another type.
 */
CF_NODISCARD bool bearer_take_ircv3(struct str message, struct bearer *bearer_out);

#endif
