#ifndef CONFAB_NAME_H
#define CONFAB_NAME_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Names of users and channels: which are allowed, and which are the same name.
 *
 * Two names are the same when their folded forms are equal: Unicode's compatibility form with
 * case folding and without invisible characters (NFKC_Casefold), so that large and small umlauts,
 * or full-width and ordinary letters, can't be told apart to deceive. For ASCII it is lower case,
 * which is what CASEMAPPING=ascii tells clients; [ and { are different letters.
 * Spec: modern.ircdocs "Clients", "Channels"; RFC 8265 3.3 for the idea.
 *
 * Pure, any thread.
 */
struct folded {
    size_t len;
    char bytes[LIMIT_FOLDED_BYTES];
};

/* False when name is no valid UTF-8 or its folded form is over LIMIT_FOLDED_BYTES. */
CF_NODISCARD bool name_fold(struct str name, struct folded *folded_out);

/* Valid while *folded is. */
struct str folded_str(const struct folded *folded);

/* Both fold, and to the same. */
bool name_equal(struct str a, struct str b);

/*
 * A nick: letters, digits, -_[]{}\|^` and letters of other scripts; no digit, '-' or combining mark
 * first; at most LIMIT_NICK_BYTES. The folded form must be a nick as well (no full-width '@').
 */
bool name_is_nick(struct str name);

/*
 * A channel: '#' and more, no spaces, commas, control or invisible characters, no combining mark
 * on the '#'; at most LIMIT_CHANNEL_BYTES. So must be the folded form.
 */
bool name_is_channel(struct str name);

/* What stands on disk for a nick or a channel: one as above, or the folded form of one, which may
 * be longer than what can be written. */
bool name_is_kept_nick(struct str name);
bool name_is_kept_channel(struct str name);

/* Whether something is meant as a channel: it starts with '#'. */
bool name_looks_like_channel(struct str name);

/* A host as it is shown: printable ASCII without " !@*?," and no ':' first. */
bool name_is_host(struct str host);

#endif
