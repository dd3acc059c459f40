/* Tests of base/map.h. */
#include "base/map.h"

#include "base/attr.h"
#include "unit/support/unit.h"

#include <string.h>

struct entry {
    struct map_node node;
    char key[4];
    bool is_in;
};

static struct str
key_of(const struct entry *entry)
{
    return (struct str){.ptr = entry->key, .len = sizeof entry->key};
}

/* Four bytes of key from a number, NUL among them. */
static void
set_key(struct entry *entry, uint32_t number)
{
    memcpy(entry->key, &number, sizeof number);
}

static void
insert(struct map *map, struct entry *entry, uint32_t number)
{
    set_key(entry, number);
    map_insert(map, &entry->node, key_of(entry));
    entry->is_in = true;
}

TEST(zeroed_map_is_empty)
{
    struct map map = {.head = NULL};
    CHECK_U64(map_count(&map), 0);
    CHECK(map_first(&map) == NULL);
    CHECK(map_find(&map, STR("x")) == NULL);
    CHECK(map_find(&map, STR_NONE) == NULL);
}

TEST(keys_are_bytes_of_any_length)
{
    static const struct str keys[] = {
        STR_INIT(""),
        STR_INIT("\0"),
        STR_INIT("\0\0"),
        STR_INIT("a"),
        STR_INIT("a\0"),
        STR_INIT("A"),
        STR_INIT("a key that is longer than a few words of the machine are"),
    };
    struct map map = {.head = NULL};
    struct map_node nodes[ARRAY_LEN(keys)];
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        map_insert(&map, &nodes[i], keys[i]);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(keys)); i++)
        CHECK(map_find(&map, keys[i]) == &nodes[i]);
    CHECK(map_find(&map, STR_NONE) == &nodes[0]);
    CHECK(map_find(&map, STR("b")) == NULL);
    CHECK_U64(map_count(&map), ARRAY_LEN(keys));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        map_remove(&map, &nodes[i]);
    CHECK_U64(map_count(&map), 0);
}

#define ENTRIES 3000

TEST(iteration_is_in_the_order_of_insertion_whatever_the_hashes)
{
    static struct entry entries[ENTRIES];
    struct map map = {.head = NULL};
    for (uint32_t i = 0; i < ENTRIES; i++)
        insert(&map, &entries[i], i * UINT32_C(2654435761));
    size_t at = 0;
    for (struct map_node *node = map_first(&map); node != NULL; node = map_next(node), at++)
        CHECK(node == &entries[at].node);
    CHECK_U64(at, ENTRIES);
    for (size_t i = 0; i < ENTRIES; i++)
        map_remove(&map, &entries[i].node);
    CHECK(map_first(&map) == NULL);
}

TEST(entry_that_comes_back_is_the_youngest)
{
    struct map map = {.head = NULL};
    struct entry entries[3];
    for (uint32_t i = 0; i < 3; i++)
        insert(&map, &entries[i], i);
    map_remove(&map, &entries[0].node);
    insert(&map, &entries[0], 0);
    CHECK(map_first(&map) == &entries[1].node);
    CHECK(map_next(&entries[1].node) == &entries[2].node);
    CHECK(map_next(&entries[2].node) == &entries[0].node);
    CHECK(map_next(&entries[0].node) == NULL);
    for (uint32_t i = 0; i < 3; i++)
        map_remove(&map, &entries[i].node);
}

/* Random insertions and removals against a flag in each entry. */
TEST(random_steps_agree_with_flags)
{
    static struct entry entries[500];
    memset(entries, 0, sizeof entries);
    struct map map = {.head = NULL};
    size_t count = 0;
    uint64_t random = 3;
    for (size_t i = 0; unit_row(i, 20000); i++) {
        uint32_t number = (uint32_t)unit_random_below(&random, ARRAY_LEN(entries));
        struct entry *entry = &entries[number];
        struct entry probe;
        set_key(&probe, number);
        struct map_node *found = map_find(&map, key_of(&probe));
        CHECK(found == (entry->is_in ? &entry->node : NULL));
        if (entry->is_in) {
            map_remove(&map, &entry->node);
            entry->is_in = false;
            count--;
        } else {
            insert(&map, entry, number);
            count++;
        }
        CHECK_U64(map_count(&map), count);
    }
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        if (entries[i].is_in)
            map_remove(&map, &entries[i].node);
    }
}

static void
insert_same_key(void *argument)
{
    struct entry entry;
    insert(argument, &entry, 7);
}

TEST(a_key_can_not_be_in_it_twice)
{
    struct map map = {.head = NULL};
    struct entry entry;
    insert(&map, &entry, 7);
    CHECK(unit_dies(insert_same_key, &map));
    map_remove(&map, &entry.node);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_map_is_empty),
        cmocka_unit_test(keys_are_bytes_of_any_length),
        cmocka_unit_test(iteration_is_in_the_order_of_insertion_whatever_the_hashes),
        cmocka_unit_test(entry_that_comes_back_is_the_youngest),
        cmocka_unit_test(random_steps_agree_with_flags),
        cmocka_unit_test(a_key_can_not_be_in_it_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
