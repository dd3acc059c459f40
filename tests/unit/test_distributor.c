/* Tests of net/distributor.h, with doors that show what they were asked to render. */
#include "net/distributor.h"

#include "base/limits.h"
#include "unit/support/unit.h"

#include <stdio.h>
#include <string.h>

#define CAP_A UINT64_C(1)
#define CAP_B UINT64_C(2)
#define CAP_C UINT64_C(4) /* makes no difference to the door */

/* --- fake doors --- */

static size_t renders;

/* "command" and the capabilities that the door looks at: "hello/3 ". */
static void
render_shared(void *state, uint64_t caps, const struct event *event, struct buf *out)
{
    CHECK(state == NULL);
    CHECK((caps & ~(CAP_A | CAP_B)) == 0 || event->kind == EVENT_REPLY);
    renders++;
    if (event->kind == EVENT_CONTROL) /* a door may have nothing to say of an event */
        return;
    buf_printf(out, "%.*s/%u ", STR_ARG(event->command), (unsigned)(caps & (CAP_A | CAP_B)));
}

/* The same with the number that is the session's state. */
static void
render_personal(void *state, uint64_t caps, const struct event *event, struct buf *out)
{
    (void)caps;
    renders++;
    buf_printf(out, "%.*s!%c ", STR_ARG(event->command), *(const char *)state);
}

static const struct door shared_door = {
    .name = "shared",
    .render_caps = CAP_A | CAP_B,
    .render = render_shared,
};

static uint64_t
only_a(uint64_t caps)
{
    return caps & CAP_A;
}

/* To whose messages only CAP_A makes a difference. */
static const struct door sharing_door = {
    .name = "sharing",
    .render_caps = CAP_A | CAP_B,
    .render = render_shared,
    .message_caps = only_a,
};

static const struct door personal_door = {
    .name = "personal",
    .state_bytes = 1,
    .is_personal = true,
    .render = render_personal,
};

/* --- a distributor and what it has told --- */

#define MEMBERS_MAX 300

struct stage {
    struct distributor distributor;
    struct recipient recipients[MEMBERS_MAX];
    size_t count;
    struct buf told; /* what the hooks were called with */
    struct buf written[MEMBERS_MAX];
};

static size_t
index_of(const struct stage *stage, const struct recipient *recipient)
{
    return (size_t)(recipient - stage->recipients);
}

static void
on_state(void *context, struct recipient *recipient, uint32_t flags)
{
    struct stage *stage = context;
    buf_printf(&stage->told, "state %zu %u\n", index_of(stage, recipient), flags);
}

static void
on_address(void *context, struct recipient *recipient, struct str address)
{
    struct stage *stage = context;
    buf_printf(&stage->told, "address %zu %.*s\n", index_of(stage, recipient), STR_ARG(address));
}

static void
on_resume(void *context, struct recipient *recipient)
{
    struct stage *stage = context;
    buf_printf(&stage->told, "resume %zu\n", index_of(stage, recipient));
}

static void
on_close(void *context, struct recipient *recipient)
{
    struct stage *stage = context;
    buf_printf(&stage->told, "close %zu\n", index_of(stage, recipient));
}

static void
write_out(struct stage *stage, struct recipient *recipient)
{
    for (size_t i = 0; i < recipient->spans.count; i++) {
        const struct span *span = spans_at(&recipient->spans, i);
        buf_put(&stage->written[index_of(stage, recipient)],
                (struct str){.ptr = span->ptr, .len = span->len});
    }
    spans_clear(&recipient->spans);
}

static void
on_full(void *context, struct recipient *recipient)
{
    struct stage *stage = context;
    buf_printf(&stage->told, "full %zu\n", index_of(stage, recipient));
    write_out(stage, recipient);
}

static uint64_t settled_ticket; /* and all before it */
static uint64_t lost_ticket;

static enum outcome
on_outcome(void *context, uint64_t ticket)
{
    (void)context;
    if (ticket > settled_ticket)
        return OUTCOME_PENDING;
    return ticket == lost_ticket ? OUTCOME_LOST : OUTCOME_KEPT;
}

static struct stage stage_storage;

static struct stage *
stage_open(void)
{
    struct stage *stage = &stage_storage;
    *stage = (struct stage){.count = 0};
    distributor_init(&stage->distributor, &(struct distributor_hooks){
                                              .context = stage,
                                              .state = on_state,
                                              .address = on_address,
                                              .resume = on_resume,
                                              .close = on_close,
                                              .full = on_full,
                                              .outcome = on_outcome,
                                          });
    settled_ticket = 0;
    lost_ticket = 0;
    buf_init(&stage->told, 1 << 16);
    for (size_t i = 0; i < MEMBERS_MAX; i++)
        buf_init(&stage->written[i], 2 << 20);
    renders = 0;
    return stage;
}

static void
stage_close(struct stage *stage)
{
    for (size_t i = 0; i < stage->count; i++) {
        if (stage->recipients[i].door != NULL)
            distributor_remove(&stage->distributor, &stage->recipients[i]);
    }
    CHECK_U64(stage->distributor.peers.count, 0);
    CHECK(list_is_empty(&stage->distributor.prompt));
    CHECK(list_is_empty(&stage->distributor.bulk));
    distributor_deinit(&stage->distributor);
    CHECK_U64(stage->distributor.pool.bytes, 0);
    buf_deinit(&stage->told);
    for (size_t i = 0; i < MEMBERS_MAX; i++)
        buf_deinit(&stage->written[i]);
}

/* The hub's id of a session, for the n-th recipient. */
static struct slot_id
session_of(size_t index)
{
    return (struct slot_id){.slot = (uint32_t)index, .generation = 1};
}

static const struct slot_id channel_x = {.slot = 100, .generation = 1};
static const struct slot_id channel_y = {.slot = 101, .generation = 1};

static struct recipient *
add(struct stage *stage, const struct door *door, uint64_t caps)
{
    static char state = 'p';
    struct recipient *recipient = &stage->recipients[stage->count];
    recipient->door = door;
    recipient->door_state = door->state_bytes > 0 ? &state : NULL;
    recipient->caps = caps;
    recipient->session = session_of(stage->count);
    stage->count++;
    distributor_add(&stage->distributor, recipient);
    return recipient;
}

static void
take(struct stage *stage, struct delivery delivery)
{
    CHECK(distributor_take(&stage->distributor, &delivery, 1) == 1);
}

static void
join(struct stage *stage, const struct recipient *recipient, struct slot_id channel)
{
    take(stage, (struct delivery){.kind = DELIVERY_AUDIENCE_JOIN,
                                  .peer = recipient->peer,
                                  .channel = channel});
}

static void
leave(struct stage *stage, const struct recipient *recipient, struct slot_id channel)
{
    take(stage, (struct delivery){.kind = DELIVERY_AUDIENCE_LEAVE,
                                  .peer = recipient->peer,
                                  .channel = channel});
}

static void
say_to_channel(struct stage *stage, struct slot_id channel, const struct event_spec *spec)
{
    take(stage, (struct delivery){.kind = DELIVERY_TO_CHANNEL,
                                  .channel = channel,
                                  .event = event_new(spec)});
}

static void
say_to(struct stage *stage, struct slot_id peer, const struct event_spec *spec)
{
    take(stage,
         (struct delivery){.kind = DELIVERY_TO_SESSION, .peer = peer, .event = event_new(spec)});
}

/* All that a recipient has got so far. */
static struct str
got(struct stage *stage, struct recipient *recipient)
{
    write_out(stage, recipient);
    return buf_str(&stage->written[index_of(stage, recipient)]);
}

/* --- audiences --- */

TEST(only_members_of_the_channel_hear_what_is_said_there)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, 0);
    struct recipient *c = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    join(stage, b, channel_y);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    say_to_channel(stage, channel_y, &(struct event_spec){.command = STR("y")});
    leave(stage, a, channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("z")});
    CHECK_STR(got(stage, a), STR("x/0 "));
    CHECK_STR(got(stage, b), STR("x/0 y/0 z/0 "));
    CHECK_STR(got(stage, c), STR(""));
    CHECK_U64(distributor_audience_size(&stage->distributor, channel_x), 1);
    CHECK(distributor_is_in_audience(b, channel_y));
    CHECK(!distributor_is_in_audience(a, channel_x));
    stage_close(stage);
}

TEST(event_for_a_channel_without_members_here_is_dropped)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    CHECK_STR(got(stage, a), STR(""));
    CHECK_U64(renders, 0);
    stage_close(stage);
}

TEST(origin_is_skipped_in_channels_and_not_in_direct_deliveries)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    struct event_spec spec = {.command = STR("x"), .origin = session_of(0)};
    say_to_channel(stage, channel_x, &spec);
    say_to(stage, a->peer, &(struct event_spec){.command = STR("echo"), .origin = session_of(0)});
    CHECK_STR(got(stage, a), STR("echo/0 "));
    CHECK_STR(got(stage, b), STR("x/0 "));
    /* Another generation in the same slot is somebody else. */
    spec.origin.generation = 2;
    say_to_channel(stage, channel_x, &spec);
    CHECK_STR(got(stage, a), STR("echo/0 x/0 "));
    stage_close(stage);
}

TEST(event_for_several_channels_comes_once)
{
    struct stage *stage = stage_open();
    struct recipient *only_x = add(stage, &shared_door, 0);
    struct recipient *both = add(stage, &shared_door, 0);
    struct recipient *only_y = add(stage, &shared_door, CAP_A);
    struct recipient *personal = add(stage, &personal_door, 0);
    struct recipient *origin = add(stage, &shared_door, 0);
    join(stage, only_x, channel_x);
    join(stage, both, channel_x);
    join(stage, both, channel_y);
    join(stage, only_y, channel_y);
    join(stage, personal, channel_x);
    join(stage, personal, channel_y);
    join(stage, origin, channel_x);
    const struct slot_id channels[] = {channel_x, channel_y, {.slot = 9, .generation = 9}};
    for (int i = 0; i < 2; i++) {
        take(stage, (struct delivery){.kind = DELIVERY_TO_CHANNELS,
                                      .event = event_new(&(struct event_spec){
                                          .command = STR("quit"),
                                          .origin = session_of(4),
                                          .channels = channels,
                                          .channel_count = 3,
                                      })});
    }
    CHECK_STR(got(stage, only_x), STR("quit/0 quit/0 "));
    CHECK_STR(got(stage, both), STR("quit/0 quit/0 "));
    CHECK_STR(got(stage, only_y), STR("quit/1 quit/1 "));
    CHECK_STR(got(stage, personal), STR("quit!p quit!p "));
    CHECK_STR(got(stage, origin), STR(""));
    CHECK_U64(renders, 6); /* two variants and one session, twice */
    stage_close(stage);
}

/* --- variants --- */

TEST(each_variant_is_rendered_once_and_shared)
{
    struct stage *stage = stage_open();
    for (size_t i = 0; i < 40; i++)
        join(stage, add(stage, &shared_door, i % 4 | (i % 8 >= 4 ? CAP_C : 0)), channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("hi")});
    CHECK_U64(renders, 4);
    CHECK_U64(stage->distributor.renders, 4);
    CHECK_U64(stage->distributor.deliveries, 40);
    for (size_t i = 0; unit_row(i, 40); i++) {
        CHECK_U64(stage->recipients[i].spans.count, 1);
        CHECK(spans_at(&stage->recipients[i].spans, 0)->ptr ==
              spans_at(&stage->recipients[i % 4].spans, 0)->ptr);
    }
    stage_close(stage);
}

TEST(variants_that_differ_in_nothing_of_messages_share_them)
{
    struct stage *stage = stage_open();
    for (size_t i = 0; i < 40; i++)
        join(stage, add(stage, &sharing_door, i % 4), channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("hi")});
    CHECK_U64(renders, 2); /* with CAP_A and without */
    say_to_channel(stage, channel_x,
                   &(struct event_spec){.kind = EVENT_JOIN, .command = STR("join")});
    CHECK_U64(renders, 6);
    /* Without those who came first, the next ones render for all. */
    for (size_t i = 0; i < 40; i += 4)
        take(stage, (struct delivery){.kind = DELIVERY_SESSION_STATE,
                                      .peer = stage->recipients[i].peer,
                                      .caps = CAP_A});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("hi")});
    CHECK_U64(renders, 8);
    CHECK_STR(got(stage, &stage->recipients[0]), STR("hi/0 join/0 hi/1 "));
    CHECK_STR(got(stage, &stage->recipients[2]), STR("hi/0 join/2 hi/2 "));
    CHECK_STR(got(stage, &stage->recipients[3]), STR("hi/1 join/3 hi/1 "));
    stage_close(stage);
}

TEST(personal_doors_render_for_each_session)
{
    struct stage *stage = stage_open();
    for (size_t i = 0; i < 5; i++)
        join(stage, add(stage, &personal_door, 0), channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("hi")});
    CHECK_U64(renders, 5);
    for (size_t i = 0; unit_row(i, 5); i++)
        CHECK_STR(got(stage, &stage->recipients[i]), STR("hi!p "));
    stage_close(stage);
}

TEST(capabilities_decide_who_gets_an_event)
{
    static const struct {
        uint64_t caps;
        uint64_t needs;
        uint64_t unless;
        bool is_delivered;
    } rows[] = {
        {.is_delivered = true},
        {.caps = CAP_A | CAP_B, .is_delivered = true},
        {.caps = CAP_A, .needs = CAP_A, .is_delivered = true},
        {.caps = CAP_A, .needs = CAP_A | CAP_B},
        {.caps = 0, .needs = CAP_B},
        {.caps = CAP_A, .unless = CAP_A},
        {.caps = CAP_A, .unless = CAP_B, .is_delivered = true},
        {.caps = CAP_A | CAP_B, .needs = CAP_A, .unless = CAP_B},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct stage *stage = stage_open();
        struct recipient *shared = add(stage, &shared_door, rows[i].caps);
        struct recipient *personal = add(stage, &personal_door, rows[i].caps);
        join(stage, shared, channel_x);
        join(stage, personal, channel_x);
        struct event_spec spec = {.command = STR("x"),
                                  .needs = rows[i].needs,
                                  .unless = rows[i].unless};
        say_to_channel(stage, channel_x, &spec);
        say_to(stage, shared->peer, &spec);
        CHECK_U64(got(stage, shared).len, rows[i].is_delivered ? 8 : 0);
        CHECK_U64(got(stage, personal).len, rows[i].is_delivered ? 4 : 0);
        stage_close(stage);
    }
}

TEST(event_of_which_a_door_shows_nothing_makes_nobody_dirty)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    say_to_channel(stage, channel_x,
                   &(struct event_spec){.kind = EVENT_CONTROL, .command = STR("x")});
    say_to(stage, a->peer, &(struct event_spec){.kind = EVENT_CONTROL, .command = STR("x")});
    CHECK_U64(renders, 2);
    CHECK_U64(a->spans.count, 0);
    CHECK(!list_is_linked(&a->dirty));
    stage_close(stage);
}

TEST(change_of_capabilities_counts_from_the_next_event_on)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_STATE,
                                  .peer = a->peer,
                                  .caps = CAP_B,
                                  .flags = SESSION_STATE_REGISTERED});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("y")});
    /* The variant that it has left is gone; its bytes are still to be written. */
    CHECK_STR(got(stage, a), STR("x/0 y/2 "));
    CHECK_STR(buf_str(&stage->told), STR("state 0 1\n"));
    stage_close(stage);
}

/* --- order --- */

TEST(output_from_several_streams_keeps_the_order_of_the_hub)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    say_to(stage, a->peer, &(struct event_spec){.command = STR("1")});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("2")});
    distributor_say(&stage->distributor, a, STR("3 "));
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("4")});
    say_to(stage, a->peer, &(struct event_spec){.command = STR("5")});
    CHECK_STR(got(stage, a), STR("1/0 2/0 3 4/0 5/0 "));
    stage_close(stage);
}

TEST(full_spans_are_written_before_more_is_added)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    struct buf expected;
    buf_init(&expected, 1 << 16);
    for (size_t i = 0; i < SPANS_MAX; i++) {
        /* By turns from two streams: nothing merges. */
        say_to(stage, a->peer, &(struct event_spec){.command = STR("d")});
        say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("c")});
        buf_put(&expected, STR("d/0 c/0 "));
    }
    CHECK_STR(buf_str(&stage->told), STR("full 0\n"));
    CHECK_STR(got(stage, a), buf_str(&expected));
    CHECK_U64(b->spans.count, 1);
    buf_deinit(&expected);
    stage_close(stage);
}

TEST(prompt_output_overtakes_bulk_and_not_the_other_way_round)
{
    struct stage *stage = stage_open();
    for (size_t i = 0; i < 200; i++)
        join(stage, add(stage, &shared_door, 0), channel_x);
    struct recipient *a = &stage->recipients[3];
    join(stage, a, channel_y);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    CHECK(a->is_bulk);
    CHECK(stage->distributor.has_urgent_bulk); /* large, and quiet until now */
    CHECK(list_is_empty(&stage->distributor.prompt));
    say_to_channel(stage, channel_y, &(struct event_spec){.command = STR("y")});
    CHECK(!a->is_bulk);
    CHECK(stage->distributor.prompt.next == &a->dirty);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("z")});
    CHECK(!a->is_bulk);
    CHECK_STR(got(stage, a), STR("x/0 y/0 z/0 "));
    CHECK(stage->recipients[4].is_bulk);
    stage_close(stage);
}

/* What the worker does at the end of a round. */
static void
end_round(struct stage *stage, struct recipient *recipient)
{
    write_out(stage, recipient);
    if (list_is_linked(&recipient->dirty))
        list_remove(&recipient->dirty);
    distributor_rewind(&stage->distributor);
}

TEST(busy_audience_is_written_in_slices_and_a_quiet_one_at_once)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("1")});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("2")});
    CHECK(!a->is_bulk); /* both in its first round */
    CHECK_STR(got(stage, a), STR("1/0 2/0 "));
    end_round(stage, a);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("3")});
    CHECK(a->is_bulk); /* it got something a moment ago */
    CHECK(!stage->distributor.has_urgent_bulk);
    CHECK_STR(got(stage, a), STR("1/0 2/0 3/0 "));
    end_round(stage, a);
    stage->distributor.now_ms += 6;
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("4")});
    CHECK(!a->is_bulk); /* and nothing for a while now */
    CHECK_STR(got(stage, a), STR("1/0 2/0 3/0 4/0 "));
    stage_close(stage);
}

TEST(talkative_audience_stays_busy_over_a_pause)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    for (int i = 0; i < 32; i++) {
        say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("1")});
        end_round(stage, a);
        stage->distributor.now_ms += 1;
    }
    stage->distributor.now_ms += 60; /* all the others have their turn */
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("2")});
    CHECK(a->is_bulk);
    end_round(stage, a);
    stage->distributor.now_ms += 200; /* nothing for a whole window */
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("3")});
    end_round(stage, a);
    stage->distributor.now_ms += 200;
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("4")});
    CHECK(!a->is_bulk);
    end_round(stage, a);
    stage_close(stage);
}

/* --- runs --- */

/* An event of the kind for a channel, as the next of a row of deliveries. */
static struct delivery
delivery_to(struct slot_id channel, enum event_kind kind, const char *text, size_t origin)
{
    return (struct delivery){
        .kind = DELIVERY_TO_CHANNEL,
        .channel = channel,
        .event = event_new(&(struct event_spec){.kind = kind,
                                                .command = str_from_nul(text),
                                                .origin = session_of(origin)}),
    };
}

TEST(run_for_one_channel_is_delivered_in_one_go)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, CAP_A);
    struct recipient *c = add(stage, &personal_door, 0);
    struct recipient *d = add(stage, &shared_door, 0);
    for (size_t i = 0; i < 4; i++)
        join(stage, &stage->recipients[i], channel_x);
    struct delivery run[] = {
        delivery_to(channel_x, EVENT_MESSAGE, "1", 0),
        delivery_to(channel_x, EVENT_MESSAGE, "2", 1),
        delivery_to(channel_x, EVENT_MESSAGE, "3", 2),
        delivery_to(channel_x, EVENT_MESSAGE, "4", 0),
        delivery_to(channel_y, EVENT_MESSAGE, "y", 0),
    };
    CHECK_U64(distributor_take(&stage->distributor, run, 5), 4);
    CHECK_U64(distributor_take(&stage->distributor, run + 4, 1), 1);
    CHECK_U64(renders, 4 + 4 + 3); /* of each variant, and of who has a door of its own kind */
    CHECK_U64(stage->recipients[3].spans.count, 1);
    CHECK_U64(stage->distributor.deliveries, 2 + 3 + 3 + 4);
    CHECK_STR(got(stage, a), STR("2/0 3/0 "));
    CHECK_STR(got(stage, b), STR("1/1 3/1 4/1 "));
    CHECK_STR(got(stage, c), STR("1!p 2!p 4!p "));
    CHECK_STR(got(stage, d), STR("1/0 2/0 3/0 4/0 "));
    stage_close(stage);
}

TEST(run_ends_where_something_else_begins)
{
    struct stage *stage = stage_open();
    (void)add(stage, &sharing_door, 0);
    struct recipient *a = add(stage, &sharing_door, CAP_B);
    join(stage, a, channel_x);
    struct delivery row[] = {
        delivery_to(channel_x, EVENT_MESSAGE, "1", 5),
        delivery_to(channel_x, EVENT_REPLY, "2", 5), /* is rendered for another variant */
        {.kind = DELIVERY_AUDIENCE_LEAVE, .peer = a->peer, .channel = channel_x},
        delivery_to(channel_x, EVENT_MESSAGE, "3", 5),
    };
    size_t taken = 0;
    for (size_t i = 0; i < 4; i++) {
        CHECK_U64(distributor_take(&stage->distributor, row + taken, 4 - taken), 1);
        taken++;
    }
    CHECK_STR(got(stage, a), STR("1/0 2/2 "));
    stage_close(stage);
}

TEST(run_has_a_limit_of_events_and_of_origins)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    struct delivery row[40];
    for (size_t i = 0; i < 40; i++)
        row[i] = delivery_to(channel_x, EVENT_MESSAGE, "m", 1);
    CHECK_U64(distributor_take(&stage->distributor, row, 40), 32);
    CHECK_U64(distributor_take(&stage->distributor, row + 32, 8), 8);
    for (size_t i = 0; i < 10; i++)
        row[i] = delivery_to(channel_x, EVENT_MESSAGE, "m", i + 1);
    CHECK_U64(distributor_take(&stage->distributor, row, 10), 8);
    CHECK_U64(distributor_take(&stage->distributor, row + 8, 2), 2);
    CHECK_U64(got(stage, a).len, 50 * strlen("m/0 "));
    stage_close(stage);
}

TEST(what_a_variant_does_not_see_of_a_run_is_left_out)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, CAP_A);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    struct delivery row[3];
    for (size_t i = 0; i < 3; i++)
        row[i] = (struct delivery){
            .kind = DELIVERY_TO_CHANNEL,
            .channel = channel_x,
            .event = event_new(&(struct event_spec){.command = STR("m"),
                                                    .needs = i == 1 ? CAP_A : 0,
                                                    .origin = session_of(i)}),
        };
    CHECK_U64(distributor_take(&stage->distributor, row, 3), 3);
    CHECK_STR(got(stage, a), STR("m/0 "));
    CHECK_STR(got(stage, b), STR("m/1 m/1 "));
    stage_close(stage);
}

/* --- comings and goings --- */

TEST(closed_session_gets_what_it_had_and_nothing_more)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    say_to(stage, a->peer, &(struct event_spec){.command = STR("error")});
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_CLOSE, .peer = a->peer});
    CHECK(a->is_gone);
    CHECK_STR(buf_str(&stage->told), STR("close 0\n"));
    say_to(stage, a->peer, &(struct event_spec){.command = STR("no")});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    distributor_say(&stage->distributor, a, STR("no"));
    CHECK_U64(distributor_audience_size(&stage->distributor, channel_x), 1);
    CHECK_STR(got(stage, a), STR("error/0 "));
    CHECK_STR(got(stage, b), STR("x/0 "));
    stage_close(stage);
}

TEST(deliveries_to_a_stale_peer_are_dropped)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct slot_id stale = a->peer;
    join(stage, a, channel_x);
    distributor_remove(&stage->distributor, a);
    a->door = NULL;
    struct recipient *b = add(stage, &shared_door, 0);
    CHECK_U64(b->peer.slot, stale.slot);
    CHECK(distributor_find(&stage->distributor, stale) == NULL);

    static const enum delivery_kind kinds[] = {
        DELIVERY_AUDIENCE_JOIN,  DELIVERY_AUDIENCE_LEAVE, DELIVERY_SESSION_STATE,
        DELIVERY_SESSION_RESUME, DELIVERY_SESSION_CLOSE,
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(kinds)); i++) {
        take(stage,
             (struct delivery){.kind = kinds[i], .peer = stale, .channel = channel_x, .caps = 0});
    }
    say_to(stage, stale, &(struct event_spec){.command = STR("x")});
    CHECK_STR(buf_str(&stage->told), STR(""));
    CHECK_STR(got(stage, b), STR(""));
    CHECK_U64(distributor_audience_size(&stage->distributor, channel_x), 0);
    stage_close(stage);
}

TEST(removal_forgets_pending_output)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("x")});
    CHECK(list_is_linked(&a->dirty));
    distributor_remove(&stage->distributor, a);
    a->door = NULL;
    CHECK(list_is_empty(&stage->distributor.prompt));
    stage_close(stage);
}

/* --- what waits for a record --- */

static void
say_flagged(struct stage *stage, struct slot_id peer, uint64_t ticket, uint32_t flag,
            const char *command)
{
    take(stage, (struct delivery){
                    .kind = DELIVERY_TO_SESSION,
                    .flags = flag,
                    .peer = peer,
                    .ticket = ticket,
                    .event = event_new(&(struct event_spec){
                        .kind = EVENT_MESSAGE,
                        .command = str_from_nul(command),
                        .params = (const struct str[]){STR("#x")},
                        .param_count = 1,
                    }),
                });
}

static void
say_durably(struct stage *stage, struct slot_id peer, uint64_t ticket, const char *command)
{
    say_flagged(stage, peer, ticket, DELIVERY_IS_DURABLE, command);
}

static void
settle(struct stage *stage, uint64_t ticket)
{
    settled_ticket = ticket;
    distributor_release(&stage->distributor);
}

TEST(session_gets_what_follows_a_pending_record_when_that_is_settled)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, CAP_A);
    struct recipient *b = add(stage, &shared_door, CAP_A);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    lost_ticket = 2;
    say_durably(stage, a->peer, 1, "one");
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("hello")});
    say_durably(stage, a->peer, 2, "two");
    distributor_say(&stage->distributor, a, STR("said "));
    say_durably(stage, a->peer, 3, "three");
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_STATE, .peer = a->peer, .caps = CAP_B});
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("bye")});
    settle(stage, 0);
    CHECK_STR(got(stage, a), STR(""));
    CHECK_STR(got(stage, b), STR("hello/1 bye/1 ")); /* others are not held up */
    settle(stage, 1);
    CHECK_STR(got(stage, a), STR("one/1 hello/1 "));
    settle(stage, 2);
    CHECK_STR(got(stage, a), STR("one/1 hello/1 FAIL/1 said "));
    CHECK(a->is_held);
    settle(stage, 3); /* with the capabilities of then */
    CHECK_STR(got(stage, a), STR("one/1 hello/1 FAIL/1 said three/1 bye/2 "));
    CHECK(!a->is_held);
    CHECK(a->hold == NULL);
    stage_close(stage);
}

TEST(an_answer_comes_whatever_has_become_of_its_record_and_behind_it_what_is_said_of_a_loss)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    lost_ticket = 2;
    for (uint64_t ticket = 1; ticket <= 2; ticket++) {
        say_flagged(stage, a->peer, ticket, DELIVERY_IS_PATIENT, ticket == 1 ? "kept" : "lost");
        say_to(stage, a->peer, &(struct event_spec){.command = STR("more")});
        say_flagged(stage, a->peer, ticket, DELIVERY_IF_LOST, "again");
    }
    settle(stage, 0);
    CHECK_STR(got(stage, a), STR(""));
    settle(stage, 1);
    CHECK_STR(got(stage, a), STR("kept/0 more/0 "));
    settle(stage, 2);
    CHECK_STR(got(stage, a), STR("kept/0 more/0 lost/0 more/0 again/0 "));
    CHECK(!a->is_held);
    stage_close(stage);
}

TEST(closed_session_still_gets_what_was_held_back)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    say_durably(stage, a->peer, 1, "one");
    say_to(stage, a->peer, &(struct event_spec){.command = STR("end")});
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_CLOSE, .peer = a->peer});
    say_durably(stage, a->peer, 2, "two");
    settle(stage, 1);
    CHECK_STR(got(stage, a), STR("one/0 end/0 "));
    CHECK(!a->is_held);
    stage_close(stage);
}

TEST(what_is_held_back_is_dropped_with_its_session)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    say_durably(stage, a->peer, 1, "one");
    say_to(stage, a->peer, &(struct event_spec){.command = STR("end")});
    stage_close(stage);
}

TEST(too_much_to_hold_back_counts_as_lost)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    static char large[LIMIT_HELD_BYTES];
    memset(large, 'x', sizeof large);
    say_durably(stage, a->peer, 1, "one");
    distributor_say(&stage->distributor, a, (struct str){.ptr = large, .len = sizeof large - 1});
    CHECK(a->is_held);
    say_durably(stage, a->peer, 2, "two");
    distributor_say(&stage->distributor, a, STR("xy"));
    CHECK(!a->is_held);
    size_t fails = sizeof "FAIL/0 " - 1;
    struct str all = got(stage, a);
    CHECK_U64(all.len, 2 * fails + sizeof large - 1 + 2);
    CHECK(str_starts_with(all, STR("FAIL/0 xxx")));
    CHECK(str_ends_with(all, STR("xxxFAIL/0 xy")));
    for (size_t i = 0; i <= LIMIT_HELD_ITEMS; i++)
        say_durably(stage, a->peer, 3, "three");
    CHECK(a->is_held);
    buf_clear(&stage->written[0]);
    CHECK_U64(got(stage, a).len, LIMIT_HELD_ITEMS * fails);
    stage_close(stage);
}

TEST(a_session_that_always_waits_for_something_keeps_little)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    say_durably(stage, a->peer, 1, "one");
    for (uint64_t i = 2; unit_row((size_t)i, 10000); i++) {
        distributor_say(&stage->distributor, a, STR("between"));
        say_durably(stage, a->peer, i, "next");
        settle(stage, i - 1);
        CHECK_STR(got(stage, a), i == 2 ? STR("one/0 between") : STR("next/0 between"));
        buf_clear(&stage->written[0]);
    }
    CHECK(a->hold->capacity < 100);
    CHECK(a->hold->bytes.capacity < 1000);
    stage_close(stage);
}

TEST(address_is_passed_on)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    const struct str address = STR("192.0.2.1");
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_ADDRESS,
                                  .peer = a->peer,
                                  .event = event_new(&(struct event_spec){
                                      .command = STR("ADDRESS"),
                                      .params = &address,
                                      .param_count = 1,
                                  })});
    CHECK_STR(buf_str(&stage->told), STR("address 0 192.0.2.1\n"));
    stage_close(stage);
}

TEST(resume_is_passed_on)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    take(stage, (struct delivery){.kind = DELIVERY_SESSION_RESUME, .peer = a->peer});
    CHECK_STR(buf_str(&stage->told), STR("resume 0\n"));
    stage_close(stage);
}

TEST(rewind_leaves_pending_output_alone)
{
    struct stage *stage = stage_open();
    struct recipient *a = add(stage, &shared_door, 0);
    struct recipient *b = add(stage, &shared_door, 0);
    join(stage, a, channel_x);
    join(stage, b, channel_x);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("old")});
    CHECK_STR(got(stage, b), STR("old/0 "));
    distributor_rewind(&stage->distributor);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("new")});
    CHECK_STR(got(stage, a), STR("old/0 new/0 "));
    CHECK_STR(got(stage, b), STR("old/0 new/0 "));
    distributor_rewind(&stage->distributor);
    say_to_channel(stage, channel_x, &(struct event_spec){.command = STR("end")});
    CHECK_STR(got(stage, a), STR("old/0 new/0 end/0 "));
    stage_close(stage);
}

/* --- random steps against membership as plain flags --- */

#define PLAYERS  30
#define CHANNELS 6

struct model {
    bool is_member[PLAYERS][CHANNELS];
    struct buf expected[PLAYERS];
};

static struct slot_id
channel_number(size_t number)
{
    return (struct slot_id){.slot = (uint32_t)(200 + number), .generation = 3};
}

static void
model_message(struct stage *stage, struct model *model, size_t number, uint64_t *random)
{
    size_t channel = unit_random_below(random, CHANNELS);
    size_t origin = unit_random_below(random, PLAYERS);
    char text[16];
    struct str command = {.ptr = text, .len = 0};
    struct buf formatted;
    buf_init(&formatted, sizeof text);
    buf_printf(&formatted, "%zu", number);
    memcpy(text, formatted.ptr, formatted.len);
    command.len = formatted.len;
    buf_deinit(&formatted);
    struct event_spec spec = {.command = command, .origin = session_of(origin)};
    say_to_channel(stage, channel_number(channel), &spec);
    for (size_t i = 0; i < PLAYERS; i++) {
        if (model->is_member[i][channel] && i != origin) {
            buf_printf(&model->expected[i], "%.*s/%u ", STR_ARG(command),
                       (unsigned)stage->recipients[i].caps);
        }
    }
}

static void
model_step(struct stage *stage, struct model *model, size_t number, uint64_t *random)
{
    size_t player = unit_random_below(random, PLAYERS);
    size_t channel = unit_random_below(random, CHANNELS);
    struct recipient *recipient = &stage->recipients[player];
    switch (unit_random_below(random, 8)) {
    case 0:
    case 1:
        if (model->is_member[player][channel])
            leave(stage, recipient, channel_number(channel));
        else
            join(stage, recipient, channel_number(channel));
        model->is_member[player][channel] = !model->is_member[player][channel];
        break;
    case 2:
        take(stage, (struct delivery){.kind = DELIVERY_SESSION_STATE,
                                      .peer = recipient->peer,
                                      .caps = unit_random_below(random, 4)});
        break;
    case 3:
        write_out(stage, recipient);
        distributor_rewind(&stage->distributor);
        break;
    default:
        model_message(stage, model, number, random);
        break;
    }
}

TEST(random_steps_reach_exactly_the_members)
{
    static struct model model;
    struct stage *stage = stage_open();
    for (size_t i = 0; i < PLAYERS; i++) {
        (void)add(stage, &shared_door, 0);
        buf_init(&model.expected[i], 1 << 20);
    }
    uint64_t random = 12;
    for (size_t i = 0; unit_row(i, 20000); i++)
        model_step(stage, &model, i, &random);
    for (size_t i = 0; unit_row(i, PLAYERS); i++) {
        CHECK_STR(got(stage, &stage->recipients[i]), buf_str(&model.expected[i]));
        buf_deinit(&model.expected[i]);
        for (size_t j = 0; j < CHANNELS; j++) {
            CHECK(distributor_is_in_audience(&stage->recipients[i], channel_number(j)) ==
                  model.is_member[i][j]);
        }
    }
    stage_close(stage);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_members_of_the_channel_hear_what_is_said_there),
        cmocka_unit_test(event_for_a_channel_without_members_here_is_dropped),
        cmocka_unit_test(origin_is_skipped_in_channels_and_not_in_direct_deliveries),
        cmocka_unit_test(event_for_several_channels_comes_once),
        cmocka_unit_test(each_variant_is_rendered_once_and_shared),
        cmocka_unit_test(variants_that_differ_in_nothing_of_messages_share_them),
        cmocka_unit_test(personal_doors_render_for_each_session),
        cmocka_unit_test(capabilities_decide_who_gets_an_event),
        cmocka_unit_test(event_of_which_a_door_shows_nothing_makes_nobody_dirty),
        cmocka_unit_test(change_of_capabilities_counts_from_the_next_event_on),
        cmocka_unit_test(output_from_several_streams_keeps_the_order_of_the_hub),
        cmocka_unit_test(full_spans_are_written_before_more_is_added),
        cmocka_unit_test(prompt_output_overtakes_bulk_and_not_the_other_way_round),
        cmocka_unit_test(talkative_audience_stays_busy_over_a_pause),
        cmocka_unit_test(run_for_one_channel_is_delivered_in_one_go),
        cmocka_unit_test(run_ends_where_something_else_begins),
        cmocka_unit_test(run_has_a_limit_of_events_and_of_origins),
        cmocka_unit_test(what_a_variant_does_not_see_of_a_run_is_left_out),
        cmocka_unit_test(busy_audience_is_written_in_slices_and_a_quiet_one_at_once),
        cmocka_unit_test(closed_session_gets_what_it_had_and_nothing_more),
        cmocka_unit_test(deliveries_to_a_stale_peer_are_dropped),
        cmocka_unit_test(removal_forgets_pending_output),
        cmocka_unit_test(session_gets_what_follows_a_pending_record_when_that_is_settled),
        cmocka_unit_test(
            an_answer_comes_whatever_has_become_of_its_record_and_behind_it_what_is_said_of_a_loss),
        cmocka_unit_test(closed_session_still_gets_what_was_held_back),
        cmocka_unit_test(what_is_held_back_is_dropped_with_its_session),
        cmocka_unit_test(too_much_to_hold_back_counts_as_lost),
        cmocka_unit_test(a_session_that_always_waits_for_something_keeps_little),
        cmocka_unit_test(address_is_passed_on),
        cmocka_unit_test(resume_is_passed_on),
        cmocka_unit_test(rewind_leaves_pending_output_alone),
        cmocka_unit_test(random_steps_reach_exactly_the_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
