#ifndef CONFAB_IRC_LINE_H
#define CONFAB_IRC_LINE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * IRC lines: cutting a byte stream into lines, a line into its parts, and parts into a line.
 * Pure: no I/O, no allocation but for output into a buf. Any thread.
 * Spec: RFC 1459 2.3, modern.ircdocs "Message Format", IRCv3 message-tags.
 */

/* All parts are borrowed from the line. */
struct irc_msg {
    struct str tags;    /* raw, without '@' */
    struct str source;  /* without ':'; what clients send here is ignored */
    struct str command; /* never empty */
    struct str params[LIMIT_PARAMS];
    size_t param_count;
};

enum irc_cut_result {
    IRC_CUT_LINE, /* *line_out is set */
    IRC_CUT_MORE, /* no line end yet; *input is unchanged */
};

/*
 * Takes the next line from *input and moves *input behind it. line_out: without CR LF; may be
 * empty and hold any byte but LF. The caller limits the length of what it keeps after IRC_CUT_MORE.
 * SPEC: RFC 1459 2.3 asks for CR LF; a bare LF ends a line too, as in all servers in use.
 */
CF_NODISCARD enum irc_cut_result irc_line_cut(struct str *input, struct str *line_out);

enum irc_parse_result {
    IRC_PARSE_OK,
    IRC_PARSE_EMPTY,             /* nothing but spaces: to be ignored */
    IRC_PARSE_ERR_FORBIDDEN,     /* holds a NUL or CR, which could be taken for a line's end */
    IRC_PARSE_ERR_NO_COMMAND,    /* tags or a source and nothing behind */
    IRC_PARSE_ERR_TAGS_TOO_LONG, /* over LIMIT_CLIENT_TAG_BYTES */
    IRC_PARSE_ERR_TOO_LONG,      /* over LIMIT_LINE_BYTES behind the tags */
};

/* msg_out is written only with IRC_PARSE_OK and borrows from line. */
CF_NODISCARD enum irc_parse_result irc_line_parse(struct str line, struct irc_msg *msg_out);

/* Whether text can stand in a line without ending it: no NUL, CR or LF. How long it may be is up to
 * the caller. */
bool irc_line_can_hold(struct str text);

/*
 * Appends " p1 p2 :last": the last parameter with a colon where it needs one (empty, holds a
 * space, starts with ':') or where is_last_text says that it is free text. A parameter before the
 * last is cut at its first space, and "*" where nothing is left of it or it starts with ':'.
 */
void irc_line_put_params(struct buf *out, const struct str *params, size_t count,
                         bool is_last_text);

#endif
