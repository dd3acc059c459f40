/* Tests of base/msgid.h. */
#include "base/msgid.h"

#include "base/attr.h"
#include "unit/support/unit.h"

#define NOW_MS       (MSGID_EPOCH_MS + INT64_C(28236245123))
#define COUNTER_BITS 14
#define TIME_SHIFT   21
#define ID_MAX       (UINT64_MAX >> 1)

TEST(id_holds_time_node_and_counter)
{
    static const struct {
        uint64_t last;
        int64_t wall_ms;
        uint32_t node;
        uint64_t expected;
    } rows[] = {
        {.last = 0, .wall_ms = MSGID_EPOCH_MS + 1, .node = 0, .expected = 1ULL << TIME_SHIFT},
        {.last = 0,
         .wall_ms = MSGID_EPOCH_MS + 1,
         .node = 5,
         .expected = 1ULL << TIME_SHIFT | 5ULL << COUNTER_BITS},
        {.last = 1ULL << TIME_SHIFT,
         .wall_ms = MSGID_EPOCH_MS + 1,
         .node = 0,
         .expected = 1ULL << TIME_SHIFT | 1},
        {.last = 1ULL << TIME_SHIFT | 9,
         .wall_ms = MSGID_EPOCH_MS + 2,
         .node = 127,
         .expected = 2ULL << TIME_SHIFT | 127ULL << COUNTER_BITS},
        /* The counter is full: the time runs ahead. */
        {.last = 1ULL << TIME_SHIFT | 16383,
         .wall_ms = MSGID_EPOCH_MS + 1,
         .node = 3,
         .expected = 2ULL << TIME_SHIFT | 3ULL << COUNTER_BITS},
        /* The clock steps back: the time stays. */
        {.last = 9ULL << TIME_SHIFT | 4,
         .wall_ms = MSGID_EPOCH_MS + 2,
         .node = 0,
         .expected = 9ULL << TIME_SHIFT | 5},
        /* A clock before the epoch, or not set at all. */
        {.last = 0, .wall_ms = MSGID_EPOCH_MS, .node = 0, .expected = 1},
        {.last = 1, .wall_ms = MSGID_EPOCH_MS - 1, .node = 0, .expected = 2},
        {.last = 2, .wall_ms = 0, .node = 0, .expected = 3},
        {.last = 3, .wall_ms = INT64_MIN, .node = 0, .expected = 4},
        /* A clock past what 42 bits hold, in the year 2165: ids stay positive. */
        {.last = 0,
         .wall_ms = MSGID_EPOCH_MS + (INT64_C(1) << 42),
         .node = 0,
         .expected = ((UINT64_C(1) << 42) - 1) << TIME_SHIFT},
        {.last = 0,
         .wall_ms = INT64_MAX,
         .node = 1,
         .expected = ((UINT64_C(1) << 42) - 1) << TIME_SHIFT | 1 << COUNTER_BITS},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint64_t id = msgid_next(rows[i].last, rows[i].wall_ms, rows[i].node);
        CHECK_U64(id, rows[i].expected);
        CHECK(id <= ID_MAX);
    }
}

TEST(ids_of_a_node_rise_strictly_whatever_the_clock_does)
{
    uint64_t random = 4;
    uint64_t last = 0;
    int64_t wall_ms = NOW_MS;
    for (size_t i = 0; unit_row(i, 200000); i++) {
        size_t step = unit_random_below(&random, 1000);
        if (step == 0)
            wall_ms -= (int64_t)unit_random_below(&random, 100000);
        else if (step < 20)
            wall_ms += (int64_t)unit_random_below(&random, 50);
        uint64_t id = msgid_next(last, wall_ms, 42);
        CHECK(id > last);
        CHECK_U64(id >> COUNTER_BITS & 127, 42);
        last = id;
    }
}

TEST(more_ids_in_a_millisecond_than_the_counter_holds_run_ahead)
{
    uint64_t last = 0;
    for (size_t i = 0; i < 40000; i++) {
        uint64_t id = msgid_next(last, NOW_MS, 1);
        CHECK(id > last);
        last = id;
    }
    CHECK_I64(msgid_wall_ms(last), NOW_MS + 40000 / 16384);
}

TEST(time_can_be_read_from_an_id)
{
    CHECK_I64(msgid_wall_ms(msgid_next(0, NOW_MS, 127)), NOW_MS);
    CHECK_I64(msgid_wall_ms(0), MSGID_EPOCH_MS);
}

static struct str
text_of(uint64_t id, char out[MSGID_TEXT_LEN])
{
    msgid_to_text(id, out);
    return (struct str){.ptr = out, .len = MSGID_TEXT_LEN};
}

TEST(first_id_of_a_time_is_not_above_any_of_that_time)
{
    static const int64_t rows[] = {MSGID_EPOCH_MS, MSGID_EPOCH_MS + 1, NOW_MS, NOW_MS + 12345};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        CHECK(msgid_first_at(rows[i]) <= msgid_next(0, rows[i], 0));
        CHECK(msgid_first_at(rows[i] + 1) > msgid_next(0, rows[i], MSGID_NODE_MAX));
        CHECK_I64(msgid_wall_ms(msgid_first_at(rows[i])), rows[i]);
    }
    CHECK_U64(msgid_first_at(0), 0);
    CHECK_U64(msgid_first_at(INT64_MIN), 0);
    CHECK(msgid_first_at(INT64_MAX) <= INT64_MAX);
}

TEST(text_is_base_32_of_fixed_length)
{
    static const struct {
        uint64_t id;
        struct str text;
    } rows[] = {
        {.id = 0, .text = STR_INIT("0000000000000")},
        {.id = 1, .text = STR_INIT("0000000000001")},
        {.id = 31, .text = STR_INIT("000000000000z")},
        {.id = 32, .text = STR_INIT("0000000000010")},
        {.id = ID_MAX, .text = STR_INIT("7zzzzzzzzzzzz")},
        {.id = UINT64_C(0x0123456789ABCDEF), .text = STR_INIT("028t5cy4tqkff")},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        char text[MSGID_TEXT_LEN];
        CHECK_STR(text_of(rows[i].id, text), rows[i].text);
        uint64_t id = 0;
        CHECK(msgid_from_text(rows[i].text, &id));
        CHECK_U64(id, rows[i].id);
    }
}

TEST(text_comes_back_as_the_same_id_and_in_the_same_order)
{
    uint64_t random = 5;
    for (size_t i = 0; unit_row(i, 20000); i++) {
        uint64_t a = unit_random(&random) >> 1;
        uint64_t b = a ^ unit_random(&random) >> (1 + unit_random_below(&random, 63));
        char text_a[MSGID_TEXT_LEN];
        char text_b[MSGID_TEXT_LEN];
        uint64_t back = 0;
        CHECK(msgid_from_text(text_of(a, text_a), &back));
        CHECK_U64(back, a);
        int order = str_compare(text_of(a, text_a), text_of(b, text_b));
        CHECK((a < b) == (order < 0));
        CHECK((a == b) == (order == 0));
    }
}

TEST(text_that_is_no_id_is_rejected)
{
    static const struct str rows[] = {
        STR_INIT(""),
        STR_INIT("000000000000"),
        STR_INIT("00000000000000"),
        STR_INIT("8000000000000"), /* 64 bits */
        STR_INIT("zzzzzzzzzzzzz"),
        STR_INIT("000000000000Z"), /* only lower case: one id, one text */
        STR_INIT("000000000000i"),
        STR_INIT("000000000000l"),
        STR_INIT("000000000000o"),
        STR_INIT("000000000000u"),
        STR_INIT("000000000000 "),
        STR_INIT("-000000000001"),
        STR_INIT("000000000000\0"),
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        uint64_t id = 77;
        CHECK(!msgid_from_text(rows[i], &id));
        CHECK_U64(id, 77);
    }
}

static void
use_node_128(void *argument)
{
    (void)argument;
    (void)msgid_next(0, NOW_MS, MSGID_NODE_MAX + 1);
}

TEST(node_must_fit)
{
    CHECK(unit_dies(use_node_128, NULL));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_holds_time_node_and_counter),
        cmocka_unit_test(ids_of_a_node_rise_strictly_whatever_the_clock_does),
        cmocka_unit_test(more_ids_in_a_millisecond_than_the_counter_holds_run_ahead),
        cmocka_unit_test(time_can_be_read_from_an_id),
        cmocka_unit_test(first_id_of_a_time_is_not_above_any_of_that_time),
        cmocka_unit_test(text_is_base_32_of_fixed_length),
        cmocka_unit_test(text_comes_back_as_the_same_id_and_in_the_same_order),
        cmocka_unit_test(text_that_is_no_id_is_rejected),
        cmocka_unit_test(node_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
