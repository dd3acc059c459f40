#ifndef CONFAB_INTERN_H
#define CONFAB_INTERN_H

#include "base/attr.h"
#include "base/map.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What numbers texts have in a table on disk, remembered so that the table is seldom asked: names
 * of targets, sources of messages. At most LIMIT_INTERNED of them; then it starts anew. Zeroed it
 * is empty. One thread.
 */
struct intern {
    struct map texts;
};

/* What stands beside a text in its table. */
struct interned {
    int64_t number;
    int64_t home;     /* of sources */
    struct str shown; /* of targets; borrowed until the next call */
};

/* False when it is not remembered. */
CF_NODISCARD bool intern_find(const struct intern *intern, struct str text,
                              struct interned *interned_out);

/* Copies the texts, of which the first must not be remembered. */
void intern_put(struct intern *intern, struct str text, const struct interned *interned);

/* Forgets one, if it is remembered. */
void intern_drop(struct intern *intern, struct str text);

/* Forgets all. */
void intern_clear(struct intern *intern);

#endif
