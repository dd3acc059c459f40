/*
 * PERSISTENCE: whether the user stays while no client is connected (presence.h), for clients.
 * Spec: ircv3-specifications pull request 503 (draft/persistence).
 */
#include "hub/account.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "hub/nickserv_set.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/reply.h"
#include "hub/user.h"

#include <assert.h>

static void
fail(struct call *call, struct str code, const char *text)
{
    refuse(call, &(struct refusal){
                     .code = code,
                     .text = str_from_nul(text),
                     .is_always_standard = true,
                 });
}

void
persistence_tell(struct hub *hub, const struct session *session, const struct account *account)
{
    static const struct str wanted[] = {
        [SETTING_DEFAULT] = STR_INIT("DEFAULT"),
        [SETTING_ON] = STR_INIT("ON"),
        [SETTING_OFF] = STR_INIT("OFF"),
    };
    bool is_on = presence_find(hub, account) != NULL;
    struct event_spec spec = spec_from_server(hub, EVENT_CONTROL, STR("PERSISTENCE"));
    const struct str params[] = {
        STR("STATUS"),
        wanted[account->settings[ACCOUNT_SETTING_ALWAYS_ON]],
        is_on ? STR("ON") : STR("OFF"),
    };
    spec.params = params;
    spec.param_count = ARRAY_LEN(params);
    tell_session(hub, session, spec);
}

void
send_persistence(struct call *call)
{
    const struct account *account = account_find(call->hub, call->user->account);
    if (account != NULL && (call->session->caps & CAP(PERSISTENCE)))
        persistence_tell(call->hub, call->session, account);
}

/* False when the text is none of them. */
static bool
read_setting(struct str text, uint32_t *value_out)
{
    if (str_equal_ascii_nocase(text, STR("DEFAULT")))
        *value_out = SETTING_DEFAULT;
    else if (str_equal_ascii_nocase(text, STR("ON")))
        *value_out = SETTING_ON;
    else if (str_equal_ascii_nocase(text, STR("OFF")))
        *value_out = SETTING_OFF;
    else
        return false;
    return true;
}

void
cmd_persistence(struct call *call)
{
    struct account *account = account_find(call->hub, call->user->account);
    struct str what = call_param(call, 0);
    uint32_t value = SETTING_DEFAULT;
    bool is_set = str_equal_ascii_nocase(what, STR("SET"));
    if (!is_set && !str_equal_ascii_nocase(what, STR("GET"))) {
        if (what.len == 0)
            fail(call, STR("INVALID_PARAMETERS"),
                 "Invalid parameters: GET, or SET ON, OFF or DEFAULT");
        return; /* others may come: they are to be ignored */
    }
    if (account == NULL) {
        fail(call, STR("ACCOUNT_REQUIRED"), "An account is required: register one, or log in");
        return;
    }
    if (is_set && !read_setting(call_param(call, 1), &value)) {
        fail(call, STR("INVALID_PARAMETERS"), "Invalid parameters: GET, or SET ON, OFF or DEFAULT");
        return;
    }
    if (is_set)
        setting_change(call, account, ACCOUNT_SETTING_ALWAYS_ON, value);
    persistence_tell(call->hub, call->session, account);
}
