#ifndef CONFAB_SCHEMA_H
#define CONFAB_SCHEMA_H

#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What the database looks like, as the steps that make it: step N brings a database of version
 * N - 1 to version N. A step that has been released is never changed; what is to be different is
 * another step.
 *
 *   targets   what events are kept under: name (NULL: forgotten, to be cleared away), and how it is
 *             shown (empty: each message says its target itself). seq: of a channel the number of
 *             its last message (confab.chat/seq); 0: none has one
 *             keep_count, keep_ms: no more, and for no longer, is kept of it; 0: as of others
 *   erasures  of which sources, and from which id on and before which one, messages are to be gone;
 *             has_older: there are some that stay, of whoever had the account's name before
 *   peers     the two of each target that is a conversation
 *   sources   who said something: nick!user@host and account, once for all their messages. A NUL
 *             and the id behind the account: some of it has been erased, nothing new gets it. home:
 *             the target of the first of these messages; 0: not known yet
 *   messages  all that happened, by its id, so that new rows go to the end, and no larger than they
 *             have to be: a column with 0 or 1 takes a byte less. place: the first one in which it
 *             is; of its source's home, the class alone (SCHEMA_PLACE_SQL). body: see form.h
 *   shared    messages that are, or have been, in several places. refs: in how many. All others
 *             are in one
 *   places    which of it happened where, by target and id: history is read from here. A target
 *             has one of them for each class (schema_place), so that a page of messages never
 *             walks over joins
 *   rows      accounts, registered channels and the like: see hub/record.h
 *   words     in which messages words are, by their id: see word_index.h
 *   meta      last_msgid: the highest id that was ever given out, once messages were deleted;
 *             indexed: the last id whose words are in the index; words_version: the rules for them
 */

struct sqlite3; /* not included: only this floor's files, and the bare loop, know SQLite */

/* SQLite keeps this number in the file: "conf". */
#define SCHEMA_APPLICATION_ID 0x636f6e66

/* Of a target: messages with text, and all else. The numbers are on disk. */
enum place_class {
    CLASS_MESSAGES,
    CLASS_REST,
    CLASS_COUNT,
};

/* Instead of a target, where a message says its place: its source's home. */
#define SCHEMA_HOME 0

/* Where what is of a class of a target is in `places`; in SQL, targets.id * 2 and * 2 + 1. */
static inline int64_t
schema_place(int64_t target, enum place_class which)
{
    return target * CLASS_COUNT + (int64_t)which;
}

/* Of which target that place is; in SQL, places.target / 2. */
static inline int64_t
schema_place_target(int64_t place)
{
    return place / CLASS_COUNT;
}

/* The first place of a message m, whose source is s. */
#define SCHEMA_PLACE_SQL "CASE WHEN m.place < 2 THEN s.home * 2 + m.place ELSE m.place END"

/* How many steps there are: the version that this program writes. */
size_t schema_version(void);

/* The statements of a step. step: 1..schema_version(). */
const char *schema_step(size_t step);

/* path: for the text of the error. 0 or -errno; of a database that is none of confab, even an empty
 * one, -EUCLEAN, and it is told in err. Any thread; the database is its. */
CF_NODISCARD int schema_check_is_ours(struct sqlite3 *db, const char *path, struct cf_err *err);

/*
 * Makes the tables in an empty database, or brings an older one up to date, in one transaction.
 * path: for the text of the error. 0 or -errno; of a database that is not ours, or a newer one,
 * -EUCLEAN, and it is told in err. The thread that writes.
 */
CF_NODISCARD int schema_migrate(struct sqlite3 *db, const char *path, struct cf_err *err);

/* Added to the conditions of a query for messages m: none of those that an account has had erased,
 * but which were not cleared away yet. */
#define SCHEMA_NOT_ERASED \
    " AND NOT EXISTS(SELECT 1 FROM erasures e WHERE e.source = m.source AND m.id >= e.first AND m.id < e.before)"

#endif
