/* Tests of hub/outbox.h. That every reference and string is freed is for the sanitizers to see. */
#include "hub/outbox.h"

#include "base/alloc.h"
#include "unit/support/unit.h"

#include <string.h>

static struct delivery
delivery_of(const char *command)
{
    return (struct delivery){
        .kind = DELIVERY_TO_CHANNEL,
        .event = event_new(&(struct event_spec){.command = str_from_nul(command)}),
    };
}

static void
put(struct outbox *outbox, uint32_t home, const char *command)
{
    struct delivery delivery = delivery_of(command);
    outbox_put(outbox, home, &delivery);
}

/* The commands of a home's deliveries, one after the other. */
static void
check_home(struct outbox *outbox, uint32_t home, struct str expected)
{
    struct buf text;
    buf_init(&text, 1000);
    for (size_t i = 0; i < outbox_home_count(outbox, home); i++)
        buf_put(&text, outbox_at(outbox, home, i)->event->command);
    CHECK_STR(buf_str(&text), expected);
    buf_deinit(&text);
}

TEST(zeroed_outbox_holds_nothing)
{
    struct outbox outbox = {.home_count = 0};
    CHECK_U64(outbox_home_count(&outbox, 0), 0);
    CHECK_U64(outbox_home_count(&outbox, UINT32_MAX), 0);
    outbox_deinit(&outbox);
}

TEST(each_home_has_its_deliveries_in_order_and_is_touched_once)
{
    struct outbox outbox = {.home_count = 0};
    put(&outbox, 5, "a");
    put(&outbox, 0, "b");
    put(&outbox, 5, "c");
    put(&outbox, 0, "d");
    check_home(&outbox, 5, STR("ac"));
    check_home(&outbox, 0, STR("bd"));
    check_home(&outbox, 3, STR(""));
    CHECK_U64(outbox.touched_count, 2);
    CHECK_U64(outbox.touched[0], 5);
    CHECK_U64(outbox.touched[1], 0);
    outbox_deinit(&outbox);
}

TEST(delivery_can_be_put_before_any_other)
{
    static const struct {
        size_t index;
        struct str expected;
    } rows[] = {
        {.index = 0, .expected = STR_INIT("xabc")},
        {.index = 1, .expected = STR_INIT("axbc")},
        {.index = 2, .expected = STR_INIT("abxc")},
        {.index = 3, .expected = STR_INIT("abcx")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct outbox outbox = {.home_count = 0};
        put(&outbox, 1, "a");
        put(&outbox, 1, "b");
        put(&outbox, 1, "c");
        struct delivery delivery = delivery_of("x");
        outbox_insert(&outbox, 1, rows[i].index, &delivery);
        check_home(&outbox, 1, rows[i].expected);
        outbox_deinit(&outbox);
    }
}

TEST(first_delivery_of_a_home_can_be_inserted)
{
    struct outbox outbox = {.home_count = 0};
    struct delivery delivery = delivery_of("x");
    outbox_insert(&outbox, 2, 0, &delivery);
    check_home(&outbox, 2, STR("x"));
    CHECK_U64(outbox.touched_count, 1);
    outbox_deinit(&outbox);
}

TEST(mark_is_set_once_for_each_home_and_mark)
{
    struct outbox outbox = {.home_count = 0};
    uint64_t first = outbox_next_mark(&outbox);
    CHECK(outbox_mark_home(&outbox, 7, first));
    CHECK(!outbox_mark_home(&outbox, 7, first));
    CHECK(outbox_mark_home(&outbox, 6, first));
    uint64_t second = outbox_next_mark(&outbox);
    CHECK(second != first);
    CHECK(outbox_mark_home(&outbox, 7, second));
    CHECK_U64(outbox_home_count(&outbox, 7), 0);
    CHECK_U64(outbox.touched_count, 0);
    outbox_deinit(&outbox);
}

TEST(moved_deliveries_come_behind_those_that_are_there)
{
    static const struct {
        size_t to;
        size_t from;
    } rows[] = {{0, 0}, {0, 3}, {3, 0}, {2, 3}, {1, 100}, {100, 1}};

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct outbox outbox = {.home_count = 0};
        for (size_t j = 0; j < rows[i].to; j++)
            put(&outbox, 0, "t");
        for (size_t j = 0; j < rows[i].from; j++)
            put(&outbox, 1, "f");
        (void)outbox_mark_home(&outbox, 1, 1); /* both homes are there */
        struct deliveries *to = &outbox.homes[0].deliveries;
        struct deliveries *from = &outbox.homes[1].deliveries;
        deliveries_move(to, from);
        CHECK_U64(from->count, 0);
        CHECK_U64(to->count, rows[i].to + rows[i].from);
        for (size_t j = 0; j < to->count; j++)
            CHECK_I64(to->items[j].event->command.ptr[0], j < rows[i].to ? 't' : 'f');
        outbox_deinit(&outbox);
    }
}

TEST(moving_keeps_both_arrays_in_use)
{
    struct outbox outbox = {.home_count = 0};
    struct deliveries inbox = {.count = 0};
    put(&outbox, 0, "a");
    const struct delivery *first = outbox.homes[0].deliveries.items;
    deliveries_move(&inbox, &outbox.homes[0].deliveries);
    CHECK(inbox.items == first);
    deliveries_deinit(&inbox);
    outbox_deinit(&outbox);
}

/* Deliveries without an event have capabilities in the same place: these are no pointer. */
TEST(only_events_are_given_back)
{
    static const enum delivery_kind kinds[] = {
        DELIVERY_AUDIENCE_JOIN,  DELIVERY_AUDIENCE_LEAVE, DELIVERY_SESSION_STATE,
        DELIVERY_SESSION_RESUME, DELIVERY_SESSION_CLOSE,
    };
    struct outbox outbox = {.home_count = 0};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(kinds)); i++)
        outbox_put(&outbox, 0, &(struct delivery){.kind = kinds[i], .caps = UINT64_MAX});
    outbox_deinit(&outbox);
}

TEST(questions_own_their_strings)
{
    struct outbox outbox = {.home_count = 0};
    struct question question = {
        .kind = QUESTION_PASSWORD,
        .session = {.slot = 1, .generation = 1},
        .secret = memcpy(cf_alloc(7), "secret", 7),
        .against = memcpy(cf_alloc(5), "hash", 5),
    };
    outbox_put_question(&outbox, &question);
    CHECK_U64(outbox.question_count, 1);
    CHECK_STR(str_from_nul(outbox.questions[0].secret), STR("secret"));
    outbox_deinit(&outbox);
    question = (struct question){.kind = QUESTION_PASSWORD};
    question_deinit(&question); /* without strings */
}

TEST(notes_copy_their_values)
{
    struct outbox outbox = {.home_count = 0};
    char value[] = "alice";
    outbox_put_note(&outbox, &(struct note){
                                 .message = "said",
                                 .field_count = 2,
                                 .keys = {"nick", "empty"},
                                 .values = {{.ptr = value, .len = 5}, {.ptr = NULL}},
                             });
    memset(value, 'x', 5);
    CHECK_U64(outbox.note_count, 1);
    CHECK_STR(outbox.notes[0].values[0], STR("alice"));
    CHECK_STR(outbox.notes[0].values[1], STR(""));
    CHECK(outbox.notes[0].values[1].ptr != NULL); /* a text, for the log */
    outbox_deinit(&outbox);
}

TEST(requests_are_kept_in_order)
{
    struct outbox outbox = {.home_count = 0};
    outbox_put_request(&outbox, &(struct request){.kind = REQUEST_REHASH});
    outbox_put_request(&outbox, &(struct request){.kind = REQUEST_DIE});
    CHECK_U64(outbox.request_count, 2);
    CHECK_U64(outbox.requests[0].kind, REQUEST_REHASH);
    CHECK_U64(outbox.requests[1].kind, REQUEST_DIE);
    outbox_deinit(&outbox);
}

static void
ask_for_nobody(void *argument)
{
    outbox_put_question(argument, &(struct question){.kind = QUESTION_PASSWORD});
}

static void
look_past_the_end(void *argument)
{
    (void)outbox_at(argument, 0, 0);
}

TEST(misuse_aborts)
{
    struct outbox outbox = {.home_count = 0};
    CHECK(unit_dies(ask_for_nobody, &outbox));
    CHECK(unit_dies(look_past_the_end, &outbox));
    outbox_deinit(&outbox);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_outbox_holds_nothing),
        cmocka_unit_test(each_home_has_its_deliveries_in_order_and_is_touched_once),
        cmocka_unit_test(delivery_can_be_put_before_any_other),
        cmocka_unit_test(first_delivery_of_a_home_can_be_inserted),
        cmocka_unit_test(mark_is_set_once_for_each_home_and_mark),
        cmocka_unit_test(moved_deliveries_come_behind_those_that_are_there),
        cmocka_unit_test(moving_keeps_both_arrays_in_use),
        cmocka_unit_test(only_events_are_given_back),
        cmocka_unit_test(questions_own_their_strings),
        cmocka_unit_test(notes_copy_their_values),
        cmocka_unit_test(requests_are_kept_in_order),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
