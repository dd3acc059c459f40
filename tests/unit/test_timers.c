/* Tests of base/timers.h. */
#include "base/timers.h"

#include "unit/support/unit.h"

TEST(without_timers_nothing_is_due)
{
    struct timers timers = {.count = 0};
    CHECK_I64(timers_next_ms(&timers), INT64_MAX);
    CHECK(timers_take_due(&timers, INT64_MAX) == NULL);
    timers_deinit(&timers);
}

TEST(timer_is_due_at_its_deadline_and_not_before)
{
    struct timers timers = {.count = 0};
    struct timer timer = {.position = 0};
    timers_set(&timers, &timer, 1000);
    CHECK(timer_is_set(&timer));
    CHECK_I64(timers_next_ms(&timers), 1000);
    CHECK(timers_take_due(&timers, 999) == NULL);
    CHECK(timers_take_due(&timers, 1000) == &timer);
    CHECK(!timer_is_set(&timer));
    CHECK(timers_take_due(&timers, 1000) == NULL);
    timers_deinit(&timers);
}

TEST(equal_deadlines_fire_in_the_order_in_which_they_were_set)
{
    struct timers timers = {.count = 0};
    struct timer set[9] = {{.position = 0}};
    for (size_t i = 0; i < ARRAY_LEN(set); i++)
        timers_set(&timers, &set[i], 5);
    timers_set(&timers, &set[3], 5); /* set again: now the last */
    static const size_t order[] = {0, 1, 2, 4, 5, 6, 7, 8, 3};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(order)); i++)
        CHECK(timers_take_due(&timers, 5) == &set[order[i]]);
    timers_deinit(&timers);
}

TEST(timer_that_is_set_again_moves)
{
    struct timers timers = {.count = 0};
    struct timer a = {.position = 0};
    struct timer b = {.position = 0};
    timers_set(&timers, &a, 10);
    timers_set(&timers, &b, 20);
    timers_set(&timers, &a, 30);
    CHECK_I64(timers_next_ms(&timers), 20);
    timers_set(&timers, &a, -5);
    CHECK_I64(timers_next_ms(&timers), -5);
    CHECK(timers_take_due(&timers, 100) == &a);
    CHECK(timers_take_due(&timers, 100) == &b);
    timers_deinit(&timers);
}

TEST(clear_of_a_timer_that_is_not_set_does_nothing)
{
    struct timers timers = {.count = 0};
    struct timer timer = {.position = 0};
    timers_clear(&timers, &timer);
    timers_set(&timers, &timer, 1);
    timers_clear(&timers, &timer);
    timers_clear(&timers, &timer);
    CHECK_I64(timers_next_ms(&timers), INT64_MAX);
    timers_deinit(&timers);
}

/* --- random steps against a model that looks at every timer --- */

#define TIMERS 60

struct model {
    bool is_set[TIMERS];
    int64_t deadline_ms[TIMERS];
    uint64_t serial[TIMERS];
    uint64_t last_serial;
};

/* The index of the earliest, the one that was set first among equals; TIMERS when none is set. */
static size_t
model_first(const struct model *model)
{
    size_t first = TIMERS;
    for (size_t i = 0; i < TIMERS; i++) {
        if (!model->is_set[i])
            continue;
        bool is_before = first == TIMERS || model->deadline_ms[i] < model->deadline_ms[first] ||
                         (model->deadline_ms[i] == model->deadline_ms[first] &&
                          model->serial[i] < model->serial[first]);
        if (is_before)
            first = i;
    }
    return first;
}

static void
set_one(struct timers *timers, struct timer *set, struct model *model, uint64_t *random)
{
    size_t i = unit_random_below(random, TIMERS);
    int64_t deadline_ms = (int64_t)unit_random_below(random, 20); /* few values: many ties */
    timers_set(timers, &set[i], deadline_ms);
    model->is_set[i] = true;
    model->deadline_ms[i] = deadline_ms;
    model->serial[i] = ++model->last_serial;
}

static void
clear_one(struct timers *timers, struct timer *set, struct model *model, uint64_t *random)
{
    size_t i = unit_random_below(random, TIMERS);
    CHECK(timer_is_set(&set[i]) == model->is_set[i]);
    timers_clear(timers, &set[i]);
    model->is_set[i] = false;
}

static void
take_one(struct timers *timers, struct timer *set, struct model *model, int64_t now_ms)
{
    size_t first = model_first(model);
    struct timer *expected = NULL;
    if (first < TIMERS && model->deadline_ms[first] <= now_ms) {
        expected = &set[first];
        model->is_set[first] = false;
    }
    CHECK(timers_take_due(timers, now_ms) == expected);
}

TEST(random_steps_agree_with_a_naive_model)
{
    static struct timer set[TIMERS];
    static struct model model;
    struct timers timers = {.count = 0};
    uint64_t random = 7;
    for (size_t i = 0; unit_row(i, 50000); i++) {
        /* Phases of growing and of shrinking. */
        size_t bias = i / 500 % 2 == 0 ? 6 : 2;
        size_t choice = unit_random_below(&random, 9);
        if (choice < bias)
            set_one(&timers, set, &model, &random);
        else if (choice < 8)
            clear_one(&timers, set, &model, &random);
        else
            take_one(&timers, set, &model, (int64_t)unit_random_below(&random, 22));
        size_t first = model_first(&model);
        CHECK_I64(timers_next_ms(&timers), first == TIMERS ? INT64_MAX : model.deadline_ms[first]);
    }
    for (size_t i = 0; unit_row(i, TIMERS); i++)
        take_one(&timers, set, &model, 100);
    CHECK(timers_take_due(&timers, INT64_MAX) == NULL);
    timers_deinit(&timers);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_timers_nothing_is_due),
        cmocka_unit_test(timer_is_due_at_its_deadline_and_not_before),
        cmocka_unit_test(equal_deadlines_fire_in_the_order_in_which_they_were_set),
        cmocka_unit_test(timer_that_is_set_again_moves),
        cmocka_unit_test(clear_of_a_timer_that_is_not_set_does_nothing),
        cmocka_unit_test(random_steps_agree_with_a_naive_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
