/* What is held back from a session; see hold.h. */
#include "net/hold.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <string.h>

struct hold *
hold_new(size_t bytes_max)
{
    struct hold *hold = cf_calloc_array(1, sizeof *hold);
    buf_init(&hold->bytes, bytes_max);
    return hold;
}

void
hold_free(struct hold **hold_ptr)
{
    struct hold *hold = *hold_ptr;
    *hold_ptr = NULL;
    if (hold == NULL)
        return;
    for (size_t i = hold->first; i < hold->count; i++)
        event_unref(&hold->items[i].event);
    cf_free(hold->items);
    buf_deinit(&hold->bytes);
    cf_free(hold);
}

bool
hold_has_room(const struct hold *hold)
{
    return hold->count - hold->first < LIMIT_HELD_ITEMS;
}

static struct held *
add_item(struct hold *hold)
{
    assert(hold_has_room(hold));
    if (hold->count == hold->capacity && hold->first > hold->count / 2) {
        memmove(hold->items, hold->items + hold->first,
                (hold->count - hold->first) * sizeof *hold->items);
        hold->count -= hold->first;
        hold->first = 0;
    }
    hold->items =
        cf_array_reserve(hold->items, &hold->capacity, hold->count + 1, sizeof *hold->items);
    struct held *item = &hold->items[hold->count++];
    *item = (struct held){.ticket = 0};
    return item;
}

void
hold_put_event(struct hold *hold, const struct delivery *delivery, uint64_t caps)
{
    assert(delivery->flags & DELIVERY_WAITING);
    assert(delivery->ticket != 0);
    event_ref(delivery->event);
    *add_item(hold) = (struct held){.ticket = delivery->ticket,
                                    .event = delivery->event,
                                    .caps = caps,
                                    .flags = delivery->flags};
}

bool
hold_put_bytes(struct hold *hold, struct str bytes)
{
    assert(hold_next(hold) != NULL);
    if (bytes.len > buf_room(&hold->bytes) || !hold_has_room(hold))
        return false;
    struct held *last = &hold->items[hold->count - 1];
    if (last->event != NULL)
        last = add_item(hold);
    last->bytes += bytes.len;
    buf_put(&hold->bytes, bytes);
    return true;
}

const struct held *
hold_next(const struct hold *hold)
{
    return hold->first < hold->count ? &hold->items[hold->first] : NULL;
}

struct str
hold_next_bytes(const struct hold *hold)
{
    assert(hold_next(hold) != NULL);
    return str_take(str_skip(buf_str(&hold->bytes), hold->bytes_taken), hold_next(hold)->bytes);
}

void
hold_take(struct hold *hold)
{
    assert(hold_next(hold) != NULL);
    struct held *item = &hold->items[hold->first++];
    hold->bytes_taken += item->bytes;
    if (hold->bytes_taken > hold->bytes.len / 2) { /* moves each byte once, on average */
        buf_consume(&hold->bytes, hold->bytes_taken);
        hold->bytes_taken = 0;
    }
    event_unref(&item->event);
    if (hold->first == hold->count) {
        hold->first = 0;
        hold->count = 0;
    }
}
