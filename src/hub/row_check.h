#ifndef CONFAB_HUB_ROW_CHECK_H
#define CONFAB_HUB_ROW_CHECK_H

#include "base/attr.h"
#include "base/buf.h"
#include "hub/row_layout.h"

#include <stdbool.h>

/*
 * Whether what stands in a row could have been written by a server: rows come from a file, too, of
 * which nobody knows who has made it (confab import), and what is in them comes out in lines of IRC
 * and in heads of letters. Here is what can be told of a row by itself, with the table of
 * row_layout.h; whether it goes together with others is up to the module that restores it. The hub,
 * the import and the check of a database ask here. Pure; any thread.
 */
struct row_fault {
    struct str list;  /* of which it is a field; empty: of none */
    struct str field; /* empty: it is the row as a whole */
    const char *why;  /* goes on behind the name of the field, or "it"; NULL: there is no fault */
};

/* False when there is a fault: the first is in *fault_out then. */
CF_NODISCARD bool row_check(const struct row_layout *layout, struct str key, struct str value,
                            struct row_fault *fault_out);

/* Appends it for people: "topic" is too long. */
void row_fault_put(struct buf *out, const struct row_fault *fault);

#endif
