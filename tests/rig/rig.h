#ifndef CONFAB_TESTS_RIG_H
#define CONFAB_TESTS_RIG_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/str.h"
#include "hub/hub.h"
#include "net/distributor.h"
#include "net/door.h"
#include "store/ledger.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hub on a test rig: the real hub, the real distributors and the real doors, put together like
 * net/round.c and net/gate.c do it, but without sockets, threads and clocks. Transcripts, the
 * simulator and the fuzzers run on it.
 *
 * The store is one in memory, which takes records and answers at once unless the test has it
 * stall or fail.
 *
 * A home stands for a worker. What the hub puts out lies in the homes' mail until the test has it
 * delivered, so that the homes can be at different points of the hub's order, as in life. Time
 * and entropy come from the test. One thread.
 */
#define RIG_HOMES_MAX 8

/* A connection, as its worker knows it. */
struct rig_session {
    struct rig *rig;
    struct list in_rig;
    uint32_t home;
    uint32_t number; /* from 0, never given out twice */
    struct recipient recipient;
    struct slot_id id; /* as the hub calls it */
    struct buf input;  /* came and was not used yet */
    size_t round_used;
    size_t backlog;      /* bytes that a slow reader has not taken yet */
    bool is_slow;        /* takes nothing: the backlog grows */
    bool is_paused;      /* what has come counts as a line, though it has no end */
    bool is_attached;    /* the hub knows it */
    bool is_waiting;     /* HUB_WAIT */
    bool is_listing;     /* HUB_MORE */
    bool is_registered;  /* as the hub says */
    bool is_operator;    /* as the hub says */
    bool is_closing;     /* the hub has closed it, and the home has heard of that */
    bool has_closed;     /* ... and the test of that */
    bool is_kept;        /* not freed when it closes, until rig_bury */
    uint64_t caps_ahead; /* capabilities as of the hub, not of what has been delivered */
    void *owner;         /* the test's own */
};

/* What the test is told. Each may be NULL but `failed`. */
struct rig_hooks {
    void *context;
    /* Around the execution of each line. */
    void (*before)(void *context, struct rig_session *session, const struct irc_msg *msg);
    void (*after)(void *context, struct rig_session *session, const struct irc_msg *msg,
                  enum hub_verdict verdict);
    /* Something is about to be posted: what the hub has put out is still in its outbox. */
    void (*posting)(void *context);
    /* A line that a session gets, with its end. It has passed rig_check_line. */
    void (*line)(void *context, struct rig_session *session, struct str line);
    /* Its last line was delivered; it is freed afterwards unless it is kept. */
    void (*closed)(void *context, struct rig_session *session);
    /* Takes over the strings. NULL: the question is forgotten. */
    void (*question)(void *context, struct question *question);
    void (*request)(void *context, const struct request *request);
    void (*note)(void *context, const struct note *note);
    /* A check has failed: does not return. */
    void (*failed)(void *context, const char *text);
};

struct rig_line;

struct rig_home {
    struct deliveries mail; /* posted by the hub, not taken yet */
    struct distributor distributor;
};

struct rig {
    struct hub *hub;
    struct store *store;
    struct ledger ledger;
    struct records waiting; /* for the store */
    bool is_stalled;        /* the store takes nothing for now */
    bool is_broken;         /* it neither takes nor gives */
    bool is_failing;        /* what was last to be written is lost, from that ticket on */
    bool is_told_failing;   /* as the hub knows it */
    uint64_t lost_from;
    bool is_damaged;        /* it has rows that make no sense */
    struct question *asked; /* for pages, not answered yet; owned */
    size_t asked_count;
    size_t asked_capacity;
    struct rig_hooks hooks;
    size_t home_count;
    struct rig_home homes[RIG_HOMES_MAX];
    struct list sessions; /* of rig_session.in_rig, oldest first */
    uint32_t session_count;
    uint32_t next_number;
    int64_t now_ms;
    uint64_t entropy;
    size_t backlog_max; /* a slow reader above it is disconnected */
    uint64_t lines_delivered;
    struct buf answer;
    struct rig_line *lines; /* of the round under way; owned */
};

struct rig_options {
    size_t home_count; /* 1..RIG_HOMES_MAX */
    int64_t start_ms;
    uint64_t entropy;
    size_t backlog_max;
    const struct hub_config *config; /* borrowed like hub_new does */
    struct rig_hooks hooks;
};

/* Free with rig_free. */
struct rig *rig_new(const struct rig_options *options);

/* The server ends and starts again: a new hub gets the rows that the store has. A second passes.
 * config: borrowed like hub_new does. */
void rig_restart(struct rig *rig, const struct hub_config *config);

/* Frees all, whatever is under way. Nothing more is told but `closed`. */
void rig_free(struct rig **rig);

/* How a session comes in. */
struct rig_connection {
    struct str address;
    struct str host;
    struct str fingerprint;
    bool is_secure;
    bool is_operator;
};

/* A new session, of which the hub knows nothing yet. Belongs to the rig: freed after `closed`. */
struct rig_session *rig_connect(struct rig *rig, uint32_t home, const struct door *door);

/* Tells the hub of it. When that is full, the session is closing at once. */
void rig_attach(struct rig_session *session, const struct rig_connection *connection);

/* Bytes have come in from the client; they are used in the home's next round. */
void rig_feed(struct rig_session *session, struct str bytes);

/* Nothing has come for as long as the door waits for the rest of a line. */
void rig_pause(struct rig_session *session);

/*
 * A round of the home's loop: cuts lines from all its sessions' input, executes them, and
 * delivers the home's mail. True when it did anything.
 */
bool rig_round(struct rig *rig, uint32_t home);

/* Delivers at most `count_max` of the home's mail. */
void rig_deliver(struct rig *rig, uint32_t home, size_t count_max);

/* Delivers all mail of all homes. */
void rig_deliver_all(struct rig *rig);

/* Rounds of all homes until nothing more comes of it. */
void rig_settle(struct rig *rig);

/* The next slice of a long answer: the session must be listing. */
void rig_continue(struct rig_session *session);

/* The connection is lost. */
void rig_detach(struct rig_session *session, struct str reason);

/* A slow reader takes what has queued up. */
void rig_drain(struct rig_session *session);

/* The answer to a question; the session may be gone. */
void rig_answer(struct rig *rig, const struct question *question, enum hub_answer answer);

/* The same for QUESTION_TOKEN: what has come of it, and whose it is. */
void rig_answer_token(struct rig *rig, const struct question *question, enum jwt_result result,
                      struct str account);

/* The same for QUESTION_DNSBL: the list that has the address, or nothing. */
void rig_answer_dnsbl(struct rig *rig, const struct question *question, struct str zone);

/* Time passes without anything happening; tick: what is due is fired. */
void rig_advance(struct rig *rig, int64_t ms);
void rig_tick(struct rig *rig);

void rig_configure(struct rig *rig, const struct hub_config *config);

/* The store takes nothing until it is let go on; or fails, until it is repaired. */
void rig_stall_store(struct rig *rig, bool is_stalled);
void rig_break_store(struct rig *rig, bool is_broken);

/* The row makes no sense from now on; at a restart rows may be left out then. */
void rig_damage_row(struct rig *rig, uint32_t row, struct str key);

/* Now, with fresh entropy. */
struct hub_moment rig_moment(struct rig *rig);

/* Hands the outbox out, after calls of the hub that the test made itself. */
void rig_post(struct rig *rig);

/* Frees a kept session that has closed. */
void rig_bury(struct rig_session *session);

/* Whether a home has mail, whether any has. */
bool rig_has_mail(const struct rig *rig, uint32_t home);
bool rig_is_settled(const struct rig *rig);

/* NULL for an id that no session has. */
struct rig_session *rig_find(const struct rig *rig, struct slot_id id);

/* Fails with a text made by a format. */
_Noreturn void rig_fail(const struct rig *rig, const char *format, ...) CF_PRINTF(2, 3);

/*
 * What is true of every line that a client gets: it ends where it should and only there, is
 * UTF-8, and is at most 512 bytes long behind its tags. Fails when it is not.
 */
void rig_check_line(const struct rig_session *session, struct str line);

#endif
