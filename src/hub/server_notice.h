#ifndef CONFAB_SERVER_NOTICE_H
#define CONFAB_SERVER_NOTICE_H

#include "base/buf.h"
#include "hub/state.h"

/*
 * What the server tells those of its operators who want to know: user mode +s with letters, a mask
 * of kinds (snomask elsewhere). Part of the hub's state, guarded by its lock.
 *
 * A row: identifier, bit, letter, help. In the order of the letters.
 */
#define SERVER_NOTICES(X)                                                         \
    X(BANS, 0x1U, 'b', "bans from the server: set, taken back, and who met one")  \
    X(CONNECTIONS, 0x2U, 'c', "who comes and goes")                               \
    X(FLOODS, 0x4U, 'f', "who does something too often, or is met by the filter") \
    X(KILLS, 0x8U, 'k', "who is disconnected by KILL")                            \
    X(OPERATORS, 0x10U, 'o', "who becomes an operator, or fails to, and what they do to others")

enum server_notice {

#define X(id, bit, letter, help) SERVER_NOTICE_##id = (bit),
    SERVER_NOTICES(X)
#undef X
};

#define SERVER_NOTICES_ALL 0x1FU

/* The rows; index < server_notice_count(). */
size_t server_notice_count(void);
char server_notice_letter(size_t index);
struct str server_notice_help(size_t index);

/* A NOTICE "*** ..." to each operator who wants that kind. */
void server_notify(struct hub *hub, enum server_notice kind, const char *format, ...)
    CF_PRINTF(3, 4);

/*
 * Whether operators are to hear of it now: once in a while, since a flood is not to become one of
 * notices. Then " (and 3 times before)" is appended, when it has happened since they last heard.
 */
CF_NODISCARD bool server_notice_is_due(const struct hub *hub, struct notice_limiter *limiter,
                                       struct buf *before);

/* The mask after a change such as "+ck-b"; unknown letters change nothing. No change: all. */
uint32_t server_notice_change(uint32_t mask, struct str change);

/* "+ck" */
void server_notice_put_mask(struct buf *out, uint32_t mask);

#endif
