#ifndef CONFAB_CHAT_MODEL_H
#define CONFAB_CHAT_MODEL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the terminal client knows: its nick, the channels it is in and who is there, whose turn it
 * is in those that take turns, and the typed lines that the server has not accepted yet. Lines of
 * the server and lines of the keyboard go in; lines for the server and text for the screen come
 * out. Pure: no I/O, no clock, no environment. One owner thread.
 *
 * Nothing that was typed is lost: a message is under way until the server has echoed it or
 * answered a label or a PING behind it, and what is refused until then, or is under way when the
 * connection ends, comes back.
 *
 * Spec: modern.ircdocs; IRCv3 capability-negotiation, message-tags, server-time, echo-message,
 * labeled-response, standard-replies, sasl (PLAIN), chathistory, draft/search; confab.chat/floor
 * (hub/floor.h).
 */
struct chat_model;

/* What a line of text is, as the byte before it. */
enum chat_text {
    CHAT_MESSAGE = 'M', /* what somebody said */
    CHAT_MENTION = 'P', /* the same, to the user: in private, or naming the nick */
    CHAT_ANSWER = 'A',  /* to a command */
    CHAT_EVENT = 'E',   /* who comes and goes, and so on */
    CHAT_ERROR = '!',   /* something was refused */
};

/* What comes out. The caller's; everything is appended. */
struct chat_output {
    struct buf texts;    /* each an enum chat_text, the text, cleaned, and '\n' */
    struct buf wire;     /* lines for the server, with CR LF */
    struct buf returned; /* typed lines that were refused, to be edited; each with '\n' */
    bool wants_quit;     /* QUIT has been sent, or would be if there were a connection */
    bool wants_clear;    /* of the screen */
    bool wants_connect;  /* now, not when it is time */
};

void chat_output_init(struct chat_output *out);
void chat_output_deinit(struct chat_output *out);

/* Empties it, keeps the memory. */
void chat_output_clear(struct chat_output *out);

/* Appends one line of text; what is formatted is clean already. */
void chat_output_say(struct chat_output *out, enum chat_text kind, const char *format, ...)
    CF_PRINTF(3, 4);

/* All is borrowed for the call of chat_model_new only. */
struct chat_setup {
    struct str nick; /* a valid one; others are tried when it is taken */
    struct str username;
    struct str password; /* of the server; empty: none */
    struct str account;  /* to log in to before there is a nick, "alice" or "alice@phone";
                                   empty: none */
    struct str account_password;
    const struct str *channels; /* to be joined; the first is where typed lines go */
    size_t channel_count;
};

CF_NODISCARD struct chat_model *chat_model_new(const struct chat_setup *setup);

/* Sets *model to NULL. */
void chat_model_free(struct chat_model **model);

/* What time it is: for lines that carry none of their own. utc_offset_s: of local time. */
void chat_model_set_time(struct chat_model *model, int64_t wall_ms, int32_t utc_offset_s);

/* --- the connection --- */

/* It is there: begins to register. */
void chat_model_connected(struct chat_model *model, struct chat_output *out);

/* It has ended: what was under way comes back, channels wait to be joined again. */
void chat_model_disconnected(struct chat_model *model, struct chat_output *out);

/* A line of the server, without its end; any bytes. */
void chat_model_receive(struct chat_model *model, struct str line, struct chat_output *out);

/* Registered: typed lines can be sent. */
bool chat_model_is_online(const struct chat_model *model);

/* Registered once at least. */
bool chat_model_was_online(const struct chat_model *model);

/* Every channel of the setup has been joined or refused. */
bool chat_model_is_ready(const struct chat_model *model);

/* In one channel at least. */
bool chat_model_is_joined_anywhere(const struct chat_model *model);

/* The server does not want us, and would not the next time: a wrong password, no nick left. */
bool chat_model_is_rejected(const struct chat_model *model);

/* --- typed lines --- */

/*
 * A line of the keyboard: a message to the current channel, or a /command; "//" says "/".
 * is_raw: no commands, all is said.
 */
void chat_model_type(struct chat_model *model, struct str line, bool is_raw,
                     struct chat_output *out);

/* How many messages the server has not accepted or refused yet, those not sent included. */
size_t chat_model_under_way(const struct chat_model *model);

/* How many lines have been refused so far, by the server or before they were sent. */
uint64_t chat_model_refusals(const struct chat_model *model);

/*
 * Asks the server whether it has taken all that was sent: what it has not refused when it answers
 * counts as accepted.
 */
void chat_model_ask_barrier(struct chat_model *model, struct chat_output *out);

/* The answer to the last of them has come. */
bool chat_model_barrier_passed(const struct chat_model *model);

/* --- what the user sees --- */

/* Where typed lines go, and in channels that take turns whose turn it is. */
void chat_model_put_prompt(const struct chat_model *model, struct buf *out);

/*
 * Completes the last word of text: commands, channels, nicks of the current channel (who spoke
 * last comes first), then other nicks. Returns the byte at which the word begins, and appends what
 * may stand there instead, each ended by '\n'.
 */
size_t chat_model_complete(const struct chat_model *model, struct str text, struct buf *candidates);

#endif
