#ifndef CONFAB_FORM_H
#define CONFAB_FORM_H

#include "base/attr.h"
#include "base/buf.h"
#include "hub/event.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The form of an event on disk: all of it but its id, its source and the name of its target, which
 * are columns. Most of what is kept is what somebody has said in a channel, in one line and without
 * tags:
 *
 *     number   12 + the last 2 bits of its number in its channel (4 bits), the rest of that
 *     bytes    the text
 *
 * That is three bytes for half a million messages of a channel. Everything else:
 *
 *     number   what it is (4 bits, less than 12), FORM_ flags
 *     number   its number in its channel, with FORM_HAS_SEQ
 *     text     first parameter, with FORM_HAS_TARGET; else it is the target's name
 *     text     client tags, with FORM_HAS_TAGS
 *     number   count of further parameters, with FORM_IS_LIST, then the joints of its lines as a
 *     text...  text, and these parameters as texts; else all that is left is the one parameter
 *
 * What is written stays readable: a flag or a kind may be added, none may change. Pure; any thread.
 */

/* Most bytes that it takes: every text is limited, and there are fewer than 40 of them. */
#define FORM_BYTES_MAX (64 * 1024)

/* Fills in what follows from the command of an event: its kind, and what a session needs to get it.
 * False for a command that is not kept. */
CF_NODISCARD bool form_find_command(struct str command, struct event_spec *spec);

/* Whether its first parameter is its target: all but QUIT and NICK, which are about no channel. */
bool form_has_target(const struct event *event);
bool form_kind_has_target(enum event_kind kind);

/* target_name: how the target's name is usually shown. */
void form_put(struct buf *out, const struct event *event, struct str target_name);

/* What is in other columns. */
struct form_columns {
    uint64_t msgid;
    uint64_t batch; /* that the event is to get */
    struct str source;
    struct str account; /* of it what stands before a NUL (schema.h) */
    struct str target_name;
};

/* The event again, with one reference; NULL when the bytes are no event. */
CF_NODISCARD struct event *form_read(struct str bytes, const struct form_columns *columns);

#endif
