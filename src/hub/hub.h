#ifndef CONFAB_HUB_H
#define CONFAB_HUB_H

#include "base/attr.h"
#include "base/slots.h"
#include "base/str.h"
#include "hub/hub_config.h"
#include "hub/outbox.h"
#include "wire/irc_line.h"
#include "wire/jwt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The hub: the chat itself. A deterministic machine without I/O, clock, randomness or threads:
 * lines, times and entropy come in; deliveries, questions, requests and notes are left in the
 * outbox. Same inputs in the same order give the same state and the same outbox, everywhere.
 *
 * Not thread-safe: whoever shares a hub puts one lock around every call, the taking of the outbox
 * included (net/gate.h does), so that the order of the outbox is the order of the calls.
 *
 * Sessions are named by ids; a stale id is an ordinary case and does nothing.
 */
struct credentials;
struct hub;

/* When an input happens, and fresh randomness for it. Wall time: the hub never lets it go back. */
struct hub_moment {
    int64_t wall_ms;
    uint64_t entropy;
};

enum hub_verdict {
    HUB_NEXT,   /* the session's next line may come */
    HUB_WAIT,   /* not before DELIVERY_SESSION_RESUME for this session */
    HUB_MORE,   /* not before hub_continue, to be called when the session's output has drained */
    HUB_CLOSED, /* the session is gone: DELIVERY_SESSION_CLOSE is in the outbox */
};

/* config: borrowed until the next hub_configure or hub_free. Free with hub_free. */
struct hub *hub_new(const struct hub_config *config, const struct hub_moment *moment);

/* Frees the hub, all in it and what is left in the outbox; sets *hub to NULL. */
void hub_free(struct hub **hub);

/* Takes over a new configuration, as after a reload. */
void hub_configure(struct hub *hub, const struct hub_config *config,
                   const struct hub_moment *moment);

/*
 * A row that was kept before the server started, before the first session comes. False for one that
 * makes no sense to this server: a kind or form that it does not know, or damage; or is more than
 * there may be (row_limit.h). Such a row is left alone; the name of an account or a channel stays
 * taken then (see hub_keeps_name), and no other row gets its number.
 */
CF_NODISCARD bool hub_restore(struct hub *hub, uint32_t row, struct str key, struct str value);

/* Whether the name, of an account in the store, is nobody else's to have. Not so, and whoever comes
 * may get what is the account's, when its row makes no sense and it is no name. */
bool hub_keeps_name(const struct hub *hub, struct str account);

/* The same for a channel in the store. */
bool hub_keeps_channel_name(const struct hub *hub, struct str channel);

/* After all rows: who was to stay while no client is there, and is not any more, leaves. */
void hub_restored(struct hub *hub);

/* Whether there is anybody who can be an operator; if there is not, the secret with which somebody
 * may claim that: see claim.h. */
bool hub_has_operators(const struct hub *hub);
size_t hub_operator_account_count(const struct hub *hub);
void hub_offer_claim(struct hub *hub, struct str secret);

struct hub_attach {
    uint32_t home;          /* where deliveries for it go */
    struct slot_id peer;    /* how that home calls it; comes back in the deliveries */
    struct str address;     /* numeric, "unix" for a local socket, "console" */
    struct str host;        /* what others see; empty: made of the address */
    struct str guest;       /* a nick to begin with at once, in the lobby; one that ends in '-' gets
                          * a number; empty: it registers like an IRC client */
    uint64_t caps;          /* what the door understands without negotiation */
    struct str fingerprint; /* SHA-256 of the client's certificate in hex; empty: it has none */
    bool is_secure;         /* came over TLS or never left the machine */
    bool is_operator;       /* with guest: the console of the server's operator */
};

/*
 * A new session. With a guest nick it is a registered user when the call returns; otherwise it is
 * expected to register as in RFC 1459 4.1. Returns no id (slot_id_is_none) when the hub is
 * full, and one that is stale already when the address is banned: it has been told and closed.
 */
CF_NODISCARD struct slot_id hub_attach(struct hub *hub, const struct hub_attach *attach,
                                       const struct hub_moment *moment);

/* Executes one line of a session. msg: borrowed for the call. */
CF_NODISCARD enum hub_verdict hub_execute(struct hub *hub, struct slot_id session,
                                          const struct irc_msg *msg,
                                          const struct hub_moment *moment);

/* Tells the session that a line of it could not be parsed. */
CF_NODISCARD enum hub_verdict hub_reject_line(struct hub *hub, struct slot_id session,
                                              enum irc_parse_result why,
                                              const struct hub_moment *moment);

/* The next slice of a long answer, after HUB_MORE. */
CF_NODISCARD enum hub_verdict hub_continue(struct hub *hub, struct slot_id session,
                                           const struct hub_moment *moment);

/* Ends a session from outside: lost connection, time-out. reason: shown to all. */
void hub_detach(struct hub *hub, struct slot_id session, struct str reason,
                const struct hub_moment *moment);

/* Ends all sessions, as the server stops; nobody is told of the others, and no more may come. */
void hub_detach_all(struct hub *hub, struct str reason, const struct hub_moment *moment);

enum hub_answer {
    HUB_ANSWER_NO,
    HUB_ANSWER_YES,
    HUB_ANSWER_BUSY, /* there are too many questions: it has to be asked again */
};

/*
 * The answer to a question of that session. credentials: of QUESTION_CREDENTIALS with a yes, else
 * NULL; borrowed.
 */
void hub_answer(struct hub *hub, struct slot_id session, enum question_kind kind,
                enum hub_answer answer, const struct credentials *credentials,
                const struct hub_moment *moment);

/*
 * The answer to QUESTION_TOKEN of that session: what has come of verifying it, and with JWT_OK the
 * account that it names, as it stands there; else empty. With JWT_NOT_CHECKED the client is told to
 * try again.
 */
void hub_answer_token(struct hub *hub, struct slot_id session, enum jwt_result result,
                      struct str account, const struct hub_moment *moment);

/* The answer to QUESTION_EXPORT of that session about that account; also when the session has
 * ended. */
void hub_answer_export(struct hub *hub, struct slot_id session, struct str account,
                       enum hub_answer answer, const struct hub_moment *moment);

/*
 * The answer to QUESTION_DNSBL of that session: the zone of the list that the address is in, of
 * several the first that rejects; empty: of none, or nobody knows.
 */
void hub_answer_dnsbl(struct hub *hub, struct slot_id session, struct str zone,
                      const struct hub_moment *moment);

/*
 * The answer to QUESTION_PAGE of that session; NULL: the store could not read it. The page stays
 * the caller's; its events are shared.
 */
void hub_answer_page(struct hub *hub, struct slot_id session, const struct page *page,
                     const struct hub_moment *moment);

/* Tells an operator what came of a request: a NOTICE, if the session is still there. */
void hub_inform(struct hub *hub, struct slot_id session, struct str text,
                const struct hub_moment *moment);

/* The store fails from now on, and what it has lost begins with that ticket; or it works again. */
void hub_store_changed(struct hub *hub, bool is_failing, uint64_t lost_from,
                       const struct hub_moment *moment);

/* Fires what is due. Call when hub_next_tick_ms has come. */
void hub_tick(struct hub *hub, const struct hub_moment *moment);

/* Wall time of the next tick, INT64_MAX when none is needed. */
int64_t hub_next_tick_ms(const struct hub *hub);

/* What has come out, with the rows of what has changed; emptied by whoever takes it. */
struct outbox *hub_outbox(struct hub *hub);

/* For how many sessions all that has gone to channels was, ever: what has become of it between two
 * calls is what the lines executed there cost the workers. */
uint64_t hub_reach(const struct hub *hub);

struct hub_counts {
    uint32_t sessions;
    uint32_t users;
    uint32_t channels;
    uint64_t lines_executed;
    uint64_t messages; /* PRIVMSG, NOTICE and TAGMSG accepted, once for each target */
};

/* What there is now, and what has been done so far. */
struct hub_counts hub_counts(const struct hub *hub);

/*
 * For tests and the simulator: walks the members of a channel. Returns false when `index` is past
 * the end or there is no such channel.
 */
struct hub_member_view {
    struct slot_id user;
    struct str nick;
    char prefix; /* of the highest rank, or '\0' */
    size_t session_count;
    struct slot_id first_session;
    int64_t reads_from_ms; /* what was said before is not for the member; 0: all is */
};

CF_NODISCARD bool hub_member_at(const struct hub *hub, struct str channel, size_t index,
                                struct hub_member_view *view_out);

/* For tests and the simulator: somebody with a nick. Strings are borrowed until the next input. */
struct hub_user_view {
    struct slot_id id;
    struct str nick;
    struct str account; /* empty: none */
    size_t session_count;
};

/* False when nobody is called that. */
CF_NODISCARD bool hub_user_named(const struct hub *hub, struct str nick,
                                 struct hub_user_view *view_out);

/* Whose session it is; false when it is not registered, or gone. */
CF_NODISCARD bool hub_user_of(const struct hub *hub, struct slot_id session,
                              struct hub_user_view *view_out);

/* For tests and the simulator: false when there is no such channel. */
CF_NODISCARD bool hub_channel_id(const struct hub *hub, struct str channel, struct slot_id *id_out);

/* For tests: checks that all of the state agrees with itself; aborts when it does not. */
void hub_check(const struct hub *hub);

#endif
