#ifndef CONFAB_MESSAGE_H
#define CONFAB_MESSAGE_H

#include "hub/state.h"

/*
 * What users say: PRIVMSG, NOTICE and TAGMSG, in one line or several (a multiline batch is one
 * message). Checked, relayed to channels and users, echoed to those who asked for that.
 */
enum message_kind {
    MESSAGE_PRIVMSG,
    MESSAGE_NOTICE,
    MESSAGE_TAGMSG,
};

struct message {
    enum message_kind kind;
    const struct str *lines; /* one and more; none for TAGMSG */
    size_t line_count;
    /* For a message of several lines, a byte for each: '1' when it goes on where the last one
     * ended, '0' when it is a line of its own. Empty for a message of one line. */
    struct str joints;
    struct str client_tags; /* those that are relayed */
    struct str txn;         /* its name: see txn.h; empty: none */
    /* For the target under way, made by message_send: */
    struct str txn_key; /* empty: none */
    uint64_t txn_digest;
    struct str relayed; /* "nick!user@host" for whom it is said: relay.h; else empty */
};

/* Whether it is a CTCP but ACTION, which is a way to speak. */
bool message_is_ctcp(const struct message *message);

/* The same of a message's text, or its first line. Pure. */
bool text_is_ctcp(struct str text);

/* Sends to each of the targets (with commas), or tells why not. With the verdict HUB_CLOSED the
 * session has been ended for it, and is gone. */
void message_send(struct call *call, const struct message *message, struct str targets);

/* The name that the call's line gives its message; empty for none. False, and the client told, when
 * it can't be one. */
CF_NODISCARD bool message_take_txn(struct call *call, struct str *name_out);

/* The client-only tags of the call's line that may be relayed: "+a=b;+c". */
void message_put_client_tags(struct buf *out, const struct call *call);

#endif
