#ifndef CONFAB_OPTION_CHECK_H
#define CONFAB_OPTION_CHECK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether texts in a configuration mean something. Each check appends to why, when the text fails,
 * what is wrong and what to write instead: `"lobby" is no channel name; write "#lobby"`.
 * Pure, any thread.
 */

/* Appends the text in quotes, on one line and cut when it is long. */
void check_put_quoted(struct buf *why, struct str text);

/* A line of min to max bytes in UTF-8, without control characters. */
CF_NODISCARD bool check_line(struct str text, uint64_t min, uint64_t max, struct buf *why);

/* Letters, digits and '-', with at least one dot; of at most max bytes. */
CF_NODISCARD bool check_server_name(struct str text, uint64_t max, struct buf *why);

/* A channel, or nothing. */
CF_NODISCARD bool check_channel(struct str text, struct buf *why);

/* Letters of channel modes without parameter. */
CF_NODISCARD bool check_channel_modes(struct str text, struct buf *why);

/* Letters of user modes that users may set themselves. */
CF_NODISCARD bool check_user_modes(struct str text, struct buf *why);

/* Names of client-only tags without their '+', or "*" for all of them; with a '-' before those that
 * "*" does not mean; separated by commas. */
CF_NODISCARD bool check_client_tags(struct str text, struct buf *why);

/* One word of at most max bytes that can be a parameter of an IRC line. */
CF_NODISCARD bool check_word(struct str text, uint64_t max, struct buf *why);

/* Argon2id as `confab passwd` makes it; why never holds the text. text: with a NUL behind it. */
CF_NODISCARD bool check_hash(struct str text, struct buf *why);

/* A message of the day within LIMIT_MOTD_*. */
CF_NODISCARD bool check_motd(struct str text, struct buf *why);

#endif
