#ifndef CONFAB_REPLY_H
#define CONFAB_REPLY_H

#include "hub/numeric.h"
#include "hub/state.h"

/*
 * Answers to the session of a call. Parameters are borrowed for the call. The client's name comes
 * first by itself, and the numeric's text, if it has one, last.
 */

/* reply(call, ERR_NOSUCHNICK, nick); at least one parameter. */
#define reply(call, numeric, ...)                                  \
    reply_params(call, numeric, (const struct str[]){__VA_ARGS__}, \
                 sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

/* The same where the last parameter is free text, in place of the numeric's own. */
#define reply_text(call, numeric, ...)                                  \
    reply_text_params(call, numeric, (const struct str[]){__VA_ARGS__}, \
                      sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

/* No parameter but the numeric's own text. */
void reply_plain(struct call *call, enum numeric numeric);

/* What reply() and reply_text() call. */
void reply_params(struct call *call, enum numeric numeric, const struct str *params, size_t count);
void reply_text_params(struct call *call, enum numeric numeric, const struct str *params,
                       size_t count);

/* One free text, made by a format. */
void reply_format(struct call *call, enum numeric numeric, const char *format, ...) CF_PRINTF(3, 4);

/* One parameter, then a free text made by a format. */
void reply_about(struct call *call, enum numeric numeric, struct str about, const char *format, ...)
    CF_PRINTF(4, 5);

/*
 * A refusal that a program can understand: FAIL <command> <code> [context] :text to a session with
 * standard-replies, else the numeric (0: a NOTICE) with the same context and text.
 * Spec: IRCv3 standard-replies.
 */
struct refusal {
    struct str code;
    enum numeric numeric; /* 0: none fits */
    struct str context;   /* empty: none */
    struct str detail;    /* second context, only in the standard reply; empty: none */
    struct str more;      /* third context, likewise */
    struct str text;
    bool is_always_standard; /* no numeric says it: also without the capability */
};

/* Sends it in the form that the session understands. */
void refuse(struct call *call, const struct refusal *refusal);

/* Shown in place of an address that is not for the asker (whox "i"). */
#define HIDDEN_ADDRESS "255.255.255.255"

/* A NOTICE from the server. */
void reply_notice(struct call *call, struct str text);

/* The same, made by a format. */
void reply_notice_format(struct call *call, const char *format, ...) CF_PRINTF(2, 3);

/* How the client is addressed in numerics: its nick, or "*" before it has one. */
struct str call_client_name(const struct call *call);

#endif
