/* What is done around calls that answer; see confirm.h. */
#include "hub/confirm.h"

#include "hub/channel_row.h"
#include "hub/label.h"
#include "hub/presence_row.h"
#include "hub/reply.h"

#include <assert.h>

struct confirm
confirm_begin(const struct call *call)
{
    const struct hub *hub = call->hub;
    return (struct confirm){
        .first = label_begin(call),
        .ticket = hub->outbox.last_ticket,
        .row_changes = hub->row_changes,
    };
}

static void
wait_for(struct delivery *delivery, uint32_t flag, uint64_t ticket)
{
    assert(delivery->kind == DELIVERY_TO_SESSION);
    assert(!(delivery->flags & DELIVERY_WAITING));
    delivery->flags |= flag;
    delivery->ticket = ticket;
}

/* The first answer that does not wait already waits for the last record, and with it the others. */
static void
wait_for_records(struct call *call, const struct confirm *confirm)
{
    struct hub *hub = call->hub;
    struct outbox *outbox = &hub->outbox;
    uint32_t home = call->session->home;
    if (hub->row_changes != confirm->row_changes) {
        channel_rows_keep(hub);
        presence_rows_keep(hub);
    }
    size_t count = outbox_home_count(outbox, home);
    size_t first = label_find_answer(call, confirm->first);
    while (first < count && (outbox_at(outbox, home, first)->flags & DELIVERY_WAITING))
        first = label_find_answer(call, first + 1);
    if (outbox->last_ticket == confirm->ticket || first == count)
        return;
    wait_for(outbox_at(outbox, home, first), DELIVERY_IS_PATIENT, outbox->last_ticket);
    refuse(call, &(struct refusal){
                     .code = STR("STORAGE_UNAVAILABLE"),
                     .text = STR("It is done, but it could not be stored yet: that is tried again "
                                 "until it succeeds"),
                 });
    wait_for(outbox_at(outbox, home, count), DELIVERY_IF_LOST, outbox->last_ticket);
}

void
confirm_end(struct call *call, const struct confirm *confirm)
{
    label_end(call, confirm->first);
    if (call->is_confirmed && call->hub->config->durability != HUB_DURABILITY_NONE)
        wait_for_records(call, confirm);
}
