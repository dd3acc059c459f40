/* From deliveries to pending output; see distributor.h. */
#include "net/distributor.h"

#include "base/alloc.h"
#include "base/number.h"

#include <assert.h>

/* An audience above this is a large fan-out: its writes are done in slices, so that they do not
 * hold up everybody else. */
#define PROMPT_AUDIENCE_MAX 128

/* An audience that got something so lately is busy: its writes may wait for their slice, in which
 * more joins them. A quiet one is written to at once. */
#define BUSY_MS 5

/* Events of a run, and how many sessions they may come from. */
#define RUN_EVENTS_MAX  32
#define RUN_ORIGINS_MAX 8

/* And so is one that has had that many events in such a time. */
#define BUSY_WINDOW_MS 128
#define BUSY_EVENTS    32

/* One event as one variant of session sees it: a line of tags, and what was in it. */
#define RENDERED_BYTES_MAX (4 * LIMIT_INPUT_LINE_BYTES)

struct audience {
    struct map_node by_channel; /* key: channel */
    struct slot_id channel;
    struct recipient **members;
    size_t count;
    size_t capacity;
    uint64_t last_round;    /* in which it got something; 0: never */
    int64_t last_ms;        /* and when that was */
    int64_t window_ms;      /* when the present window of BUSY_WINDOW_MS began */
    uint32_t events;        /* in it */
    uint32_t events_before; /* in the one before it */
    bool is_bulk;           /* as of last_round */
};

/* A door with a set of those capabilities that it renders differently. */
struct variant {
    struct list in_distributor;
    const struct door *door;
    uint64_t caps;
    size_t recipient_count;
    struct variant *for_messages; /* renders messages for this one, too; itself, or an older one */
    struct stream stream;
    uint64_t rendered_mark;        /* of the run in `rendered` */
    struct rendered rendered;      /* all of it, one event behind the other */
    uint32_t ends[RUN_EVENTS_MAX]; /* where each of them ends in it */
};

/*
 * Events for one audience that follow each other: its members are walked once for all of them, and
 * most get them as one span. A large audience is hundreds of kilobytes of recipients, which do not
 * stay in the processor's cache from one walk to the next.
 */
struct run {
    const struct delivery *deliveries;
    size_t count;
    uint64_t mark;
    struct slot_id origins[RUN_ORIGINS_MAX]; /* who does not get all of it */
    size_t origin_count;
    bool is_once; /* what goes to several audiences: a recipient gets it from the first */
};

void
distributor_init(struct distributor *distributor, const struct distributor_hooks *hooks)
{
    *distributor = (struct distributor){.hooks = *hooks, .round = 1};
    slots_init(&distributor->peers);
    list_init(&distributor->variants);
    list_init(&distributor->prompt);
    list_init(&distributor->bulk);
    list_init(&distributor->held);
    stream_init(&distributor->direct, &distributor->pool);
    buf_init(&distributor->scratch, RENDERED_BYTES_MAX);
    buf_init(&distributor->run, RUN_EVENTS_MAX * RENDERED_BYTES_MAX);
}

void
distributor_deinit(struct distributor *distributor)
{
    assert(distributor->peers.count == 0);
    assert(map_count(&distributor->audiences) == 0);
    assert(list_is_empty(&distributor->variants));
    slots_deinit(&distributor->peers);
    stream_deinit(&distributor->direct);
    buf_deinit(&distributor->scratch);
    buf_deinit(&distributor->run);
}

/* --- variants --- */

static uint64_t
message_caps(const struct variant *variant)
{
    return variant->door->message_caps == NULL ? variant->caps
                                               : variant->door->message_caps(variant->caps);
}

/*
 * Messages are what most of the fan-out is, and few capabilities matter to them: variants that
 * differ in others share one rendering, that of the oldest of them. Called when a variant has come
 * or gone.
 */
static void
share_messages(struct distributor *distributor)
{
    list_for_each(node, &distributor->variants) {
        struct variant *variant = CONTAINER_OF(node, struct variant, in_distributor);
        variant->for_messages = variant;
        list_for_each(older_node, &distributor->variants) {
            struct variant *older = CONTAINER_OF(older_node, struct variant, in_distributor);
            if (older->door == variant->door && message_caps(older) == message_caps(variant)) {
                variant->for_messages = older;
                break;
            }
        }
    }
}

static void
variant_leave(struct distributor *distributor, struct recipient *recipient)
{
    struct variant *variant = recipient->variant;
    recipient->variant = NULL;
    if (variant == NULL)
        return;
    assert(variant->recipient_count > 0);
    variant->recipient_count--;
    if (variant->recipient_count > 0)
        return;
    stream_deinit(&variant->stream);
    list_remove(&variant->in_distributor);
    cf_free(variant);
    share_messages(distributor);
}

static void
variant_join(struct distributor *distributor, struct recipient *recipient)
{
    variant_leave(distributor, recipient);
    if (recipient->door->is_personal)
        return;
    uint64_t caps = recipient->caps & recipient->door->render_caps;
    struct variant *found = NULL;
    list_for_each(node, &distributor->variants) {
        struct variant *variant = CONTAINER_OF(node, struct variant, in_distributor);
        if (variant->door == recipient->door && variant->caps == caps)
            found = variant;
    }
    if (found == NULL) {
        found = cf_calloc_array(1, sizeof *found);
        found->door = recipient->door;
        found->caps = caps;
        stream_init(&found->stream, &distributor->pool);
        list_append(&distributor->variants, &found->in_distributor);
        share_messages(distributor);
    }
    found->recipient_count++;
    recipient->variant = found;
}

/* --- recipients --- */

void
distributor_add(struct distributor *distributor, struct recipient *recipient)
{
    assert(recipient->door != NULL);
    recipient->peer = slots_add(&distributor->peers, recipient);
    variant_join(distributor, recipient);
}

static void
leave_audience_at(struct distributor *distributor, struct recipient *recipient, size_t seat_index)
{
    struct seat seat = recipient->seats[seat_index];
    recipient->seat_count--;
    recipient->seats[seat_index] = recipient->seats[recipient->seat_count];
    struct audience *audience = seat.audience;
    assert(audience->members[seat.index] == recipient);
    audience->count--;
    if (seat.index < audience->count) { /* the last one takes the empty seat */
        struct recipient *moved = audience->members[audience->count];
        audience->members[seat.index] = moved;
        size_t at = 0;
        while (moved->seats[at].audience != audience)
            at++;
        moved->seats[at].index = seat.index;
    }
    if (audience->count > 0)
        return;
    map_remove(&distributor->audiences, &audience->by_channel);
    cf_free(audience->members);
    cf_free(audience);
}

static void
leave_all_audiences(struct distributor *distributor, struct recipient *recipient)
{
    while (recipient->seat_count > 0)
        leave_audience_at(distributor, recipient, recipient->seat_count - 1);
}

static void
end_hold(struct recipient *recipient)
{
    if (!recipient->is_held)
        return;
    recipient->is_held = false;
    list_remove(&recipient->held);
    hold_free(&recipient->hold);
}

void
distributor_remove(struct distributor *distributor, struct recipient *recipient)
{
    leave_all_audiences(distributor, recipient);
    cf_free(recipient->seats);
    recipient->seats = NULL;
    recipient->seat_capacity = 0;
    if (list_is_linked(&recipient->dirty))
        list_remove(&recipient->dirty);
    spans_deinit(&recipient->spans);
    end_hold(recipient);
    variant_leave(distributor, recipient);
    slots_remove(&distributor->peers, recipient->peer);
}

struct recipient *
distributor_find(const struct distributor *distributor, struct slot_id peer)
{
    return slots_find(&distributor->peers, peer);
}

/* --- audiences --- */

static struct str
channel_key(const struct slot_id *channel)
{
    return (struct str){.ptr = (const char *)channel, .len = sizeof *channel};
}

static struct audience *
find_audience(const struct distributor *distributor, struct slot_id channel)
{
    struct map_node *node = map_find(&distributor->audiences, channel_key(&channel));
    return node == NULL ? NULL : CONTAINER_OF(node, struct audience, by_channel);
}

static void
join_audience(struct distributor *distributor, struct recipient *recipient, struct slot_id channel)
{
    assert(!distributor_is_in_audience(recipient, channel));
    struct audience *audience = find_audience(distributor, channel);
    if (audience == NULL) {
        audience = cf_calloc_array(1, sizeof *audience);
        audience->channel = channel;
        map_insert(&distributor->audiences, &audience->by_channel, channel_key(&audience->channel));
    }
    audience->members = cf_array_reserve(audience->members, &audience->capacity,
                                         audience->count + 1, sizeof(struct recipient *));
    size_t seat_capacity = recipient->seat_capacity;
    recipient->seats = cf_array_reserve(recipient->seats, &seat_capacity, recipient->seat_count + 1,
                                        sizeof *recipient->seats);
    recipient->seat_capacity = u32_from_size(seat_capacity);
    recipient->seats[recipient->seat_count++] =
        (struct seat){.audience = audience, .index = audience->count};
    audience->members[audience->count++] = recipient;
}

static void
leave_audience(struct distributor *distributor, struct recipient *recipient, struct slot_id channel)
{
    for (size_t i = 0; i < recipient->seat_count; i++) {
        if (slot_id_equal(recipient->seats[i].audience->channel, channel)) {
            leave_audience_at(distributor, recipient, i);
            return;
        }
    }
}

size_t
distributor_audience_size(const struct distributor *distributor, struct slot_id channel)
{
    const struct audience *audience = find_audience(distributor, channel);
    return audience == NULL ? 0 : audience->count;
}

bool
distributor_is_in_audience(const struct recipient *recipient, struct slot_id channel)
{
    for (size_t i = 0; i < recipient->seat_count; i++) {
        if (slot_id_equal(recipient->seats[i].audience->channel, channel))
            return true;
    }
    return false;
}

/* --- output --- */

/* Links a recipient where its output will be written from; prompt output overtakes bulk. */
static inline void
mark_dirty(struct distributor *distributor, struct recipient *recipient, bool is_bulk)
{
    if (list_is_linked(&recipient->dirty)) {
        if (is_bulk || !recipient->is_bulk)
            return;
        list_remove(&recipient->dirty);
    }
    recipient->is_bulk = is_bulk;
    list_append(is_bulk ? &distributor->bulk : &distributor->prompt, &recipient->dirty);
}

static void hold_output(struct distributor *distributor, struct recipient *recipient,
                        const struct rendered *rendered);

static inline void
add_output(struct distributor *distributor, struct recipient *recipient,
           const struct rendered *rendered, bool is_bulk, size_t event_count)
{
    distributor->deliveries += event_count;
    if (recipient->is_held) {
        hold_output(distributor, recipient, rendered);
        return;
    }
    if (spans_is_full(&recipient->spans))
        distributor->hooks.full(distributor->hooks.context, recipient);
    spans_add(&recipient->spans, rendered);
    mark_dirty(distributor, recipient, is_bulk);
}

static bool
is_for(const struct event *event, uint64_t caps)
{
    return (caps & event->needs) == event->needs && (caps & event->unless) == 0;
}

/* What one session alone sees of an event, into the direct stream; empty for nothing. caps: of the
 * session, when the event was for it. */
static struct rendered
render_for_one(struct distributor *distributor, struct recipient *recipient,
               const struct event *event, uint64_t caps)
{
    struct rendered rendered = {.chunk = NULL};
    if (!is_for(event, caps))
        return rendered;
    buf_clear(&distributor->scratch);
    recipient->door->render(recipient->door_state, caps, event, &distributor->scratch);
    distributor->renders++;
    if (distributor->scratch.len > 0)
        rendered = stream_put(&distributor->direct, buf_str(&distributor->scratch));
    return rendered;
}

/* The run as the variant sees it, rendered at most once. */
static const struct rendered *
render_for_variant(struct distributor *distributor, struct variant *variant, const struct run *run)
{
    if (variant->rendered_mark == run->mark)
        return &variant->rendered;
    variant->rendered_mark = run->mark;
    variant->rendered = (struct rendered){.chunk = NULL};
    buf_clear(&distributor->run);
    for (size_t i = 0; i < run->count; i++) {
        const struct event *event = run->deliveries[i].event;
        if (is_for(event, variant->caps)) {
            buf_clear(&distributor->scratch);
            variant->door->render(NULL, variant->caps, event, &distributor->scratch);
            distributor->renders++;
            buf_put(&distributor->run, buf_str(&distributor->scratch));
        }
        variant->ends[i] = u32_from_size(distributor->run.len);
    }
    if (distributor->run.len > 0)
        variant->rendered = stream_put(&variant->stream, buf_str(&distributor->run));
    return &variant->rendered;
}

/* The variant that renders the event for this one. What a message may need or exclude must be
 * among the capabilities that matter to messages. */
static inline struct variant *
variant_for(struct variant *variant, const struct event *event)
{
    return event->kind == EVENT_MESSAGE ? variant->for_messages : variant;
}

static void
deliver_one(struct distributor *distributor, struct recipient *recipient, const struct event *event)
{
    if (recipient->is_gone)
        return;
    struct rendered rendered = render_for_one(distributor, recipient, event, recipient->caps);
    if (rendered.bytes.len > 0)
        add_output(distributor, recipient, &rendered, false, 1);
}

/* --- what is held back --- */

/* The next of what is held for a recipient, whatever it waits for. */
static void
give_out_next(struct distributor *distributor, struct recipient *recipient, bool is_lost)
{
    struct hold *hold = recipient->hold;
    const struct held *next = hold_next(hold);
    struct rendered rendered = {.chunk = NULL};
    if (next->event == NULL) {
        rendered = stream_put(&distributor->direct, hold_next_bytes(hold));
    } else if (is_lost && (next->flags & DELIVERY_IS_DURABLE)) {
        struct event *loss = event_of_loss(next->event, distributor->server_name);
        rendered = render_for_one(distributor, recipient, loss, next->caps);
        event_unref(&loss);
    } else if (is_lost || !(next->flags & DELIVERY_IF_LOST)) {
        rendered = render_for_one(distributor, recipient, next->event, next->caps);
    }
    hold_take(hold);
    recipient->is_held = false; /* for this one */
    if (rendered.bytes.len > 0)
        add_output(distributor, recipient, &rendered, false, 1);
    recipient->is_held = true;
}

/* Gives out all up to what is not settled yet. must_end: that as well, as if it were lost. */
static void
give_out(struct distributor *distributor, struct recipient *recipient, bool must_end)
{
    const struct held *next;
    while ((next = hold_next(recipient->hold)) != NULL) {
        enum outcome outcome = OUTCOME_KEPT;
        if (next->event != NULL)
            outcome = distributor->hooks.outcome(distributor->hooks.context, next->ticket);
        if (outcome == OUTCOME_PENDING && !must_end)
            return;
        give_out_next(distributor, recipient, outcome != OUTCOME_KEPT);
    }
    end_hold(recipient);
}

static void
hold_output(struct distributor *distributor, struct recipient *recipient,
            const struct rendered *rendered)
{
    if (hold_put_bytes(recipient->hold, rendered->bytes))
        return;
    give_out(distributor, recipient, true);
    add_output(distributor, recipient, rendered, false, 0);
}

static void
hold_event(struct distributor *distributor, const struct delivery *delivery)
{
    struct recipient *recipient = distributor_find(distributor, delivery->peer);
    if (recipient == NULL || recipient->is_gone)
        return;
    if (recipient->is_held && !hold_has_room(recipient->hold))
        give_out(distributor, recipient, true);
    if (!recipient->is_held) {
        recipient->is_held = true;
        recipient->hold = hold_new(LIMIT_HELD_BYTES);
        list_append(&distributor->held, &recipient->held);
    }
    hold_put_event(recipient->hold, delivery, recipient->caps);
}

void
distributor_release(struct distributor *distributor)
{
    list_for_each_safe(node, &distributor->held) {
        give_out(distributor, CONTAINER_OF(node, struct recipient, held), false);
    }
}

/* Counts what an audience gets. */
static void
count_events(const struct distributor *distributor, struct audience *audience, size_t count)
{
    int64_t age_ms = distributor->now_ms - audience->window_ms;
    if (age_ms >= BUSY_WINDOW_MS) {
        audience->events_before = age_ms < 2 * BUSY_WINDOW_MS ? audience->events : 0;
        audience->events = 0;
        audience->window_ms = distributor->now_ms;
    }
    audience->events += u32_from_size(count);
}

/* It has had a lot of late, if not necessarily within the last milliseconds: when everybody talks,
 * a round takes long. */
static bool
is_talkative(const struct audience *audience)
{
    return audience->events >= BUSY_EVENTS || audience->events_before >= BUSY_EVENTS;
}

/*
 * Whether an audience's output may wait for a slice: it is large, or got some a moment ago. On a
 * server that is not busy all slices are written in the round itself, so nobody waits; on a busy
 * one this is what makes small channels coalesce as large ones do. Decided once a round.
 */
static bool
take_turn(struct distributor *distributor, struct audience *audience)
{
    if (audience->last_round == distributor->round)
        return audience->is_bulk;
    bool is_busy = is_talkative(audience) || (audience->last_round != 0 &&
                                              distributor->now_ms - audience->last_ms <= BUSY_MS);
    audience->last_round = distributor->round;
    audience->last_ms = distributor->now_ms;
    audience->is_bulk = is_busy || audience->count > PROMPT_AUDIENCE_MAX;
    if (audience->is_bulk && !is_busy)
        distributor->has_urgent_bulk = true;
    return audience->is_bulk;
}

static bool
is_origin(const struct run *run, const struct recipient *recipient)
{
    for (size_t i = 0; i < run->origin_count; i++) {
        if (slot_id_equal(recipient->session, run->origins[i]))
            return true;
    }
    return false;
}

/* One by one, for a recipient that has a door of its own kind, has its output held back, or is the
 * origin of some of it. rendered: what its variant gets; NULL when it has none. */
static void
deliver_pieces(struct distributor *distributor, struct recipient *recipient, const struct run *run,
               const struct rendered *rendered, bool is_bulk)
{
    size_t begin = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct event *event = run->deliveries[i].event;
        bool is_own = slot_id_equal(recipient->session, event->origin);
        if (rendered == NULL) {
            if (!is_own)
                deliver_one(distributor, recipient, event);
            continue;
        }
        size_t end = variant_for(recipient->variant, event)->ends[i];
        struct rendered piece = {
            .bytes = str_take(str_skip(rendered->bytes, begin), end - begin),
            .chunk = rendered->chunk,
        };
        begin = end;
        if (!is_own && piece.bytes.len > 0)
            add_output(distributor, recipient, &piece, is_bulk, 1);
    }
}

/* The loop that all is built around: per recipient it touches one or two cache lines. */
static void
deliver_to_audience(struct distributor *distributor, struct audience *audience,
                    const struct run *run)
{
    count_events(distributor, audience, run->count);
    bool is_bulk = take_turn(distributor, audience);
    const struct event *first = run->deliveries[0].event;
    for (size_t i = 0; i < audience->count; i++) {
        struct recipient *recipient = audience->members[i];
        if (recipient->is_gone)
            continue;
        if (run->is_once) {
            if (recipient->mark == run->mark)
                continue;
            recipient->mark = run->mark;
        }
        const struct rendered *rendered = NULL;
        if (recipient->variant != NULL)
            rendered = render_for_variant(distributor, variant_for(recipient->variant, first), run);
        if (rendered == NULL || recipient->is_held || is_origin(run, recipient))
            deliver_pieces(distributor, recipient, run, rendered, is_bulk);
        else if (rendered->bytes.len > 0)
            add_output(distributor, recipient, rendered, is_bulk, run->count);
    }
}

/* Adds an event's origin to those of the run; false when it has too many. */
static bool
add_origin(struct run *run, struct slot_id origin)
{
    for (size_t i = 0; i < run->origin_count; i++) {
        if (slot_id_equal(run->origins[i], origin))
            return true;
    }
    if (run->origin_count == RUN_ORIGINS_MAX)
        return false;
    run->origins[run->origin_count++] = origin;
    return true;
}

/* As many of the deliveries as are one run; there is at least one. Messages are rendered for other
 * variants than the rest (variant_for), so a run is of the one or of the other. */
static struct run
find_run(struct distributor *distributor, const struct delivery *deliveries, size_t count)
{
    const struct delivery *first = &deliveries[0];
    struct run run = {
        .deliveries = deliveries,
        .mark = ++distributor->last_mark,
        .is_once = first->kind == DELIVERY_TO_CHANNELS,
    };
    bool has_messages = first->event->kind == EVENT_MESSAGE;
    size_t count_max = run.is_once ? 1 : RUN_EVENTS_MAX;
    while (run.count < count && run.count < count_max) {
        const struct delivery *next = &deliveries[run.count];
        if (next->kind != first->kind ||
            (!run.is_once && !slot_id_equal(next->channel, first->channel)) ||
            (next->event->kind == EVENT_MESSAGE) != has_messages ||
            !add_origin(&run, next->event->origin))
            break;
        run.count++;
    }
    return run;
}

/* Gives a run to its audiences, and drops its references. */
static size_t
take_run(struct distributor *distributor, struct delivery *deliveries, size_t count)
{
    struct run run = find_run(distributor, deliveries, count);
    const struct event *first = deliveries[0].event;
    size_t channel_count = run.is_once ? first->channel_count : 1;
    for (size_t i = 0; i < channel_count; i++) {
        struct audience *audience =
            find_audience(distributor, run.is_once ? first->channels[i] : deliveries[0].channel);
        if (audience != NULL)
            deliver_to_audience(distributor, audience, &run);
    }
    for (size_t i = 0; i < run.count; i++)
        event_unref(&deliveries[i].event);
    return run.count;
}

static void
take_event(struct distributor *distributor, struct delivery *delivery)
{
    if (delivery->flags & DELIVERY_WAITING) {
        hold_event(distributor, delivery);
    } else {
        struct recipient *recipient = distributor_find(distributor, delivery->peer);
        if (recipient != NULL)
            deliver_one(distributor, recipient, delivery->event);
    }
    event_unref(&delivery->event);
}

static void
take_change(struct distributor *distributor, const struct delivery *delivery)
{
    struct recipient *recipient = distributor_find(distributor, delivery->peer);
    if (recipient == NULL)
        return;
    const struct distributor_hooks *hooks = &distributor->hooks;
    switch (delivery->kind) {
    case DELIVERY_AUDIENCE_JOIN:
        join_audience(distributor, recipient, delivery->channel);
        break;
    case DELIVERY_AUDIENCE_LEAVE:
        leave_audience(distributor, recipient, delivery->channel);
        break;
    case DELIVERY_SESSION_STATE:
        recipient->caps = delivery->caps;
        variant_join(distributor, recipient);
        hooks->state(hooks->context, recipient, delivery->flags);
        break;
    case DELIVERY_SESSION_ADDRESS:
        hooks->address(hooks->context, recipient, delivery->event->params[0]);
        break;
    case DELIVERY_SESSION_RESUME:
        hooks->resume(hooks->context, recipient);
        break;
    case DELIVERY_SESSION_CLOSE:
        recipient->is_gone = true;
        leave_all_audiences(distributor, recipient);
        hooks->close(hooks->context, recipient);
        break;
    case DELIVERY_TO_SESSION:
    case DELIVERY_TO_CHANNEL:
    case DELIVERY_TO_CHANNELS:
        cf_unreachable("events are taken elsewhere");
    case DELIVERY_BARRIER:
        cf_unreachable("barriers are for the worker");
    }
}

size_t
distributor_take(struct distributor *distributor, struct delivery *deliveries, size_t count)
{
    assert(count > 0);
    struct delivery *delivery = &deliveries[0];
    if (delivery->kind == DELIVERY_TO_CHANNEL || delivery->kind == DELIVERY_TO_CHANNELS)
        return take_run(distributor, deliveries, count);
    if (delivery->kind == DELIVERY_TO_SESSION)
        take_event(distributor, delivery);
    else
        take_change(distributor, delivery);
    if (delivery->kind == DELIVERY_SESSION_ADDRESS)
        event_unref(&delivery->event);
    return 1;
}

void
distributor_say(struct distributor *distributor, struct recipient *recipient, struct str bytes)
{
    if (recipient->is_gone || bytes.len == 0)
        return;
    struct rendered rendered = stream_put(&distributor->direct, bytes);
    add_output(distributor, recipient, &rendered, false, 1);
}

void
distributor_rewind(struct distributor *distributor)
{
    distributor->round++;
    stream_rewind(&distributor->direct);
    list_for_each(node, &distributor->variants) {
        stream_rewind(&CONTAINER_OF(node, struct variant, in_distributor)->stream);
    }
}
