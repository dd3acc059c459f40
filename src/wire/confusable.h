#ifndef CONFAB_CONFUSABLE_H
#define CONFAB_CONFUSABLE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/name.h"

#include <stdbool.h>

/*
 * What looks like something else: names in which a letter of one script stands for one of another
 * ("admin" with a Cyrillic a), and names that mix scripts to that end. ICU's spoof checker behind
 * one module. Spec: Unicode UTS 39, sections 4 and 5.
 *
 * A handle is made once, since that loads tables, and is constant afterwards: all but new and free
 * may be called from any thread at a time. The answers depend on nothing but the version of ICU.
 */
struct confusables;

/* Which writing systems one name may have; each allows less than the one before. */
enum name_scripts {
    NAME_SCRIPTS_ANY,
    NAME_SCRIPTS_MODERATE, /* Latin and one other, but not Latin with Cyrillic or Greek */
    NAME_SCRIPTS_STRICT,   /* one, or those that Chinese, Japanese and Korean are written with */
    NAME_SCRIPTS_ASCII,
};

/* Never fails but for want of memory. Free with confusables_free. */
struct confusables *confusables_new(void);
void confusables_free(struct confusables **confusables);

/*
 * The skeleton of a name: equal for names that look alike, in any case. It is no name to show.
 * ASCII names go through a table, without ICU. False when the name does not fold, or its skeleton
 * is over LIMIT_FOLDED_BYTES.
 */
CF_NODISCARD bool confusables_skeleton(const struct confusables *confusables, struct str name,
                                       struct folded *skeleton_out);

/*
 * Whether two names would be taken for each other: their skeletons are equal, they are not the same
 * name, and one of them is not ASCII. "user1" and "userl" are both plain to read in most fonts, and
 * people have such names.
 */
bool confusables_look_alike(const struct confusables *confusables, struct str a, struct str b);

/*
 * Appends text with each character that is not ASCII replaced by what it looks like, and without
 * invisible ones, for a filter to read. ASCII stays as it is. Text that is too long for a line
 * (LIMIT_MULTILINE_BYTES) is cut.
 */
void confusables_put_plain(const struct confusables *confusables, struct buf *out, struct str text);

/* Whether the scripts of the name, which is valid UTF-8, are allowed together. */
bool confusables_allows(const struct confusables *confusables, struct str name,
                        enum name_scripts scripts);

#endif
