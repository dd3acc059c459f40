#ifndef CONFAB_FOUND_H
#define CONFAB_FOUND_H

#include "base/attr.h"
#include "base/buf.h"
#include "hub/page.h"

#include <stdbool.h>

/*
 * What a search finds: messages are shown to it one by one, in any order, and it keeps those that
 * match, of them the newest or the oldest as the query says. One thread.
 */
struct found {
    const struct page_query *query; /* borrowed */
    struct buf search;              /* folded */
    struct buf text;                /* the same of the message in question */
    struct event **events;          /* one reference each; the one to be kept longest first */
    size_t count;
};

/* query: PAGE_OF_FOUND; stays until found_deinit. */
void found_init(struct found *found, const struct page_query *query);
void found_deinit(struct found *found);

/* Takes over a reference. False when neither this event nor one beyond it will be kept. */
bool found_put(struct found *found, struct event *event);

/* Moves what was found to a page, which is empty, oldest first. */
void found_finish(struct found *found, struct page *page);

/* Appends the text of a message: its lines with a space behind each. */
void found_put_text(struct buf *out, const struct event *event);

#endif
