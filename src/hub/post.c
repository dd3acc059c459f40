/* Handing out events; see post.h. */
#include "hub/post.h"

#include "base/alloc.h"
#include "base/msgid.h"
#include "hub/keep.h"
#include "hub/monitor.h"

#include <assert.h>

static void
put_event(struct hub *hub, uint32_t home, struct delivery delivery, struct event *event)
{
    event_ref(event);
    delivery.event = event;
    outbox_put(&hub->outbox, home, &delivery);
}

static void
put_for_session(struct hub *hub, const struct session *session, uint32_t flags, struct event *event)
{
    put_event(hub, session->home,
              (struct delivery){.kind = DELIVERY_TO_SESSION, .flags = flags, .peer = session->peer},
              event);
}

void
post_to_session(struct hub *hub, const struct session *session, struct event *event)
{
    put_for_session(hub, session, DELIVERY_IS_RESPONSE, event);
}

void
post_durable_to_session(struct hub *hub, const struct session *session, struct event *event,
                        uint64_t ticket)
{
    if (hub->config->durability == HUB_DURABILITY_NONE) {
        post_to_session(hub, session, event);
        return;
    }
    put_event(hub, session->home,
              (struct delivery){
                  .kind = DELIVERY_TO_SESSION,
                  .flags = DELIVERY_IS_RESPONSE | DELIVERY_IS_DURABLE,
                  .peer = session->peer,
                  .ticket = ticket,
              },
              event);
}

void
post_notice_to_session(struct hub *hub, const struct session *session, struct event *event)
{
    put_for_session(hub, session, 0, event);
}

void
post_to_user(struct hub *hub, const struct user *user, struct event *event)
{
    list_for_each(node, &user->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, in_user);
        if (!slot_id_equal(session->id, event->origin))
            put_for_session(hub, session, 0, event);
    }
}

void
post_to_channel(struct hub *hub, const struct channel *channel, struct event *event)
{
    for (size_t i = 0; i < channel->home_count; i++) {
        put_event(hub, channel->homes[i].home,
                  (struct delivery){.kind = DELIVERY_TO_CHANNEL, .channel = channel->id}, event);
        hub->outbox.reach += channel->homes[i].session_count;
    }
}

void
post_to_channels(struct hub *hub, struct event *event)
{
    uint64_t mark = outbox_next_mark(&hub->outbox);
    for (size_t i = 0; i < event->channel_count; i++) {
        const struct channel *channel = slots_find(&hub->channels, event->channels[i]);
        if (channel == NULL)
            continue;
        for (size_t h = 0; h < channel->home_count; h++) {
            uint32_t home = channel->homes[h].home;
            hub->outbox.reach += channel->homes[h].session_count;
            if (outbox_mark_home(&hub->outbox, home, mark))
                put_event(hub, home, (struct delivery){.kind = DELIVERY_TO_CHANNELS}, event);
        }
    }
}

void
post_session_address(struct hub *hub, const struct session *session)
{
    const struct event_spec spec = {
        .kind = EVENT_CONTROL, /* nobody renders it */
        .command = STR("ADDRESS"),
        .wall_ms = hub->now_ms,
        .params = &session->address,
        .param_count = 1,
    };
    outbox_put(&hub->outbox, session->home,
               &(struct delivery){
                   .kind = DELIVERY_SESSION_ADDRESS,
                   .peer = session->peer,
                   .event = event_new(&spec),
               });
}

void
post_session_change(struct hub *hub, const struct session *session, enum delivery_kind kind)
{
    struct delivery delivery = {.kind = kind, .peer = session->peer};
    if (kind == DELIVERY_SESSION_STATE) {
        const struct user *user = session->user;
        delivery.caps = session->caps;
        delivery.flags = user == NULL ? 0 : SESSION_STATE_REGISTERED;
        if (user != NULL && (user->modes & USER_MODE_OPERATOR))
            delivery.flags |= SESSION_STATE_OPERATOR;
    }
    outbox_put(&hub->outbox, session->home, &delivery);
}

void
post_user_state(struct hub *hub, const struct user *user)
{
    list_for_each(node, &user->sessions) {
        post_session_change(hub, CONTAINER_OF(node, struct session, in_user),
                            DELIVERY_SESSION_STATE);
    }
}

void
post_audience_change(struct hub *hub, const struct session *session, const struct channel *channel,
                     enum delivery_kind kind)
{
    assert(kind == DELIVERY_AUDIENCE_JOIN || kind == DELIVERY_AUDIENCE_LEAVE);
    struct delivery delivery = {.kind = kind, .peer = session->peer, .channel = channel->id};
    outbox_put(&hub->outbox, session->home, &delivery);
}

struct event_spec
spec_from_user(struct hub *hub, const struct user *user, enum event_kind kind, struct str command)
{
    hub->last_msgid = msgid_next(hub->last_msgid, hub->now_ms, hub->config->node);
    return (struct event_spec){
        .kind = kind,
        .command = command,
        .source = user->prefix,
        .account = user->account,
        .is_bot = (user->modes & USER_MODE_BOT) != 0,
        .is_operator = (user->modes & USER_MODE_OPERATOR) != 0,
        .wall_ms = hub->now_ms,
        .msgid = hub->last_msgid,
    };
}

struct event_spec
spec_from_server(struct hub *hub, enum event_kind kind, struct str command)
{
    return (struct event_spec){
        .kind = kind,
        .command = command,
        .source = hub->config->server_name,
        .wall_ms = hub->now_ms,
    };
}

void
tell_session(struct hub *hub, const struct session *session, struct event_spec spec)
{
    if (spec.source.len == 0)
        spec.source = hub->config->server_name;
    spec.wall_ms = hub->now_ms;
    if (spec.batch == 0)
        spec.batch = session->answer_batch;
    struct event *event = event_new(&spec);
    post_to_session(hub, session, event);
    event_unref(&event);
}

void
announce_in_channel(struct call *call, const struct channel *channel, struct event_spec spec)
{
    if (call->session != NULL)
        spec.origin = call->session->id;
    struct event *event = event_new(&spec);
    keep_event(call->hub, channel, event);
    post_to_channel(call->hub, channel, event);
    if (call->session != NULL)
        post_to_session(call->hub, call->session, event);
    event_unref(&event);
}

struct slot_id *
spec_add_channels(struct event_spec *spec, const struct user *user)
{
    size_t count = user->membership_count;
    struct slot_id *channels = cf_calloc_array(count, sizeof *channels);
    for (size_t i = 0; i < count; i++)
        channels[i] = user->memberships[i].channel->id;
    spec->channels = channels;
    spec->channel_count = count;
    return channels;
}

void
announce_about_user(struct hub *hub, const struct user *user, const struct session *own_session,
                    struct event_spec spec)
{
    assert(own_session == NULL || own_session->user == user);
    struct slot_id *channels = spec_add_channels(&spec, user);
    if (own_session != NULL)
        spec.origin = own_session->id;
    struct event *event = event_new(&spec);
    keep_event_in_channels(hub, event);
    if (spec.channel_count > 0)
        post_to_channels(hub, event); /* the user's other sessions are in those audiences */
    else
        post_to_user(hub, user, event);
    if (own_session != NULL)
        post_to_session(hub, own_session, event);
    event_unref(&event);
    if (spec.needs != 0) /* AWAY and the like: what extended-monitor is about */
        monitor_announce(hub, user, spec);
    cf_free(channels);
}

void
announce_to_self(struct call *call, struct event_spec spec)
{
    spec.origin = call->session->id;
    struct event *event = event_new(&spec);
    post_to_user(call->hub, call->user, event);
    post_to_session(call->hub, call->session, event);
    event_unref(&event);
}

void
announce_user(struct call *call, struct event_spec spec)
{
    announce_about_user(call->hub, call->user, call->session, spec);
}

void
note_fields(struct hub *hub, const struct session *session, bool is_warning, const char *message,
            const struct note_field *fields, size_t count)
{
    assert(count <= NOTE_FIELDS_MAX);
    struct note line = {
        .message = message,
        .session = session == NULL ? SLOT_ID_NONE : session->id,
        .is_warning = is_warning,
        .field_count = count,
    };
    for (size_t i = 0; i < count; i++) {
        line.keys[i] = fields[i].key;
        line.values[i] = fields[i].value;
    }
    outbox_put_note(&hub->outbox, &line);
}
