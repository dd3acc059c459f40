/* Tests of base/helper_pool.h. */
#include "base/helper_pool.h"

#include "base/mutex.h"
#include "unit/support/unit.h"

#include <sched.h>
#include <stdatomic.h>

#define JOBS 1000

/* What the jobs are about; jobs themselves are numbers in it. */
struct work {
    atomic_uint done[JOBS];
    atomic_uint started;
    atomic_bool may_go_on;
    bool waits; /* immutable: jobs wait for may_go_on */
};

static void
run(void *context, void *job)
{
    struct work *work = context;
    atomic_fetch_add(&work->started, 1);
    while (work->waits && !atomic_load(&work->may_go_on))
        (void)sched_yield(); /* never fails on Linux */
    atomic_uint *done = job;
    atomic_fetch_add(done, 1);
}

static struct work work;

static void
reset(bool waits)
{
    for (size_t i = 0; i < JOBS; i++)
        atomic_store(&work.done[i], 0);
    atomic_store(&work.started, 0);
    atomic_store(&work.may_go_on, false);
    work.waits = waits;
}

TEST(every_job_is_run_once_before_the_pool_is_gone)
{
    reset(false);
    struct helper_pool *pool = helper_pool_new(3, JOBS, run, &work);
    CHECK(pool != NULL);
    for (size_t i = 0; i < JOBS; i++)
        CHECK(helper_pool_submit(pool, &work.done[i]));
    helper_pool_free(&pool);
    CHECK(pool == NULL);
    for (size_t i = 0; unit_row(i, JOBS); i++)
        CHECK_U64(atomic_load(&work.done[i]), 1);
}

TEST(full_queue_refuses_and_takes_again_when_there_is_room)
{
    reset(true);
    struct helper_pool *pool = helper_pool_new(1, 4, run, &work);
    CHECK(pool != NULL);
    CHECK(helper_pool_submit(pool, &work.done[0]));
    while (atomic_load(&work.started) < 1)
        (void)sched_yield(); /* the first has left the queue */
    for (size_t i = 1; i <= 4; i++)
        CHECK(helper_pool_submit(pool, &work.done[i]));
    CHECK(!helper_pool_submit(pool, &work.done[5]));
    atomic_store(&work.may_go_on, true);
    while (!helper_pool_submit(pool, &work.done[5]))
        (void)sched_yield();
    helper_pool_free(&pool);
    for (size_t i = 0; unit_row(i, 6); i++)
        CHECK_U64(atomic_load(&work.done[i]), 1);
}

TEST(free_of_nothing_does_nothing)
{
    struct helper_pool *pool = NULL;
    helper_pool_free(&pool);
    CHECK(pool == NULL);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_run_once_before_the_pool_is_gone),
        cmocka_unit_test(full_queue_refuses_and_takes_again_when_there_is_room),
        cmocka_unit_test(free_of_nothing_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
