/* Tests of base/list.h. */
#include "base/list.h"

#include "base/attr.h"
#include "unit/support/unit.h"

struct item {
    struct list in_list;
    size_t number;
};

/* The numbers of the items as decimal digits, in order. */
static uint64_t
digits_of(struct list *head)
{
    uint64_t digits = 0;
    list_for_each(node, head) {
        digits = digits * 10 + CONTAINER_OF(node, struct item, in_list)->number;
    }
    return digits;
}

static void
fill(struct list *head, struct item *items, size_t count)
{
    list_init(head);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct item){.number = i + 1};
        list_append(head, &items[i].in_list);
    }
}

TEST(fresh_list_is_empty)
{
    struct list head;
    list_init(&head);
    CHECK(list_is_empty(&head));
}

TEST(items_stay_in_the_order_in_which_they_were_appended)
{
    struct list head;
    struct item items[4];
    fill(&head, items, 4);
    CHECK(!list_is_empty(&head));
    CHECK_U64(digits_of(&head), 1234);
}

TEST(any_item_can_be_removed)
{
    static const uint64_t left[] = {234, 134, 124, 123};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(left)); i++) {
        struct list head;
        struct item items[4];
        fill(&head, items, 4);
        list_remove(&items[i].in_list);
        CHECK(!list_is_linked(&items[i].in_list));
        CHECK_U64(digits_of(&head), left[i]);
    }
}

TEST(removed_item_can_be_appended_again)
{
    struct list head;
    struct item items[3];
    fill(&head, items, 3);
    list_remove(&items[0].in_list);
    list_append(&head, &items[0].in_list);
    CHECK_U64(digits_of(&head), 231);
}

TEST(safe_walk_allows_removal_of_every_item)
{
    struct list head;
    struct item items[5];
    fill(&head, items, 5);
    uint64_t seen = 0;
    list_for_each_safe(node, &head) {
        seen = seen * 10 + CONTAINER_OF(node, struct item, in_list)->number;
        list_remove(node);
    }
    CHECK_U64(seen, 12345);
    CHECK(list_is_empty(&head));
}

static void
append_twice(void *argument)
{
    (void)argument;
    struct list head;
    struct item items[1];
    fill(&head, items, 1);
    list_append(&head, &items[0].in_list);
}

static void
remove_twice(void *argument)
{
    (void)argument;
    struct list head;
    struct item items[1];
    fill(&head, items, 1);
    list_remove(&items[0].in_list);
    list_remove(&items[0].in_list);
}

TEST(item_in_a_list_can_not_be_appended)
{
    CHECK(unit_dies(append_twice, NULL));
}

TEST(item_in_no_list_can_not_be_removed)
{
    CHECK(unit_dies(remove_twice, NULL));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_list_is_empty),
        cmocka_unit_test(items_stay_in_the_order_in_which_they_were_appended),
        cmocka_unit_test(any_item_can_be_removed),
        cmocka_unit_test(removed_item_can_be_appended_again),
        cmocka_unit_test(safe_walk_allows_removal_of_every_item),
        cmocka_unit_test(item_in_a_list_can_not_be_appended),
        cmocka_unit_test(item_in_no_list_can_not_be_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
