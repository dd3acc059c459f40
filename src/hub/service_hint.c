/* Commands of other services; see service_hint.h. */
#include "hub/service_hint.h"

#include "base/attr.h"

#include <stddef.h>

struct hint {
    struct str service; /* its nick */
    struct str name;    /* upper case */
    struct str text;
};

/* A row; tools/services reads them. */
#define SERVICE_HINT(service, name, text)                 \
    {                                                     \
        STR_INIT(service), STR_INIT(name), STR_INIT(text) \
    }

static const struct hint hints[] = {
    SERVICE_HINT("NickServ", "CONFIRM", "VERIFY, or VERIFYEMAIL for another address"),
    SERVICE_HINT("NickServ", "DROP",
                 "UNREGISTER gives an account up; there are no further nicks to drop"),
    SERVICE_HINT("NickServ", "ENFORCE", "always on: the nick of an account is its own"),
    SERVICE_HINT("NickServ", "GROUP", "an account has one nick, its name"),
    SERVICE_HINT("NickServ", "LOGIN", "IDENTIFY"),
    SERVICE_HINT("NickServ", "PASSWORD", "PASSWD"),
    SERVICE_HINT("NickServ", "PUSH", "the server sends nothing to devices that are not connected"),
    SERVICE_HINT("NickServ", "RECOVER", "GHOST ends who has your nick, then NICK takes it"),
    SERVICE_HINT("NickServ", "RELEASE", "GHOST ends who has your nick, then NICK takes it"),
    SERVICE_HINT("NickServ", "SADROP",
                 "UNREGISTER or ERASE with the account's name, for operators"),
    SERVICE_HINT("NickServ", "SETPASS", "RESETPASS, with the code of the letter of SENDPASS"),
    SERVICE_HINT("ChanServ", "DROP", "UNREGISTER"),
};

const struct str *
service_hint_find(struct str service, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        if (str_equal(hints[i].service, service) && str_equal_ascii_nocase(hints[i].name, name))
            return &hints[i].text;
    }
    return NULL;
}
