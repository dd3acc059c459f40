/* Sessions; see session.h. */
#include "hub/session.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "hub/batch.h"
#include "hub/channel.h"
#include "hub/command.h"
#include "hub/device.h"
#include "hub/floor.h"
#include "hub/history.h"
#include "hub/keep.h"
#include "hub/listing.h"
#include "hub/login.h"
#include "hub/metadata_watch.h"
#include "hub/monitor.h"
#include "hub/playback.h"
#include "hub/post.h"
#include "hub/presence.h"
#include "hub/redact.h"
#include "hub/reply.h"
#include "hub/sasl.h"
#include "hub/server_notice.h"
#include "hub/user.h"
#include "wire/address.h"
#include "wire/cloak.h"

#include <assert.h>
#include <string.h>

/* What others see of an address. */
static void
put_host(struct buf *out, const struct hub_config *config, struct str text)
{
    struct address_block block;
    if (!address_block_parse(text, &block) || address_is_loopback(&block.base))
        buf_put(out, STR("localhost"));
    else if (config->has_cloaks)
        cloak_put(out, &block.base, config->cloak_key);
    else
        buf_put(out, text);
}

void
session_set_address(const struct hub *hub, struct session *session, struct str address,
                    struct str host)
{
    struct buf shown;
    buf_init(&shown, LIMIT_HOST_BYTES);
    if (host.len > 0)
        buf_put(&shown, host);
    else
        put_host(&shown, hub->config, address);
    char *old = (char *)(uintptr_t)session->address.ptr;
    char *bytes = cf_alloc(address.len + shown.len);
    memcpy(bytes, address.ptr, address.len);
    memcpy(bytes + address.len, shown.ptr, shown.len);
    session->address = (struct str){.ptr = bytes, .len = address.len};
    session->host = (struct str){.ptr = bytes + address.len, .len = shown.len};
    cf_free(old);
    buf_deinit(&shown);
}

struct session *
session_new(struct hub *hub, const struct hub_attach *attach)
{
    if (hub->is_ending || hub->sessions.count >= hub->config->users_max)
        return NULL;
    struct session *session = cf_calloc_array(1, sizeof *session);
    session->home = attach->home;
    session->peer = attach->peer;
    session->number = ++hub->last_session_number;
    session->came_ms = hub->now_ms;
    session->active_ms = hub->now_ms;
    session->is_secure = attach->is_secure;
    session->caps = attach->caps;
    session->door_caps = attach->caps;
    list_init(&session->watches);
    session_set_address(hub, session, attach->address, attach->host);
    session->fingerprint = str_dup(attach->fingerprint);
    session->registration = cf_calloc_array(1, sizeof *session->registration);
    session->id = slots_add(&hub->sessions, session);
    return session;
}

void
registration_free(struct session *session)
{
    struct registration *registration = session->registration;
    if (registration == NULL)
        return;
    cf_free(registration->nick);
    cf_free(registration->refused_nick);
    cf_free(registration->username);
    cf_free(registration->realname);
    cf_free(registration->away);
    secret_free(registration->password);
    str_free(&registration->account);
    str_free(&registration->link);
    metadata_deinit(&registration->metadata);
    gateway_forget(registration);
    cf_free(registration);
    session->registration = NULL;
}

void
session_set_user(struct hub *hub, struct session *session, struct user *user)
{
    assert(session->user == NULL);
    session->user = user;
    list_append(&user->sessions, &session->in_user);
    hub->registered_count++;
    registration_free(session);
    for (size_t i = 0; i < user->membership_count; i++)
        channel_add_session(hub, user->memberships[i].channel, session);
    post_session_change(hub, session, DELIVERY_SESSION_STATE);
}

/* Takes the user out of its channels and tells their members. */
static void
quit_user(struct hub *hub, struct user *user, struct str reason)
{
    if (!hub->is_ending)
        monitor_announce_offline(hub, user);
    struct event_spec spec = spec_from_user(hub, user, EVENT_QUIT, STR("QUIT"));
    spec.params = &reason;
    spec.param_count = 1;
    spec.is_last_text = true;
    struct slot_id *channels = spec_add_channels(&spec, user);
    /* Leaves first, so that the QUIT does not come to the one who quits. */
    while (user->membership_count > 0)
        channel_remove_member(hub, user->memberships[user->membership_count - 1].channel, user);
    if (!hub->is_ending) { /* else each would be told of each: a square of deliveries */
        struct event *event = event_new(&spec);
        keep_event_in_channels(hub, event);
        post_to_channels(hub, event);
        event_unref(&event);
    }
    cf_free(channels);
}

/* An absent user who comes back is an operator of the server only when it says so again. */
static void
become_absent(struct hub *hub, struct user *user)
{
    if (user_is_operator(user) && !hub->is_ending)
        operator_revoke(hub, user);
    for (size_t i = 0; i < user->membership_count && !hub->is_ending; i++)
        floor_member_absent(hub, user->memberships[i].channel);
    presence_session_went(hub, user);
}

/* The user stays with other sessions: what the console was is not theirs. */
static void
become_fewer(struct hub *hub, struct user *user, const struct session *left)
{
    if (session_is_console(left) && user_is_operator(user) &&
        user->office->origin == OFFICE_OF_CONSOLE && !hub->is_ending)
        operator_revoke(hub, user);
    presence_session_went(hub, user);
}

static void
leave_user(struct hub *hub, struct session *session, struct str quit_reason)
{
    struct user *user = session->user;
    device_see_session(hub, session);
    bool is_last = user->sessions.next == user->sessions.prev;
    bool is_end = is_last && user->residence == NULL;
    if (is_end) {
        quit_user(hub, user, quit_reason);
    } else {
        for (size_t i = 0; i < user->membership_count; i++)
            channel_remove_session(hub, user->memberships[i].channel, session);
    }
    list_remove(&session->in_user);
    session->user = NULL;
    assert(hub->registered_count > 0);
    hub->registered_count--;
    if (is_end)
        user_free(hub, user, session->address);
    else if (is_last)
        become_absent(hub, user);
    else
        become_fewer(hub, user, session);
}

void
user_leave(struct hub *hub, struct user *user, struct str reason)
{
    assert(user_is_absent(user));
    assert(user->residence == NULL);
    quit_user(hub, user, reason);
    user_free(hub, user, STR(HIDDEN_ADDRESS));
}

void
session_move(struct hub *hub, struct session *session, struct user *user, struct str reason)
{
    assert(session->user != NULL);
    assert(session->user != user);
    leave_user(hub, session, reason);
    session_set_user(hub, session, user);
}

void
session_close(struct hub *hub, struct session *session, struct str quit_reason,
              struct str error_reason)
{
    if (session->user != NULL) {
        note(hub, session, "client left", {"nick", session->user->nick}, {"reason", quit_reason});
        server_notify(hub, SERVER_NOTICE_CONNECTIONS, "Exit: %.*s [%.*s] (%.*s)",
                      STR_ARG(session->user->prefix), STR_ARG(session->address),
                      STR_ARG(quit_reason));
        leave_user(hub, session, quit_reason);
    }
    struct buf text;
    buf_init(&text, LIMIT_LINE_BYTES);
    buf_printf(&text, "Closing link: %.*s (%.*s)", STR_ARG(session->host), STR_ARG(error_reason));
    struct event *event = event_new(&(struct event_spec){
        .kind = EVENT_CONTROL, /* ERROR has no source */
        .command = STR("ERROR"),
        .wall_ms = hub->now_ms,
        .params = (const struct str[]){buf_str(&text)},
        .param_count = 1,
        .is_last_text = true,
    });
    post_to_session(hub, session, event);
    event_unref(&event);
    buf_deinit(&text);
    post_session_change(hub, session, DELIVERY_SESSION_CLOSE);
    session_free(hub, session);
}

void
session_expel(struct hub *hub, struct session *session, struct str quit_reason,
              struct str error_reason)
{
    struct user *user = session->user;
    if (user != NULL && user->sessions.next == user->sessions.prev)
        presence_end(hub, user);
    session_close(hub, session, quit_reason, error_reason);
}

bool
session_is_local(const struct session *session)
{
    return str_equal(session->address, STR("unix")) || session_is_console(session);
}

bool
session_is_console(const struct session *session)
{
    return str_equal(session->address, STR("console"));
}

void
session_free(struct hub *hub, struct session *session)
{
    registration_free(session);
    monitor_forget_session(hub, session);
    metadata_forget_session(hub, session);
    batch_forget(session);
    listing_free(&session->listing);
    login_forget(session);
    sasl_forget(session);
    history_forget(session);
    redact_forget(session);
    replay_forget(session);
    playback_forget(session);
    str_free(&session->device);
    str_free(&session->label);
    str_free(&session->fingerprint);
    str_free(&session->listed_in);
    operator_forget(session);
    cf_free((void *)(uintptr_t)session->address.ptr); /* made by session_new */
    slots_remove(&hub->sessions, session->id);
    cf_free(session);
}

struct str
session_client_name(const struct session *session)
{
    if (session->user != NULL)
        return session->user->nick;
    const struct registration *registration = session->registration;
    if (registration != NULL && registration->nick != NULL)
        return str_from_nul(registration->nick);
    return STR("*");
}

void
session_resume(struct hub *hub, struct session *session)
{
    assert(session->waiting != WAIT_NOTHING);
    session->waiting = WAIT_NOTHING;
    post_session_change(hub, session, DELIVERY_SESSION_RESUME);
}
