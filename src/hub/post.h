#ifndef CONFAB_POST_H
#define CONFAB_POST_H

#include "hub/event.h"
#include "hub/state.h"

/*
 * Handing events to those who are to see them. All of these borrow the event: they take their own
 * references. `origin` of the event never gets it through a channel; give it its own copy with
 * post_to_session where it is to see it too.
 */

/* As an answer to the session's own command, if one is being executed: see label.h. */
void post_to_session(struct hub *hub, const struct session *session, struct event *event);

/* As an answer to the session's own command, which says that the record with that ticket is kept:
 * the session gets it, and all that follows, when it is, unless nothing is to wait for that. */
void post_durable_to_session(struct hub *hub, const struct session *session, struct event *event,
                             uint64_t ticket);

/* To all sessions of the user but the event's origin; no answer to anything. */
void post_to_user(struct hub *hub, const struct user *user, struct event *event);

/* To one session, as no answer to anything. */
void post_notice_to_session(struct hub *hub, const struct session *session, struct event *event);

/* To all members' sessions, through the audiences. */
void post_to_channel(struct hub *hub, const struct channel *channel, struct event *event);

/* To the members of all channels in event->channels, each session once. */
void post_to_channels(struct hub *hub, struct event *event);

/* A delivery without an event for the session's home. */
void post_session_change(struct hub *hub, const struct session *session, enum delivery_kind kind);

/* DELIVERY_SESSION_STATE for all sessions of a user. */
void post_user_state(struct hub *hub, const struct user *user);

/* Tells the session's home where it really comes from. */
void post_session_address(struct hub *hub, const struct session *session);
void post_audience_change(struct hub *hub, const struct session *session,
                          const struct channel *channel, enum delivery_kind kind);

/* An event of the server for one session; spec's source and time are filled in. */
void tell_session(struct hub *hub, const struct session *session, struct event_spec spec);

/* A spec with the user as its source, at this moment, with a new message id. */
struct event_spec spec_from_user(struct hub *hub, const struct user *user, enum event_kind kind,
                                 struct str command);

/* The same with the server as its source, without an id. */
struct event_spec spec_from_server(struct hub *hub, enum event_kind kind, struct str command);

/*
 * Tells a channel: its members through the audiences, the session of the call (which is made the
 * origin) directly. A call for an absent user has none.
 */
void announce_in_channel(struct call *call, const struct channel *channel, struct event_spec spec);

/* Tells all who share a channel with the user of the call, and the user. */
void announce_user(struct call *call, struct event_spec spec);

/* Tells all sessions of the user of the call, this one as an answer. */
void announce_to_self(struct call *call, struct event_spec spec);

/*
 * The same for any user. own_session: one of the user's, which gets the event as the answer to its
 * command; NULL when it answers none.
 */
void announce_about_user(struct hub *hub, const struct user *user,
                         const struct session *own_session, struct event_spec spec);

/* Sets spec's channels to those of the user, in an array to be freed with cf_free. */
CF_NODISCARD struct slot_id *spec_add_channels(struct event_spec *spec, const struct user *user);

/* A note for the log. */
#define note(hub, session, message, ...)                                                \
    note_fields(hub, session, false, message, (const struct note_field[]){__VA_ARGS__}, \
                sizeof((const struct note_field[]){__VA_ARGS__}) / sizeof(struct note_field))

/* The same, about no session: a warning, that something may not be as it was meant. */
#define note_warning(hub, message, ...)                                             \
    note_fields(hub, NULL, true, message, (const struct note_field[]){__VA_ARGS__}, \
                sizeof((const struct note_field[]){__VA_ARGS__}) / sizeof(struct note_field))

struct note_field {
    const char *key;
    struct str value;
};

/* What both call. Values are copied; session: whom it is about, or NULL. */
void note_fields(struct hub *hub, const struct session *session, bool is_warning,
                 const char *message, const struct note_field *fields, size_t count);

#endif
