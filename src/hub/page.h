#ifndef CONFAB_PAGE_H
#define CONFAB_PAGE_H

#include "base/str.h"
#include "hub/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page of what is kept: what the hub asks the store for, and what it gets. Values; owned by
 * whoever holds them.
 */

/* What is above every message id. */
#define PAGE_BEFORE_MAX ((uint64_t)INT64_MAX)

enum page_kind {
    PAGE_OF_EVENTS,  /* kept under `target` */
    PAGE_OF_TARGETS, /* with the last message of each: those of `targets`, and of all conversations
                        of `account`, with that between two ids */
    PAGE_OF_FOUND,   /* messages with text that a search finds: under `target`, or if that is empty,
                        under all of `targets` and in all conversations of `account` */
};

struct page_query {
    enum page_kind kind;
    struct str target;  /* a name that events are kept under; owned by whoever made the query */
    struct str targets; /* names, with commas between them; owned likewise */
    uint64_t *sinces;   /* of each of `targets`, ids above this only; NULL: all; owned likewise */
    struct str account; /* and those of all conversations of that account; owned likewise */
    struct str text;    /* PAGE_OF_FOUND: words that they have, see wire/words.h; owned likewise */
    struct str from;    /* and the folded nick or account that they are from; owned likewise */
    uint64_t after;     /* ids above this; 0: from the first */
    uint64_t before;    /* and below this; PAGE_BEFORE_MAX: to the last */
    uint64_t since;     /* of `target` and of conversations, ids above this only: what is older is
                           not for whoever asks. Not told apart from what is not there */
    uint64_t around;    /* not 0: half of the page from before this id, the rest from it on */
    bool is_newest;     /* of those that are in question the last ones, else the first */
    bool has_all;       /* joins and the like, too: else only messages with text */
    uint32_t limit;     /* at most so many */
    uint64_t batch;     /* that the events get */
};

/* Copies the strings and what else it owns. */
struct page_query page_query_copy(const struct page_query *query);

/* Of a copy. */
void page_query_deinit(struct page_query *query);

/* What of the ids a page is made of: one run of them, or one to each side of `around`. */
#define PAGE_RANGES_MAX 2

struct page_range {
    uint64_t after; /* both outside */
    uint64_t before;
    bool is_newest;
    uint32_t limit;
};

/* A walk over the names in `targets` of a query, which stays. */
struct page_names {
    struct str rest;
    const uint64_t *sinces; /* NULL: all are 0 */
};

struct page_target {
    struct str name; /* owned */
    uint64_t msgid;  /* of its last message with text */
};

/* Oldest first. A new one is zeroed. */
struct page {
    struct event **events; /* one reference each */
    size_t count;
    size_t capacity;
    size_t bytes; /* that they take on the wire, about */
    bool is_end;  /* there is nothing more beyond it, in the direction of the query */
    struct page_target *targets;
    size_t target_count;
    size_t target_capacity;
};

/* The ranges of a query, in the order of their ids; returns how many. */
size_t page_ranges(const struct page_query *query, struct page_range ranges[PAGE_RANGES_MAX]);

struct page_names page_names_init(const struct page_query *query);

/* False when there is none left. since_out: ids above this are for whoever asks. */
bool page_names_next(struct page_names *names, struct str *name_out, uint64_t *since_out);

/* Takes over a reference. */
void page_put(struct page *page, struct event *event);

/* As many bytes as a page may have (LIMIT_PAGE_BYTES): what comes next is for the next page. */
bool page_is_full(const struct page *page);

/* Puts a target, if its last message is in question, and above `since`. Copies the name. */
void page_put_target(struct page *page, const struct page_query *query, struct page_target target,
                     uint64_t since);

/* Of the targets that were put, leaves those that the limit allows, in order. */
void page_finish_targets(struct page *page, const struct page_query *query);

/* Turns it round from `start` on. */
void page_reverse(struct page *page, size_t start);

void page_deinit(struct page *page);

/* Whether an event counts as a message with text: a page without has_all has nothing else. */
bool page_is_message(const struct event *event);

#endif
