/* Tests of base/entropy.h. */
#include "base/entropy.h"

#include "unit/support/unit.h"

#include <pthread.h>
#include <string.h>

#define DRAWN 200 /* more than are drawn in advance */

struct draws {
    uint64_t numbers[DRAWN];
};

static void *
draw(void *argument)
{
    struct draws *draws = argument;
    for (size_t i = 0; i < DRAWN; i++)
        draws->numbers[i] = entropy_u64();
    return NULL;
}

TEST(initialisation_succeeds_more_than_once)
{
    CHECK_I64(entropy_init(), 0);
    CHECK_I64(entropy_init(), 0);
}

TEST(filled_bytes_differ_from_call_to_call)
{
    unsigned char first[32];
    unsigned char second[32];
    entropy_fill(first, sizeof first);
    entropy_fill(second, sizeof second);
    CHECK(memcmp(first, second, sizeof first) != 0);
}

TEST(fill_of_nothing_writes_nothing)
{
    unsigned char byte = 7;
    entropy_fill(&byte, 0);
    CHECK_U64(byte, 7);
}

TEST(numbers_do_not_repeat_within_or_between_threads)
{
    static struct draws draws[2];
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, draw, &draws[0]) == 0);
    (void)draw(&draws[1]);
    CHECK(pthread_join(thread, NULL) == 0);
    for (size_t i = 0; unit_row(i, 2 * (size_t)DRAWN); i++) {
        for (size_t j = 0; j < i; j++) {
            CHECK(draws[i / DRAWN].numbers[i % DRAWN] != draws[j / DRAWN].numbers[j % DRAWN]);
        }
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(initialisation_succeeds_more_than_once),
        cmocka_unit_test(filled_bytes_differ_from_call_to_call),
        cmocka_unit_test(fill_of_nothing_writes_nothing),
        cmocka_unit_test(numbers_do_not_repeat_within_or_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
