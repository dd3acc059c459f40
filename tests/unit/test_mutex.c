/* Tests of base/mutex.h. */
#include "base/mutex.h"

#include "unit/support/unit.h"

#include <sched.h>
#include <stdatomic.h>

#define ROUNDS 20000

struct shared {
    struct cf_mutex mutex;
    uint64_t number CF_GUARDED_BY(mutex);
    uint64_t waits CF_GUARDED_BY(mutex);
    atomic_bool is_held; /* one thread holds the lock and waits for is_wanted */
    atomic_bool is_wanted;
};

static void *
count_up(void *argument)
{
    struct shared *shared = argument;
    for (int i = 0; i < ROUNDS; i++) {
        bool had_to_wait = cf_mutex_lock_counted(&shared->mutex);
        shared->number++;
        shared->waits += had_to_wait ? 1 : 0;
        cf_mutex_unlock(&shared->mutex);
    }
    return NULL;
}

TEST(two_threads_count_without_losing_a_number)
{
    struct shared shared = {.number = 0};
    cf_mutex_init(&shared.mutex);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, count_up, &shared) == 0);
    (void)count_up(&shared);
    CHECK(pthread_join(thread, NULL) == 0);
    cf_mutex_lock(&shared.mutex);
    uint64_t number = shared.number;
    uint64_t waits = shared.waits;
    cf_mutex_unlock(&shared.mutex);
    CHECK_U64(number, 2 * (uint64_t)ROUNDS);
    CHECK(waits <= number);
    cf_mutex_deinit(&shared.mutex);
}

TEST(lock_that_nobody_holds_is_not_counted)
{
    struct cf_mutex mutex;
    cf_mutex_init(&mutex);
    for (int i = 0; i < 3; i++) {
        bool had_to_wait = cf_mutex_lock_counted(&mutex);
        cf_mutex_unlock(&mutex);
        CHECK(!had_to_wait);
    }
    cf_mutex_deinit(&mutex);
}

static void *
hold_until_wanted(void *argument)
{
    struct shared *shared = argument;
    cf_mutex_lock(&shared->mutex);
    atomic_store(&shared->is_held, true);
    while (!atomic_load(&shared->is_wanted))
        (void)sched_yield(); /* the other thread is about to try */
    cf_mutex_unlock(&shared->mutex);
    return NULL;
}

/* The holder may let go between the announcement and the try: then it is tried again. */
TEST(lock_that_somebody_holds_is_counted)
{
    bool had_to_wait = false;
    for (int i = 0; i < 1000 && !had_to_wait; i++) {
        struct shared shared = {.number = 0};
        cf_mutex_init(&shared.mutex);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, hold_until_wanted, &shared) == 0);
        while (!atomic_load(&shared.is_held))
            (void)sched_yield(); /* never fails on Linux */
        atomic_store(&shared.is_wanted, true);
        had_to_wait = cf_mutex_lock_counted(&shared.mutex);
        cf_mutex_unlock(&shared.mutex);
        CHECK(pthread_join(thread, NULL) == 0);
        cf_mutex_deinit(&shared.mutex);
    }
    CHECK(had_to_wait);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_count_without_losing_a_number),
        cmocka_unit_test(lock_that_nobody_holds_is_not_counted),
        cmocka_unit_test(lock_that_somebody_holds_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
