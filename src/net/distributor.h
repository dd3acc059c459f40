#ifndef CONFAB_DISTRIBUTOR_H
#define CONFAB_DISTRIBUTOR_H

#include "base/list.h"
#include "base/map.h"
#include "base/slots.h"
#include "hub/outbox.h"
#include "net/door.h"
#include "net/hold.h"
#include "net/output.h"
#include "store/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The distributor of a worker: takes the hub's deliveries in their order and turns them into
 * pending output of the worker's own sessions. Keeps the audiences (which of these sessions are in
 * which channel) and renders each event once for each variant in use: the combinations of door and
 * capabilities that its sessions have.
 *
 * No I/O: who has pending output is linked into `prompt` or `bulk`, for the worker to write. So
 * the simulator runs the same code without sockets. One owner thread.
 */
struct audience;
struct variant;

/* A recipient's place in an audience. */
struct seat {
    struct audience *audience;
    size_t index;
};

/* What the distributor knows of a session; embedded in the worker's connection. */
struct recipient {
    struct list dirty;      /* in prompt or bulk while it has output */
    struct slot_id session; /* the hub's id: an event's origin is skipped */
    struct variant *variant;
    struct spans spans;
    uint64_t mark; /* the last event that went to several channels */
    bool is_bulk;  /* what is pending is from large fan-outs only */
    bool is_gone;  /* takes nothing any more */
    bool is_held;  /* what is for it goes into `hold` */
    struct slot_id peer;
    const struct door *door;
    void *door_state; /* owned by whoever owns the recipient */
    uint64_t caps;
    struct seat *seats;
    uint32_t seat_count;
    uint32_t seat_capacity;
    struct hold *hold; /* while is_held, else NULL */
    struct list held;  /* in distributor->held, then */
};

/* What the deliveries that are not output mean for the owner of a recipient. */
struct distributor_hooks {
    void *context;
    void (*state)(void *context, struct recipient *recipient, uint32_t flags);
    void (*address)(void *context, struct recipient *recipient, struct str address);
    void (*resume)(void *context, struct recipient *recipient);
    void (*close)(void *context, struct recipient *recipient);
    void (*full)(void *context, struct recipient *recipient); /* write it now: spans are full */
    enum outcome (*outcome)(void *context, uint64_t ticket);  /* of a record */
};

struct distributor {
    struct distributor_hooks hooks;
    struct slots peers;
    struct map audiences; /* key: channel id */
    struct list variants;
    struct chunk_pool pool;
    struct stream direct;   /* what is for one session */
    struct list prompt;     /* recipients with output that should not wait */
    struct list bulk;       /* recipients of large fan-outs */
    struct list held;       /* recipients with something that waits for a record to be settled */
    struct str server_name; /* borrowed: for what is told of records that were lost */
    struct buf scratch;     /* an event */
    struct buf run;         /* events that go out together */
    uint64_t last_mark;
    uint64_t round;       /* of the worker; counted by distributor_rewind */
    int64_t now_ms;       /* of the round; set by the owner */
    bool has_urgent_bulk; /* some of bulk is for an audience that was quiet; cleared by the owner
                             when it has been written */
    uint64_t deliveries;  /* to sessions, ever */
    uint64_t renders;
};

void distributor_init(struct distributor *distributor, const struct distributor_hooks *hooks);

/* All recipients must have been removed. */
void distributor_deinit(struct distributor *distributor);

/* Adds a recipient, zeroed but for door and door_state; sets its peer id. */
void distributor_add(struct distributor *distributor, struct recipient *recipient);

/* Takes it out of audiences and lists and forgets its output. */
void distributor_remove(struct distributor *distributor, struct recipient *recipient);

/*
 * Does what the first of these deliveries says, and those behind it that can be done with it. Takes
 * over their references. Returns how many they were; there must be one.
 */
size_t distributor_take(struct distributor *distributor, struct delivery *deliveries, size_t count);

/* Adds bytes of the door's own to a recipient's output. */
void distributor_say(struct distributor *distributor, struct recipient *recipient,
                     struct str bytes);

/* Records may have been settled: gives out what waited for them. */
void distributor_release(struct distributor *distributor);

/* Between rounds: gives back what is no longer pinned. */
void distributor_rewind(struct distributor *distributor);

/* NULL for a stale peer id. */
struct recipient *distributor_find(const struct distributor *distributor, struct slot_id peer);

/* For tests: how many recipients are in the audience of a channel, and whether this one is. */
size_t distributor_audience_size(const struct distributor *distributor, struct slot_id channel);
bool distributor_is_in_audience(const struct recipient *recipient, struct slot_id channel);

#endif
