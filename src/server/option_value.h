#ifndef CONFAB_OPTION_VALUE_H
#define CONFAB_OPTION_VALUE_H

#include "base/attr.h"
#include "base/buf.h"
#include "server/config.h"
#include "server/options.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Values of options: from text into a configuration, checked, and back. `base` is what holds the
 * option's field: the config, or the item of the list that the option belongs to.
 * One owner thread of the config.
 */

/*
 * Sets the option, which is no list and no section. On failure appends to why what is wrong and
 * what to write instead; the text is quoted there, but for passwords.
 */
CF_NODISCARD bool option_set(const struct option *option, struct str text, struct config *config,
                             void *base, struct buf *why);

/* Makes a list empty. */
void option_clear(const struct option *option, void *base);

/*
 * Adds an item to a list but OPTION_ITEMS; fails as option_set, and for one that is there already.
 */
CF_NODISCARD bool option_append(const struct option *option, struct str text, struct config *config,
                                void *base, struct buf *why);

/* Adds an item with defaults to a list of OPTION_ITEMS: its base. NULL when the list is full. */
CF_NODISCARD void *option_append_item(const struct option *option, struct config *config);

/* An item of such a list; index < option_item_count. */
const void *option_item_at(const struct option *option, const struct config *config, size_t index);

/* The option of an item that names it: the first one below its list. */
const struct option *option_name_of_items(const struct option *list);

/* Sets the default: the table's. */
void option_set_default(const struct option *option, struct config *config, void *base);

/* The value as text that option_set takes, in the shortest form. Not for lists and sections. */
void option_put(const struct option *option, const void *base, struct buf *out);

/* The same for an item of a list but OPTION_ITEMS. */
void option_put_item(const struct option *option, const void *base, size_t index, struct buf *out);
size_t option_item_count(const struct option *option, const void *base);

/* Whether both have the same value. Not for sections, OPTION_ITEMS and options of items. */
bool option_is_equal(const struct option *option, const struct config *a, const struct config *b);

/* Copies the value; what it points to stays where it is. Not for sections and options of items. */
void option_copy(const struct option *option, struct config *to, const struct config *from);

/* Whether values of the option may hold any characters, and are put in quotes. */
bool option_is_text(const struct option *option);

/* Whether values are some words with commas, for which a list of them may stand, too. */
bool option_is_words(const struct option *option);

/* "A duration from 1s to 1d", "A list of 1 to 32 URLs". */
void option_put_kind(const struct option *option, struct buf *out);

#endif
