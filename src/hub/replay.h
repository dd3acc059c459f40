#ifndef CONFAB_HUB_REPLAY_H
#define CONFAB_HUB_REPLAY_H

#include "hub/state.h"

/*
 * Replays: what was said in channels and conversations, for a session, one after another. For
 * those that come back and know no CHATHISTORY, after a JOIN (autoreplay-lines), and when ZNC's
 * playback module is asked (playback.h). Each channel or conversation is a page of the store, and
 * the session waits until the last one is there; LIMIT_REPLAY_EVENTS and LIMIT_REPLAY_BYTES bound
 * all together.
 *
 * Clients without server-time get the time as text before the message. Part of the hub's state,
 * guarded by its lock.
 */
struct replay;
struct page;

struct replay_spec {
    uint64_t after;  /* ids above this */
    uint64_t before; /* and below this */
    uint32_t limit;  /* messages of each channel or conversation at most, the newest */
    bool has_joins;  /* joins and the like, too, as messages where the client knows no better */
};

/* Of the call's user. Free with replay_free, or give it away with replay_start. */
struct replay *replay_new(const struct call *call);
void replay_free(struct replay **replay);

/* Adds one; nothing happens when there are LIMIT_REPLAY_TARGETS already. */
void replay_add_channel(struct replay *replay, const struct channel *channel,
                        const struct replay_spec *spec);

/* The same for what was said between the user, who must have an account, and somebody. */
void replay_add_conversation(struct replay *replay, const struct call *call, struct str nick,
                             const struct replay_spec *spec);

/* Adds all conversations of the user's account in which something was said in that time. */
void replay_add_conversations(struct replay *replay, const struct replay_spec *spec);

/* Only tells which conversations there are, and when something was said last: *playback's LIST. */
void replay_set_listing(struct replay *replay);

/* Takes it over and asks for the first page: the session waits, as the call's verdict says; unless
 * there is nothing to ask for. */
void replay_start(struct call *call, struct replay *replay);

/* The page that the session waits for; NULL: it could not be read. */
void replay_page_read(struct call *call, const struct page *page);

/* Gives up waiting for one. */
void replay_forget(struct session *session);

/* To a session that has just come to a user who was there: what its device has missed, or the last
 * lines of each channel; nothing to those who ask themselves. since_ms: when the device was last
 * there; 0: never. */
void replay_on_return(struct call *call, int64_t since_ms);

/* After JOIN: of the channels that the user is in, those from `first` on are new; before: above the
 * last id before that. */
void replay_on_join(struct call *call, size_t first, uint64_t before);

#endif
