#ifndef CONFAB_HUB_PLAYBACK_H
#define CONFAB_HUB_PLAYBACK_H

#include "hub/replay.h"

/*
 * *playback, as ZNC's module of that name: PRIVMSG *playback :PLAY <targets> [from [to]]. For
 * clients that know it (znc.in/playback), or whose users type it. Spec: wiki.znc.in/Playback.
 */

/* The nick of the module. */
#define PLAYBACK_NICK STR("*playback")

/* A time that PLAY gave, for the channels that the client joins afterwards: Textual asks first. */
struct playback {
    struct str targets; /* owned; as they were given */
    struct replay_spec spec;
    int64_t set_ms;
};

/* Executes a message to the module. */
void playback_execute(struct call *call, struct str text);

/* What was asked for of a channel that the session joins now; NULL: nothing. */
const struct replay_spec *playback_for(const struct hub *hub, const struct session *session,
                                       const struct channel *channel);

/* Frees what the session has asked for. */
void playback_forget(struct session *session);

/* "<target> <first> <last>", of LIST. */
void playback_say_target(struct call *call, struct str target, int64_t last_ms);

#endif
