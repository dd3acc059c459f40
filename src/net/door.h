#ifndef CONFAB_DOOR_H
#define CONFAB_DOOR_H

#include "base/buf.h"
#include "base/str.h"
#include "hub/event.h"
#include "hub/hub.h"
#include "wire/irc_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A door: how a connection talks. Doors read lines in and render events out; they do no I/O. The
 * interface is here, on the floor that calls it; the doors themselves are in doors/.
 *
 * A door's functions are called by the worker that owns the connection, with the connection's own
 * state, which is `state_bytes` of zeroed memory at the start (NULL when that is 0).
 */
enum door_result {
    DOOR_MORE,    /* no whole line yet; *input is as it was */
    DOOR_LINE,    /* line->msg is to be executed */
    DOOR_INVALID, /* line->why says why it could not be parsed */
    DOOR_NOTHING, /* a line was taken that asks for nothing of the hub */
};

struct door_line {
    struct irc_msg msg; /* borrows from the input and the door's state */
    enum irc_parse_result why;
    bool is_barrier;    /* what comes of it must be seen by the door before it reads on */
    struct buf *answer; /* what the door itself says to it, appended */
};

struct door {
    const char *name;
    uint64_t render_caps; /* the capabilities that make a difference to render */
    size_t state_bytes;
    bool is_personal;      /* render needs the state: never shared between sessions */
    bool has_pings;        /* put_ping can ask the client whether it is there */
    int64_t pause_ms;      /* a line ends after such a pause as well; 0: never */
    size_t line_bytes_max; /* longer without an end: disconnect */

    /* What hub_attach is to be told beyond the address. */
    void (*attach)(void *state, struct hub_attach *attach);

    /*
     * Takes the next line from *input. is_paused: nothing has come for pause_ms, so the rest is a
     * line too.
     */
    enum door_result (*read)(void *state, struct str *input, bool is_paused,
                             struct door_line *line);

    /* Appends what a session with these capabilities is to get; nothing is a possible answer. */
    void (*render)(void *state, uint64_t caps, const struct event *event, struct buf *out);

    /*
     * Of a set of capabilities, those that make a difference to messages (EVENT_MESSAGE): sessions
     * that agree in them share what is rendered. NULL: all of render_caps do.
     */
    uint64_t (*message_caps)(uint64_t caps);

    void (*put_ping)(struct str server_name, struct buf *out);
};

#endif
