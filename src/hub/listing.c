/* Long answers in slices; see listing.h. */
#include "hub/listing.h"

#include "base/alloc.h"

#include <assert.h>

struct listing *
listing_new(listing_item_fn *item, listing_end_fn *end, bool is_of_channels, struct str argument,
            struct str fields)
{
    struct listing *listing = cf_calloc_array(1, sizeof *listing);
    listing->item = item;
    listing->end = end;
    listing->is_of_channels = is_of_channels;
    listing->argument = str_dup(argument);
    listing->fields = str_dup(fields);
    listing->slice = LIMIT_LIST_SLICE;
    return listing;
}

void
listing_add(struct listing *listing, struct slot_id id)
{
    listing->ids = cf_array_reserve(listing->ids, &listing->capacity, listing->count + 1,
                                    sizeof *listing->ids);
    listing->ids[listing->count++] = id;
}

void
listing_start(struct call *call, struct listing *listing)
{
    assert(call->session->listing == NULL);
    call->session->listing = listing;
    listing_continue(call);
}

void
listing_continue(struct call *call)
{
    struct session *session = call->session;
    struct listing *listing = session->listing;
    assert(listing != NULL);
    const struct slots *table = listing->is_of_channels ? &call->hub->channels : &call->hub->users;
    for (size_t done = 0; done < listing->slice && listing->next < listing->count; done++) {
        void *item = slots_find(table, listing->ids[listing->next++]);
        if (item != NULL)
            listing->item(call, item, listing);
    }
    if (listing->next < listing->count) {
        session->waiting = WAIT_LISTING;
        call->verdict = HUB_MORE;
        return;
    }
    listing->end(call, listing);
    listing_free(&session->listing);
    session->waiting = WAIT_NOTHING;
    call->verdict = HUB_NEXT;
}

void
listing_free(struct listing **listing)
{
    struct listing *gone = *listing;
    *listing = NULL;
    if (gone == NULL)
        return;
    cf_free(gone->ids);
    str_free(&gone->argument);
    str_free(&gone->fields);
    cf_free(gone);
}
