#ifndef CONFAB_OUTBOX_H
#define CONFAB_OUTBOX_H

#include "base/attr.h"
#include "base/slots.h"
#include "base/str.h"
#include "hub/event.h"
#include "hub/page.h"
#include "hub/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What goes out of the hub in one round:
 *   deliveries  to homes. A home is where sessions live, a worker: a number that came in with the
 *               session. Changes of audiences travel among the deliveries, in the hub's order.
 *   records     of what is to be kept, for the store.
 *   questions   whose answers are slow work (a password hash); the session waits for the answer.
 *   requests    to the server (reload, stop).
 *   notes       for the log: the hub does not log.
 * Owned by the hub; guarded by the lock around it.
 */
enum delivery_kind {
    DELIVERY_TO_SESSION,      /* event to `session` */
    DELIVERY_TO_CHANNEL,      /* event to the home's audience of `channel` */
    DELIVERY_TO_CHANNELS,     /* event to all audiences in event->channels, once a session */
    DELIVERY_AUDIENCE_JOIN,   /* `peer` is in the audience of `channel` from now on */
    DELIVERY_AUDIENCE_LEAVE,  /* ... no longer */
    DELIVERY_SESSION_STATE,   /* caps and flags of `peer` from now on */
    DELIVERY_SESSION_ADDRESS, /* event's only parameter is where `peer` really comes from */
    DELIVERY_SESSION_RESUME,  /* `peer` waits no longer: its next lines may come */
    DELIVERY_SESSION_CLOSE,   /* `peer` is no more: write what is left and hang up */
    DELIVERY_BARRIER, /* what follows comes when `ticket` is settled; of the gate's making */
};

/* Flag of DELIVERY_TO_SESSION: it answers the session's own command (see label.h). */
#define DELIVERY_IS_RESPONSE 1U

/*
 * Flags of DELIVERY_TO_SESSION, one at most: it comes when the record with `ticket` is settled, and
 * so does all that follows for that session.
 *   IS_DURABLE   it says that the record is kept; if that is lost, it is told that instead
 *                (event_of_loss)
 *   IS_PATIENT   it comes whatever has become of the record
 *   IF_LOST      it comes only if the record is lost
 */
#define DELIVERY_IS_DURABLE 2U
#define DELIVERY_IS_PATIENT 4U
#define DELIVERY_IF_LOST    8U
#define DELIVERY_WAITING    (DELIVERY_IS_DURABLE | DELIVERY_IS_PATIENT | DELIVERY_IF_LOST)

/* Flags of DELIVERY_SESSION_STATE. */
#define SESSION_STATE_REGISTERED 1U /* registration is complete */
#define SESSION_STATE_OPERATOR   2U /* exempt from the input rate */

struct delivery {
    enum delivery_kind kind;
    uint32_t flags;
    struct slot_id peer; /* how the home calls the session: hub_attach.peer */

    union {
        struct slot_id channel; /* of the kinds that name one */
        uint64_t ticket;        /* DELIVERY_BARRIER, DELIVERY_WAITING */
    };

    union {
        struct event *event; /* one reference, for the TO kinds */
        uint64_t caps;       /* DELIVERY_SESSION_STATE */
    };
};

/* A growing array of deliveries; zeroed it is empty. */
struct deliveries {
    struct delivery *items;
    size_t count;
    size_t capacity;
};

/* Moves all of `from` behind `to`; `from` is empty afterwards. */
void deliveries_move(struct deliveries *to, struct deliveries *from);

/* Takes the first `count` out, whose references are somebody else's by now. */
void deliveries_drop_first(struct deliveries *deliveries, size_t count);

/* Drops the references of all that is in it and frees the array. */
void deliveries_deinit(struct deliveries *deliveries);

/* Is given back with the answer: hub_answer. */
enum question_kind {
    QUESTION_PASSWORD,    /* does `secret` match the stored hash `against`? */
    QUESTION_CREDENTIALS, /* what is to be kept of `secret`; `against` is empty */
    QUESTION_TOKEN,       /* whose is the token `secret` (wire/jwt.h)? hub_answer_token */
    QUESTION_PAGE,        /* what does the store hold? Its answer: hub_answer_page */
    QUESTION_MAIL,        /* send the letter `secret` (subject, line end, text) to `against` */
    QUESTION_MAIL_LATER,  /* the same; nothing waits, and there is no answer */
    QUESTION_EXPORT,      /* write what the account `against` has into a file? hub_answer_export */
    QUESTION_DNSBL,       /* which block list has the address `against`? hub_answer_dnsbl */
};

struct question {
    enum question_kind kind;
    struct slot_id session;
    char *secret;           /* owned, NUL-terminated, to be wiped */
    char *against;          /* owned, NUL-terminated */
    struct page_query page; /* QUESTION_PAGE: a copy */
    uint64_t ticket;        /* QUESTION_PAGE: not to be read before this one is settled */
};

/* Wipes and frees the strings. */
void question_deinit(struct question *question);

enum request_kind {
    REQUEST_REHASH,
    REQUEST_DIE,
    REQUEST_RESTART,
    REQUEST_REPORT, /* how the process is doing, for an operator */
};

struct request {
    enum request_kind kind;
    struct slot_id session; /* who asked */
};

/* A line for the log: values are owned bytes. */
#define NOTE_FIELDS_MAX 4

struct note {
    const char *message; /* static */
    struct slot_id session;
    bool is_warning; /* of something that may not be as it was meant */
    size_t field_count;
    const char *keys[NOTE_FIELDS_MAX]; /* static */
    struct str values[NOTE_FIELDS_MAX];
};

void note_deinit(struct note *note);

struct outbox_home {
    struct deliveries deliveries;
    bool is_touched;
    uint64_t mark; /* for "each home once" */
};

struct outbox {
    struct outbox_home *homes; /* by home number */
    size_t home_count;
    size_t home_capacity;
    uint32_t *touched; /* homes with deliveries */
    size_t touched_count;
    size_t touched_capacity;
    uint64_t last_mark;
    uint64_t reach; /* for how many sessions all that went to channels was, ever */

    struct records records;
    uint64_t last_ticket;
    struct question *questions;
    size_t question_count;
    size_t question_capacity;
    struct request *requests;
    size_t request_count;
    size_t request_capacity;
    struct note *notes;
    size_t note_count;
    size_t note_capacity;
};

void outbox_deinit(struct outbox *outbox);

/* Appends a delivery for a home. Takes over the reference in it. */
void outbox_put(struct outbox *outbox, uint32_t home, const struct delivery *delivery);

/* How many deliveries a home has now, and one of them; index below that. */
size_t outbox_home_count(const struct outbox *outbox, uint32_t home);
struct delivery *outbox_at(struct outbox *outbox, uint32_t home, size_t index);

/* Puts a delivery before the one at `index`. Takes over the reference in it. */
void outbox_insert(struct outbox *outbox, uint32_t home, size_t index,
                   const struct delivery *delivery);

/* A fresh mark: homes whose `mark` differs have not been visited yet. */
uint64_t outbox_next_mark(struct outbox *outbox);

/* True the first time for this mark and home. */
bool outbox_mark_home(struct outbox *outbox, uint32_t home, uint64_t mark);

/* Takes over what the record owns. Returns its ticket. */
uint64_t outbox_put_record(struct outbox *outbox, const struct record *record);

/* Takes over the strings. */
void outbox_put_question(struct outbox *outbox, const struct question *question);

/* One about a secret, for the helpers; the strings are copied. */
void outbox_ask_about_secret(struct outbox *outbox, enum question_kind kind, struct slot_id session,
                             struct str secret, struct str against);

/* Wipes and frees a NUL-terminated secret; does nothing for NULL. */
void secret_free(char *secret);
void outbox_put_request(struct outbox *outbox, const struct request *request);
void outbox_put_note(struct outbox *outbox, const struct note *note);

#endif
