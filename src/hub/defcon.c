/* Closing the server to newcomers; see defcon.h. */
#include "hub/defcon.h"

#include "hub/session.h"
#include "hub/user.h"

#include <assert.h>

struct str
defcon_text(uint32_t level)
{
    static const struct str texts[] = {
        [DEFCON_CLOSED] =
            STR_INIT("nobody comes in; without an account one speaks only with voice"),
        [DEFCON_QUIET] = STR_INIT("without an account nobody comes in, and one speaks only with "
                                  "voice; no new channels"),
        [DEFCON_NO_STRANGERS] =
            STR_INIT("nobody comes in without an account; no new channels and accounts"),
        [DEFCON_NO_NEW] = STR_INIT("no new channels and accounts"),
        [DEFCON_NORMAL] = STR_INIT("all is as usual"),
    };
    assert(level >= DEFCON_CLOSED);
    assert(level <= DEFCON_NORMAL);
    return texts[level];
}

bool
defcon_refuses(const struct hub *hub, const struct session *session, struct str account)
{
    if (session_is_local(session) || hub->defcon > DEFCON_NO_STRANGERS)
        return false;
    return account.len == 0 || hub->defcon == DEFCON_CLOSED;
}

bool
defcon_refuses_accounts(const struct hub *hub)
{
    return hub->defcon <= DEFCON_NO_NEW;
}

/* Those whom no level concerns. */
static bool
is_exempt(const struct user *user)
{
    const struct session *session = user_first_session(user);
    return user_is_operator(user) || (session != NULL && session_is_local(session));
}

bool
defcon_refuses_channels(const struct hub *hub, const struct user *user)
{
    return hub->defcon <= DEFCON_NO_NEW && !is_exempt(user);
}

bool
defcon_mutes(const struct hub *hub, const struct user *user)
{
    return hub->defcon <= DEFCON_QUIET && user->account.len == 0 && !is_exempt(user);
}
