/* Tests of base/slots.h. */
#include "base/slots.h"

#include "unit/support/unit.h"

TEST(id_finds_its_thing_and_nothing_after_removal)
{
    struct slots slots;
    slots_init(&slots);
    int thing = 0;
    struct slot_id id = slots_add(&slots, &thing);
    CHECK(!slot_id_is_none(id));
    CHECK(slots_find(&slots, id) == &thing);
    CHECK_U64(slots.count, 1);
    slots_remove(&slots, id);
    CHECK(slots_find(&slots, id) == NULL);
    CHECK_U64(slots.count, 0);
    slots_deinit(&slots);
}

TEST(stale_id_does_not_find_the_next_thing_in_its_slot)
{
    struct slots slots;
    slots_init(&slots);
    int things[2];
    struct slot_id old = slots_add(&slots, &things[0]);
    slots_remove(&slots, old);
    struct slot_id new_id = slots_add(&slots, &things[1]);
    CHECK_U64(new_id.slot, old.slot);
    CHECK(new_id.generation != old.generation);
    CHECK(!slot_id_equal(new_id, old));
    CHECK(slots_find(&slots, old) == NULL);
    CHECK(slots_find(&slots, new_id) == &things[1]);
    slots_deinit(&slots);
}

TEST(ids_that_were_never_given_out_find_nothing)
{
    struct slots slots;
    slots_init(&slots);
    int thing = 0;
    struct slot_id id = slots_add(&slots, &thing);
    static const struct slot_id rows[] = {
        {.slot = 0, .generation = 0},          {.slot = 0, .generation = 2},
        {.slot = 1, .generation = 1},          {.slot = UINT32_MAX, .generation = 1},
        {.slot = 0, .generation = UINT32_MAX}, {.slot = 3, .generation = 0},
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(slots_find(&slots, rows[i]) == NULL);
    CHECK(slot_id_is_none(SLOT_ID_NONE));
    CHECK_U64(slot_id_number(id), UINT64_C(1) << 32);
    slots_deinit(&slots);
}

TEST(last_freed_slot_is_given_out_first)
{
    struct slots slots;
    slots_init(&slots);
    int things[4];
    struct slot_id ids[4];
    for (size_t i = 0; i < 4; i++) {
        ids[i] = slots_add(&slots, &things[i]);
        CHECK_U64(ids[i].slot, i);
    }
    slots_remove(&slots, ids[1]);
    slots_remove(&slots, ids[3]);
    CHECK_U64(slots_add(&slots, &things[3]).slot, 3);
    CHECK_U64(slots_add(&slots, &things[1]).slot, 1);
    CHECK_U64(slots_add(&slots, &things[1]).slot, 4);
    slots_deinit(&slots);
}

TEST(walk_is_in_slot_order_and_allows_removal)
{
    struct slots slots;
    slots_init(&slots);
    int things[5];
    struct slot_id ids[5];
    for (size_t i = 0; i < 5; i++)
        ids[i] = slots_add(&slots, &things[i]);
    slots_remove(&slots, ids[2]);
    static const size_t order[] = {0, 1, 3, 4};
    uint32_t cursor = 0;
    for (size_t i = 0; unit_row(i, ARRAY_LEN(order)); i++) {
        CHECK(slots_next(&slots, &cursor) == &things[order[i]]);
        slots_remove(&slots, ids[order[i]]);
    }
    CHECK(slots_next(&slots, &cursor) == NULL);
    CHECK_U64(slots.count, 0);
    slots_deinit(&slots);
}

TEST(walk_of_an_empty_table_ends_at_once)
{
    struct slots slots;
    slots_init(&slots);
    uint32_t cursor = 0;
    CHECK(slots_next(&slots, &cursor) == NULL);
    slots_deinit(&slots);
}

/* --- against a model that keeps every id that was ever given out --- */

#define STEPS 20000

struct given {
    struct slot_id id;
    bool is_valid;
};

static struct given given[STEPS];

TEST(random_steps_never_confuse_two_things)
{
    struct slots slots;
    slots_init(&slots);
    size_t given_count = 0;
    size_t live = 0;
    uint64_t random = 6;
    for (size_t i = 0; unit_row(i, STEPS); i++) {
        struct given *any = &given[given_count == 0 ? 0 : unit_random_below(&random, given_count)];
        CHECK(given_count == 0 ||
              slots_find(&slots, any->id) == (any->is_valid ? (void *)any : NULL));
        if (any->is_valid && unit_random_below(&random, 8) != 0) {
            slots_remove(&slots, any->id);
            any->is_valid = false;
            live--;
        } else {
            struct given *fresh = &given[given_count++];
            *fresh = (struct given){.id = slots_add(&slots, fresh), .is_valid = true};
            live++;
        }
        CHECK_U64(slots.count, live);
    }
    for (size_t i = 0; unit_row(i, given_count); i++)
        CHECK(slots_find(&slots, given[i].id) == (given[i].is_valid ? (void *)&given[i] : NULL));
    slots_deinit(&slots);
}

static void
remove_twice(void *argument)
{
    int thing = 0;
    struct slot_id id = slots_add(argument, &thing);
    slots_remove(argument, id);
    slots_remove(argument, id);
}

static void
add_nothing(void *argument)
{
    (void)slots_add(argument, NULL);
}

TEST(misuse_aborts)
{
    struct slots slots;
    slots_init(&slots);
    CHECK(unit_dies(remove_twice, &slots));
    CHECK(unit_dies(add_nothing, &slots));
    slots_deinit(&slots);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_finds_its_thing_and_nothing_after_removal),
        cmocka_unit_test(stale_id_does_not_find_the_next_thing_in_its_slot),
        cmocka_unit_test(ids_that_were_never_given_out_find_nothing),
        cmocka_unit_test(last_freed_slot_is_given_out_first),
        cmocka_unit_test(walk_is_in_slot_order_and_allows_removal),
        cmocka_unit_test(walk_of_an_empty_table_ends_at_once),
        cmocka_unit_test(random_steps_never_confuse_two_things),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
