#ifndef CONFAB_CAPABILITY_H
#define CONFAB_CAPABILITY_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The capabilities that a client can negotiate (IRCv3 capability-negotiation). A session has a set
 * of them as bits; events say by bits who gets them, doors render by bits. Pure, any thread.
 *
 * A row: identifier, name on the wire. The most useful come first: CAP LS without 302 has one line,
 * and leaves out what does not fit.
 */
#define CAPABILITIES(X)                                   \
    X(MESSAGE_TAGS, "message-tags")                       \
    X(BATCH, "batch")                                     \
    X(LABELED_RESPONSE, "labeled-response")               \
    X(SERVER_TIME, "server-time")                         \
    X(ACCOUNT_TAG, "account-tag")                         \
    X(ACCOUNT_NOTIFY, "account-notify")                   \
    X(ECHO_MESSAGE, "echo-message")                       \
    X(STANDARD_REPLIES, "standard-replies")               \
    X(MULTI_PREFIX, "multi-prefix")                       \
    X(USERHOST_IN_NAMES, "userhost-in-names")             \
    X(NO_IMPLICIT_NAMES, "no-implicit-names")             \
    X(EXTENDED_JOIN, "extended-join")                     \
    X(AWAY_NOTIFY, "away-notify")                         \
    X(INVITE_NOTIFY, "invite-notify")                     \
    X(EXTENDED_MONITOR, "extended-monitor")               \
    X(SETNAME, "setname")                                 \
    X(CHGHOST, "chghost")                                 \
    X(CAP_NOTIFY, "cap-notify")                           \
    X(SASL, "sasl")                                       \
    X(ACCOUNT_REGISTRATION, "draft/account-registration") \
    X(CHATHISTORY, "draft/chathistory")                   \
    X(EVENT_PLAYBACK, "draft/event-playback")             \
    X(SEARCH, "draft/search")                             \
    X(SOJU_SEARCH, "soju.im/search")                      \
    X(READ_MARKER, "draft/read-marker")                   \
    X(SOJU_READ, "soju.im/read")                          \
    X(ZNC_PLAYBACK, "znc.in/playback")                    \
    X(ZNC_SELF_MESSAGE, "znc.in/self-message")            \
    X(MESSAGE_REDACTION, "draft/message-redaction")       \
    X(MULTILINE, "draft/multiline")                       \
    X(EXTENDED_ISUPPORT, "draft/extended-isupport")       \
    X(CHANNEL_RENAME, "draft/channel-rename")             \
    X(PRE_AWAY, "draft/pre-away")                         \
    X(METADATA_3, "draft/metadata-3")                     \
    X(METADATA_2, "draft/metadata-2")                     \
    X(PERSISTENCE, "draft/persistence")                   \
    X(WHOAMI, "draft/whoami")                             \
    X(RELAYMSG, "draft/relaymsg")                         \
    X(FLOOD_LIMITS, "draft/channel-flood-limits")         \
    X(NAMED_MODES, "draft/named-modes")                   \
    X(LANGUAGES, "draft/languages")                       \
    X(OPER_TAG, "draft/oper-tag")                         \
    X(FLOOR, "confab.chat/floor")                         \
    X(SEQ, "confab.chat/seq")                             \
    X(TXN, "confab.chat/txn")

/*
 * Other names of some of them: those under which clients in use ask for what has been ratified
 * since. Whoever has asked by one name has the capability by all of them.
 */
#define CAPABILITY_ALIASES(X)                       \
    X(NO_IMPLICIT_NAMES, "draft/no-implicit-names") \
    X(NO_IMPLICIT_NAMES, "soju.im/no-implicit-names")

struct hub_config;

enum capability {

#define X(id, name) CAPABILITY_##id,
    CAPABILITIES(X)
#undef X
        CAPABILITY_COUNT,
};

#define CAP(id) (UINT64_C(1) << CAPABILITY_##id)

/* The name on the wire. */
struct str capability_name(enum capability capability);

/* All names, aliases last: index 0..capability_spelling_count() - 1. */
struct capability_spelling {
    struct str name;
    enum capability capability;
};

size_t capability_spelling_count(void);
const struct capability_spelling *capability_spelling_at(size_t index);

/* Those without which this one is of no use: it is offered only together with them. */
uint64_t capability_dependencies(enum capability capability);

/* Appends what stands behind the name in CAP LS 302; nothing for most. */
void capability_put_value(struct buf *out, enum capability capability,
                          const struct hub_config *config);

/* False when there is none of that name. */
CF_NODISCARD bool capability_find(struct str name, enum capability *capability_out);

#endif
