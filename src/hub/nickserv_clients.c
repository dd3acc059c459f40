/* Clients of an account, by message; see nickserv_clients.h. */
#include "hub/nickserv_clients.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/number.h"
#include "hub/account.h"
#include "hub/device.h"
#include "hub/factor.h"
#include "hub/nickserv.h"
#include "hub/post.h"
#include "hub/privilege.h"
#include "hub/session.h"
#include "hub/user.h"
#include "wire/address.h"

#include <assert.h>

/* Whose sessions it is about: those of an account, or of one user that may have none. */
struct target {
    struct str account;      /* borrowed; empty: none */
    const struct user *user; /* not NULL: of this one only */
};

static bool
is_of(const struct session *session, const struct target *target)
{
    if (target->user != NULL)
        return session->user == target->user;
    return str_equal(account_of_session(session), target->account);
}

/* --- LIST --- */

/* What never leaves this machine counts as secure everywhere (+z, plain logins), though it is not
 * encrypted: it is called what it is. */
static bool
is_on_this_machine(const struct session *session)
{
    struct address_block block;
    return session_is_local(session) ||
           (address_block_parse(session->address, &block) && address_is_loopback(&block.base));
}

static void
say_session(struct call *call, const struct session *session)
{
    struct buf text;
    struct buf since;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_init(&since, 64);
    civil_put_human(&since, session->came_ms);
    buf_printf(&text, "Client %llu", (unsigned long long)session->number);
    if (session->device.len > 0)
        buf_printf(&text, " (%.*s)", STR_ARG(session->device));
    buf_printf(&text, ": from %.*s, %s, since %.*s, idle %lld s", STR_ARG(session->address),
               is_on_this_machine(session) ? "on this machine"
               : session->is_secure        ? "secure"
                                           : "not encrypted",
               STR_ARG(buf_str(&since)),
               (long long)(call->hub->now_ms - session->active_ms) / 1000);
    const struct account *account = account_find(call->hub, account_of_session(session));
    struct str app_password =
        account == NULL ? STR("") : app_password_name(account, session->app_password);
    if (app_password.len > 0)
        buf_printf(&text, ", by app password %.*s", STR_ARG(app_password));
    if (session->is_unattended)
        buf_put(&text, STR(", nobody is there"));
    if (session == call->session)
        buf_put(&text, STR("; this one"));
    service_say(call, &nickserv, "%.*s", STR_ARG(buf_str(&text)));
    buf_deinit(&since);
    buf_deinit(&text);
}

/* Devices that are not connected. */
static void
say_devices(struct call *call, const struct account *account)
{
    list_for_each(node, &account->devices) {
        const struct device *device = CONTAINER_OF(node, struct device, in_account);
        if (device->name.len == 0 || device_is_connected(call->hub, account, device))
            continue;
        struct buf when;
        buf_init(&when, 64);
        civil_put_human(&when, device->seen_ms);
        service_say(call, &nickserv, "Device %.*s was here last %.*s", STR_ARG(device->name),
                    STR_ARG(buf_str(&when)));
        buf_deinit(&when);
    }
}

static void
list(struct call *call, const struct target *target)
{
    uint32_t cursor = 0;
    const struct session *session;
    unsigned count = 0;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (!is_of(session, target))
            continue;
        say_session(call, session);
        count++;
    }
    const struct account *account = account_find(call->hub, target->account);
    if (account != NULL)
        say_devices(call, account);
    service_say(call, &nickserv, "%u client%s", count, count == 1 ? "" : "s");
}

/* --- LOGOUT --- */

/* Ends those with that number, 0: all; the session of the call last. */
static void
end_sessions(struct call *call, const struct target *target, uint64_t number)
{
    struct str reason = STR("You have been logged out: NickServ CLIENTS");
    bool is_own = false;
    unsigned count = 0;
    uint32_t cursor = 0;
    struct session *session;
    while ((session = slots_next(&call->hub->sessions, &cursor)) != NULL) {
        if (!is_of(session, target) || (number != 0 && session->number != number))
            continue;
        count++;
        if (session == call->session)
            is_own = true;
        else
            session_close(call->hub, session, STR("Logged out"), reason);
    }
    if (count == 0 && number != 0)
        service_say(call, &nickserv,
                    "There is no client %llu: CLIENTS LIST shows those that there are",
                    (unsigned long long)number);
    else
        service_say(call, &nickserv, "%u client%s logged out", count, count == 1 ? "" : "s");
    if (!is_own)
        return;
    session_close(call->hub, call->session, STR("Logged out"), reason);
    call->verdict = HUB_CLOSED;
}

static void
log_out(struct call *call, const struct target *target, struct str which)
{
    uint64_t number = 0;
    if (!str_equal_ascii_nocase(which, STR("all")) &&
        (!number_parse_u64(which, UINT64_MAX, &number) || number == 0))
        service_say(call, &nickserv, "CLIENTS LOGOUT <number of CLIENTS LIST, or all>");
    else
        end_sessions(call, target, number);
}

/* --- the commands --- */

/* False, and it has been said, when there is no such nick, or its clients are not for the asker. */
static bool
find_target(struct call *call, struct str nick, uint32_t privilege, struct target *target_out)
{
    const struct user *user = user_find(call->hub, nick);
    if (user == NULL) {
        service_say(call, &nickserv, "There is nobody called %.*s", STR_ARG(nick));
        return false;
    }
    if (user != call->user && !user_may(call->user, privilege)) {
        service_say(call, &nickserv, "The clients of %.*s are not for you", STR_ARG(user->nick));
        return false;
    }
    *target_out = (struct target){.account = user->account, .user = user};
    return true;
}

static void
run(const struct service_call *service_call, struct str action, const struct str *words,
    size_t word_count)
{
    struct call *call = service_call->call;
    bool is_list = str_equal_ascii_nocase(action, STR("LIST"));
    size_t own_count = is_list ? 0 : 1;
    struct target target = {.account = call->user->account};
    if ((!is_list && !str_equal_ascii_nocase(action, STR("LOGOUT"))) || word_count < own_count) {
        service_say(call, &nickserv, "CLIENTS LIST, or CLIENTS LOGOUT <number or all>");
        return;
    }
    if (word_count > own_count &&
        !find_target(call, words[0], is_list ? PRIVILEGE_SEE : PRIVILEGE_KILL, &target))
        return;
    if (is_list)
        list(call, &target);
    else
        log_out(call, &target, words[word_count - 1]);
}

void
nickserv_sessions(const struct service_call *service_call)
{
    run(service_call, STR("LIST"), service_call->words, service_call->word_count);
}

void
nickserv_clients(const struct service_call *service_call)
{
    run(service_call, service_call->words[0], service_call->words + 1,
        service_call->word_count - 1);
}
