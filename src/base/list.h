#ifndef CONFAB_LIST_H
#define CONFAB_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Intrusive doubly linked list, circular, with a head that is no item. Iteration order is the
 * order of insertion. A node that is in no list has next == NULL. One owner (thread or lock).
 */
struct list {
    struct list *next;
    struct list *prev;
};

static inline void
list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool
list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline bool
list_is_linked(const struct list *node)
{
    return node->next != NULL;
}

/* Puts node, which is in no list, at the end. */
static inline void
list_append(struct list *head, struct list *node)
{
    assert(!list_is_linked(node));
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Takes node out of its list. */
static inline void
list_remove(struct list *node)
{
    assert(list_is_linked(node));
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = NULL;
    node->prev = NULL;
}

/* Moves all nodes of `from` behind those of `to`. */
static inline void
list_splice(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

/* Walks all nodes; `node` may be removed in the body of the _safe form. */
#define list_for_each(node, head) \
    for (struct list *node = (head)->next; node != (head); node = node->next)
#define list_for_each_safe(node, head)                                                \
    for (struct list *node = (head)->next, *node##_next = node->next; node != (head); \
         node = node##_next, node##_next = node->next)

#endif
