/* Labeled responses; see label.h. */
#include "hub/label.h"

#include "base/utf8.h"
#include "hub/capability.h"
#include "hub/post.h"
#include "wire/tags.h"

#include <assert.h>

#define LABEL_BYTES_MAX 64 /* labeled-response, "Tag value" */

void
label_take(struct call *call)
{
    struct session *session = call->session;
    assert(session->label.len == 0);
    const uint64_t needed = CAP(LABELED_RESPONSE) | CAP(BATCH);
    if ((session->caps & needed) != needed)
        return;
    struct str rest = call->msg->tags;
    struct tag tag;
    while (tags_next(&rest, &tag)) {
        bool is_label = str_equal(tag.key, STR("label")) && tag.raw_value.len > 0 &&
                        tag.raw_value.len <= LABEL_BYTES_MAX && utf8_is_valid(tag.raw_value);
        if (is_label)
            str_replace(&session->label, tag.raw_value);
    }
}

size_t
label_begin(const struct call *call)
{
    return outbox_home_count(&call->hub->outbox, call->session->home);
}

/* Not all that is posted is for all: AWAY, say, needs away-notify. */
static bool
is_for(const struct event *event, const struct session *session)
{
    return (session->caps & event->needs) == event->needs && (session->caps & event->unless) == 0;
}

size_t
label_find_answer(const struct call *call, size_t index)
{
    struct outbox *outbox = &call->hub->outbox;
    uint32_t home = call->session->home;
    size_t count = outbox_home_count(outbox, home);
    for (; index < count; index++) {
        const struct delivery *delivery = outbox_at(outbox, home, index);
        if (delivery->kind == DELIVERY_TO_SESSION && (delivery->flags & DELIVERY_IS_RESPONSE) &&
            slot_id_equal(delivery->peer, call->session->peer) &&
            is_for(delivery->event, call->session))
            return index;
    }
    return count;
}

/* Gives one answer a label or a batch: on a copy, since others may get the same event. What is in
 * a batch of answers already stays there. */
static void
mark(struct call *call, size_t index, struct str label, uint64_t batch)
{
    struct delivery *delivery = outbox_at(&call->hub->outbox, call->session->home, index);
    if (delivery->event->batch != 0)
        return;
    struct event *marked = event_clone(delivery->event, label, batch);
    event_unref(&delivery->event);
    delivery->event = marked;
}

/* BATCH +ref labeled-response, or BATCH -ref. */
static struct event *
batch_event(struct hub *hub, char sign, uint64_t batch, struct str label)
{
    struct buf reference;
    buf_init(&reference, 32);
    buf_put_byte(&reference, sign);
    event_put_batch(&reference, batch);
    struct event_spec spec = spec_from_server(hub, EVENT_CONTROL, STR("BATCH"));
    spec.params = (const struct str[]){buf_str(&reference), STR("labeled-response")};
    spec.param_count = sign == '+' ? 2 : 1;
    spec.label = label;
    struct event *event = event_new(&spec);
    buf_deinit(&reference);
    return event;
}

/* Puts the start of a batch before the answer at `index`. */
static void
open_batch(struct call *call, size_t index)
{
    struct session *session = call->session;
    session->batch = ++call->hub->last_batch;
    outbox_insert(&call->hub->outbox, session->home, index,
                  &(struct delivery){
                      .kind = DELIVERY_TO_SESSION,
                      .peer = session->peer,
                      .event = batch_event(call->hub, '+', session->batch, session->label),
                  });
}

static void
close_batch(struct hub *hub, struct session *session)
{
    struct event *event = batch_event(hub, '-', session->batch, STR(""));
    post_to_session(hub, session, event);
    event_unref(&event);
    session->batch = 0;
}

/* Whether the answers from `first` on are one batch of answers: then that has the label. */
static bool
is_one_batch(const struct call *call, size_t first, size_t end)
{
    struct outbox *outbox = &call->hub->outbox;
    const struct event *opening = outbox_at(outbox, call->session->home, first)->event;
    if (!str_equal(opening->command, STR("BATCH")) || opening->params[0].ptr[0] != '+')
        return false;
    size_t last = first;
    for (size_t i = first; i < end; i = label_find_answer(call, i + 1)) {
        last = i;
    }
    const struct event *closing = outbox_at(outbox, call->session->home, last)->event;
    return str_equal(closing->command, STR("BATCH")) &&
           str_equal(str_skip(closing->params[0], 1), str_skip(opening->params[0], 1));
}

static void
send_ack(struct call *call)
{
    struct event_spec spec = spec_from_server(call->hub, EVENT_CONTROL, STR("ACK"));
    spec.label = call->session->label;
    tell_session(call->hub, call->session, spec);
}

void
label_end(struct call *call, size_t start)
{
    struct session *session = call->session;
    if (session->label.len == 0)
        return;
    bool is_final = call->verdict == HUB_NEXT;
    size_t end = outbox_home_count(&call->hub->outbox, session->home);
    size_t first = label_find_answer(call, start);
    bool has_several = first < end && label_find_answer(call, first + 1) < end &&
                       !(is_final && session->batch == 0 && is_one_batch(call, first, end));
    if (session->batch == 0 && (has_several || (first < end && !is_final))) {
        open_batch(call, first);
        first++;
    }
    if (session->batch != 0) {
        for (size_t i = label_find_answer(call, first);
             i < outbox_home_count(&call->hub->outbox, session->home);
             i = label_find_answer(call, i + 1))
            mark(call, i, STR(""), session->batch);
        if (is_final)
            close_batch(call->hub, session);
    } else if (is_final && first < end) {
        mark(call, first, session->label, 0);
    } else if (is_final) {
        send_ack(call);
    }
    if (is_final)
        str_free(&session->label);
}

void
label_drop(struct hub *hub, struct session *session)
{
    if (session->batch != 0)
        close_batch(hub, session);
    str_free(&session->label);
}
