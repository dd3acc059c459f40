#ifndef CONFAB_TESTS_SIM_H
#define CONFAB_TESTS_SIM_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/msgid.h"
#include "base/str.h"
#include "hub/hub.h"
#include "rig/rig.h"
#include "wire/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The simulator: many clients on a hub with several homes, doing what a seed says: talk, leave,
 * read slowly, send garbage; while mail is late, passwords are checked, time passes and the
 * configuration changes. Checkers watch: see sim_model.c for what must happen and sim_view.c for
 * what each client sees of it. The same seed and options do exactly the same again.
 */

/* Everything random comes from here. */
struct sim_random {
    uint64_t state;
};

uint64_t sim_random(struct sim_random *random);

/* 0..below-1; below: at least 1. */
uint32_t sim_below(struct sim_random *random, uint32_t below);

/* True so many times of a thousand. */
bool sim_chance(struct sim_random *random, uint32_t of_thousand);

/* What a run is like; made from its seed. */
struct sim_options {
    uint64_t seed;
    uint64_t steps;
    uint32_t homes;
    uint32_t clients_max;
    uint32_t channels;    /* names that clients choose from */
    uint32_t nicks;       /* likewise */
    uint32_t mail_late;   /* of a thousand: mail that is not taken at once */
    uint32_t plain;       /* of a thousand clients */
    uint32_t slow;        /* of a thousand steps: a reader stops reading */
    uint32_t garbage;     /* of a thousand lines */
    uint32_t operators;   /* of a thousand lines: OPER */
    uint32_t reconfigure; /* of a thousand steps */
    uint32_t stall;       /* likewise: the store stops, or goes on */
};

/* --- a client's view (sim_view.c) --- */

struct sim_member {
    char nick[LIMIT_NICK_BYTES + 1];
    uint32_t ranks;
};

/* A channel as a member sees it, from nothing but the lines that it got. */
struct sim_channel {
    char name[LIMIT_CHANNEL_BYTES + 1];
    struct sim_member *members;
    size_t count;
    size_t capacity;
    bool is_complete;  /* the members are known from NAMES */
    bool knows_ranks;  /* and all their ranks: multi-prefix */
    bool is_listing;   /* between the first 353 and the 366 */
    size_t listed;     /* members named so far */
    bool is_all_there; /* and all of them were known */
};

/* Tokens that a client is to get, in this order: see sim_model.c. */
struct sim_queue {
    uint64_t *tokens;
    size_t head;
    size_t count; /* behind head */
    size_t capacity;
};

/* Labels that clients use: l0, l1, ... */
#define SIM_LABELS 100

/* A batch that the client has been told of; no reference: none. */
struct sim_batch {
    char reference[32];
    bool is_history; /* what is in it happened before */
};

/* Labels whose answers are due, and open batches: see sim_label.c. */
struct sim_labels {
    uint32_t due[SIM_LABELS];
    uint32_t due_count;
    bool is_unsure; /* the capability may have been taken away while an answer was due */
    struct sim_batch open[4];
};

/* A message that a client has seen with its id. */
struct sim_seen {
    char target[LIMIT_CHANNEL_BYTES + 1];
    char msgid[MSGID_TEXT_LEN + 1]; /* empty: none */
};

/* How far something is read, as the client has been told. */
struct sim_marker {
    char target[LIMIT_CHANNEL_BYTES + 1];
    char time[64]; /* empty: nothing of it */
};

/* A page of CHATHISTORY that a client waits for, as far as sim_history.c checks it. */
enum sim_asked_kind {
    SIM_ASKED_NOTHING,
    SIM_ASKED_EVENTS,
    SIM_ASKED_FOUND, /* by a search for anything */
};

struct sim_asked {
    enum sim_asked_kind kind;
    size_t place;
    char target[LIMIT_CHANNEL_BYTES + 1];
    bool might;     /* read it, at that time */
    bool is_newest; /* the last ones of those in question, else the first */
    bool has_all;   /* joins and the like, too */
    uint64_t after; /* ids in question: both outside */
    uint64_t before;
    uint64_t around; /* 0: none */
    uint32_t limit;
    uint64_t last_msgid; /* of what there was when it was asked for */
    uint64_t erasures;   /* there had been when it was asked for */
    uint64_t readable;   /* what the user could read then: see sim_history.c */
};

struct sim_client {
    struct sim *sim;
    struct list in_sim;
    struct rig_session *session;
    bool is_plain;
    bool is_registered; /* has got 001 */
    bool has_ended;     /* has got ERROR, its last line */
    bool has_closed;    /* the rig has said so */
    bool is_gone_ahead; /* the hub has closed it; its home may not know yet */
    char nick[LIMIT_NICK_BYTES + 1];
    char nick_ahead[LIMIT_NICK_BYTES + 1]; /* as of the hub, like user; empty: of nobody */
    struct slot_id user;
    uint64_t caps; /* as the client has been told */
    struct sim_channel *channels;
    size_t channel_count;
    size_t channel_capacity;
    struct sim_queue expected;
    struct sim_labels labels;
    struct sim_asked asked;
    bool has_old_lines;      /* has got history without a batch around it: it looks like news */
    struct sim_seen seen[8]; /* a ring */
    uint32_t seen_next;
    struct sim_marker markers[8]; /* a ring */
    uint32_t marker_next;
};

/* --- the model (sim_model.c) --- */

/* Whose turn it is, by the rule of DESIGN.md and from what happened, not from the hub's state. */
struct sim_floor {
    struct slot_id channel;
    char name[LIMIT_CHANNEL_BYTES + 1];
    bool is_on;
    int64_t silence_ms;
    struct slot_id speaker; /* user; none: free */
    bool was_member;
    int64_t spoken_ms;
    bool is_unknown; /* somebody has spoken, and no client could hear it */
};

/* What was said before: see sim_history.c. */
struct sim_said {
    uint64_t msgid;
    uint64_t digest;
    size_t place;
    struct folded account; /* whose it is; empty: nobody's */
    bool has_text;         /* else it is a TAGMSG */
    bool is_gone;          /* redacted, or erased */
};

struct sim_place {
    struct slot_id channel; /* none: a conversation */
    char parties[2 * LIMIT_FOLDED_BYTES + 4];
};

/* A name of an account: it may have several, see hub/account_name.h. */
struct sim_account {
    char name[LIMIT_NICK_BYTES + 1];
    char first[LIMIT_NICK_BYTES + 1]; /* name of the same account, under which it is kept */
    int64_t created_ms;
    uint64_t since; /* the first id that there could be when it was registered */
};

struct sim_history {
    struct sim_said *said; /* in the order of ids */
    size_t said_count;
    size_t said_capacity;
    struct sim_place *places;
    size_t place_count;
    size_t place_capacity;
    struct sim_account *accounts;
    size_t account_count;
    size_t account_capacity;
    uint64_t last_msgid; /* of anything, as of the last input */
    uint64_t pages;      /* checked so far */
    uint64_t searches;   /* likewise */
    uint64_t replayed;   /* messages */
    uint64_t redactions;
    uint64_t erasures;
};

/* A channel by its folded name, and how it is, or was last, spelled. */
struct sim_name {
    struct folded folded;
    char spelled[LIMIT_CHANNEL_BYTES + 1];
    bool was_renamed; /* a channel has got this name, or given it up, by RENAME */
};

struct sim {
    struct sim_options options;
    struct sim_random random;
    struct rig *rig;
    struct hub_config configs[2];
    uint32_t config;
    bool has_disabled_caps; /* by any configuration so far */
    struct list clients;
    uint32_t client_count;
    uint64_t step;
    uint64_t next_token;
    uint64_t digest;
    struct question *questions; /* not answered yet */
    size_t question_count;
    size_t question_capacity;
    struct slot_id stale[16]; /* ids of sessions that are gone */
    uint32_t stale_count;

    struct sim_floor *floors;
    size_t floor_count;
    size_t floor_capacity;
    int64_t now_ms; /* as the hub must see it: never back */
    struct sim_client *acting;
    const struct irc_msg *acting_msg;
    uint64_t messages_before; /* accepted by the hub before this line */
    uint64_t messages_seen;   /* of this line: the others went to users who are absent */

    struct sim_name *known; /* every channel that there ever was */
    size_t known_count;
    size_t known_capacity;

    struct sim_history history;
    char link[32]; /* secret of the last invite link; empty: there was none yet */

    char *trace[64]; /* what happened last: a ring */
    size_t trace_next;
    bool is_tracing;
    bool has_tokens; /* else what looks like one is none */

    uint64_t lines_in;
    uint64_t tokens_delivered;
    uint64_t floor_refusals;
    uint64_t rate_refusals;
    uint64_t listings; /* answers in slices */
    uint64_t settled;  /* times that all was delivered and compared */
};

/* Runs a seed: NULL-free results only, since every failure ends the process. */
struct sim_result {
    uint64_t digest;
    uint64_t lines_in;
    uint64_t lines_out;
    uint64_t tokens_delivered;
    uint64_t floor_refusals;
    uint64_t rate_refusals;
    uint64_t listings;
    uint64_t settled;
    uint64_t pages;
    uint64_t searches;
    uint64_t replayed;
    uint64_t redactions;
    uint64_t erasures;
    uint32_t clients;
};

/* --- the stage (sim.c) --- */

/* Uses seed and homes of the options, which the others of them are for sim_run. config: copied,
 * its strings are borrowed. Free with sim_free. */
struct sim *sim_new(const struct sim_options *options, const struct hub_config *config);
void sim_free(struct sim **sim);

/* A client comes. It is freed when its session has closed, unless that is kept. */
struct sim_client *sim_connect(struct sim *sim, uint32_t home, const struct door *door,
                               const struct rig_connection *connection);

/* Frees a client whose kept session has closed. */
void sim_bury(struct sim_client *client);

/* config: copied, its strings are borrowed. */
void sim_configure(struct sim *sim, const struct hub_config *config);

/* Answers a question that is open. */
void sim_answer(struct sim *sim, size_t index, enum hub_answer answer);

/* Delivers everything: then everybody must agree. */
void sim_settle(struct sim *sim);

/* Ends what is under way: readers read, questions are answered, listings end; and settles. */
void sim_heal(struct sim *sim);

/* --- runs (sim_run.c) --- */

struct sim_options sim_options_from_seed(uint64_t seed, uint64_t steps);
void sim_print_options(const struct sim_options *options);
struct sim_result sim_run(const struct sim_options *options, bool is_tracing);

/* Fails: prints why, the seed, the step and what happened last, and ends the process. */
_Noreturn void sim_fail(struct sim *sim, const char *format, ...) CF_PRINTF(2, 3);

/* Notes what is about to happen. */
void sim_trace(struct sim *sim, const char *format, ...) CF_PRINTF(2, 3);

/* A fresh token in text: "~1f~". */
uint64_t sim_put_token(struct sim *sim, struct buf *out);

/* The next token at or after *at in text; moves *at behind it. False when there is none. */
bool sim_next_token(struct str text, size_t *at, uint64_t *token_out);

/* --- sim_say.c --- */

/* Appends a line (or garbage) for the client to send, with its end. */
void sim_say(struct sim_client *client, struct buf *out);

/* Appends what lets a client register and join a channel; for the plain door only the latter. */
void sim_say_welcome(struct sim_client *client, struct buf *out);

/* Appends what registers one of the accounts that clients then use; number: below their count. */
void sim_say_registering(uint32_t number, struct buf *out);
uint32_t sim_account_count(void);

/* The name of a channel from the pool. */
void sim_put_channel(struct sim *sim, struct buf *out);

/* --- sim_view.c --- */

/* The client has got a line, with its end. */
void sim_view_line(struct sim_client *client, struct str line);

/* All has been delivered: views and hub must agree. */
void sim_view_compare(struct sim *sim);

void sim_view_deinit(struct sim_client *client);

/* --- sim_label.c --- */

/* The hub is about to execute a line of the client. */
void sim_label_sent(struct sim_client *client, const struct irc_msg *msg);

/* The client has got a line. */
void sim_label_got(struct sim_client *client, const struct irc_msg *msg, struct str line);

/* Other capabilities are offered from now on: what is due may come without its label. */
void sim_label_reconfigured(struct sim_client *client);

/* Whether the line is in a batch of what happened before. */
bool sim_label_is_history(struct sim_client *client, const struct irc_msg *msg);

/* All has been delivered: no label may be due, no batch open. */
void sim_label_settled(struct sim_client *client);

/* --- sim_line.c --- */

/* What the hub has put out is about to be posted. */
void sim_line_posting(struct sim *sim);

/* --- sim_history.c --- */

/* The hub is about to execute a line of the client. */
void sim_history_asking(struct sim_client *client, const struct irc_msg *msg);

/* What the hub has put out is about to be posted; and the other models have followed it. */
void sim_history_posting(struct sim *sim);
void sim_history_posted(struct sim *sim);

/* Whether a message is one that was there before what is being posted now. */
bool sim_history_is_old(const struct sim *sim, const struct event *event);

/* There is a new account; it has another name; it has ended. */
void sim_history_registered(struct sim *sim, struct str account);
void sim_history_account_renamed(struct sim *sim, struct str account, struct str name);
void sim_history_account_ended(struct sim *sim, struct str account);

/* When an account that has that name was made; 0: nobody knows. */
int64_t sim_history_account_made(struct sim *sim, struct str account);

void sim_history_deinit(struct sim_history *history);

/* --- sim_model.c --- */

void sim_model_before(void *context, struct rig_session *session, const struct irc_msg *msg);
void sim_model_after(void *context, struct rig_session *session, const struct irc_msg *msg,
                     enum hub_verdict verdict);

/* What the hub has put out is about to be posted. */
void sim_model_posting(void *context);

/* The lobby has just been made by the configuration. */
void sim_model_lobby_made(struct sim *sim);

/* Whether a channel has got that name, or given it up, by RENAME. */
bool sim_model_was_renamed(const struct sim *sim, struct str channel);

/* The client has got a token. */
void sim_model_got(struct sim_client *client, uint64_t token, struct str line);

/* All has been delivered: nothing may be outstanding. */
void sim_model_settled(struct sim *sim);

void sim_model_deinit(struct sim *sim);

#endif
