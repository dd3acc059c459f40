/* Tests of base/alloc.h. */
#include "base/alloc.h"

#include "base/attr.h"
#include "unit/support/unit.h"

#include <string.h>

TEST(alloc_of_nothing_gives_a_pointer_that_can_be_freed)
{
    void *ptr = cf_alloc(0);
    CHECK(ptr != NULL);
    cf_free(ptr);
}

TEST(free_of_null_does_nothing)
{
    cf_free(NULL);
}

TEST(calloc_array_is_zeroed)
{
    unsigned char *bytes = cf_calloc_array(100, 7);
    for (size_t i = 0; i < 700; i++)
        CHECK_U64(bytes[i], 0);
    cf_free(bytes);
}

TEST(calloc_array_of_no_items_can_be_freed)
{
    void *ptr = cf_calloc_array(0, 8);
    CHECK(ptr != NULL);
    cf_free(ptr);
}

TEST(realloc_array_keeps_what_was_there)
{
    char *text = cf_realloc_array(NULL, 4, 1);
    memcpy(text, "abcd", 4);
    text = cf_realloc_array(text, 4096, 3);
    CHECK_STR(((struct str){.ptr = text, .len = 4}), STR("abcd"));
    text = cf_realloc_array(text, 0, 3);
    CHECK(text != NULL);
    cf_free(text);
}

TEST(array_reserve_grows_to_powers_of_two)
{
    static const struct {
        size_t capacity;
        size_t needed;
        size_t expected;
    } rows[] = {
        {.capacity = 0, .needed = 0, .expected = 4},
        {.capacity = 0, .needed = 1, .expected = 4},
        {.capacity = 0, .needed = 4, .expected = 4},
        {.capacity = 0, .needed = 5, .expected = 8},
        {.capacity = 4, .needed = 3, .expected = 4},
        {.capacity = 4, .needed = 4, .expected = 4},
        {.capacity = 4, .needed = 5, .expected = 8},
        {.capacity = 8, .needed = 100, .expected = 128},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        size_t capacity = rows[i].capacity;
        uint32_t *items = capacity == 0 ? NULL : cf_realloc_array(NULL, capacity, sizeof *items);
        items = cf_array_reserve(items, &capacity, rows[i].needed, sizeof *items);
        CHECK(items != NULL);
        CHECK_U64(capacity, rows[i].expected);
        memset(items, 0xAB, capacity * sizeof *items);
        cf_free(items);
    }
}

TEST(array_reserve_keeps_items_while_growing)
{
    size_t capacity = 0;
    uint32_t *items = NULL;
    for (uint32_t i = 0; i < 1000; i++) {
        items = cf_array_reserve(items, &capacity, i + 1, sizeof *items);
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        CHECK_U64(items[i], i);
    cf_free(items);
}

/* --- what can't be had ends the process --- */

struct request {
    size_t count;
    size_t size;
};

static void
calloc_request(void *argument)
{
    const struct request *request = argument;
    cf_free(cf_calloc_array(request->count, request->size));
}

static void
realloc_request(void *argument)
{
    const struct request *request = argument;
    cf_free(cf_realloc_array(NULL, request->count, request->size));
}

static void
reserve_request(void *argument)
{
    const struct request *request = argument;
    size_t capacity = 0;
    cf_free(cf_array_reserve(NULL, &capacity, request->count, request->size));
}

TEST(sizes_that_overflow_abort)
{
    static const struct request rows[] = {
        {.count = SIZE_MAX, .size = 2},
        {.count = SIZE_MAX / 2 + 1, .size = 2},
        {.count = SIZE_MAX / 8 + 1, .size = 8},
        {.count = (SIZE_MAX >> 1) + 2, .size = SIZE_MAX},
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct request request = rows[i];
        CHECK(unit_dies(calloc_request, &request));
        CHECK(unit_dies(realloc_request, &request));
        CHECK(unit_dies(reserve_request, &request));
    }
}

TEST(sizes_that_fit_do_not_abort)
{
    struct request request = {.count = 1000, .size = 8};
    CHECK(!unit_dies(calloc_request, &request));
    CHECK(!unit_dies(realloc_request, &request));
    CHECK(!unit_dies(reserve_request, &request));
}

static void
reach_the_unreachable(void *argument)
{
    (void)argument;
    cf_unreachable("for the test");
}

TEST(cf_unreachable_aborts)
{
    CHECK(unit_dies(reach_the_unreachable, NULL));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_of_nothing_gives_a_pointer_that_can_be_freed),
        cmocka_unit_test(free_of_null_does_nothing),
        cmocka_unit_test(calloc_array_is_zeroed),
        cmocka_unit_test(calloc_array_of_no_items_can_be_freed),
        cmocka_unit_test(realloc_array_keeps_what_was_there),
        cmocka_unit_test(array_reserve_grows_to_powers_of_two),
        cmocka_unit_test(array_reserve_keeps_items_while_growing),
        cmocka_unit_test(sizes_that_overflow_abort),
        cmocka_unit_test(sizes_that_fit_do_not_abort),
        cmocka_unit_test(cf_unreachable_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
