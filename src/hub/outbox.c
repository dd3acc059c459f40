/* What goes out of the hub; see outbox.h. */
#include "hub/outbox.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static bool
has_event(const struct delivery *delivery)
{
    return delivery->kind == DELIVERY_TO_SESSION || delivery->kind == DELIVERY_TO_CHANNEL ||
           delivery->kind == DELIVERY_TO_CHANNELS || delivery->kind == DELIVERY_SESSION_ADDRESS;
}

void
deliveries_move(struct deliveries *to, struct deliveries *from)
{
    if (to->count == 0) {
        struct deliveries empty = *to; /* keeps both arrays in use */
        *to = *from;
        *from = empty;
        return;
    }
    if (from->count == 0)
        return; /* it may own no array */
    to->items =
        cf_array_reserve(to->items, &to->capacity, to->count + from->count, sizeof *to->items);
    memcpy(to->items + to->count, from->items, from->count * sizeof *from->items);
    to->count += from->count;
    from->count = 0;
}

void
deliveries_drop_first(struct deliveries *deliveries, size_t count)
{
    assert(count <= deliveries->count);
    deliveries->count -= count;
    if (deliveries->count > 0)
        memmove(deliveries->items, deliveries->items + count,
                deliveries->count * sizeof *deliveries->items);
}

void
deliveries_deinit(struct deliveries *deliveries)
{
    for (size_t i = 0; i < deliveries->count; i++) {
        if (has_event(&deliveries->items[i]))
            event_unref(&deliveries->items[i].event);
    }
    cf_free(deliveries->items);
    *deliveries = (struct deliveries){0};
}

void
secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    cf_free(secret);
}

void
question_deinit(struct question *question)
{
    secret_free(question->secret);
    secret_free(question->against);
    page_query_deinit(&question->page);
    *question = (struct question){0};
}

void
note_deinit(struct note *note)
{
    for (size_t i = 0; i < note->field_count; i++)
        cf_free((void *)(uintptr_t)note->values[i].ptr); /* made by outbox_put_note */
    *note = (struct note){0};
}

void
outbox_deinit(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->home_count; i++)
        deliveries_deinit(&outbox->homes[i].deliveries);
    cf_free(outbox->homes);
    cf_free(outbox->touched);
    records_deinit(&outbox->records);
    for (size_t i = 0; i < outbox->question_count; i++)
        question_deinit(&outbox->questions[i]);
    cf_free(outbox->questions);
    cf_free(outbox->requests);
    for (size_t i = 0; i < outbox->note_count; i++)
        note_deinit(&outbox->notes[i]);
    cf_free(outbox->notes);
    *outbox = (struct outbox){0};
}

static struct outbox_home *
find_home(struct outbox *outbox, uint32_t home)
{
    if (home >= outbox->home_count) {
        outbox->homes = cf_array_reserve(outbox->homes, &outbox->home_capacity, (size_t)home + 1,
                                         sizeof *outbox->homes);
        while (outbox->home_count <= home)
            outbox->homes[outbox->home_count++] = (struct outbox_home){.mark = 0};
    }
    return &outbox->homes[home];
}

void
outbox_put(struct outbox *outbox, uint32_t home, const struct delivery *delivery)
{
    struct outbox_home *to = find_home(outbox, home);
    struct deliveries *deliveries = &to->deliveries;
    deliveries->items = cf_array_reserve(deliveries->items, &deliveries->capacity,
                                         deliveries->count + 1, sizeof *deliveries->items);
    deliveries->items[deliveries->count++] = *delivery;
    if (!to->is_touched) {
        to->is_touched = true;
        outbox->touched = cf_array_reserve(outbox->touched, &outbox->touched_capacity,
                                           outbox->touched_count + 1, sizeof *outbox->touched);
        outbox->touched[outbox->touched_count++] = home;
    }
}

size_t
outbox_home_count(const struct outbox *outbox, uint32_t home)
{
    return home < outbox->home_count ? outbox->homes[home].deliveries.count : 0;
}

struct delivery *
outbox_at(struct outbox *outbox, uint32_t home, size_t index)
{
    assert(index < outbox_home_count(outbox, home));
    return &outbox->homes[home].deliveries.items[index];
}

void
outbox_insert(struct outbox *outbox, uint32_t home, size_t index, const struct delivery *delivery)
{
    assert(index <= outbox_home_count(outbox, home));
    outbox_put(outbox, home, delivery); /* makes the room, at the end */
    struct deliveries *deliveries = &outbox->homes[home].deliveries;
    memmove(deliveries->items + index + 1, deliveries->items + index,
            (deliveries->count - 1 - index) * sizeof *deliveries->items);
    deliveries->items[index] = *delivery;
}

uint64_t
outbox_next_mark(struct outbox *outbox)
{
    return ++outbox->last_mark;
}

bool
outbox_mark_home(struct outbox *outbox, uint32_t home, uint64_t mark)
{
    struct outbox_home *found = find_home(outbox, home);
    if (found->mark == mark)
        return false;
    found->mark = mark;
    return true;
}

uint64_t
outbox_put_record(struct outbox *outbox, const struct record *record)
{
    struct record numbered = *record;
    numbered.ticket = ++outbox->last_ticket;
    records_put(&outbox->records, &numbered);
    return numbered.ticket;
}

void
outbox_put_question(struct outbox *outbox, const struct question *question)
{
    assert(!slot_id_is_none(question->session));
    outbox->questions = cf_array_reserve(outbox->questions, &outbox->question_capacity,
                                         outbox->question_count + 1, sizeof *outbox->questions);
    outbox->questions[outbox->question_count++] = *question;
}

static char *
secret_dup(struct str text)
{
    char *copy = cf_alloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

void
outbox_ask_about_secret(struct outbox *outbox, enum question_kind kind, struct slot_id session,
                        struct str secret, struct str against)
{
    outbox_put_question(outbox, &(struct question){
                                    .kind = kind,
                                    .session = session,
                                    .secret = secret_dup(secret),
                                    .against = secret_dup(against),
                                });
}

void
outbox_put_request(struct outbox *outbox, const struct request *request)
{
    outbox->requests = cf_array_reserve(outbox->requests, &outbox->request_capacity,
                                        outbox->request_count + 1, sizeof *outbox->requests);
    outbox->requests[outbox->request_count++] = *request;
}

void
outbox_put_note(struct outbox *outbox, const struct note *note)
{
    assert(note->field_count <= NOTE_FIELDS_MAX);
    outbox->notes = cf_array_reserve(outbox->notes, &outbox->note_capacity, outbox->note_count + 1,
                                     sizeof *outbox->notes);
    struct note *copy = &outbox->notes[outbox->note_count++];
    *copy = *note;
    for (size_t i = 0; i < note->field_count; i++) {
        char *bytes = cf_alloc(note->values[i].len);
        if (note->values[i].len > 0)
            memcpy(bytes, note->values[i].ptr, note->values[i].len);
        copy->values[i].ptr = bytes;
    }
}
