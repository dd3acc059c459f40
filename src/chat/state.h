#ifndef CONFAB_CHAT_STATE_H
#define CONFAB_CHAT_STATE_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "chat/model.h"
#include "wire/irc_line.h"
#include "wire/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is inside a chat_model, for the files that it is made of: model.c (life, prompt), login.c,
 * channels.c, receive.c, numerics.c, outgoing.c, commands.c, complete.c. Nobody else includes it.
 */

/* Capabilities that make a difference here, in the order of their names in model.c. */
enum chat_cap {
    CHAT_CAP_ECHO_MESSAGE,
    CHAT_CAP_LABELED_RESPONSE,
    CHAT_CAP_BATCH,
    CHAT_CAP_FLOOR,
    CHAT_CAP_SASL,  /* only wanted with an account */
    CHAT_CAP_OTHER, /* those that only make lines say more */
};

#define CHAT_CAP(id) (1U << CHAT_CAP_##id)

enum chat_phase {
    CHAT_OFFLINE,
    CHAT_NEGOTIATING, /* CAP LS has been sent */
    CHAT_REGISTERING, /* CAP END has been sent, or the server knows no CAP */
    CHAT_ONLINE,      /* 001 has come */
};

struct chat_member {
    struct map_node node; /* in the channel's members, by key */
    uint64_t spoken;      /* order of the last message; 0: none seen */
    struct str nick;      /* in bytes, as is key, its folded form */
    struct str key;
    char bytes[];
};

struct chat_channel {
    struct list in_model;
    struct folded folded;
    struct buf name;
    struct buf key; /* to join it again */
    struct map members;
    bool is_joined;
    bool is_refused;    /* the last JOIN was */
    bool is_listing;    /* the list of members that follows a JOIN has not ended */
    bool wants_turn;    /* the user has asked whose turn it is */
    bool is_floor_on;   /* members take turns */
    struct folded last; /* who spoke last; empty: the turn is free */
};

/* A typed message, or a part of one, until the server has accepted or refused it. */
struct chat_line {
    struct list in_outgoing;
    uint64_t id; /* label, or token of the PING behind it; 0: a command, which nothing answers */
    bool is_sent;
    struct str wire;  /* in bytes, as is typed; without CR LF */
    struct str typed; /* what the user gets back */
    char bytes[];
};

/* What a batch is. */
enum chat_batch_kind {
    CHAT_BATCH_LABELED, /* answers a labeled line */
    CHAT_BATCH_HISTORY, /* what was said before */
    CHAT_BATCH_FOUND,   /* what a search has found */
    CHAT_BATCH_KINDS,
};

/* An open batch. */
struct chat_batch {
    bool is_open;
    bool is_asked; /* by a command of the user: it gets a heading and an end */
    enum chat_batch_kind kind;
    size_t count; /* of messages */
    uint64_t label;
    size_t reference_len;
    char reference[64];
};

#define CHAT_BATCHES 4

struct chat_model {
    struct buf wanted_nick;
    struct buf username;
    struct buf password;
    struct buf account; /* empty: there is none to log in to */
    struct buf account_password;
    bool is_logging_in;
    uint32_t login_failures;
    enum chat_phase phase;
    bool was_online;
    bool is_rejected;
    bool is_quitting;  /* the server is expected to close the connection */
    bool is_welcoming; /* the server's first lines, up to the end of its message of the day */
    uint32_t nick_tries;
    struct buf nick;
    struct buf prefix; /* nick!user@host as the server shows it; empty: not seen yet */
    uint32_t caps;
    struct buf caps_wanted;              /* of the CAP LS so far */
    char floor_letter;                   /* of the mode; '\0': unknown to the server */
    struct buf modes_with_parameter;     /* letters of CHANMODES A and B, and ranks */
    struct buf modes_with_set_parameter; /* of C: only when they are set */

    struct list channels; /* struct chat_channel, in the order of joining */
    size_t channel_count;
    struct buf target;        /* where typed lines go: a channel or a nick; empty: nowhere */
    struct folded wants_join; /* the channel that /join named last: it becomes the target */
    struct buf wants_key;     /* its key, if one was given */
    uint64_t order;           /* of messages */

    struct list outgoing; /* struct chat_line, those sent first */
    size_t outgoing_count;
    size_t inflight;  /* of them, messages that are sent */
    size_t under_way; /* of them, messages */
    uint64_t last_id;
    uint64_t refusals;
    uint64_t barriers_asked;
    uint64_t barriers_passed;
    struct chat_batch batches[CHAT_BATCHES];
    uint32_t asked[CHAT_BATCH_KINDS]; /* of the commands that bring one, those not answered yet */
    uint32_t history_max;             /* messages that the server shows at a time */

    struct folded ignored[LIMIT_CHAT_IGNORED];
    size_t ignored_count;
    int64_t now_ms;
    int32_t utc_offset_s;
};

/* A line of the server on its way through receive.c and numerics.c. */
struct chat_call {
    struct chat_model *model;
    struct chat_output *out;
    const struct irc_msg *msg;
    struct str nick; /* of the source, or the server's name */
    bool is_own;     /* it is our nick */
    bool is_from_server;
    int64_t at_ms;           /* when it happened */
    uint64_t label;          /* of our line that it answers; 0: none known */
    struct chat_batch *past; /* of what was said before, which it is part of; NULL: none */
};

/* The parameter, empty when there is none. */
struct str chat_param(const struct chat_call *call, size_t index);

/* --- model.c --- */

/* "[12:03] ", with the date when that is not today. */
void chat_put_clock(const struct chat_model *model, struct buf *out, int64_t at_ms);

/* Appends the line and CR LF to what goes to the server; cut to what a line may be long. */
void chat_send(struct chat_output *out, const char *format, ...) CF_PRINTF(2, 3);

/* Where typed lines go from now on. */
void chat_set_target(struct chat_model *model, struct str target);

bool chat_is_ignored(const struct chat_model *model, struct str nick);

/* The next nick to try, NULL-free: the wanted one, then with a number behind. */
void chat_try_nick(struct chat_model *model, struct chat_output *out);

/* Says who we are: what the server takes for a registration, once the account is logged in. */
void chat_introduce(struct chat_model *model, struct chat_output *out);

/* --- login.c --- */

/* Begins to log in, when an account is to be and the server can; true when it has begun. */
CF_NODISCARD bool chat_login_begin(struct chat_model *model, struct chat_output *out);

/* AUTHENTICATE from the server: it is ready for what proves us. */
void chat_login_prove(struct chat_model *model, struct chat_output *out);

/* It has not worked. reason: to be said; empty: the server has said it. */
void chat_login_failed(struct chat_model *model, struct str reason, struct chat_output *out);

/* --- channels.c --- */

/* NULL when there is none. */
struct chat_channel *chat_channel_find(const struct chat_model *model, struct str name);

/* The one of that name, made if need be; NULL when there are too many, or it is no name. */
struct chat_channel *chat_channel_want(struct chat_model *model, struct str name);

/* It is not to be joined again. Typed lines go to another one. */
void chat_channel_forget(struct chat_model *model, struct chat_channel *channel);

/* Nobody is known to be there any more; it stays to be joined again. */
void chat_channel_leave(struct chat_channel *channel);

/* NULL when it is not known to be there. */
struct chat_member *chat_member_find(const struct chat_channel *channel, struct str nick);

/* Does nothing when it is there already, is no nick, or the channel has LIMIT_CHAT_MEMBERS. */
void chat_member_add(struct chat_channel *channel, struct str nick);

/* Does nothing when it is not there. The turn is free if it was the last speaker's. */
void chat_member_remove(const struct chat_model *model, struct chat_channel *channel,
                        struct str nick);

/* Does nothing when `from` is not there. Keeps its turn and when it last spoke. */
void chat_member_rename(struct chat_channel *channel, struct str from, struct str to);

/* Somebody has spoken: the turn passes to the others. */
void chat_channel_spoken(struct chat_model *model, struct chat_channel *channel, struct str nick);

/* Whether we spoke last where members take turns. */
bool chat_channel_is_waiting(const struct chat_model *model, const struct chat_channel *channel);

/* --- receive.c --- */

/* CAP END, unless that has been sent. */
void chat_end_negotiation(struct chat_model *model, struct chat_output *out);

/* A message as it is shown; kind: by `call`, or our own when `call` is a message of ours. */
void chat_show_message(struct chat_call *call);

/* --- numerics.c --- */

/* Takes in and shows a numeric from the server; parameters: of the call's message. */
void chat_numeric(struct chat_call *call, uint32_t numeric);

/* --- outgoing.c --- */

struct chat_message {
    struct str verb; /* PRIVMSG or NOTICE */
    struct str target;
    struct str text;    /* valid UTF-8 */
    bool is_action;     /* what somebody does */
    struct str command; /* what stands before the text when it is typed: "/me ", "/msg bob " */
};

/* Queues the message in as many parts as it needs. False when too many wait. */
CF_NODISCARD bool chat_outgoing_put(struct chat_model *model, const struct chat_message *message);

/* Queues another line, behind the messages. False when too many wait. */
CF_NODISCARD bool chat_outgoing_put_line(struct chat_model *model, struct str wire);

/* Sends what may be sent now. */
void chat_outgoing_send(struct chat_model *model, struct chat_output *out);

/* The line with this id has been accepted, or refused; does nothing for an unknown id. */
void chat_outgoing_accept(struct chat_model *model, uint64_t id);
void chat_outgoing_refuse(struct chat_model *model, uint64_t id, struct chat_output *out);

/* The oldest message under way to this target (any when empty); 0 when there is none. */
uint64_t chat_outgoing_oldest(const struct chat_model *model, struct str target);

/* A PING's token has come back: true when it was one of ours. */
bool chat_outgoing_pong(struct chat_model *model, struct str token);

/* The connection has ended: everything comes back. Returns how many messages. */
size_t chat_outgoing_return_all(struct chat_model *model, struct chat_output *out);

/* --- commands.c --- */

/* line: as typed, with the slash. */
void chat_command(struct chat_model *model, struct str line, struct chat_output *out);

/* "help", ...: the names of the commands; false behind the last. */
CF_NODISCARD bool chat_command_name(size_t index, struct str *name_out);

/* Says the text in the current channel; refuses it when there is none. */
void chat_say(struct chat_model *model, struct str text, bool is_action, struct chat_output *out);

/* Gives a typed line back with a reason. */
void chat_return(struct chat_model *model, struct str typed, struct chat_output *out,
                 const char *format, ...) CF_PRINTF(4, 5);

#endif
