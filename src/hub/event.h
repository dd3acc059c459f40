#ifndef CONFAB_EVENT_H
#define CONFAB_EVENT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/slots.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An event: an immutable thing that happened and that an audience or one session is to see. Made
 * by the hub, rendered by the doors on the workers, once for each variant in use there.
 *
 * An event owns all its bytes and is reference counted: one reference for each delivery in an
 * outbox or mailbox, never one for each recipient. Counting is atomic; the rest never changes
 * after event_new, so any thread that holds a reference may read it.
 */
enum event_kind {
    EVENT_MESSAGE,        /* PRIVMSG, NOTICE, TAGMSG: params target [text...] */
    EVENT_JOIN,           /* params channel account realname; see event_line_params */
    EVENT_PART,           /* channel [reason] */
    EVENT_QUIT,           /* reason */
    EVENT_RENAME,         /* channel new_name reason */
    EVENT_KICK,           /* channel nick reason */
    EVENT_NICK,           /* new nick */
    EVENT_MODE,           /* target changes... */
    EVENT_TOPIC,          /* channel topic */
    EVENT_INVITE,         /* nick channel */
    EVENT_AWAY,           /* [text] */
    EVENT_ACCOUNT,        /* account, or "*" for none */
    EVENT_SETNAME,        /* realname */
    EVENT_CHGHOST,        /* username host */
    EVENT_WALLOPS,        /* text */
    EVENT_FLOOR,          /* FREE channel reason | HELD channel nick seconds: floor.h */
    EVENT_REPLY,          /* a numeric; params client ... */
    EVENT_STANDARD_REPLY, /* FAIL, WARN, NOTE: command code context... text */
    EVENT_CONTROL,        /* CAP, PONG, ERROR and the like */
};

struct event {
    uint32_t refs; /* atomic */
    enum event_kind kind;
    uint16_t numeric; /* of EVENT_REPLY, else 0 */
    uint16_t param_count;
    bool is_bot;           /* the source is marked as one */
    bool is_operator;      /* the source is an operator of the server */
    bool is_last_text;     /* the last parameter is free text and always gets a colon */
    uint64_t needs;        /* capabilities (bits) without which a session does not get it */
    uint64_t unless;       /* capabilities with which a session does not get it */
    int64_t wall_ms;       /* when it happened */
    uint64_t msgid;        /* 0: none */
    uint64_t seq;          /* its number in its channel, see keep.h; 0: none */
    struct slot_id origin; /* session that does not get it with its audience */
    struct str source;     /* "nick!user@host" or the server's name */
    struct str account;    /* of the source; empty when there is none */
    struct str relayed_by; /* nick of who speaks for the source: relay.h; else empty */
    struct str label;      /* of the command that this answers, still escaped; else empty */
    uint64_t batch;        /* the batch that it is part of, 0: none; see event_put_batch */
    struct str command;
    struct str client_tags;         /* "+a=b;+c", empty when there are none */
    struct str joints;              /* of a message of several lines: see message.h; else empty */
    const struct slot_id *channels; /* whose members get it together, once each */
    size_t channel_count;
    struct str params[];
};

/* What an event is made of; everything is borrowed and copied. Fields as in struct event. */
struct event_spec {
    enum event_kind kind;
    uint16_t numeric;
    bool is_bot;
    bool is_operator;
    bool is_last_text;
    uint64_t needs;
    uint64_t unless;
    int64_t wall_ms;
    uint64_t msgid;
    uint64_t seq;
    struct slot_id origin;
    struct str source;
    struct str account;
    struct str relayed_by;
    struct str label;
    uint64_t batch;
    struct str command;
    struct str client_tags;
    struct str joints;
    const struct slot_id *channels;
    size_t channel_count;
    const struct str *params;
    size_t param_count;
};

/* A new event with one reference, which is the caller's. */
CF_NODISCARD struct event *event_new(const struct event_spec *spec);

/* A copy with a label and a batch of its own. */
CF_NODISCARD struct event *event_clone(const struct event *event, struct str label, uint64_t batch);

/* A copy with another parameter at `index`, which is below param_count. */
CF_NODISCARD struct event *event_clone_with(const struct event *event, size_t index,
                                            struct str param);

/* Whether two events are the same: all but their numbers in a channel, and to whom they go. */
bool event_is_same(const struct event *a, const struct event *b);

/*
 * What the sender of an event gets instead of its echo when the event could not be kept: FAIL
 * <command> STORAGE_UNAVAILABLE <target>, with the label and the batch of the echo.
 */
CF_NODISCARD struct event *event_of_loss(const struct event *echo, struct str server_name);

/* The reference tag of a batch on the wire. */
void event_put_batch(struct buf *out, uint64_t batch);

void event_ref(struct event *event);

/* Frees the event with the last reference and sets *event to NULL; nothing when it is NULL. */
void event_unref(struct event **event);

/* The nick in the source: what stands before '!', or all of it. */
struct str event_nick(const struct event *event);

#endif
