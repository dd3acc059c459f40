/* Telling of messages that could not be stored; see loss.h. */
#include "hub/loss.h"

#include "hub/reply.h"

#include <assert.h>

static bool
was_told_lately(const struct call *call)
{
    int64_t told_ms = call->session->loss_told_ms;
    int64_t now_ms = call->hub->now_ms;
    return told_ms != 0 && told_ms <= now_ms && now_ms - told_ms < LIMIT_LOSS_TOLD_MS;
}

/* No answer to the command under way, whose label it must not take: it may never come. */
static void
tell_if_lost(struct call *call, struct str target, uint64_t ticket)
{
    struct outbox *outbox = &call->hub->outbox;
    uint32_t home = call->session->home;
    if (was_told_lately(call))
        return;
    call->session->loss_told_ms = call->hub->now_ms;
    size_t index = outbox_home_count(outbox, home);
    refuse(call, &(struct refusal){
                     .code = STR("STORAGE_UNAVAILABLE"),
                     .context = target,
                     .text = STR("Your message was sent to those who are here, but it could not be "
                                 "stored: it will not be in the history"),
                 });
    assert(outbox_home_count(outbox, home) == index + 1);
    struct delivery *delivery = outbox_at(outbox, home, index);
    delivery->flags = DELIVERY_IF_LOST;
    delivery->ticket = ticket;
}

void
loss_expect(struct call *call, const struct event *event, uint64_t ticket)
{
    struct session *session = call->session;
    if (call->hub->config->durability == HUB_DURABILITY_NONE)
        return; /* nobody is told */
    if (ticket > session->unechoed_ticket)
        session->unechoed_ticket = ticket;
    if (!call->hub->is_store_failing)
        return;
    struct call told = *call;
    told.command = event->command;
    tell_if_lost(&told, event->params[0], ticket);
}

void
loss_tell_last(struct call *call, uint64_t lost_from)
{
    call->command = STR("PRIVMSG");
    if (call->session->unechoed_ticket >= lost_from)
        tell_if_lost(call, STR("*"), call->session->unechoed_ticket);
}
