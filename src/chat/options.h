#ifndef CONFAB_CHAT_OPTIONS_H
#define CONFAB_CHAT_OPTIONS_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "chat/connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The command line of `confab chat`. A value; strings are borrowed from argv but for those in
 * bufs.
 */
struct chat_options {
    struct connection_target target;
    struct buf nick;             /* valid */
    struct buf username;         /* letters and digits */
    struct buf password;         /* of the server; empty: none */
    struct buf account;          /* to log in to; empty: none */
    struct buf account_password; /* empty: to be asked for */
    struct buf channel_names[LIMIT_CHAT_CHANNELS];
    struct str channels[LIMIT_CHAT_CHANNELS]; /* of them */
    size_t channel_count;
    bool is_plain;
    bool is_raw;     /* a line that begins with a slash is said, too */
    bool is_verbose; /* plain mode says who comes and goes */
    bool wants_help;
    int64_t linger_ms; /* plain mode: how long to listen on when the input has ended */
};

extern const char chat_usage[];

/* 0, or -EINVAL with err set. Free with chat_options_deinit in both cases. */
CF_NODISCARD int chat_options_parse(struct chat_options *options, int argc, char **argv,
                                    struct cf_err *err);
void chat_options_deinit(struct chat_options *options);

/*
 * Asks for the account's password at the terminal of the process, which shows nothing of it. 0, or
 * -EINVAL with err set: also without a terminal. Blocks; before there are threads.
 */
CF_NODISCARD int chat_options_ask_password(struct chat_options *options, struct cf_err *err);

/*
 * "host", "host:port", "[::1]", "[::1]:port", "::1", "/path", "./path". False when it is none of
 * them; target_out borrows from text. Port 6667 where none is given.
 */
CF_NODISCARD bool chat_target_parse(struct str text, struct connection_target *target_out);

/* A nick made of a login name: "2cool.user" becomes "_2cool_user"; "guest" when nothing is left. */
void chat_nick_from_login(struct buf *out, struct str login);

#endif
